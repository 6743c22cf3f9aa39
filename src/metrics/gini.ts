import type { ListMetric } from '../core/index.ts'
import { exposures } from './lists.ts'

/**
 * Gini coefficient of how often each item that could be recommended stands among the first k: 0 where all do equally often, (n − 1) / n
 * where it is always the same one of n. Σ (2i − n − 1) x_i / (n Σ x_i), x ascending.
 */
export function gini(k: number): ListMetric {
  return {
    name: `gini@${k}`,
    of: 'lists',
    k,
    summary: `how unequally often items are among the first ${k}: 0 all alike, near 1 a few items only`,
    higherIsBetter: false,
    statistic(lists, cases) {
      const times = exposures(lists, cases, k).sort()
      const n = times.length
      let [weighted, sum] = [0, 0]
      for (const [i, count] of times.entries()) {
        weighted += (2 * (i + 1) - n - 1) * count
        sum += count
      }
      return weighted / (n * sum)
    },
  }
}
