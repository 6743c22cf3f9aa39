import { z } from 'zod'
import type { Policy, Query } from '../core/index.ts'
import { actOnRewards, defineRewardModel, rewardOptions } from '../families/rewards/index.ts'

const config = z.object({
  epsilon: z.number().min(0).max(1).default(0.3).describe('ε, the probability of taking any item'),
  ...rewardOptions({ ensemble: 1 }),
})

/** 1 at the columns that the query does not exclude. */
function allowed(items: Int32Array, { exclude = new Int32Array(0) }: Query): Uint8Array {
  const excluded = new Set(exclude)
  return Uint8Array.from(items, (item) => Number(!excluded.has(item)))
}

/** What is far enough below another logit to have probability 0. */
const CERTAIN = 1e4
/** Largest difference of the logits of items that are as probable: it puts them in order and changes a probability by this share. */
const ORDER = 1e-4

/**
 * Of the n allowed items the best has probability 1 − ε + ε / n and every other one ε / n. So the others have the logit 0, and the best
 * log(((1 − ε) n + ε) / ε). Of a list's further places the predicted reward decides.
 */
export function logits(predicted: Float32Array, open: Uint8Array, epsilon: number, scores: Float32Array): void {
  let best = -1
  let n = 0
  for (const [column, reward] of predicted.entries()) {
    if (open[column] === 0) continue
    n++
    if (best === -1 || reward > predicted[best]) best = column
  }
  const most = predicted.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const least = predicted.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  const order = most > least ? ORDER / (most - least) : 0
  for (const [column, reward] of predicted.entries()) scores[column] = order * (reward - most)
  if (best !== -1) scores[best] = epsilon === 0 ? CERTAIN : Math.log(((1 - epsilon) * n + epsilon) / epsilon)
}

export const epsilonGreedy = defineRewardModel({
  name: 'epsilon-greedy',
  task: 'policy',
  summary: 'takes the item with the highest predicted reward, and now and then any other; learns no policy',
  config,
  answers: (learned, { epsilon }): Policy => ({
    acting: 'sampled',
    remembers: 'episode',
    avoidsLeaving: false,
    score: actOnRewards(learned, (predicted, query, scores) =>
      logits(predicted, allowed(learned.space.items, query), epsilon, scores),
    ),
  }),
})
