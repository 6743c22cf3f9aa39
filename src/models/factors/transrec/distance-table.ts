import type { EmbeddingTable } from '../../../nn/index.ts'
import { input } from '../../../tensor/index.ts'

/**
 * β_v − ‖q − γ_v‖² is the product of (2q, 1, −‖q‖²) and (γ_v, β_v − ‖γ_v‖², 1). This is the table [V, d + 2] of the latter, so that
 * every ranking loss applies: its gradients go on to γ and β, and after an update γ is brought back into the unit ball.
 */
export interface DistanceTable extends EmbeddingTable {
  /** Gradients by γ itself, where an item is the one that a user comes from. */
  addOrigins(ids: Int32Array, gradient: Float32Array): void
  /** Computes every row anew, after γ and β were changed from outside. */
  refresh(): void
}

export function distanceTable(items: EmbeddingTable, biases: EmbeddingTable): DistanceTable {
  const { rows } = items
  const d = items.width
  const width = d + 2
  const data = new Float32Array(rows * width)
  const isTouched = new Uint8Array(rows)
  const refreshRow = (item: number) => {
    const vector = vectorOf(items, item)
    if (squaredLength(vector) > 1) toUnitLength(vector)
    const at = item * width
    data.set(vector, at)
    data[at + d] = biases.tensor.data[item] - squaredLength(vector)
    data[at + d + 1] = 1
  }
  /** Row i of a gradient [n, d + 2] belongs to item id(i). */
  const split = (gradient: Float32Array, id: (i: number) => number) => {
    const n = gradient.length / width
    const byVector = new Float32Array(n * d)
    const byBias = new Float32Array(n)
    for (let i = 0; i < n; i++) {
      const at = i * width
      const last = gradient[at + d]
      const vector = vectorOf(items, id(i))
      for (let k = 0; k < d; k++) byVector[i * d + k] = gradient[at + k] - 2 * last * vector[k]
      byBias[i] = last
      isTouched[id(i)] = 1
    }
    return { byVector, byBias }
  }
  return {
    name: 'distances',
    rows,
    width,
    tensor: { shape: [rows, width], data },
    symbol: input('distances', [rows, width]),
    range(start, end) {
      return { shape: [end - start, width], data: data.subarray(start * width, end * width) }
    },
    addRows(ids, gradient) {
      const { byVector, byBias } = split(gradient, (i) => ids[i])
      items.addRows(ids, byVector)
      biases.addRows(ids, byBias)
    },
    addRange(start, gradient) {
      const { byVector, byBias } = split(gradient, (i) => start + i)
      items.addRange(start, byVector)
      biases.addRange(start, byBias)
    },
    addOrigins(ids, gradient) {
      for (const id of ids) isTouched[id] = 1
      items.addRows(ids, gradient)
    },
    register(optimizer) {
      items.register(optimizer)
      biases.register(optimizer)
    },
    apply(optimizer, options) {
      items.apply(optimizer, options)
      biases.apply(optimizer, options)
      for (let item = 1; item < rows; item++) if (options?.dense || isTouched[item] === 1) refreshRow(item)
      isTouched.fill(0)
    },
    refresh() {
      for (let item = 1; item < rows; item++) refreshRow(item)
    },
  }
}

/** Row `row` of a table, over the same memory. */
export function vectorOf({ tensor, width }: EmbeddingTable, row: number): Float32Array {
  return tensor.data.subarray(row * width, (row + 1) * width)
}

export function toUnitLength(vector: Float32Array): void {
  const scale = 1 / Math.sqrt(squaredLength(vector))
  for (let k = 0; k < vector.length; k++) vector[k] = vector[k] * scale
}

function squaredLength(vector: Float32Array): number {
  let sum = 0
  for (const x of vector) sum += x * x
  return sum
}
