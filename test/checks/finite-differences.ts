import { expect } from 'vitest'
import { createRng } from '../../src/math/index.ts'
import { buildGraph } from '../../src/tensor/compile.ts'
import { evaluate } from '../../src/tensor/executors/reference/executor.ts'
import { grad, type Sym } from '../../src/tensor/index.ts'

/** Numbers of each input of a graph. */
export type Values = Readonly<Record<string, readonly number[]>>

/** How long each symbolic extent of a graph is. */
export type Extents = Readonly<Record<string, number>>

const STEP = 1e-5

/** Values of nodes in double precision, by the reference executor. */
export function valuesOf(nodes: readonly Sym[], values: Values, extents: Extents = {}): number[][] {
  const graph = buildGraph(new Map(nodes.map((node, i) => [`${i}`, node])))
  const feeds = new Map(
    [...graph.inputs].map(([name, { shape, dtype }]) => {
      const data = dtype === 'int32' ? Int32Array.from(values[name]) : Float64Array.from(values[name])
      return [name, { shape: shape.map((extent) => (typeof extent === 'number' ? extent : extents[extent])), data }]
    }),
  )
  const results = evaluate(graph, feeds, new Map(Object.entries(extents)), 'float64')
  return nodes.map((_, i) => [...results.get(`${i}`)!.data])
}

/** Holds the gradient of a scalar by each of some inputs to its central differences along random directions; returns the gradients. */
export function expectSlopes(loss: Sym, inputs: readonly Sym[], values: Values, extents: Extents = {}): number[][] {
  const gradients = valuesOf(grad(loss, inputs), values, extents)
  const rng = createRng(11)
  for (const [k, node] of inputs.entries()) {
    const { name } = (node as Sym<'input'>).attributes
    for (let draw = 0; draw < 3; draw++) {
      const direction = values[name].map(() => rng.normal())
      const at = (sign: number) => {
        const moved = values[name].map((value, i) => value + sign * STEP * direction[i])
        return valuesOf([loss], { ...values, [name]: moved }, extents)[0][0]
      }
      const slope = gradients[k].reduce((sum, g, i) => sum + g * direction[i], 0)
      const difference = (at(1) - at(-1)) / (2 * STEP)
      expect(Math.abs(slope - difference), `slope of ${name}`).toBeLessThanOrEqual(1e-6 * (1 + Math.abs(difference)))
    }
  }
  return gradients
}

/** As many normal numbers as a node has elements. */
export function normalsFor({ shape }: Sym, seed: number, extents: Extents = {}): number[] {
  const rng = createRng(seed)
  const length = shape.reduce<number>((n, extent) => n * (typeof extent === 'number' ? extent : extents[extent]), 1)
  return Array.from({ length }, () => rng.normal())
}
