import type { ListMetric } from '../core/index.ts'
import { exposures } from './lists.ts'

/** Catalogue coverage: the share of the items that could be recommended which stand among the first k of at least one list. */
export function coverage(k: number): ListMetric {
  return {
    name: `coverage@${k}`,
    of: 'lists',
    k,
    summary: `share of the items that are among the first ${k} of at least one list`,
    higherIsBetter: true,
    statistic(lists, cases) {
      const times = exposures(lists, cases, k)
      return times.filter((count) => count > 0).length / times.length
    },
  }
}
