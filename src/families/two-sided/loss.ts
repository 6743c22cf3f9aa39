import { binaryCrossEntropy } from '../../nn/index.ts'
import { add, divide, maximum, mean, multiply, type Sym, sum } from '../../tensor/index.ts'
import type { LabelGraph } from './graph.ts'

/** A loss with the terms that it is made of, by name. */
export interface LabelLoss {
  readonly loss: Sym
  readonly terms: Readonly<Record<string, Sym>>
}

/**
 * mean target loss + Σ weight_j · source loss_j + penalty, where the loss of a behavior is the cross-entropy of its label.
 * @param weights of the source behaviors, [M]; without them, and where the network has no source logits, their losses do not count
 */
export function trainingLoss(graph: LabelGraph, weights: Sym | undefined): LabelLoss {
  const { target: targetLosses, source: sourceLosses } = behaviorLosses(graph)
  const target = mean(targetLosses)
  const source = sourceLosses && weights && sum(multiply(weights, sourceLosses))
  const { penalty } = graph.network
  const loss = [target, source, penalty].filter((term) => term !== undefined).reduce((total, term) => add(total, term))
  return { loss, terms: { target, ...(source && { source }), ...(penalty && { penalty }) } }
}

/** The cross-entropy of each target behavior, [N], and of each source behavior, [M], where the network has source logits. */
export function behaviorLosses({ network, labels }: LabelGraph): { readonly target: Sym; readonly source?: Sym } {
  return {
    target: binaryCrossEntropy(network.target, labels.target),
    ...(network.source && { source: binaryCrossEntropy(network.source, labels.source) }),
  }
}

/** The same weight for every source behavior of the batch, `total` together; 0 where a user has none. [M] */
export function evenWeights({ real }: LabelGraph, total: number): Sym {
  // A batch without any has the sum 0 whatever this is.
  return multiply(real, divide(total, maximum(sum(real), 1)))
}
