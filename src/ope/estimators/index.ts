import type { Estimator } from '../estimator.ts'
import { cascadeDr } from './cascade-dr.ts'
import { iips } from './iips.ts'
import { ipw } from './ipw.ts'
import { rips } from './rips.ts'
import { sips } from './sips.ts'
import { sniips } from './sniips.ts'
import { snipw } from './snipw.ts'
import { snrips } from './snrips.ts'
import { snsips } from './snsips.ts'

/** All of them; one line adds one. */
export const ESTIMATORS: readonly Estimator[] = [ipw, snipw, rips, snrips, cascadeDr, iips, sniips, sips, snsips]
