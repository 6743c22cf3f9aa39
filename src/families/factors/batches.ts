import { type Dataset, Part, type Split } from '../../core/index.ts'
import type { SequenceBatch, Sequences } from '../../data/index.ts'
import type { Rng } from '../../math/index.ts'

/** Examples of one target each, in columns: a user, the item that the user comes from, and the target. */
export type Pairs = Pick<SequenceBatch, 'user' | 'items' | 'targets'>

/** Users and the items of their training interactions, which stand for themselves. */
export function trainingInteractions({ dataset, split }: { readonly dataset: Dataset; readonly split: Split }): Pairs {
  const { log } = dataset
  const rows = Int32Array.from({ length: log.length }, (_, row) => row).filter((row) => split.part[row] === Part.train)
  const targets = rows.map((row) => log.item[row])
  return { user: rows.map((row) => log.user[row]), items: targets, targets }
}

/** Neighbors in sequences: from each item its user moved to the next. */
export function transitions({ user, items, offsets }: Sequences): Pairs {
  const from: number[] = []
  const mover: number[] = []
  for (let s = 0; s < user.length; s++)
    for (let i = offsets[s]; i + 1 < offsets[s + 1]; i++) {
      from.push(i)
      mover.push(user[s])
    }
  return {
    user: Int32Array.from(mover),
    items: Int32Array.from(from, (i) => items[i]),
    targets: Int32Array.from(from, (i) => items[i + 1]),
  }
}

/** One epoch: every pair once, in drawn order, N at a time. */
export function pairBatches({ user, items, targets }: Pairs, batchSize: number, rng: Rng): SequenceBatch[] {
  const order = rng.shuffle(Int32Array.from(user, (_, n) => n))
  const batches: SequenceBatch[] = []
  for (let start = 0; start < order.length; start += batchSize) {
    const chosen = order.subarray(start, start + batchSize)
    const column = (values: Int32Array) => chosen.map((n) => values[n])
    const columns = { user: column(user), items: column(items), targets: column(targets) }
    batches.push({ size: chosen.length, length: 1, ...columns })
  }
  return batches
}
