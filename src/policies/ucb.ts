import { z } from 'zod'
import type { Dataset, Policy } from '../core/index.ts'
import { actOnRewards, defineRewardModel, rewardOptions } from '../families/rewards/index.ts'
import { type ActionSpace, trainingRows } from '../rl/index.ts'

const config = z.object({
  exploration: z
    .number()
    .min(0)
    .default(1)
    .describe('factor of the bound, in units of the reward; 0 takes the best prediction'),
  counts: z
    .enum(['log', 'episode'])
    .default('log')
    .describe('what n counts beside the recommendations of the episode: training rows of the item, or nothing'),
  bound: z
    .enum(['turns', 'first'])
    .default('turns')
    .describe("where the bound counts: in every turn, or in the first of an episode alone, as in the papers' code"),
  ...rewardOptions({ ensemble: 1 }),
})

/** How often each item of the action space was seen before an episode, 1 for never; and a way to count what an episode shows. */
function createCounts({ items }: ActionSpace, dataset: Dataset, from: z.output<typeof config>['counts']) {
  const columnOf = new Map(Array.from(items, (item, column) => [item, column]))
  const count = (item: number, n: Float64Array) => {
    const column = columnOf.get(item)
    if (column !== undefined) n[column]++
  }
  const known = new Float64Array(items.length).fill(1)
  if (from === 'log') for (const row of trainingRows(dataset)) count(dataset.log.item[row], known)
  return { known, count }
}

export const ucb = defineRewardModel({
  name: 'ucb',
  task: 'policy',
  summary: 'takes the item with the highest predicted reward plus a bound for how rarely it was seen; learns no policy',
  config,
  answers(learned, { exploration, counts, bound }, dataset): Policy {
    const { known, count } = createCounts(learned.space, dataset, counts)
    return {
      acting: 'greedy',
      remembers: 'episode',
      avoidsLeaving: false,
      score: actOnRewards(learned, (predicted, { history }, scores) => {
        if (bound === 'first' && history.length > 0) return scores.set(predicted)
        const n = known.slice()
        for (const item of history) count(item, n)
        const logTotal = Math.log(n.reduce((a, b) => a + b, 0))
        // μ̂ + c √(2 ln Σn / n_i), the index of UCB1 (Auer, Cesa-Bianchi and Fischer, 2002) with the prediction for the mean
        for (const [column, reward] of predicted.entries())
          scores[column] = reward + exploration * Math.sqrt((2 * logTotal) / n[column])
      }),
    }
  },
})
