import type { NamedTensors } from '../../src/core/index.ts'

// Vectors and matrices as plain arrays, for computations by hand that a model is held against.

export type Vector = readonly number[]

export const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
export const plus = (...vectors: readonly Vector[]): number[] =>
  vectors[0].map((_, i) => vectors.reduce((sum, v) => sum + v[i], 0))
export const times = (factor: number, v: Vector): number[] => v.map((x) => factor * x)
export const dot = (a: Vector, b: Vector) => a.reduce((sum, x, i) => sum + x * b[i], 0)

/** Row vector times matrix. */
export const through = (v: Vector, matrix: readonly Vector[]): number[] =>
  matrix[0].map((_, column) => v.reduce((sum, x, row) => sum + x * matrix[row][column], 0))

/** The weights of a model: matrices by rows, and vectors. */
export function plainWeights(weights: NamedTensors) {
  const tensor = (name: string) => {
    const found = weights.get(name)
    if (found === undefined) throw new Error(`no weight '${name}' among ${[...weights.keys()].join(', ')}`)
    return found
  }
  return {
    vector: (name: string): number[] => [...tensor(name).data],
    matrix(name: string): number[][] {
      const { shape, data } = tensor(name)
      const [rows, columns] = shape as [number, number]
      return Array.from({ length: rows }, (_, r) => [...data.subarray(r * columns, (r + 1) * columns)])
    },
  }
}
