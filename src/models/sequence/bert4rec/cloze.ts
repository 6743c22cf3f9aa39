import { type BatchOptions, type SequenceBatch, type Sequences, sequenceBatches } from '../../../data/index.ts'
import type { Rng } from '../../../math/index.ts'

/** In place of an item's id: what stands there is hidden, and asked for. */
export const MASKED = -1

export interface Cloze {
  /** Share of a sequence's items that are masked; at least one is, and at least one is not. */
  readonly maskShare: number
  /** Share of sequences of which the last item alone is masked, which is what a question looks like. */
  readonly lastShare: number
}

/**
 * One epoch: the most recent `maxLength` items of every sequence of at least two, once, some of them masked; the targets stand
 * at the masked places. Which are masked depends on `rng` and the user, not on the batch.
 */
export function* clozeBatches(
  sequences: Sequences,
  options: BatchOptions,
  { maskShare, lastShare }: Cloze,
): Generator<SequenceBatch> {
  // Inputs and their next items, one place shorter than the sequence that they were cut from.
  for (const batch of sequenceBatches(sequences, { ...options, maxLength: options.maxLength - 1 })) {
    const { size, user } = batch
    const length = batch.length + 1
    const items = new Int32Array(size * length)
    const targets = new Int32Array(size * length)
    for (let b = 0; b < size; b++) {
      const row = items.subarray(b * length, (b + 1) * length)
      row.set(batch.items.subarray(b * batch.length, (b + 1) * batch.length))
      row[length - 1] = batch.targets[(b + 1) * batch.length - 1]
      const first = row.findIndex((item) => item !== 0)
      const rng = options.rng.split('cloze', user[b])
      const places = rng.float() < lastShare ? [length - 1] : drawPlaces(first, length, maskShare, rng)
      for (const place of places) {
        targets[b * length + place] = row[place]
        row[place] = MASKED
      }
    }
    yield { size, length, user, items, targets }
  }
}

/** A share of the places start … end − 1, without repetition. */
function drawPlaces(start: number, end: number, share: number, rng: Rng): Int32Array {
  const places = Int32Array.from({ length: end - start }, (_, i) => start + i)
  const count = Math.min(places.length - 1, Math.max(1, Math.round(share * places.length)))
  return rng.shuffle(places).subarray(0, count)
}
