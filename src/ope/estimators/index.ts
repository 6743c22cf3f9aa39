import type { Estimator } from '../estimator.ts'
import { balanced } from './balanced.ts'
import { balancedDr } from './balanced-dr.ts'
import { cascadeDr } from './cascade-dr.ts'
import { dm } from './dm.ts'
import { dr } from './dr.ts'
import { dros } from './dros.ts'
import { fqe } from './fqe.ts'
import { iips } from './iips.ts'
import { ipw } from './ipw.ts'
import { mips } from './mips.ts'
import { mis } from './mis.ts'
import { pdis } from './pdis.ts'
import { rips } from './rips.ts'
import { sequentialDr } from './sequential-dr.ts'
import { sips } from './sips.ts'
import { snBalanced } from './sn-balanced.ts'
import { snMips } from './sn-mips.ts'
import { sniips } from './sniips.ts'
import { snipw } from './snipw.ts'
import { snpdis } from './snpdis.ts'
import { snrips } from './snrips.ts'
import { snsips } from './snsips.ts'
import { sntis } from './sntis.ts'
import { switchDr } from './switch-dr.ts'
import { tis } from './tis.ts'

const ITEM: readonly Estimator[] = [dm, ipw, snipw, dr, switchDr, dros, mips, snMips, balanced, snBalanced, balancedDr]
const RANKING: readonly Estimator[] = [rips, snrips, cascadeDr, iips, sniips, sips, snsips]
const EPISODE: readonly Estimator[] = [pdis, snpdis, sequentialDr, fqe, mis, tis, sntis]

/** All of them; one word adds one. */
export const ESTIMATORS: readonly Estimator[] = [...ITEM, ...RANKING, ...EPISODE]
