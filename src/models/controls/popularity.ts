import { z } from 'zod'
import { type Dataset, defineModel, type Model, type TrainContext } from '../../core/index.ts'
import { itemCounts } from '../../data/index.ts'
import { loadWeights, trainOnce } from '../../nn/index.ts'

const config = z.object({})

interface Popularity extends Model {
  readonly counts: Int32Array
}

// Weights: `counts` [V], interactions of each item in the training part.
function create({ items }: Dataset): Popularity {
  const counts = new Int32Array(items.size)
  const weights = new Map([['counts', { shape: [counts.length], data: counts }]])
  return {
    counts,
    weights: () => weights,
    load: (loaded) => loadWeights(weights, loaded),
    async score(queries, { start, end }) {
      const scores = new Float32Array(queries.length * (end - start))
      for (let q = 0; q < queries.length; q++) scores.set(counts.subarray(start, end), q * (end - start))
      return scores
    },
    async dispose() {},
  }
}

async function* train(model: Popularity, context: TrainContext) {
  const { dataset, split } = context
  const count = () => {
    model.counts.set(itemCounts(dataset, split))
    return dataset.log.length
  }
  yield* trainOnce({ steps: 1, step: count }, model, context)
}

export const popularity = defineModel({
  name: 'popularity',
  task: 'ranking',
  unlearned: 'it counts',
  summary: 'the items with the most training interactions, the same for everybody; a control',
  config,
  create: (_config, dataset) => create(dataset),
  train: (model, _config, context) => train(model, context),
})
