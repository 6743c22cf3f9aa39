import {
  type Dataset,
  domainItems,
  type ItemRange,
  type Model,
  type Query,
  type Scorer,
  type Split,
  type Tensor,
  type TrainContext,
} from '../../core/index.ts'
import { chooseByValidation, loadWeights } from '../../nn/index.ts'
import { addSimilar, learnSimilarities, type SparseMatrix } from '../ranking/index.ts'
import { ownQuery } from './histories.ts'

// What a network of d dimensions cannot hold: that just these two items were had by the same users. `memory=neighbors` remembers it.

/** As `item-knn`. */
const NEIGHBORS = { neighbors: 200, shrinkage: 0 }
/** What validation chooses from: how the memory reads a history, by itself, and how much a domain weighs it. */
const RECALL = { recency: [1, 0.875, 0.75, 0.625, 0.5, 0.25], repeats: [false, true], own: [false, true] }
const WEIGHTS = [0, 4, 8, 16, 32, 64]

/** A model that answers by network + weight_d · similarity in domain d, where similarity is the mean over the history, 0 … 1. */
export interface Remembering extends Model {
  /** Its own answer, without the network. */
  readonly recollect: Scorer['score']
  /** [D]; 0 before it is chosen. */
  readonly weight: Tensor<Float32Array>
  /** Recency, the similarity of an item to itself, and whether only events of the domain asked for count, each 0 or 1. [3] */
  readonly recall: Tensor<Float32Array>
}

/**
 * Lets the items that the same users had as those of a history speak beside a network. They are counted anew from the training rows
 * whenever a model is made, and are no weights; those are `memory/weight` [D] and `memory/recall` [3].
 */
export function remembering<M extends Model>(network: M, dataset: Dataset, split: Split): M & Remembering {
  const weight = { shape: [dataset.domains.length], data: new Float32Array(dataset.domains.length) }
  const recall = { shape: [3], data: Float32Array.of(RECALL.recency[0], 0, 0) }
  let counted: SparseMatrix | undefined
  const similarities = () => (counted ??= countAll(dataset, split))
  const weights = () =>
    new Map<string, Tensor>([...network.weights(), ['memory/weight', weight], ['memory/recall', recall]])

  /** Adds to the scores of a query how similar items are to its history, times `amount`. */
  const add = (row: Float32Array, query: Query, range: ItemRange, amount: number) => {
    const [recency, self, own] = recall.data as unknown as readonly [number, number, number]
    const { history } = own === 0 ? query : ownQuery(query, dataset)
    let all = 0
    for (let t = 0, share = 1; t < history.length; t++, share *= recency) all += share
    if (all > 0) addSimilar(row, similarities(), history, range, { recency, self }, amount / all)
  }
  return {
    ...network,
    weight,
    recall,
    weights,
    load(loaded) {
      loadWeights(weights(), loaded)
      // Counted now, and not while the first user waits.
      if (weight.data.some((amount) => amount !== 0)) similarities()
    },
    async recollect(queries, range) {
      const width = range.end - range.start
      const scores = new Float32Array(queries.length * width)
      for (const [q, query] of queries.entries()) add(scores.subarray(q * width, (q + 1) * width), query, range, 1)
      return scores
    },
    async score(queries, range) {
      const width = range.end - range.start
      const scores = await network.score(queries, range)
      for (const [q, query] of queries.entries()) {
        // What a domain remembers is of its own items: of others it would be compared with what the network alone says.
        const own = domainItems(dataset, query.domain)
        const [start, end] = [Math.max(range.start, own.start), Math.min(range.end, own.end)]
        const amount = weight.data[query.domain]
        const at = q * width - range.start
        if (amount !== 0 && start < end) add(scores.subarray(at + start, at + end), query, { start, end }, amount)
      }
      return scores
    },
  }
}

function countAll(dataset: Dataset, split: Split): SparseMatrix {
  const learning = learnSimilarities(dataset, split, NEIGHBORS)
  for (let item = 0; item < dataset.items.size; item++) learning.learn(item)
  return learning.similarities()
}

export function isRemembering(model: Scorer): model is Remembering {
  return 'recollect' in model
}

/**
 * Chooses on validation how the memory reads a history, as if it answered alone, and how much each domain weighs it beside the network;
 * of equals the lesser weight.
 */
export async function chooseMemory(
  model: Remembering,
  dataset: Pick<Dataset, 'domains'>,
  metric: string,
  { validate, lessIsBetter }: Pick<TrainContext, 'validate' | 'lessIsBetter'>,
): Promise<void> {
  const recalling = (options: { recency: number; repeats: boolean; own: boolean }) => {
    model.recall.data.set([options.recency, Number(options.repeats), Number(options.own)])
    return { score: model.recollect }
  }
  recalling((await chooseByValidation(RECALL, recalling, validate)).options)
  const sign = lessIsBetter?.(metric) ? -1 : 1
  for (const d of dataset.domains.keys()) {
    let best = { weight: 0, value: Number.NEGATIVE_INFINITY }
    for (const weight of WEIGHTS) {
      model.weight.data[d] = weight
      const value = sign * (await validate(model, d))[metric]
      if (value > best.value) best = { weight, value }
    }
    model.weight.data[d] = best.weight
  }
}
