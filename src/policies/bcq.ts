import { z } from 'zod'
import type { Head } from '../families/acting/index.ts'
import { defineTemporalDifference, offlineOptions } from '../families/temporal-difference/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { logLikelihoodRatio, qLearning } from '../rl/index.ts'
import { add, greater, max, mean, multiply, negate, type Sym, square, subtract, where } from '../tensor/index.ts'

const config = z.object({
  ...offlineOptions(),
  threshold: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.6)
    .describe('τ: an item must be at least that likely in the log, beside the likeliest one, to be taken'),
  logitsPenalty: z.number().min(0).default(0.01).describe('weight of the mean square of the logits of the behavior'),
})

/** Values of the items that the behavior policy might have taken; the others follow below them, the likelier the sooner. */
function constrained({ values }: Head, behavior: Head, threshold: number): Sym {
  const excess = subtract(logLikelihoodRatio(behavior.values), Math.log(threshold)) // [B, A], above 0 where allowed
  const allowed = greater(excess, 0)
  const lowest = negate(max(where(allowed, negate(values), -1e30), 1, { keepDims: true })) // [B, 1]
  return where(allowed, values, add(lowest, excess))
}

/** Takes the best item by value among those that are likely enough in the log. */
export const bcq = defineTemporalDifference({
  name: 'bcq',
  summary: 'takes the item of the highest value among those that the log takes often enough in such a state',
  paper: {
    title: 'Benchmarking Batch Deep Reinforcement Learning Algorithms',
    year: 2019,
    venue: 'NeurIPS Deep RL Workshop',
  },
  config,
  heads: () => ({ q: 1, behavior: 1 }),
  acting: () => 'greedy',
  scores: ({ q, behavior }, { threshold }) => constrained(q, behavior, threshold),
  choice: ({ q, behavior }, { threshold }) => constrained(q, behavior, threshold),
  expected: ({ q }, action) => q.of(action),
  // y = R + γᵐ Q⁻(s', argmax Q(s', a) over a with G(a | s') / max G(· | s') > τ) (Eq. 17).
  loss({ q, behavior }, actions, targets, { logitsPenalty }) {
    const value = qLearning(q.of(actions), targets)
    const imitation = mean(crossEntropy(behavior.values, behavior.of(actions)))
    const penalty = multiply(mean(square(behavior.values)), logitsPenalty)
    return { loss: add(add(value, imitation), penalty), q: value, imitation }
  },
})
