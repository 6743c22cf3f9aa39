import { z } from 'zod'
import { defineTemporalDifference, offlineOptions } from '../families/temporal-difference/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { quantileRegression } from '../rl/index.ts'
import { add, mean, multiply, reshape } from '../tensor/index.ts'

const config = z.object({
  ...offlineOptions(),
  quantiles: z.int().min(1).default(20).describe("n, quantiles that stand for a return's distribution"),
  minQWeight: z
    .number()
    .min(0)
    .default(10)
    .describe('α, weight of the penalty on the values of what the log did not take'),
})

/** Quantile regression whose values are pushed down where the log has not been. */
export const cql = defineTemporalDifference({
  name: 'cql',
  summary: 'learns the distribution of returns, and lowers the values of items that the log did not take',
  paper: { title: 'Conservative Q-Learning for Offline Reinforcement Learning', year: 2020, venue: 'NeurIPS' },
  config,
  heads: ({ quantiles }) => ({ quantiles }),
  acting: () => 'greedy',
  scores: ({ quantiles }) => quantiles.values,
  choice: ({ quantiles }) => quantiles.values,
  expected: ({ quantiles }, action) => quantiles.of(action),
  // yⱼ = R + γᵐ θⱼ⁻(s', argmax Q(s', ·)) with Q the mean of θ; the penalty is mean(log Σ exp Q(s, ·) − Q(s, a)) (Eq. 4).
  loss({ quantiles }, actions, targets, { quantiles: n, minQWeight }) {
    const own = reshape(quantiles.of(actions), ['B', n])
    const regression = quantileRegression(own, reshape(targets, ['B', n]))
    const penalty = mean(crossEntropy(quantiles.values, mean(own, 1)))
    return { loss: add(regression, multiply(penalty, minQWeight)), quantile: regression, conservative: penalty }
  },
})
