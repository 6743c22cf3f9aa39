import { bootstrapStatistics, mean } from '../../math/index.ts'
import { weightedAuc, weightedLogloss } from '../../metrics/index.ts'
import {
  type Comparison,
  type ComparisonOptions,
  compareCases,
  type Measured,
  type Seeded,
  summaries,
} from '../compare.ts'
import type { PointEvaluation, PointProtocol } from './points.ts'

/** What predicted labels are compared by. */
const STATISTICS = [
  { name: 'auc', of: weightedAuc },
  { name: 'logloss', of: weightedLogloss },
] as const

/**
 * Holds models that predict labels against the first one, as `summarizeSeeds` does models that rank. AUC is that of all drawn
 * cases pooled, for each seed on its own; then it is averaged over seeds. Samples of users in which one class does not occur
 * have no AUC and are left out.
 * @throws TributaryError `mismatch` when evaluations differ in cases or in which values are positive
 */
export function summarizePoints(
  results: readonly Seeded<PointEvaluation>[],
  options: ComparisonOptions,
): Comparison<PointProtocol> {
  const summarize = (cases: readonly number[], samples: number) => {
    const { users } = results[0].evaluations[0]
    const ofCases = (column: Float32Array) => Float32Array.from(cases, (k) => column[k])
    const bySeed = results.flatMap(({ evaluations }) =>
      STATISTICS.map(({ of }) => evaluations.map((e) => of(ofCases(e.predictions), ofCases(e.labels)))),
    )
    const drawn = bootstrapStatistics(
      bySeed.map((seeds) => (weights) => mean(seeds.map((statistic) => statistic(weights)))),
      cases.length,
      { ...options, samples, users: Int32Array.from(cases, (k) => users[k]) },
    )
    const once = new Float64Array(cases.length).fill(1)
    const measured = bySeed.map((seeds, s): Measured => {
      const values = seeds.map((statistic) => statistic(once))
      return { value: mean(values), bySeed: values, drawn: drawn[s] }
    })
    return summaries(
      STATISTICS.map(({ name }) => name),
      measured,
      options.level,
    )
  }
  return compareCases(results, summarize, { ...options, lessIsBetter: ['logloss'] })
}
