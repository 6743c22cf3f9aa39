import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type NamedTensors,
  type SparseMatrix,
  type Tensor,
  type TrainContext,
  TributaryError,
} from '../../core/index.ts'
import { addSimilar, learnSimilarities, RECALLS, USUAL_SIMILARITY } from '../../families/ranking/index.ts'
import { chooseByValidation, trainOnce } from '../../nn/index.ts'

const config = z.object({
  neighbors: z
    .int()
    .min(1)
    .default(USUAL_SIMILARITY.neighbors)
    .describe('k, the most similar items that each item is scored by'),
  shrinkage: z
    .number()
    .min(0)
    .default(USUAL_SIMILARITY.shrinkage)
    .describe('added to the norms; holds back similarities that few users vouch for'),
  recency: z
    .union([z.literal('auto'), z.number().positive().max(1)])
    .default('auto')
    .describe(
      'weight of a history item for each step that it lies back; 1 weighs the whole history alike, auto lets validation choose',
    ),
  repeats: z
    .union([z.literal('auto'), z.boolean()])
    .default('auto')
    .describe('count an item of the history as similar to itself, so that it can return; auto lets validation choose'),
})
type Config = z.output<typeof config>

interface ItemKnn extends Model {
  /** Row i holds the items that count i among their k nearest, so that scoring walks the rows of the history alone. */
  similarities: SparseMatrix
  /** Recency, and the similarity of an item to itself, 0 or 1. [2] */
  chosen: Float32Array | Float64Array
}

/** Only where validation chooses are the choices among the weights. */
const chooses = ({ recency, repeats }: Config) => recency === 'auto' || repeats === 'auto'

// Weights: `offsets` [V + 1], `columns` and `values` [entries] of the similarities, and `chosen` [2] where validation chooses.
function create(config: Config, { items }: Dataset): ItemKnn {
  const V = items.size
  const { recency, repeats } = config
  const model: ItemKnn = {
    similarities: {
      shape: [V, V],
      offsets: new Int32Array(V + 1),
      columns: new Int32Array(0),
      values: new Float32Array(0),
    },
    chosen: chooses(config) ? new Float32Array(2) : Float64Array.of(Number(recency), Number(repeats)),
    weights() {
      const { offsets, columns, values } = model.similarities
      const entries = [columns.length]
      return new Map<string, Tensor>([
        ['offsets', { shape: [V + 1], data: offsets }],
        ['columns', { shape: entries, data: columns }],
        ['values', { shape: entries, data: values }],
        ...(model.chosen instanceof Float32Array ? [['chosen', { shape: [2], data: model.chosen }] as const] : []),
      ])
    },
    load(loaded) {
      model.similarities = checked(loaded, V, chooses(config))
      if (chooses(config)) model.chosen = checkedChoice(loaded)
    },
    async score(queries, { start, end }) {
      const width = end - start
      const [recency, self] = model.chosen as unknown as readonly [number, number]
      const scores = new Float32Array(queries.length * width)
      for (const [q, { history }] of queries.entries())
        addSimilar(
          scores.subarray(q * width, (q + 1) * width),
          model.similarities,
          history,
          { start, end },
          { recency, self },
        )
      return scores
    },
    async dispose() {},
  }
  return model
}

const ITEMS_PER_STEP = 1024

async function* train(model: ItemKnn, config: Config, context: TrainContext) {
  const { dataset, split } = context
  const { neighbors, shrinkage, recency, repeats } = config
  const V = dataset.items.size
  const learning = learnSimilarities(dataset, split, { neighbors, shrinkage })
  const step = (number: number) => {
    const start = (number - 1) * ITEMS_PER_STEP
    const end = Math.min(start + ITEMS_PER_STEP, V)
    for (let item = start; item < end; item++) learning.learn(item)
    if (end === V) model.similarities = learning.similarities()
    return end - start
  }
  const withOptions = (options: { recency: number; repeats: boolean }) => {
    model.chosen.set([options.recency, Number(options.repeats)])
    return model
  }
  const choose = async () => {
    const grids = {
      recency: recency === 'auto' ? RECALLS.recency : [recency],
      repeats: repeats === 'auto' ? RECALLS.repeats : [repeats],
    }
    const chosen = await chooseByValidation(grids, withOptions, context)
    withOptions(chosen.options)
    return chosen
  }
  yield* trainOnce({ steps: Math.ceil(V / ITEMS_PER_STEP), step, choose }, model, context)
}

/**
 * The similarities of a file, checked so far that scoring cannot leave the arrays.
 * @throws TributaryError `mismatch` for other names, types or another catalogue, `file-damaged` for contradicting entries
 */
function checked(loaded: NamedTensors, V: number, choice: boolean): SparseMatrix {
  const mismatch = (reason: string) =>
    new TributaryError('mismatch', `the weights are not those of item-knn: ${reason}`)
  const damaged = (reason: string) => new TributaryError('file-damaged', `the similarities are damaged: ${reason}`)
  for (const name of loaded.keys())
    if (!['offsets', 'columns', 'values', ...(choice ? ['chosen'] : [])].includes(name))
      throw mismatch(`they hold '${name}'`)
  const offsets = loaded.get('offsets')?.data
  const columns = loaded.get('columns')?.data
  const values = loaded.get('values')?.data
  if (!(offsets instanceof Int32Array)) throw mismatch("they lack the integers 'offsets'")
  if (!(columns instanceof Int32Array)) throw mismatch("they lack the integers 'columns'")
  if (!(values instanceof Float32Array)) throw mismatch("they lack the numbers 'values'")
  if (offsets.length !== V + 1)
    throw mismatch(`they are for ${offsets.length - 1} items, but this dataset has ${V} (padding included)`)
  if (columns.length !== values.length || offsets[0] !== 0 || offsets[V] !== columns.length)
    throw damaged(
      `${columns.length} columns and ${values.length} values, but offsets from ${offsets[0]} to ${offsets[V]}`,
    )
  for (let item = 0; item < V; item++)
    if (offsets[item] > offsets[item + 1]) throw damaged(`the offsets decrease at item ${item}`)
  for (let item = 0; item < V; item++) {
    for (let e = offsets[item]; e < offsets[item + 1]; e++) {
      const after = e === offsets[item] ? 0 : columns[e - 1]
      if (columns[e] <= after || columns[e] >= V)
        throw damaged(`item ${item} has the neighbor ${columns[e]} after ${after}`)
      if (!Number.isFinite(values[e])) throw damaged(`item ${item} has a similarity that is not finite`)
    }
  }
  return { shape: [V, V], offsets, columns, values }
}

/** @throws TributaryError `mismatch` where the choice is missing, `file-damaged` where it is no number */
function checkedChoice(loaded: NamedTensors): Float32Array {
  const chosen = loaded.get('chosen')?.data
  if (!(chosen instanceof Float32Array) || chosen.length !== 2)
    throw new TributaryError(
      'mismatch',
      "the weights are not those of item-knn with recency=auto or repeats=auto: they lack the two numbers 'chosen'",
    )
  if (!chosen.every(Number.isFinite))
    throw new TributaryError('file-damaged', `recency and repeats are ${chosen.join(' and ')}; they must be numbers`)
  return chosen
}

export const itemKnn = defineModel({
  name: 'item-knn',
  task: 'ranking',
  unlearned: 'it counts',
  summary: 'items that the same users had as the items of the history, by cosine similarity; a strong control',
  paper: { title: 'Item-Based Top-N Recommendation Algorithms', year: 2004, venue: 'ACM TOIS' },
  config,
  create: (config, dataset) => create(config, dataset),
  train,
})
