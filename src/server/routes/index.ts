import type { AddRoutes } from '../context.ts'
import { addDomains } from './domains.ts'
import { addEvents } from './events.ts'
import { addRecommendations } from './recommendations.ts'

/** Everything under `/v1`. */
export const ROUTES: readonly AddRoutes[] = [addRecommendations, addDomains, addEvents]
