import type { Estimator } from '../estimator.ts'
import { balanced } from './balanced.ts'
import { balancedDr } from './balanced-dr.ts'
import { cascadeDr } from './cascade-dr.ts'
import { dm } from './dm.ts'
import { dr } from './dr.ts'
import { dros } from './dros.ts'
import { iips } from './iips.ts'
import { ipw } from './ipw.ts'
import { mips } from './mips.ts'
import { rips } from './rips.ts'
import { sips } from './sips.ts'
import { snBalanced } from './sn-balanced.ts'
import { snMips } from './sn-mips.ts'
import { sniips } from './sniips.ts'
import { snipw } from './snipw.ts'
import { snrips } from './snrips.ts'
import { snsips } from './snsips.ts'
import { switchDr } from './switch-dr.ts'

/** All of them; one line adds one. */
export const ESTIMATORS: readonly Estimator[] = [
  dm,
  ipw,
  snipw,
  dr,
  switchDr,
  dros,
  mips,
  snMips,
  balanced,
  snBalanced,
  balancedDr,
  rips,
  snrips,
  cascadeDr,
  iips,
  sniips,
  sips,
  snsips,
]
