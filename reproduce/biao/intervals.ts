// What two forms differ by, with an interval over users and seeds: users are drawn with all their rows in every pair, and seeds with them.
import { bootstrapStatistics, type Interval, intervalOf, mean, overDrawnSeeds } from '../../src/math/index.ts'
import { auc } from '../../src/metrics/index.ts'

/** What the trainings of one form on one pair said of its test rows, one training a seed. */
export interface Answers {
  /** Of each test row. */
  readonly users: readonly string[]
  readonly labels: readonly number[]
  /** By seed, in the order of the seeds. */
  readonly predictions: readonly (readonly number[])[]
}

const DRAWS = { samples: 1000, seed: 1 }

/** AUC of each seed. */
export const areasOf = ({ labels, predictions }: Answers): number[] =>
  predictions.map((predicted) => auc.value(Float32Array.from(predicted), Float32Array.from(labels)))

/**
 * The mean over pairs of the mean over seeds of (a − b), of the same pairs in the same order. Seeds are paired: the same one draws the same
 * batches for both.
 */
export function difference(a: readonly Answers[], b: readonly Answers[]): Interval {
  const seeds = Math.min(...[...a, ...b].map(({ predictions }) => predictions.length))
  const starts = a.map((_, p) => a.slice(0, p).reduce((sum, { labels }) => sum + labels.length, 0))
  const names = a.flatMap(({ users }) => users)
  const ids = new Map([...new Set(names)].map((name, id) => [name, id]))
  const weighted = ({ labels, predictions }: Answers, seed: number) =>
    auc.weighted(Float32Array.from(predictions[seed]), Float32Array.from(labels))
  const statistics = Array.from({ length: seeds }, (_, seed) => {
    const areas = a.map((one, p) => [weighted(one, seed), weighted(b[p], seed)] as const)
    return (weights: Float64Array) =>
      mean(
        areas.map(([mine, theirs], p) => {
          const own = weights.subarray(starts[p], starts[p] + a[p].labels.length)
          return mine(own) - theirs(own)
        }),
      )
  })
  const users = Int32Array.from(names, (name) => ids.get(name)!)
  const samples = bootstrapStatistics(statistics, names.length, { ...DRAWS, users })
  const once = new Float64Array(names.length).fill(1)
  return intervalOf(mean(statistics.map((statistic) => statistic(once))), overDrawnSeeds(samples, DRAWS.seed))
}
