import { type Dataset, type ItemRange, Part, type SparseMatrix, type Split, transposed } from '../../core/index.ts'
import { firstAtLeast, mix } from '../../math/index.ts'

// Which items the same users had, by cosine similarity (Deshpande and Karypis, 2004): a model by itself, and what others remember.

/** Of the nearest that are looked at, where nothing else is asked for. */
export const USUAL_SIMILARITY: SimilarityOptions = { neighbors: 200, shrinkage: 0 }

/**
 * What validation chooses a recall from; the first where it cannot tell. Floats of 32 bits hold each exactly, so that a choice is the option
 * of that value.
 */
export const RECALLS = { recency: [1, 0.875, 0.75, 0.625, 0.5, 0.25], repeats: [false, true] }

/** How the items of a history count. */
export interface Recall {
  /** Weight of an item for each step that it lies back. */
  readonly recency: number
  /** Similarity of an item to itself. */
  readonly self: number
}

/**
 * Adds to `row`, the scores of the items of a range, how similar each is to the history: Σ_t recency^(steps back) · cosine.
 * @param similarities row i holds the items that count i among their nearest
 */
export function addSimilar(
  row: Float32Array,
  { offsets, columns, values }: SparseMatrix,
  history: Int32Array,
  { start, end }: ItemRange,
  { recency, self }: Recall,
  /** Of the last item. */
  weightOfLast = 1,
): void {
  let weight = weightOfLast
  for (let t = history.length - 1; t >= 0; t--, weight *= recency) {
    const item = history[t]
    const rowEnd = offsets[item + 1]
    for (let e = firstAtLeast(columns, start, offsets[item], rowEnd); e < rowEnd && columns[e] < end; e++)
      row[columns[e] - start] += weight * values[e]
    if (self !== 0 && item >= start && item < end) row[item - start] += weight * self
  }
}

export interface SimilarityOptions {
  /** k, the most similar items that each item is scored by. */
  readonly neighbors: number
  /** Added to the norms. */
  readonly shrinkage: number
}

/** Learns item by item, in ascending order, so that whoever calls can give way; then has the similarities. */
export function learnSimilarities(dataset: Dataset, split: Split, { neighbors, shrinkage }: SimilarityOptions) {
  const V = dataset.items.size
  const baskets = incidence(dataset, split)
  const audiences = transposed(baskets)
  const users = (item: number) => audiences.offsets[item + 1] - audiences.offsets[item]

  const offsets = new Int32Array(V + 1)
  const columns: Int32Array[] = []
  const values: Float32Array[] = []
  const together = new Int32Array(V) // users who have both, by item; all 0 between two items
  const touched = new Int32Array(V)
  const learn = (item: number): void => {
    let count = 0
    for (let a = audiences.offsets[item]; a < audiences.offsets[item + 1]; a++) {
      const user = audiences.columns[a]
      for (let b = baskets.offsets[user]; b < baskets.offsets[user + 1]; b++) {
        const other = baskets.columns[b]
        if (other !== item && together[other]++ === 0) touched[count++] = other
      }
    }
    const candidates = touched.subarray(0, count)
    const similarities = new Float32Array(count)
    for (const [c, other] of candidates.entries()) {
      similarities[c] = together[other] / (Math.sqrt(users(item) * users(other)) + shrinkage)
      together[other] = 0
    }
    const kept = nearest(item, candidates, similarities, neighbors)
    offsets[item + 1] = offsets[item] + kept.length
    columns.push(kept.map((c) => candidates[c]))
    values.push(Float32Array.from(kept, (c) => similarities[c]))
  }
  return {
    learn,
    similarities: () =>
      transposed({
        shape: [V, V],
        offsets,
        columns: joined(columns, Int32Array),
        values: joined(values, Float32Array),
      }),
  }
}

/**
 * Which items stand in which user's training rows, [users, V]; an item counts once a user, however often it was bought.
 * @param counts which training rows count; default all
 */
export function incidence(
  { log, users, items }: Dataset,
  { part }: Split,
  counts: (row: number) => boolean = () => true,
): SparseMatrix {
  const offsets = new Int32Array(users.size + 1)
  const columns = new Int32Array(log.length)
  const lastUser = new Int32Array(items.size).fill(-1)
  let entries = 0
  for (let user = 0; user < users.size; user++) {
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++) {
      const item = log.item[row]
      if (part[row] !== Part.train || lastUser[item] === user || !counts(row)) continue
      lastUser[item] = user
      columns[entries++] = item
    }
    offsets[user + 1] = entries
  }
  return {
    shape: [users.size, items.size],
    offsets,
    columns: columns.slice(0, entries),
    values: new Float32Array(entries).fill(1),
  }
}

/** Positions of the `k` largest similarities. Ties at the cut fall by a hash, so that no domain is preferred. */
function nearest(item: number, candidates: Int32Array, similarities: Float32Array, k: number): Int32Array {
  const count = candidates.length
  if (count <= k) return Int32Array.from({ length: count }, (_, c) => c)
  const least = similarities.slice().sort()[count - k]
  const kept = new Int32Array(k)
  const tied: number[] = []
  let above = 0
  for (let c = 0; c < count; c++) {
    if (similarities[c] > least) kept[above++] = c
    else if (similarities[c] === least) tied.push(c)
  }
  tied.sort((a, b) => mix(item, candidates[a]) - mix(item, candidates[b]) || candidates[a] - candidates[b])
  kept.set(tied.slice(0, k - above), above)
  return kept
}

function joined<A extends Int32Array | Float32Array>(parts: readonly A[], Kind: new (length: number) => A): A {
  const whole = new Kind(parts.reduce((length, part) => length + part.length, 0))
  let start = 0
  for (const part of parts) {
    whole.set(part, start)
    start += part.length
  }
  return whole
}
