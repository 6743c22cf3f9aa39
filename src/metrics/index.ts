import { type ListMetric, type Metric, type PointMetric, type RankMetric, unknownName } from '../core/index.ts'
import { auc } from './auc.ts'
import { coverage } from './coverage.ts'
import { diversity } from './diversity.ts'
import { gini } from './gini.ts'
import { hr } from './hr.ts'
import { logloss } from './logloss.ts'
import { mae, maeClipped } from './mae.ts'
import { mrr } from './mrr.ts'
import { ndcg } from './ndcg.ts'
import { novelty } from './novelty.ts'
import { rmse, rmseClipped } from './rmse.ts'

export { auc, coverage, diversity, gini, hr, logloss, mae, maeClipped, mrr, ndcg, novelty, rmse, rmseClipped }

/** Of the place of an answer, with a cut-off of one's choice: `hr@20`. */
const RANK = { hr, ndcg, mrr }
/** Of the lists themselves, with a cut-off, too. */
const LISTS = { coverage, gini, novelty, diversity }

const WITH_CUT: ReadonlyMap<string, (k: number) => RankMetric | ListMetric> = new Map(
  Object.entries({ ...RANK, ...LISTS }),
)

/** What every ranked evaluation reports, in this order. */
export const RANK_METRICS: readonly RankMetric[] = [hr(5), hr(10), ndcg(5), ndcg(10), mrr(10), mrr()]

/** What is measured of lists where it is asked for. */
export const LIST_METRICS: readonly ListMetric[] = Object.values(LISTS).map((made) => made(10))

/** What predictions of a probability are held to. */
export const CTR_METRICS: readonly PointMetric[] = [auc, logloss]

/** What predictions of a rating are held to. */
export const RATING_METRICS: readonly PointMetric[] = [mae, rmse, maeClipped, rmseClipped]

/** Every metric; those with a cut-off stand here with that of ten, and are known with any. The registry adds those of plug-ins. */
export const METRICS: (RankMetric | ListMetric | PointMetric)[] = [
  ...RANK_METRICS,
  ...LIST_METRICS,
  ...CTR_METRICS,
  ...RATING_METRICS,
]

/** A metric by its name, with any cut-off where it has one; undefined where there is none of that name. */
export function findMetric(name: string): (typeof METRICS)[number] | undefined {
  const [, kind, k] = /^([a-z]+)@([1-9]\d{0,5})$/.exec(name) ?? []
  const made = WITH_CUT.get(kind)
  return made === undefined ? METRICS.find((metric) => metric.name === name) : made(Number(k))
}

/**
 * Metrics by their names, of which those in `measured` can be made.
 * @throws TributaryError `unknown-name`, with the name that was probably meant
 */
export function metricsNamed<M extends Metric['of']>(
  names: readonly string[],
  ...measured: readonly M[]
): Extract<(typeof METRICS)[number], { readonly of: M }>[] {
  type Wanted = Extract<(typeof METRICS)[number], { readonly of: M }>
  const fits = (metric: (typeof METRICS)[number] | undefined): metric is Wanted =>
    metric !== undefined && (measured as readonly string[]).includes(metric.of)
  return names.map((name) => {
    const metric = findMetric(name)
    if (!fits(metric))
      throw unknownName(
        'metric',
        name,
        METRICS.filter(fits).map((known) => known.name),
      )
    return metric
  })
}

/** Whether a metric of that name is one of which less is better. */
export function lessIsBetter(name: string): boolean {
  return findMetric(name)?.higherIsBetter === false
}
