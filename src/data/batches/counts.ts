import { type Dataset, Part, type Split } from '../../core/index.ts'
import type { NegativeScope } from './negatives.ts'

/** Interactions of each item in the training part, [V]; 0 for PAD. */
export function itemCounts(dataset: Dataset, split: Split): Int32Array {
  const counts = new Int32Array(dataset.items.size)
  const { item, length } = dataset.log
  for (let row = 0; row < length; row++) if (split.part[row] === Part.train) counts[item[row]] = counts[item[row]] + 1
  return counts
}

/**
 * What a ranking loss tells a target apart from: the items of its domain, or of the whole catalogue, which then counts as one
 * domain; and how often each stands in the training part.
 */
export function lossCatalogue(dataset: Dataset, split: Split, scope: NegativeScope) {
  return {
    domainStart: scope === 'all' ? Int32Array.of(1, dataset.items.size) : dataset.domainStart,
    counts: itemCounts(dataset, split),
  }
}
