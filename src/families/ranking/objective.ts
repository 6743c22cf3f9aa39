import type { Dataset, Split, Tensor } from '../../core/index.ts'
import { itemCounts, type NegativeScope } from '../../data/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  bprLoss,
  crossEntropy,
  type EmbeddingTable,
  type Feeds,
  negativeLogSigmoid,
  type TableRead,
} from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../tensor/index.ts'
import { type ItemsRead, type ItemVectors, itemVectors } from './item-vectors.ts'

export const RANKING_LOSSES = ['softmax', 'sampled-softmax', 'bpr', 'bce'] as const
export type RankingLossName = (typeof RANKING_LOSSES)[number]

/** What the loss must know of the catalogue and the log. */
export interface Catalogue {
  /** Items of domain d are domainStart[d] … domainStart[d + 1] − 1. */
  readonly domainStart: Int32Array
  /** Interactions of each item in the training data, [V]: the proposal of sampled softmax. */
  readonly counts: ArrayLike<number>
}

/**
 * A target is told apart from the items of its domain, or from those of the whole catalogue, which then counts as one domain.
 */
export function lossCatalogue(
  { dataset, split }: { readonly dataset: Dataset; readonly split: Split },
  scope: NegativeScope,
): Catalogue {
  return {
    domainStart: scope === 'all' ? Int32Array.of(1, dataset.items.size) : dataset.domainStart,
    counts: itemCounts(dataset, split),
  }
}

/** The targets of one batch, or of a part of one. */
export interface Targets {
  /** [N] item ids, 0 where a position has no target. */
  readonly items: Int32Array
  /** [N] one sampled negative a target, for the losses that `needNegatives`. */
  readonly negatives: Int32Array | undefined
  /** Number of targets in the whole batch, which may be larger than this part of it. */
  readonly total: number
}

/** Whether the loss compares each target with one sampled negative. */
export function needsNegatives(name: RankingLossName): boolean {
  return name === 'bpr' || name === 'bce'
}

/**
 * A ranking objective over item embeddings, the same for every model that ranks by `state · item`: the model brings
 * states [N, d], the loss brings its part of the graph, its inputs for a batch, and the way of gradients back to the table.
 */
export interface RankingLoss {
  /** Scalar: the mean over all targets of the (whole) batch. */
  readonly loss: Sym
  /** [N], the loss of each position, for objectives that weigh targets themselves; without meaning where there is no target. */
  readonly each: Sym
  /** Logits that each target is compared with, at most: what bounds the memory of a step. */
  readonly logitsPerTarget: number
  /** Parts of the table that the graph reads. */
  readonly reads: readonly TableRead[]
  feeds(targets: Targets, rng: Rng): Record<string, Tensor>
}

export function rankingLoss(
  name: RankingLossName,
  states: Sym,
  items: EmbeddingTable | Sym,
  catalogue: Catalogue,
  options: { readonly samples: number },
): RankingLoss {
  const vectors = itemVectors(items)
  switch (name) {
    case 'softmax':
      return domainSoftmax(states, vectors, catalogue)
    case 'sampled-softmax':
      return sampledSoftmax(states, vectors, catalogue, options.samples)
    case 'bpr':
    case 'bce':
      return pairwise(name, states, vectors)
  }
}

/** One seeded negative a position: BPR (Rendle et al., 2009) or binary cross-entropy (Kang and McAuley, 2018). */
function pairwise(name: 'bpr' | 'bce', states: Sym, vectors: ItemVectors): RankingLoss {
  const N = states.shape[0]
  const positive = vectors.gathered(input('positives', [N], 'int32'), 'positives') // [N, d]
  const negative = vectors.gathered(input('negatives', [N], 'int32'), 'negatives') // [N, d]
  const weight = input('targetWeight', [N])
  const positiveScore = t.sum(t.multiply(states, positive.rows), [1]) // [N]
  const negativeScore = t.sum(t.multiply(states, negative.rows), [1])
  const each =
    name === 'bpr'
      ? bprLoss(positiveScore, negativeScore)
      : t.add(negativeLogSigmoid(positiveScore), t.softplus(negativeScore))
  return {
    loss: t.sum(t.multiply(each, weight)),
    each,
    logitsPerTarget: 2,
    reads: [...positive.reads, ...negative.reads],
    feeds({ items, negatives, total }) {
      const weights = new Float32Array(items.length)
      for (let i = 0; i < items.length; i++) weights[i] = items[i] === 0 ? 0 : 1 / total
      const shape = [items.length]
      return {
        positives: { shape, data: items },
        negatives: { shape, data: negatives! },
        targetWeight: { shape, data: weights },
      }
    },
  }
}

