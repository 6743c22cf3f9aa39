import { type Dataset, Part, type Split } from '../../core/index.ts'

/** Interactions of each item in the training part, [V]; 0 for PAD. */
export function itemCounts(dataset: Dataset, split: Split): Int32Array {
  const counts = new Int32Array(dataset.items.size)
  const { item, length } = dataset.log
  for (let row = 0; row < length; row++) if (split.part[row] === Part.train) counts[item[row]] = counts[item[row]] + 1
  return counts
}
