import type { Estimator } from '../estimator.ts'
import { ipw } from './ipw.ts'
import { snipw } from './snipw.ts'

/** All of them; one line adds one. */
export const ESTIMATORS: readonly Estimator[] = [ipw, snipw]
