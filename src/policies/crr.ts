import { z } from 'zod'
import { defineTemporalDifference, offlineOptions } from '../families/temporal-difference/index.ts'
import { crossEntropy } from '../nn/index.ts'
import { ADVANTAGE_WEIGHTS, advantageRegression, expectedValue } from '../rl/index.ts'
import { add, mean, multiply, negate, square, subtract } from '../tensor/index.ts'

const config = z.object({
  ...offlineOptions({ steps: 1 }),
  weight: z
    .enum(ADVANTAGE_WEIGHTS)
    .default('exp')
    .describe('what a row of the log counts: exp(A / β) up to the bound, or 1 where its advantage is positive'),
  beta: z.number().positive().default(1).describe('β of weight=exp, in units of the rewards'),
  bound: z.number().positive().default(20).describe('the most that a row counts with weight=exp'),
  minQWeight: z
    .number()
    .min(0)
    .default(0)
    .describe("weight of CQL's penalty on the critic; the paper has none, the library of the published runs 10"),
})

/** Imitates those rows of the log that a critic finds better than what the policy itself would do. */
export const crr = defineTemporalDifference({
  name: 'crr',
  summary: 'imitates what was better in the log than what it would have done itself, by a critic',
  paper: { title: 'Critic Regularized Regression', year: 2020, venue: 'NeurIPS' },
  config,
  heads: () => ({ q: 1, actor: 1 }),
  acting: () => 'sampled',
  scores: ({ actor }) => actor.values,
  expected: ({ q, actor }) => expectedValue(q.values, actor.values),
  // y = R + γᵐ Σ π⁻(a | s') Q⁻(s', a); A = Q(s, a) − Σ π(a | s) Q(s, a); the critic has ½ (Q(s, a) − y)².
  loss({ q, actor }, actions, targets, { minQWeight, ...weights }) {
    const value = q.of(actions)
    const critic = multiply(mean(square(subtract(value, targets))), 0.5)
    const advantage = subtract(value, expectedValue(q.values, actor.values))
    const regression = advantageRegression(negate(crossEntropy(actor.values, actor.of(actions))), advantage, weights)
    const both = add(regression, critic)
    if (minQWeight === 0) return { loss: both, actor: regression, critic }
    const penalty = mean(crossEntropy(q.values, value))
    return { loss: add(both, multiply(penalty, minQWeight)), actor: regression, critic, conservative: penalty }
  },
})
