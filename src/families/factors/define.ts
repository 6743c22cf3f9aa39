import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  learnedIds,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Query,
  type ScoringVectors,
  type Split,
  type TrainContext,
  type TrainEvent,
} from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { createTable, type EmbeddingTable, loadWeights, normal } from '../../nn/index.ts'
import { createPrograms, input, matmul, type Programs } from '../../tensor/index.ts'
import type { FactorConfig } from './options.ts'
import { scoreVectors, userVectors } from './score.ts'
import { userTable } from './users.ts'

/** What one model of user and item vectors brings. */
export interface FactorSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `factorOptions` and `width` among its options. */
  readonly config: C
  /** Standard deviation of the entries of vectors before training. */
  deviation(config: output<C>): number
  /** Names its loss, its pairs and its step. */
  train(model: FactorModel, config: output<C>, context: TrainContext): AsyncGenerator<TrainEvent>
}

/** A model that ranks by user · item. Its weights are `users` [U + 1, d] and `items` [V, d]. */
export interface FactorModel extends Model {
  readonly users: EmbeddingTable
  readonly items: EmbeddingTable
  readonly programs: Programs
}

export function defineFactorModel<C extends ZodObject & ZodType<FactorConfig>>(given: FactorSpec<C>) {
  const { deviation, ...spec } = given
  const create = (config: output<C>, dataset: Dataset, split: Split, context: ModelContext) =>
    createFactorModel(
      { name: spec.name, width: config.width, deviation: deviation(config) },
      { dataset, split },
      context,
    )
  return defineModel({ ...spec, task: 'ranking', create })
}

/** @param options `name` labels the random streams */
export function createFactorModel(
  { name, width, deviation }: { readonly name: string; readonly width: number; readonly deviation: number },
  { dataset, split }: { readonly dataset: Dataset; readonly split: Split },
  { seed, threads, serving }: ModelContext,
): FactorModel {
  const rng = createRng(seed).split(name)
  const users = userTable(dataset, width, normal(deviation), rng)
  const items = createTable('items', dataset.items.size, width, normal(deviation), rng)
  const programs = createPrograms({ threads, spin: !serving })
  const learned = learnedIds(dataset, split)
  const weights = (): NamedTensors => new Map([users, items].map((table) => [table.name, table.tensor]))
  const vectors = async (): Promise<ScoringVectors> => {
    const vectorOf = userVectors(users, learned.users)
    const of = async (queries: readonly Query[]) => {
      const found = new Float32Array(queries.length * width)
      for (const [i, query] of queries.entries()) found.set(vectorOf(query), i * width)
      return found
    }
    return { width, byDomain: false, items: items.tensor.data, of, from: 'user' }
  }
  return {
    users,
    items,
    programs,
    weights,
    load: (loaded) => loadWeights(weights(), loaded),
    score: scoreVectors({
      programs,
      width,
      scores: matmul(input('states', ['B', width]), input('block', ['R', width]), { transposeB: true }),
      block: ({ start, end }) => ({ block: items.range(start, end) }),
      vectors: () => userVectors(users, learned.users),
    }),
    can: { vectors },
    dispose: () => programs.dispose(),
  }
}
