import {
  type Dataset,
  domainItems,
  type ItemRange,
  type Model,
  type Query,
  type Scorer,
  type SparseMatrix,
  type Split,
  type Tensor,
  type TrainContext,
} from '../../core/index.ts'
import { chooseByValidation, chooseForDomains, loadWeights } from '../../nn/index.ts'
import { addSimilar, learnSimilarities, RECALLS, USUAL_SIMILARITY } from '../ranking/index.ts'
import { ownQuery } from './histories.ts'
import type { SequenceConfig } from './options.ts'

// What a network of d dimensions cannot hold: that just these two items were had by the same users. `memory=neighbors` remembers it.

/** What validation chooses from: how the memory reads a history, by itself, and how much a domain weighs it. */
const RECALL = { ...RECALLS, own: [false, true] }
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

/** The model with the memory that its options ask for. */
export function withMemory<M extends Model>(
  model: M,
  { memory }: Pick<SequenceConfig, 'memory'>,
  dataset: Dataset,
  split: Split,
): M {
  return memory === 'neighbors' ? remembering(model, dataset, split) : model
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
    // A product and what is remembered are none.
    can: {},
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
  const learning = learnSimilarities(dataset, split, USUAL_SIMILARITY)
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
  context: Pick<TrainContext, 'validate' | 'lessIsBetter'>,
): Promise<void> {
  const recalling = (options: { recency: number; repeats: boolean; own: boolean }) => {
    model.recall.data.set([options.recency, Number(options.repeats), Number(options.own)])
    return { score: model.recollect }
  }
  recalling((await chooseByValidation(RECALL, recalling, context)).options)
  await chooseForDomains(model.weight.data, WEIGHTS, model, dataset, metric, context)
}
