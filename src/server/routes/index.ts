import type { AddRoutes } from '../context.ts'
import { addBegun } from './begun.ts'
import { addComparisons } from './comparisons.ts'
import { addDomains } from './domains.ts'
import { addEvaluations } from './evaluations.ts'
import { addEvents } from './events.ts'
import { addExperiments } from './experiments.ts'
import { addExports } from './exports.ts'
import { addHistories } from './histories.ts'
import { addItems } from './items.ts'
import { addModels } from './models.ts'
import { addPlacements } from './placements.ts'
import { addReadouts } from './readouts.ts'
import { addRecommendations } from './recommendations.ts'
import { addRuns } from './runs.ts'
import { addSeries } from './series.ts'
import { addServices } from './services.ts'
import { addSpecs } from './specs.ts'
import { addStream } from './stream.ts'
import { addTraffic } from './traffic.ts'
import { addTrainings } from './trainings.ts'
import { addUsers } from './users.ts'

/** Everything under `/v1`. */
export const ROUTES: readonly AddRoutes[] = [
  addRecommendations,
  addDomains,
  addEvents,
  addUsers,
  addHistories,
  addItems,
  addExports,
  addModels,
  addPlacements,
  addExperiments,
  addReadouts,
  addTrainings,
  addSpecs,
  addBegun,
  addEvaluations,
  addServices,
  addRuns,
  addSeries,
  addComparisons,
  addStream,
  addTraffic,
]
