import { z } from 'zod'
import { defineModel, type Model, type ModelContext, type Query, type TrainContext } from '../../core/index.ts'
import { createRng, mix } from '../../math/index.ts'
import { loadWeights, trainOnce } from '../../nn/index.ts'

const config = z.object({})

// Weights: `seed` [1], so that a saved run shuffles the same way wherever it is loaded.
function create({ seed }: ModelContext): Model {
  const key = Int32Array.of(createRng(seed).split('random').uint32())
  const weights = new Map([['seed', { shape: [1], data: key }]])
  return {
    weights: () => weights,
    load: (loaded) => loadWeights(weights, loaded),
    async score(queries, { start, end }) {
      const scores = new Float32Array(queries.length * (end - start))
      let next = 0
      for (const query of queries) {
        const person = mix(key[0], personKey(query))
        // 24 bits, as many as a Float32 holds exactly.
        for (let item = start; item < end; item++) scores[next++] = (mix(person, item) >>> 8) / 0x100_0000
      }
      return scores
    },
    async dispose() {},
  }
}

/** A known user keeps one order; strangers with the same history share one. */
function personKey({ user, history }: Query): number {
  if (user !== undefined) return mix(1, user)
  let hash = 2
  for (const item of history) hash = mix(hash, item)
  return hash
}

async function* train(model: Model, context: TrainContext) {
  yield* trainOnce({ steps: 1, step: () => 0 }, model, context)
}

export const random = defineModel({
  name: 'random',
  task: 'ranking',
  unlearned: 'nothing of it is learned',
  summary: 'a seeded shuffle of the items for each user; the floor that every result stands on',
  config,
  create: (_config, _dataset, _split, context) => create(context),
  train: (model, _config, context) => train(model, context),
})
