import { type Dataset, domainOfItem, type Tensor } from '../../../core/index.ts'
import type { Histories, SequenceBatch } from '../../../data/index.ts'
import { causalMask } from '../../../nn/index.ts'

/** What the cross-domain branch reads besides items: who sees whom, and each item's domain. */
export function crossFeeds({ size, length, items }: Histories, dataset: Dataset): Record<string, Tensor> {
  const D = dataset.domains.length
  const domains = new Uint8Array(size * length * D)
  for (const [i, item] of items.entries()) if (item !== 0) domains[i * D + domainOfItem(dataset, item)] = 1
  return {
    causal: { shape: [length, length], data: causalMask(length) },
    itemDomains: { shape: [size, length, D], data: domains },
  }
}

/** The single-domain sequences of a batch, as an index map into the mixed one. Places are b · T + t. */
export interface SingleViews {
  /** [B·T], the next item of the same domain (the last target included), 0 where there is none. */
  readonly targets: Int32Array
  /** [B·T], the sampled negative of that target, where there are negatives. */
  readonly negatives: Int32Array | undefined
  /** [B·T], 1 at places whose (mixed) target is some single-domain sequence's target as well. */
  readonly shared: Uint8Array
  readonly feeds: Record<string, Tensor>
}

export function singleViews(
  batch: SequenceBatch,
  negatives: Int32Array | undefined,
  dataset: Dataset,
  /** Columns for the items of one user and domain; default as many as the batch needs. */
  columns?: number,
): SingleViews {
  const { size, length, items, targets } = batch
  const D = dataset.domains.length
  const places = size * length
  const domainOf = Int32Array.from(items, (item) => (item === 0 ? -1 : domainOfItem(dataset, item)))

  const singleTargets = new Int32Array(places)
  const singleNegatives = negatives && new Int32Array(places)
  const shared = new Uint8Array(places)
  /** Items of the same domain after each place. */
  const after = new Int32Array(places)
  const members = Array.from({ length: D }, (): number[] => [])
  const last = new Int32Array(D)
  const count = new Int32Array(D)
  let longest = columns ?? 1
  for (let b = 0; b < size; b++) {
    last.fill(-1)
    for (let at = b * length; at < (b + 1) * length; at++) {
      if (domainOf[at] >= 0) {
        last[domainOf[at]] = at
        members[domainOf[at]].push(at)
      }
      const target = targets[at]
      if (target === 0) continue
      const source = last[domainOfItem(dataset, target)]
      // Without an earlier item of its domain the target belongs to the cross-domain task alone.
      if (source < 0) continue
      singleTargets[source] = target
      if (singleNegatives !== undefined) singleNegatives[source] = negatives![at]
      shared[at] = 1
    }
    count.fill(0)
    for (let at = (b + 1) * length - 1; at >= b * length; at--) {
      if (domainOf[at] < 0) continue
      after[at] = count[domainOf[at]]++
      longest = Math.max(longest, after[at] + 1)
    }
  }

  const place = new Uint8Array(places * length)
  const compact = new Int32Array(D * size * longest).fill(-1)
  const compactInverse = new Int32Array(places).fill(-1)
  for (let at = 0; at < places; at++) {
    if (domainOf[at] < 0) continue
    place[at * length + length - 1 - after[at]] = 1
    const b = Math.floor(at / length)
    const row = (domainOf[at] * size + b) * longest + longest - 1 - after[at]
    compact[row] = at
    compactInverse[at] = row
  }
  const feeds: Record<string, Tensor> = {
    place: { shape: [size, length, length], data: place },
    compact: { shape: [compact.length], data: compact },
    compactInverse: { shape: [places], data: compactInverse },
  }
  for (const [d, own] of members.entries()) {
    const index = Int32Array.from(own)
    const inverse = new Int32Array(places).fill(-1)
    for (const [row, at] of own.entries()) inverse[at] = row
    feeds[`member${d}`] = { shape: [index.length], data: index }
    feeds[`memberInverse${d}`] = { shape: [places], data: inverse }
  }
  return { targets: singleTargets, negatives: singleNegatives, shared, feeds }
}
