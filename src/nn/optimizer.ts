import { elementCount, type Tensor } from '../core/index.ts'
import { adamStep } from '../math/index.ts'

/**
 * Updates arrays in place from their gradients. One `begin()` opens each step; then every weight is updated once, whole
 * (`update`) or only the rows that the step touched (`updateRows`).
 */
export interface Optimizer {
  begin(): void
  update(name: string, weights: Float32Array, gradient: Float32Array): void
  /** Touches rows `rows[0 … count − 1]` of a [n, width] table only; other rows and their moments stay as they are (lazy). */
  updateRows(
    name: string,
    weights: Float32Array,
    gradient: Float32Array,
    width: number,
    rows: Int32Array,
    count: number,
  ): void
  /** Moments by name, and the step count: what a checkpoint must hold. */
  readonly state: ReadonlyMap<string, Tensor>
  /** Makes the moments of a weight before the first step, so that a checkpoint can be loaded into them; once, however often it is told. */
  register(name: string, shape: readonly number[], allocate?: (count: number) => Float32Array): void
}

export interface AdamOptions {
  readonly learningRate: number
  /** Default .9. */
  readonly beta1?: number
  /** Default .999. */
  readonly beta2?: number
  /** Default 1e-8. */
  readonly epsilon?: number
  /** L2 penalty added to the gradient, as in the paper's and PyTorch's Adam; default 0. */
  readonly weightDecay?: number
}

/** Adam (Kingma and Ba, 2015) with bias correction; its `updateRows` is the lazy form that skips untouched rows. */
export function adam(options: AdamOptions): Optimizer {
  const { learningRate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = options
  const state = new Map<string, Tensor>()
  const stepCount = new Int32Array(1)
  state.set('step', { shape: [1], data: stepCount })

  const step = () => ({
    rate: learningRate / (1 - beta1 ** stepCount[0]),
    squareScale: 1 / Math.sqrt(1 - beta2 ** stepCount[0]),
    beta1,
    beta2,
    epsilon,
    weightDecay,
  })
  const moment = (kind: string, name: string) => floats(state, `${kind}/${name}`)
  return {
    state,
    begin() {
      stepCount[0] = stepCount[0] + 1
    },
    register(name, shape, allocateFloats) {
      for (const kind of ['mean', 'square']) allocate(state, `${kind}/${name}`, shape, allocateFloats)
    },
    update(name, weights, gradient) {
      adamStep(weights, gradient, moment('mean', name), moment('square', name), step())
    },
    updateRows(name, weights, gradient, width, rows, count) {
      const mean = moment('mean', name)
      const square = moment('square', name)
      if (width % 4 !== 0) {
        // A call for each row would cost more than the row.
        const arrays = [weights, gradient, mean, square]
        const packed = arrays.map((array) => packRows(array, width, rows, count))
        adamStep(packed[0], packed[1], packed[2], packed[3], step())
        for (const [i, array] of arrays.entries()) if (array !== gradient) unpackRows(packed[i], array, width, rows)
        return
      }
      for (let i = 0, end = 1; i < count; i = end, end++) {
        // Neighboring rows, as a whole domain's, go together.
        while (end < count && rows[end] === rows[end - 1] + 1) end++
        const part = (array: Float32Array) => array.subarray(rows[i] * width, (rows[end - 1] + 1) * width)
        adamStep(part(weights), part(gradient), part(mean), part(square), step())
      }
    },
  }
}

/** Rows of a table one behind the other. */
function packRows(table: Float32Array, width: number, rows: Int32Array, count: number): Float32Array {
  const packed = new Float32Array(count * width)
  for (let i = 0; i < count; i++) {
    const start = rows[i] * width
    for (let j = 0; j < width; j++) packed[i * width + j] = table[start + j]
  }
  return packed
}

function unpackRows(packed: Float32Array, table: Float32Array, width: number, rows: Int32Array): void {
  for (let i = 0; i * width < packed.length; i++) {
    const start = rows[i] * width
    for (let j = 0; j < width; j++) table[start + j] = packed[i * width + j]
  }
}

export interface SgdOptions {
  readonly learningRate: number
  /** Polyak's; default 0. */
  readonly momentum?: number
  /** L2 penalty added to the gradient, as in PyTorch's SGD; default 0. */
  readonly weightDecay?: number
}

/** Stochastic gradient descent. */
export function sgd(options: SgdOptions): Optimizer {
  const { learningRate, momentum = 0, weightDecay = 0 } = options
  const state = new Map<string, Tensor>()
  const range = (weights: Float32Array, gradient: Float32Array, velocity: Float32Array, start: number, end: number) => {
    for (let i = start; i < end; i++) {
      const v = momentum * velocity[i] + gradient[i] + weightDecay * weights[i]
      velocity[i] = v
      weights[i] = weights[i] - learningRate * v
    }
  }
  return {
    state,
    begin() {},
    register(name, shape, allocateFloats) {
      allocate(state, `velocity/${name}`, shape, allocateFloats)
    },
    update(name, weights, gradient) {
      range(weights, gradient, floats(state, `velocity/${name}`), 0, weights.length)
    },
    updateRows(name, weights, gradient, width, rows, count) {
      const velocity = floats(state, `velocity/${name}`)
      for (let i = 0; i < count; i++) range(weights, gradient, velocity, rows[i] * width, (rows[i] + 1) * width)
    },
  }
}

/**
 * Each weight is updated by the optimizer that `choose` names for it (after optax's `partition`). States stand under `name/`.
 */
export function partitioned<K extends string>(
  optimizers: Readonly<Record<K, Optimizer>>,
  choose: (weight: string) => K,
): Optimizer {
  const of = (weight: string) => optimizers[choose(weight)]
  const all = Object.entries(optimizers) as [K, Optimizer][]
  return {
    get state() {
      return new Map(all.flatMap(([key, { state }]) => [...state].map(([name, x]) => [`${key}/${name}`, x] as const)))
    },
    begin() {
      for (const [, optimizer] of all) optimizer.begin()
    },
    register: (name, shape, allocateFloats) => of(name).register(name, shape, allocateFloats),
    update: (name, weights, gradient) => of(name).update(name, weights, gradient),
    updateRows: (name, ...rest) => of(name).updateRows(name, ...rest),
  }
}

function allocate(
  state: Map<string, Tensor>,
  name: string,
  shape: readonly number[],
  floats: (count: number) => Float32Array = (count) => new Float32Array(count),
): void {
  if (!state.has(name)) state.set(name, { shape, data: floats(elementCount(shape)) })
}

function floats(state: ReadonlyMap<string, Tensor>, name: string): Float32Array {
  const tensor = state.get(name)
  if (!(tensor?.data instanceof Float32Array)) throw new Error(`the optimizer was not told of '${name}'`)
  return tensor.data
}