/** Positions of a batch, sorted by the domain of their target. */
interface DomainRows {
  /** Positions whose target lies in the domain; at least one, so that no axis is empty (then of weight 0, at row −1). */
  readonly index: Int32Array
  readonly inverse: Int32Array
  readonly targets: Int32Array
  readonly weight: Float32Array
}

function rowsOfDomain(targets: Int32Array, start: number, end: number, total: number): DomainRows {
  let count = 0
  for (let i = 0; i < targets.length; i++) if (targets[i] >= start && targets[i] < end) count++
  const rows = Math.max(1, count)
  const index = new Int32Array(rows).fill(-1)
  const inverse = new Int32Array(targets.length).fill(-1)
  const ids = new Int32Array(rows)
  const weight = new Float32Array(rows)
  let row = 0
  for (let i = 0; i < targets.length; i++) {
    const target = targets[i]
    if (target < start || target >= end) continue
    index[row] = i
    inverse[i] = row
    ids[row] = target
    weight[row++] = 1 / total
  }
  return { index, inverse, targets: ids, weight }
}

/** The states whose target lies in domain d, [N_d, d], the weight of each, and the way back; fed by `domainFeeds`. */
function domainStates(states: Sym, d: number) {
  const rows: Dim = `N${d}`
  const index = input(`index${d}`, [rows], 'int32')
  const inverse = input(`inverse${d}`, [states.shape[0]], 'int32')
  return {
    rows,
    own: t.takeRows(states, index, inverse),
    weight: input(`weight${d}`, [rows]),
    /** [N_d] → [N], zero at the other positions. */
    scatter: (losses: Sym) => t.reshape(t.takeRows(t.reshape(losses, [rows, 1]), inverse, index), [states.shape[0]]),
  }
}

/** One domain's part of an objective: its weighted sum, and the loss of each of its positions among all, [N]. */
interface DomainLoss {
  readonly sum: Sym
  readonly each: Sym
}

function domainFeeds({ index, inverse, targets, weight }: DomainRows, d: number): Record<string, Tensor> {
  const shape = [index.length]
  return {
    [`index${d}`]: { shape, data: index },
    [`inverse${d}`]: { shape: [inverse.length], data: inverse },
    [`weight${d}`]: { shape, data: weight },
    [`targets${d}`]: { shape, data: targets },
  }
}

/** A domain without a target in a batch has a zero gradient; its rows must not count as touched. */
function whereAsked(d: number, read: TableRead): TableRead {
  return { ...read, back: (gradient, feeds: Feeds) => feeds[`targets${d}`].data[0] !== 0 && read.back(gradient, feeds) }
}

/**
 * Cross-entropy over all items of the target's domain. The items of a domain are one block of the table, so the logits of
 * the positions of a domain are one matrix product; the target's logit is computed apart, so that no [N, V] one-hot exists.
 */
function domainSoftmax(states: Sym, vectors: ItemVectors, catalogue: Catalogue): RankingLoss {
  const { domainStart } = catalogue
  const domains = domainStart.length - 1
  const reads: TableRead[] = []
  const parts: DomainLoss[] = []
  const blocks: ItemsRead[] = []
  for (let d = 0; d < domains; d++) {
    const { rows, own, weight, scatter } = domainStates(states, d)
    const block = vectors.block(`items${d}`, domainStart[d], domainStart[d + 1]) // [V_d, d]
    const target = vectors.gathered(input(`targets${d}`, [rows], 'int32'), `targets${d}`) // [N_d, d]
    const logits = t.matmul(own, block.rows, { transposeB: true }) // [N_d, V_d]
    const targetLogit = t.sum(t.multiply(own, target.rows), [1]) // [N_d]
    const losses = crossEntropy(logits, targetLogit) // [N_d]
    parts.push({ sum: t.sum(t.multiply(losses, weight)), each: scatter(losses) })
    blocks.push(block)
    reads.push(...[...block.reads, ...target.reads].map((read) => whereAsked(d, read)))
  }
  return {
    loss: parts.map(({ sum }) => sum).reduce((a, b) => t.add(a, b)),
    each: parts.map(({ each }) => each).reduce((a, b) => t.add(a, b)),
    logitsPerTarget: Math.max(1, ...parts.map((_, d) => domainStart[d + 1] - domainStart[d])),
    reads,
    feeds({ items, total }) {
      const feeds: Record<string, Tensor> = {}
      for (let d = 0; d < domains; d++) {
        const rows = rowsOfDomain(items, domainStart[d], domainStart[d + 1], total)
        Object.assign(feeds, domainFeeds(rows, d), blocks[d].feeds())
      }
      return feeds
    },
  }
}

