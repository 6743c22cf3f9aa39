import { type Dataset, domainItems, Part, type Split } from '../../core/index.ts'

/** Sequences end to end. Sequence s belongs to user[s] and is items[offsets[s]] … items[offsets[s + 1] − 1]. */
export interface Sequences {
  readonly user: Int32Array
  readonly items: Int32Array
  /** Length sequences + 1. */
  readonly offsets: Int32Array
}

/**
 * What sequence models learn from: per user the rows of part train, in order; users without such a row are left out.
 * With `domain` only that domain's rows (the single-domain twin), otherwise all domains in one mixed sequence.
 */
export function trainingSequences(
  dataset: Dataset,
  split: Split,
  options: { domain?: number | undefined } = {},
): Sequences {
  const { log } = dataset
  const range =
    options.domain === undefined ? { start: 1, end: dataset.items.size } : domainItems(dataset, options.domain)
  const wanted = (row: number) =>
    split.part[row] === Part.train && log.item[row] >= range.start && log.item[row] < range.end
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
