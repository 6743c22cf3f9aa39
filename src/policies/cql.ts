import { z } from 'zod'
import { conservativePenalty, ofAction, offlineOptions, offlinePolicy, quantileLoss } from '../rl/index.ts'
import { add, mean, multiply, reshape, type Sym } from '../tensor/index.ts'

const config = z.object({
  ...offlineOptions(),
  quantiles: z.int().min(1).default(20).describe("n, quantiles that stand for a return's distribution"),
  minQWeight: z
    .number()
    .min(0)
    .default(10)
    .describe('α, weight of the penalty on the values of what the log did not take'),
})

/** [B, A, n] → [B, A]. With one quantile a head has no third axis. */
const values = (quantiles: Sym): Sym => (quantiles.shape.length === 2 ? quantiles : mean(quantiles, 2))

/** Quantile regression whose values are pushed down where the log has not been. */
export const cql = offlinePolicy({
  name: 'cql',
  summary: 'learns the distribution of returns, and lowers the values of items that the log did not take',
  paper: { title: 'Conservative Q-Learning for Offline Reinforcement Learning', year: 2020, venue: 'NeurIPS' },
  config,
  heads: ({ quantiles }) => ({ quantiles }),
  acting: () => 'greedy',
  scores: ({ quantiles }) => values(quantiles!),
  choice: ({ quantiles }) => values(quantiles!),
  expected: ({ quantiles }, action) => ofAction(quantiles!, action),
  // yⱼ = R + γᵐ θⱼ⁻(s', argmax mean θ(s', ·)).
  loss({ quantiles }, actions, targets, { minQWeight }) {
    const [B, A, n = 1] = quantiles!.shape
    const regression = quantileLoss(reshape(quantiles!, [B!, A!, n]), actions, reshape(targets, [B!, n]))
    const penalty = conservativePenalty(values(quantiles!), actions)
    return { loss: add(regression, multiply(penalty, minQWeight)), quantile: regression, conservative: penalty }
  },
})
