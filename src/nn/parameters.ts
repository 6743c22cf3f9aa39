import { type NamedTensors, type Tensor, TributaryError } from '../core/index.ts'
import { createArena, type Rng } from '../math/index.ts'
import { input, type Sym } from '../tensor/index.ts'

/** Fills a fresh array in place. */
export type Initializer = (data: Float32Array, rng: Rng) => void

export const zeros: Initializer = () => {}

export const ones: Initializer = (data) => {
  data.fill(1)
}

/** Normal with mean 0. */
export function normal(deviation: number): Initializer {
  return (data, rng) => {
    for (let i = 0; i < data.length; i++) data[i] = deviation * rng.normal()
  }
}

/** Uniform over [−bound, bound). */
export function uniform(bound: number): Initializer {
  return (data, rng) => {
    for (let i = 0; i < data.length; i++) data[i] = bound * (2 * rng.float() - 1)
  }
}

/** Uniform with the variance 2 / (in + out) of Glorot and Bengio (2010). */
export function xavierUniform(fanIn: number, fanOut: number): Initializer {
  return uniform(Math.sqrt(6 / (fanIn + fanOut)))
}

/** Uniform within 1 / √inputs, as PyTorch starts the weights and the bias of a linear map. */
export function fanInUniform(fanIn: number): Initializer {
  return uniform(1 / Math.sqrt(fanIn))
}

/**
 * Rows or columns, whichever are fewer, that stand at right angles and are all `gain` long (Saxe et al., 2014): a map that lengthens nothing
 * more than another thing.
 * @throws Error where the weight has another size
 */
export function orthogonal(inputs: number, outputs: number, gain: number): Initializer {
  return (data, rng) => {
    if (data.length !== inputs * outputs) throw new Error(`${data.length} weights are no [${inputs}, ${outputs}]`)
    const [count, length] = inputs < outputs ? [inputs, outputs] : [outputs, inputs]
    const vectors: Float64Array[] = []
    while (vectors.length < count) {
      const vector = Float64Array.from({ length }, () => rng.normal())
      // Twice, since what is subtracted once leaves what rounding brought.
      for (const other of [...vectors, ...vectors]) {
        const along = dot(vector, other)
        for (let i = 0; i < length; i++) vector[i] = vector[i] - along * other[i]
      }
      const size = Math.sqrt(dot(vector, vector))
      vectors.push(vector.map((value) => value / size))
    }
    for (let i = 0; i < inputs; i++)
      for (let o = 0; o < outputs; o++)
        data[i * outputs + o] = gain * (inputs < outputs ? vectors[i][o] : vectors[o][i])
  }
}

const dot = (a: Float64Array, b: Float64Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)

/** The dense weights of a model: each is an input of its graphs and an array that the optimizer updates in place. */
export interface Parameters {
  /**
   * Declares a weight and returns its graph input. Values depend on the name, not on the order of declarations. Declaring a
   * name again, to build another graph of the same model (one with dropout, one without), returns the same weight.
   */
  declare(name: string, shape: readonly number[], initializer: Initializer): Sym
  readonly tensors: ReadonlyMap<string, Tensor<Float32Array>>
  readonly symbols: ReadonlyMap<string, Sym>
}

/** Weights from which copies of them and their moments for each step of Adam would cost more than a memory of their own. */
const MANY_WEIGHTS = 2 ** 17

/** Zeros; many of them in one memory with room for the two moments of Adam. */
function createWeights(size: number): Float32Array {
  return size < MANY_WEIGHTS ? new Float32Array(size) : createArena([size, size, size]).floats(size)
}

export function createParameters(rng: Rng): Parameters {
  const tensors = new Map<string, Tensor<Float32Array>>()
  const symbols = new Map<string, Sym>()
  return {
    tensors,
    symbols,
    declare(name, shape, initializer) {
      const declared = tensors.get(name)
      if (declared !== undefined) {
        if (shapeText(declared) !== `[${shape.join(', ')}]`)
          throw new TributaryError(
            'bad-shape',
            `the weight '${name}' is declared as ${shapeText(declared)} and as [${shape.join(', ')}]`,
          )
        return symbols.get(name)!
      }
      const data = createWeights(shape.reduce((product, n) => product * n, 1))
      initializer(data, rng.split('weight', name))
      const symbol = input(name, shape)
      tensors.set(name, { shape, data })
      symbols.set(name, symbol)
      return symbol
    },
  }
}

/**
 * Copies tensors of a file into live weights of the same names.
 * @throws TributaryError `mismatch` when one is missing, unknown, or of another shape.
 */
export function loadWeights(live: NamedTensors, loaded: NamedTensors): void {
  for (const [name, tensor] of live) {
    const source = loaded.get(name)
    if (source === undefined) throw new TributaryError('mismatch', `the weights lack '${name}' ${shapeText(tensor)}`)
    if (shapeText(source) !== shapeText(tensor) || source.data.constructor !== tensor.data.constructor)
      throw new TributaryError(
        'mismatch',
        `the weights hold '${name}' as ${shapeText(source)}, but this configuration and dataset need ${shapeText(tensor)}`,
      )
  }
  for (const name of loaded.keys())
    if (!live.has(name))
      throw new TributaryError('mismatch', `the weights hold '${name}', which this model does not have`)
  for (const [name, tensor] of live) tensor.data.set(loaded.get(name)!.data)
}

function shapeText({ shape }: Tensor): string {
  return `[${shape.join(', ')}]`
}
