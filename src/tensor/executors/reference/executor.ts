import { elementCount, type Tensor, type TensorData } from '../../../core/index.ts'
import type { CompiledGraph, Executor } from '../../compile.ts'
import { type DimBindings, evaluateShape } from '../../dims.ts'
import { is, type Sym } from '../../sym.ts'
import { allocate, type Computed, type Dense, type Kernel, kernels, type Precision } from './kernels.ts'

/**
 * The definition of every primitive, in plain TypeScript: the oracle against which other executors are tested. One thread.
 * Sums are kept in double precision and results stored as float32.
 */
export const referenceExecutor: Executor = {
  name: 'reference',
  async prepare(graph) {
    return {
      async run(feeds, dims) {
        const values = evaluate(graph, new Map(Object.entries(feeds)), dims)
        const results: Record<string, Tensor> = {}
        for (const [name, { shape, data }] of values) results[name] = { shape, data: data as TensorData }
        return results
      },
      async dispose() {},
    }
  },
}

/**
 * The values of the graph's outputs. With precision 'float64' all floating-point nodes hold doubles (feeds may be too), which
 * lets finite differences confirm derivatives to many digits. The arrays returned belong to the caller.
 */
export function evaluate(
  graph: CompiledGraph,
  feeds: ReadonlyMap<string, Dense>,
  dims: DimBindings,
  precision: Precision = 'float32',
): Map<string, Dense> {
  const values = new Map<Sym, Dense>()
  const lastUse = new Map<Sym, Sym>()
  for (const node of graph.nodes) for (const x of node.inputs) lastUse.set(x, node)
  const kept = new Set(graph.outputs.values())
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((x) => values.get(x)!)
    values.set(node, computeNode(node, inputs, feeds, dims, precision))
    for (const x of node.inputs) if (lastUse.get(x) === node && !kept.has(x)) values.delete(x)
  }
  const results = new Map<string, Dense>()
  for (const [name, node] of graph.outputs) {
    const { shape, data } = values.get(node)!
    results.set(name, { shape, data: data.slice() }) // a reshape shares its array with a feed, perhaps
  }
  return results
}

/** Computes one node from its inputs' values. */
export function computeNode(
  node: Sym,
  inputs: readonly Dense[],
  feeds: ReadonlyMap<string, Dense>,
  dims: DimBindings,
  precision: Precision,
): Dense {
  if (is(node, 'input')) return feeds.get(node.attributes.name)!
  const shape = evaluateShape(node.shape, dims)
  if (is(node, 'constant')) {
    const { value } = node.attributes
    if (typeof value !== 'number') return value
    const data = allocate(node.dtype, 1, precision)
    data[0] = value
    return { shape, data }
  }
  const kernel = kernels[node.primitive as Computed] as Kernel<Computed>
  const out: Dense = { shape, data: allocate(node.dtype, elementCount(shape), precision) }
  return kernel(node as Sym<Computed>, inputs, out, dims)
}
