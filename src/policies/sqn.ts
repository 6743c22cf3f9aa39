import { z } from 'zod'
import { defineTemporalDifference, offlineOptions } from '../families/temporal-difference/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { qLearning } from '../rl/index.ts'
import { add, mean, multiply, square } from '../tensor/index.ts'

const config = z.object({
  ...offlineOptions(),
  actsBy: z
    .enum(['supervised', 'q'])
    .default('supervised')
    .describe('the head that recommends: the supervised one, sampled, or the values, greedily'),
  logitsPenalty: z.number().min(0).default(0.01).describe('weight of the mean square of the supervised logits'),
})

/** Two heads on one state: values that learn by temporal differences, and logits that learn what was taken. */
export const sqn = defineTemporalDifference({
  name: 'sqn',
  summary: 'imitates the log while a second head on the same state learns what pays in the long run',
  paper: { title: 'Self-Supervised Reinforcement Learning for Recommender Systems', year: 2020, venue: 'SIGIR' },
  config,
  heads: () => ({ q: 1, supervised: 1 }),
  acting: ({ actsBy }) => (actsBy === 'q' ? 'greedy' : 'sampled'),
  scores: ({ q, supervised }, { actsBy }) => (actsBy === 'q' ? q : supervised).values,
  choice: ({ q }) => q.values,
  expected: ({ q }, action) => q.of(action),
  // L = L_q + L_s, y = R + γᵐ Q⁻(s', argmax Q(s', ·)).
  loss({ q, supervised }, actions, targets, { logitsPenalty }) {
    const value = qLearning(q.of(actions), targets)
    const imitation = mean(crossEntropy(supervised.values, supervised.of(actions)))
    const penalty = multiply(mean(square(supervised.values)), logitsPenalty)
    return { loss: add(add(value, imitation), penalty), q: value, imitation }
  },
})
