import { giveWay } from '../core/index.ts'
import type { Rng } from './rng.ts'
import { leadingDirections } from './subspace.ts'

const ROWS_BETWEEN_PAUSES = 1000

/** Rows of item ids, end to end: row r is items[offsets[r]] … items[offsets[r + 1] − 1]. */
export interface ItemRows {
  readonly items: Int32Array
  readonly offsets: Int32Array
}

/**
 * Item vectors from who consumed what, before any training: the right singular vectors of the user × item incidence matrix,
 * each entry divided by √(items of the user · users of the item), times the square roots of their singular values; items
 * that the same users consume start out close. Items that nobody consumed get noise alone.
 *
 * Takes O(rounds · (interactions + items · width) · width). Fills `table` [V, width], row 0 (PAD) included as zeros.
 * @param deviation standard deviation of the entries; noise of a tenth of it is added, so that no two items start equal
 * @throws TributaryError `interrupted` when the signal is set
 */
export async function spectralTable(
  table: Float32Array,
  width: number,
  rows: ItemRows,
  deviation: number,
  rng: Rng,
  signal?: AbortSignal,
): Promise<void> {
  const pause = () => giveWay(signal, () => 'training was stopped before its first epoch')
  const count = table.length / width
  const matrix = normalizedIncidence(rows, count)
  // Item-major [V, width] as the table is; column j is the j-th direction.
  const start = new Float64Array(count * width)
  const noise = rng.split('spectral')
  for (let i = width; i < start.length; i++) start[i] = noise.normal()
  const gram = (basis: Float64Array) => timesGram(matrix, basis, width, pause)
  const { basis, lengths } = await leadingDirections(start, width, gram, pause)
  let squares = 0
  for (let v = 1; v < count; v++)
    for (let j = 0; j < width; j++) {
      const x = basis[v * width + j] * lengths[j] ** 0.25
      basis[v * width + j] = x
      squares += x * x
    }
  const scale = squares === 0 ? 0 : deviation / Math.sqrt(squares / ((count - 1) * width))
  table.fill(0, 0, width)
  for (let i = width; i < table.length; i++) table[i] = scale * basis[i] + 0.1 * deviation * noise.normal()
}

interface Incidence extends ItemRows {
  /** One weight an entry, in the order of `items`; repeated items of a row weigh 0 after the first. */
  readonly weight: Float64Array
}

function normalizedIncidence({ items, offsets }: ItemRows, count: number): Incidence {
  const weight = new Float64Array(items.length)
  const users = new Float64Array(count)
  const lastRow = new Int32Array(count).fill(-1)
  for (let r = 0; r + 1 < offsets.length; r++) {
    let distinct = 0
    for (let i = offsets[r]; i < offsets[r + 1]; i++) {
      const item = items[i]
      if (lastRow[item] === r) continue
      lastRow[item] = r
      weight[i] = 1
      users[item] += 1
      distinct++
    }
    for (let i = offsets[r]; i < offsets[r + 1]; i++) weight[i] /= Math.sqrt(distinct)
  }
  for (let i = 0; i < items.length; i++) weight[i] /= Math.sqrt(users[items[i]])
  return { items, offsets, weight }
}

/** Xᵀ X · basis, a row of X at a time. */
async function timesGram(
  { items, offsets, weight }: Incidence,
  basis: Float64Array,
  width: number,
  pause: () => Promise<void>,
): Promise<Float64Array> {
  const product = new Float64Array(basis.length)
  const row = new Float64Array(width)
  for (let r = 0; r + 1 < offsets.length; r++) {
    if (r % ROWS_BETWEEN_PAUSES === 0) await pause()
    row.fill(0)
    for (let i = offsets[r]; i < offsets[r + 1]; i++) {
      const [w, at] = [weight[i], items[i] * width]
      if (w !== 0) for (let j = 0; j < width; j++) row[j] += w * basis[at + j]
    }
    for (let i = offsets[r]; i < offsets[r + 1]; i++) {
      const [w, at] = [weight[i], items[i] * width]
      if (w !== 0) for (let j = 0; j < width; j++) product[at + j] += w * row[j]
    }
  }
  return product
}
