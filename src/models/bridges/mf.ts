import { z } from 'zod'
import { defineModel, type Model, type TrainContext, type TrainEvent } from '../../core/index.ts'
import {
  bridgeScorer,
  createFactors,
  createPeople,
  type Factors,
  factorOptions,
  fitDomains,
} from '../../families/bridges/index.ts'
import { loadWeights } from '../../nn/index.ts'

const config = z.object(factorOptions())

type Config = z.output<typeof config>

interface Factorization extends Model {
  readonly factors: Factors
}

async function* train(
  { factors, ...model }: Factorization,
  config: Config,
  context: TrainContext,
): AsyncGenerator<TrainEvent> {
  const started = performance.now()
  yield* fitDomains(factors, config, context)
  const validation = await context.validate(model)
  const seconds = (performance.now() - started) / 1000
  yield { type: 'epoch', epoch: 1, epochs: 1, losses: {}, validation, best: true, seconds }
  yield { type: 'done', epochs: 1, bestEpoch: 1, reason: 'every domain was solved by itself' }
}

export const mf = defineModel({
  name: 'mf',
  task: 'rating',
  unlearned: 'of users and items without rows it expects nothing beyond the mean and what an item adds to it',
  summary: 'ratings by vectors of users and items, factorized in each domain by itself; knows nobody who is new there',
  paper: {
    title: 'Large-Scale Parallel Collaborative Filtering for the Netflix Prize',
    year: 2008,
    venue: 'AAIM',
  },
  config,
  create(config, dataset, split): Factorization {
    const factors = createFactors(dataset, split, config)
    const people = createPeople(dataset, factors, { behaviors: 0, positiveAbove: 3 })
    return {
      factors,
      weights: () => factors.weights,
      load: (loaded) => loadWeights(factors.weights, loaded),
      ...bridgeScorer(dataset, factors, new Map(), { people, warm: 'own' }),
      async dispose() {},
    }
  },
  train,
})
