import type { PointMetric, RankMetric } from '../core/index.ts'
import { auc, weightedAuc } from './auc.ts'
import { hr } from './hr.ts'
import { logloss, weightedLogloss } from './logloss.ts'
import { mae } from './mae.ts'
import { mrr } from './mrr.ts'
import { ndcg } from './ndcg.ts'
import { rmse } from './rmse.ts'

export { auc, hr, logloss, mae, mrr, ndcg, rmse, weightedAuc, weightedLogloss }

/** What every ranked evaluation reports, in this order. */
export const RANK_METRICS: readonly RankMetric[] = [hr(5), hr(10), ndcg(5), ndcg(10), mrr(10), mrr()]

/** What predictions of a probability are held to. */
export const CTR_METRICS: readonly PointMetric[] = [auc, logloss]

/** What predictions of a rating are held to. */
export const RATING_METRICS: readonly PointMetric[] = [mae, rmse]
