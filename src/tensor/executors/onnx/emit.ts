import type { CompiledGraph } from '../../compile.ts'
import { is, type Sym } from '../../sym.ts'
import { isComputed, type OnnxGraphWriter, type ValueName } from './graph.ts'
import { lower, type Recipe } from './lowering.ts'

/**
 * Emits the nodes of a graph, and returns the value of each output by its name.
 * @param inputOf names the value that stands for an input
 */
export function emitGraph(
  writer: OnnxGraphWriter,
  graph: CompiledGraph,
  inputOf: (name: string, node: Sym<'input'>) => ValueName,
): ReadonlyMap<string, ValueName> {
  const readers = new Map<Sym, number>()
  const count = (node: Sym) => readers.set(node, (readers.get(node) ?? 0) + 1)
  for (const node of graph.nodes) node.inputs.forEach(count)
  for (const node of graph.outputs.values()) count(node)

  // Readers first: a node gets a recipe only if an output or another recipe reads it.
  const recipes = new Map<Sym, Recipe>()
  const needed = new Set<Sym>(graph.outputs.values())
  for (const node of graph.nodes.toReversed()) {
    if (!needed.has(node) || is(node, 'input')) continue
    const recipe = lower(node, (x) => readers.get(x) ?? 0)
    recipes.set(node, recipe)
    for (const read of recipe.reads) needed.add(read)
  }

  const values = new Map<Sym, ValueName>()
  for (const [name, node] of graph.inputs) values.set(node, inputOf(name, node))
  for (const [position, node] of graph.nodes.entries()) {
    const recipe = recipes.get(node)
    if (recipe === undefined) continue
    writer.label = `${position}`
    const value = recipe.emit(writer, ...recipe.reads.map((read) => values.get(read)!))
    values.set(node, value)
    if (isComputed(value)) writer.describe({ name: value, type: node.dtype, shape: node.shape })
  }
  writer.label = ''
  return new Map([...graph.outputs].map(([name, node]) => [name, values.get(node)!]))
}
