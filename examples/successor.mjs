// A model of one's own, used without a change to Tributary: tributary train successor datasets/shop --out runs/successor
// --plugin successor.mjs. It recommends what followed the last item most often. docs/plugins.md goes through it.
import { defineModel } from 'tributary-rec/core'
import { trainingSequences } from 'tributary-rec/data'
import { loadWeights, trainOnce } from 'tributary-rec/nn'
import { z } from 'zod'

export const successor = defineModel({
  name: 'successor',
  task: 'ranking',
  summary: 'the most frequent successor of the last item',
  config: z.object({
    least: z.int().min(1).default(2).describe('times that a pair must have been seen to be believed'),
  }),

  // Weights: `next` [V], the most frequent successor of each item, 0 for none; `share` [V], the share of its successions.
  create(_config, { items }) {
    const next = new Int32Array(items.size)
    const share = new Float32Array(items.size)
    /** @type {Map<string, import('tributary-rec/core').Tensor>} */
    const weights = new Map([
      ['next', { shape: [items.size], data: next }],
      ['share', { shape: [items.size], data: share }],
    ])
    return {
      next,
      share,
      weights: () => weights,
      load: (loaded) => loadWeights(weights, loaded),
      async score(queries, { start, end }) {
        const scores = new Float32Array(queries.length * (end - start))
        for (const [q, { history }] of queries.entries()) {
          const last = history.at(-1) ?? 0
          if (next[last] >= start && next[last] < end) scores[q * (end - start) + next[last] - start] = share[last]
        }
        return scores
      },
      async dispose() {},
    }
  },

  async *train(model, { least }, context) {
    const { items, offsets, user } = trainingSequences(context.dataset, context.split)
    const count = () => {
      /** @type {Map<number, Map<number, number>>} */
      const successors = new Map()
      for (let s = 0; s < user.length; s++)
        for (let t = offsets[s]; t + 1 < offsets[s + 1]; t++) {
          const counts = successors.get(items[t]) ?? new Map()
          counts.set(items[t + 1], (counts.get(items[t + 1]) ?? 0) + 1)
          successors.set(items[t], counts)
        }
      for (const [item, counts] of successors) {
        const [next, most] = [...counts].reduce((best, one) => (one[1] > best[1] ? one : best))
        if (most < least) continue
        model.next[item] = next
        model.share[item] = most / [...counts.values()].reduce((sum, n) => sum + n, 0)
      }
      return items.length
    }
    yield* trainOnce({ steps: 1, step: count }, model, context)
  },
})

/** @type {import('tributary-rec').Plugin} */
export default { models: [successor] }
