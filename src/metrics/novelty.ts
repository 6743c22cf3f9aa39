import { type ListMetric, TributaryError } from '../core/index.ts'
import { listOf } from './lists.ts'

/**
 * Mean self-information of the first k, in bits: −log2 of the share of the training's users who met an item (Zhou et al., 2010), with
 * one user added who met all, so that an item nobody met has a number, too.
 */
export function novelty(k: number): ListMetric {
  return {
    name: `novelty@${k}`,
    of: 'lists',
    k,
    summary: `mean of −log2 of the share of users who met an item of the first ${k} in training, in bits`,
    higherIsBetter: true,
    statistic(lists, cases) {
      const { met } = lists
      if (met === undefined)
        throw new TributaryError('bad-argument', `novelty@${k} needs the split, which says what was met in training`)
      return Float64Array.from(cases, (c) => {
        const list = listOf(lists, c, k)
        let bits = 0
        for (const item of list) bits -= Math.log2((met.each[item] + 1) / (met.users + 1))
        return list.length === 0 ? 0 : bits / list.length
      })
    },
  }
}
