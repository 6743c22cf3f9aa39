import { type ListMetric, TributaryError } from '../core/index.ts'
import { listOf } from './lists.ts'

/** Intra-list diversity: the share of the pairs among the first k whose items are of different categories; 0 for a list of one. */
export function diversity(k: number): ListMetric {
  return {
    name: `diversity@${k}`,
    of: 'lists',
    k,
    summary: `share of the pairs among the first ${k} that are of different categories`,
    higherIsBetter: true,
    statistic(lists, cases) {
      const { category } = lists
      if (category === undefined)
        throw new TributaryError(
          'bad-dataset',
          `diversity@${k} needs categories of items, and the dataset has none; import it with --category`,
        )
      return Float64Array.from(cases, (c) => {
        const list = listOf(lists, c, k)
        let [different, pairs] = [0, 0]
        for (let a = 0; a < list.length; a++)
          for (let b = 0; b < a; b++) {
            different += Number(category[list[a]] !== category[list[b]])
            pairs++
          }
        return pairs === 0 ? 0 : different / pairs
      })
    },
  }
}
