import { domainOfItem, type Tensor } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import { bprLoss, crossEntropy, negativeLogSigmoid } from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../tensor/index.ts'
import { type Catalogue, frequencyProposal, needsNegatives, type RankingLossName, type Targets } from './objective.ts'

/** How a model scores items at the places of a batch where a score is no product of a state and an item. */
export interface Fits {
  /** Of the item at each place, [...places], by the input of this name, int32 [...places]. */
  one(ids: 'positives' | 'negatives'): Sym
  /** Of every candidate at every place, [...places, C], by the input `candidates`, int32 [C]. */
  every(): Sym
}

/** A ranking objective over such scores: the losses of `rankingLoss`, with other inputs. */
export interface FitLoss {
  /** Scalar: the mean over all targets of the (whole) batch. */
  readonly loss: Sym
  /** What every target of a batch is told apart from, [C]; none where each has a negative of its own. */
  draw(rng: Rng): Int32Array | undefined
  /** @param shape of the places of this part of a batch */
  feeds(targets: Targets, candidates: Int32Array | undefined, shape: readonly number[]): Record<string, Tensor>
}

export function fitLoss(
  name: RankingLossName,
  places: readonly Dim[],
  fits: Fits,
  catalogue: Catalogue,
  { samples }: { readonly samples: number },
): FitLoss {
  const each = needsNegatives(name) ? pairwise(name, fits) : amongCandidates(name, places, fits)
  const { domainStart } = catalogue
  const source = needsNegatives(name) ? undefined : candidateSource(name, catalogue, samples)
  const domainOf = (items: Int32Array) =>
    Float32Array.from(items, (item) => (item === 0 ? -1 : domainOfItem({ domainStart }, item)))
  const logQ = (items: Int32Array) => Float32Array.from(items, (item) => source?.logProbability(item) ?? 0)
  return {
    loss: t.sum(t.multiply(each, input('weight', places))),
    draw: (rng) => source?.draw(rng),
    feeds({ items, negatives, total }, candidates, shape) {
      const ofCandidates = (data: Tensor['data']) => ({ shape: [data.length], data })
      return {
        positives: { shape, data: items },
        weight: { shape, data: Float32Array.from(items, (item) => (item === 0 ? 0 : 1 / total)) },
        ...(negatives && { negatives: { shape, data: negatives } }),
        ...(candidates && {
          candidates: ofCandidates(candidates),
          candidateDomain: ofCandidates(domainOf(candidates)),
          candidateLogQ: ofCandidates(logQ(candidates)),
          targetDomain: { shape, data: domainOf(items) },
          targetLogQ: { shape, data: logQ(items) },
        }),
      }
    },
  }
}

function pairwise(name: RankingLossName, { one }: Fits): Sym {
  const [positive, negative] = [one('positives'), one('negatives')]
  return name === 'bpr' ? bprLoss(positive, negative) : t.add(negativeLogSigmoid(positive), t.softplus(negative))
}

/** −log softmax of the target among the candidates of its domain. */
function amongCandidates(name: RankingLossName, places: readonly Dim[], { one, every }: Fits): Sym {
  const [positive, all] = [one('positives'), every()]
  const apart = (x: Sym) => t.reshape(x, [...places, 1])
  const same = t.equal(apart(input('targetDomain', places)), input('candidateDomain', ['C']))
  const foreign = t.multiply(t.subtract(1, same), 1e9)
  if (name === 'softmax') return crossEntropy(t.subtract(all, foreign), positive)
  const own = t.subtract(positive, input('targetLogQ', places))
  const ids = apart(t.cast(input('positives', places, 'int32'), 'float32'))
  const hit = t.multiply(t.equal(ids, t.cast(input('candidates', ['C'], 'int32'), 'float32')), 1e9)
  const others = t.subtract(t.subtract(t.subtract(all, input('candidateLogQ', ['C'])), foreign), hit)
  return crossEntropy(t.concat([apart(own), others], places.length), own)
}

/** All items, or some of each domain drawn by how often they are trained on. */
function candidateSource(name: RankingLossName, { domainStart, counts }: Catalogue, samples: number) {
  if (name === 'softmax') {
    const all = Int32Array.from({ length: (domainStart.at(-1) ?? 1) - 1 }, (_, i) => i + 1)
    return { draw: () => all, logProbability: () => 0 }
  }
  const domains = Array.from({ length: domainStart.length - 1 }, (_, d) =>
    frequencyProposal(counts, domainStart[d], domainStart[d + 1]),
  )
  return {
    draw: (rng: Rng) =>
      Int32Array.from(domains.flatMap(({ draw }) => Array.from({ length: samples }, () => draw(rng)))),
    logProbability: (item: number) =>
      item === 0 ? 0 : domains[domainOfItem({ domainStart }, item)].logProbability(item),
  }
}