/**
 * Cross-entropy against items drawn from the target's domain by their training frequency q, shared by the positions of a
 * batch, with the log-frequency correction s − log q (Bengio and Senécal, 2008) and accidental hits removed.
 */
function sampledSoftmax(states: Sym, vectors: ItemVectors, catalogue: Catalogue, samples: number): RankingLoss {
  const { domainStart, counts } = catalogue
  const domains = domainStart.length - 1
  const reads: TableRead[] = []
  const parts: DomainLoss[] = []
  for (let d = 0; d < domains; d++) {
    const { rows, own, weight, scatter } = domainStates(states, d)
    const targetIds = input(`targets${d}`, [rows], 'int32')
    const sampleIds = input(`samples${d}`, [samples], 'int32')
    const target = vectors.gathered(targetIds, `targets${d}`) // [N_d, d]
    const sampled = vectors.gathered(sampleIds, `samples${d}`) // [S, d]
    const targetLogit = t.subtract(t.sum(t.multiply(own, target.rows), [1]), input(`targetLogQ${d}`, [rows])) // [N_d]
    const hit = t.equal(
      t.reshape(t.cast(targetIds, 'float32'), [rows, 1]),
      t.reshape(t.cast(sampleIds, 'float32'), [1, samples]),
    )
    const corrected = t.subtract(t.matmul(own, sampled.rows, { transposeB: true }), input(`sampleLogQ${d}`, [samples]))
    const sampledLogits = t.subtract(corrected, t.multiply(hit, 1e9)) // [N_d, S]
    const logits = t.concat([t.reshape(targetLogit, [rows, 1]), sampledLogits], 1)
    const losses = crossEntropy(logits, targetLogit) // [N_d]
    parts.push({ sum: t.sum(t.multiply(losses, weight)), each: scatter(losses) })
    reads.push(...[...target.reads, ...sampled.reads].map((read) => whereAsked(d, read)))
  }
  const proposals = Array.from({ length: domains }, (_, d) =>
    frequencyProposal(counts, domainStart[d], domainStart[d + 1]),
  )
  return {
    loss: parts.map(({ sum }) => sum).reduce((a, b) => t.add(a, b)),
    each: parts.map(({ each }) => each).reduce((a, b) => t.add(a, b)),
    logitsPerTarget: samples + 1,
    reads,
    feeds({ items, total }, rng) {
      const feeds: Record<string, Tensor> = {}
      for (let d = 0; d < domains; d++) {
        const rows = rowsOfDomain(items, domainStart[d], domainStart[d + 1], total)
        const proposal = proposals[d]
        const drawn = Int32Array.from({ length: samples }, () => proposal.draw(rng))
        const shape = [rows.index.length]
        Object.assign(feeds, domainFeeds(rows, d))
        feeds[`targetLogQ${d}`] = { shape, data: Float32Array.from(rows.targets, (id) => proposal.logProbability(id)) }
        feeds[`samples${d}`] = { shape: [samples], data: drawn }
        feeds[`sampleLogQ${d}`] = {
          shape: [samples],
          data: Float32Array.from(drawn, (id) => proposal.logProbability(id)),
        }
      }
      return feeds
    },
  }
}

/** Draws items of a range by (count + 1), through the cumulative counts and a binary search. */
export function frequencyProposal(counts: ArrayLike<number>, start: number, end: number) {
  const cumulative = new Float64Array(end - start)
  let total = 0
  for (let item = start; item < end; item++) cumulative[item - start] = total += counts[item] + 1
  return {
    draw(rng: Rng): number {
      const point = rng.float() * total
      let low = 0
      let high = cumulative.length - 1
      while (low < high) {
        const middle = (low + high) >> 1
        if (cumulative[middle] > point) high = middle
        else low = middle + 1
      }
      return start + low
    },
    logProbability: (item: number) => (item === 0 ? 0 : Math.log((counts[item] + 1) / total)),
  }
}
