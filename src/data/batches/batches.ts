import { TributaryError } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import type { Sequences } from './sequences.ts'

/** What several users consumed, as a model reads it. */
export interface Histories {
  /** B, the sequences. */
  readonly size: number
  /** T, the positions. */
  readonly length: number
  /** Input items, [B, T], row-major, left-padded with 0. */
  readonly items: Int32Array
  /** The item after each input, [B, T]; 0 where none is asked for. */
  readonly targets?: Int32Array
  /** The domain that is asked for at the end of each history, [B], where there is no target yet. */
  readonly asked?: Int32Array
}

/** Next-item training examples: `targets[b, t]`, where there is one, follows `items[b, t]`. Padding stands on the left. */
export interface SequenceBatch extends Histories {
  /** User of each sequence, [B]. */
  readonly user: Int32Array
  readonly targets: Int32Array
  /** Where each row ends in its sequence, [B]; only where a sequence gives several rows (`prefixBatches`). */
  readonly end?: Int32Array
}

export interface BatchOptions {
  /** Longest input; of longer sequences the most recent items are taken. */
  readonly maxLength: number
  readonly batchSize: number
  /** Group sequences of similar length, so that a batch is only as wide as it must be. Otherwise every T is `maxLength`. */
  readonly bucket: boolean
  /** Widen batches to one of a few lengths, for graphs that are compiled anew for each (unrolled recurrences). Default false. */
  readonly roundLengths?: boolean
  /** Fixes the order; give each epoch its own (`rng.split('epoch', epoch)`). */
  readonly rng: Rng
}

/**
 * One epoch: every sequence of at least two items exactly once (a shorter one has nothing to predict), in batches of
 * `batchSize` but for one that takes the remainder. Deterministic in `rng`.
 */
export function* sequenceBatches(sequences: Sequences, options: BatchOptions): Generator<SequenceBatch> {
  const { offsets } = sequences
  const inputs = (s: number) => offsets[s + 1] - offsets[s] - 1
  for (const { members, length } of batchesOf(usable(sequences), inputs, options))
    yield fill(sequences, members, length)
}

/**
 * One epoch for models that look at a history as a whole: every prefix of every sequence exactly once, cut to its most
 * recent `maxLength` items, with one target, the item that follows; it stands at the last position. Order and batches are
 * those of `sequenceBatches`.
 */
export function* prefixBatches(sequences: Sequences, options: BatchOptions): Generator<SequenceBatch> {
  const { user, offsets } = sequences
  // A prefix is named by where its target stands among all items.
  const sequence = new Int32Array(sequences.items.length)
  const targets: number[] = []
  for (let s = 0; s < user.length; s++)
    for (let i = offsets[s]; i < offsets[s + 1]; i++) {
      sequence[i] = s
      if (i > offsets[s]) targets.push(i)
    }
  const start = (target: number) => offsets[sequence[target]]
  for (const { members, length } of batchesOf(Int32Array.from(targets), (i) => i - start(i), options)) {
    const size = members.length
    const batch = { items: new Int32Array(size * length), targets: new Int32Array(size * length) }
    for (const [b, target] of members.entries()) {
      const recent = sequences.items.subarray(Math.max(start(target), target - length), target)
      batch.items.set(recent, (b + 1) * length - recent.length)
      batch.targets[(b + 1) * length - 1] = sequences.items[target]
    }
    const end = members.map((target) => target - start(target))
    yield { size, length, user: members.map((target) => user[sequence[target]]), end, ...batch }
  }
}

/** Shuffles examples, groups those of similar length where asked to, and cuts them into batches. */
function* batchesOf(examples: Int32Array, inputs: (example: number) => number, options: BatchOptions) {
  const { maxLength, batchSize, bucket } = options
  if (!(Number.isInteger(maxLength) && maxLength >= 1 && Number.isInteger(batchSize) && batchSize >= 1)) {
    const message = `maxLength ${maxLength} and batchSize ${batchSize} must be whole numbers of at least 1`
    throw new TributaryError('bad-argument', message)
  }
  const rng = options.rng.split('batches')
  const width = (example: number) => {
    const length = Math.min(maxLength, inputs(example))
    return options.roundLengths ? Math.min(maxLength, roundedLength(length)) : length
  }
  let order = rng.shuffle(examples)
  // The sort is stable, so examples of one width stay shuffled.
  if (bucket) order = order.sort((a, b) => width(a) - width(b))
  const batches = Int32Array.from({ length: Math.ceil(order.length / batchSize) }, (_, i) => i)
  if (bucket) rng.shuffle(batches)
  for (const b of batches) {
    const members = order.subarray(b * batchSize, (b + 1) * batchSize)
    yield { members, length: bucket ? width(members[members.length - 1]) : maxLength }
  }
}

function usable({ user, offsets }: Sequences): Int32Array {
  const all = new Int32Array(user.length)
  let count = 0
  for (let s = 0; s < user.length; s++) if (offsets[s + 1] - offsets[s] >= 2) all[count++] = s
  return all.slice(0, count)
}

/** The next of 4, 8, … 32, 40, … 64, 80, …: few widths, at most an eighth wasted above 32. */
function roundedLength(length: number): number {
  const step = Math.max(4, 2 ** (Math.ceil(Math.log2(length)) - 3))
  return Math.ceil(length / step) * step
}

function fill(sequences: Sequences, members: Int32Array, length: number): SequenceBatch {
  const items = new Int32Array(members.length * length)
  const targets = new Int32Array(members.length * length)
  const user = new Int32Array(members.length)
  for (let b = 0; b < members.length; b++) {
    const s = members[b]
    const end = sequences.offsets[s + 1]
    const start = Math.max(sequences.offsets[s], end - 1 - length)
    const at = (b + 1) * length - (end - 1 - start)
    items.set(sequences.items.subarray(start, end - 1), at)
    targets.set(sequences.items.subarray(start + 1, end), at)
    user[b] = sequences.user[s]
  }
  return { size: members.length, length, user, items, targets }
}
