import { type Dataset, Part, type Split } from '../../core/index.ts'
import type { ItemRows } from '../../math/index.ts'

/** Rows of items, each of which belongs to a user. */
export interface Sequences extends ItemRows {
  /** One a row. */
  readonly user: Int32Array
}

/**
 * What sequence models learn from: per user the rows of part train, in order and of all domains in one sequence; users without such a row
 * are left out.
 */
export function trainingSequences({ log }: Dataset, split: Split): Sequences {
  const wanted = (row: number) => split.part[row] === Part.train
  let rows = 0
  let sequences = 0
  for (let row = 0, lastUser = -1; row < log.length; row++) {
    if (!wanted(row)) continue
    rows++
    if (log.user[row] !== lastUser) {
      sequences++
      lastUser = log.user[row]
    }
  }
  const user = new Int32Array(sequences)
  const items = new Int32Array(rows)
  const offsets = new Int32Array(sequences + 1)
  let next = 0
  let s = -1
  for (let row = 0; row < log.length; row++) {
    if (!wanted(row)) continue
    if (s < 0 || user[s] !== log.user[row]) user[++s] = log.user[row]
    items[next++] = log.item[row]
    offsets[s + 1] = next
  }
  return { user, items, offsets }
}
