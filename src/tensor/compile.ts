import { type Tensor, TributaryError } from '../core/index.ts'
import { bindFeeds, checkRequirements, requirementsOf } from './bind.ts'
import { type DimBindings, formatShape, symbolsOf } from './dims.ts'
import { referenceExecutor } from './executors/reference/executor.ts'
import { topologicalOrder } from './grad.ts'
import { simplify } from './rewrite/simplify.ts'
import { is, type Sym } from './sym.ts'

/**
 * What an executor lowers: the graph after simplification. Inputs that simplification removed are not in it, no node is there
 * twice, and stopGradient has gone. One node may stand under several output names, and an output may be an input or a constant.
 */
export interface CompiledGraph {
  /** Every node that an output needs, inputs and constants included, each after its own inputs. */
  readonly nodes: readonly Sym[]
  readonly inputs: ReadonlyMap<string, Sym<'input'>>
  readonly outputs: ReadonlyMap<string, Sym>
}

export interface ExecutorOptions {
  /** How many threads may compute; the executor's own choice where absent. */
  readonly threads?: number
  /** Threads that wait for work keep their core busy, so that they begin at once. Default true. */
  readonly spin?: boolean | undefined
}

/** Turns graphs into something that runs. `executors/onnx.ts` exports `onnxExecutor`, `executors/reference.ts` `referenceExecutor`. */
export interface Executor {
  readonly name: string
  prepare(graph: CompiledGraph, options: ExecutorOptions): Promise<PreparedGraph>
}

export interface PreparedGraph {
  /**
   * Runs once. `feeds` holds exactly the graph's inputs, already checked against their dtypes and shapes; `dims` has a value for
   * every symbol (see `evaluateDim`, `evaluateShape`). Returns one tensor for each output name.
   */
  run(feeds: Readonly<Record<string, Tensor>>, dims: DimBindings): Promise<Record<string, Tensor>>
  dispose(): Promise<void>
}

/**
 * 'onnx': onnxruntime on the CPU, native where that loads, else in WebAssembly. 'wasm': in WebAssembly anyway, one thread.
 * 'reference': plain TypeScript, the oracle of tests.
 */
export type ExecutorName = 'onnx' | 'wasm' | 'reference'

export interface CompileOptions extends ExecutorOptions {
  /** Which executor computes; 'onnx' where absent. */
  readonly executor?: ExecutorName
}

/** A compiled graph, ready to run as often as wanted. */
export interface Program {
  /** Every name that `run` must be fed. */
  readonly inputs: readonly string[]
  /**
   * Computes the outputs. Symbolic extents take their values from the shapes of the feeds. Throws `bad-argument` for feeds that
   * are missing, unknown or of the wrong dtype, and `bad-shape` for shapes that contradict the inputs or one another.
   */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
  /** Frees what the executor holds. */
  dispose(): Promise<void>
}

/** Prepares named outputs for running. Throws `bad-argument` where two inputs share a name or a symbol has no input to give it. */
export async function compile(outputs: Readonly<Record<string, Sym>>, options: CompileOptions = {}): Promise<Program> {
  const named = new Map(Object.entries(outputs))
  const inputs = inputsOf(topologicalOrder(named.values()))
  const graph = buildGraph(named)
  checkSymbols(graph.nodes, inputs)
  const requirements = requirementsOf(graph.nodes)
  const executor = await executorNamed(options.executor ?? 'onnx')
  const prepared = await executor.prepare(graph, options)
  return {
    inputs: [...inputs.keys()],
    async run(feeds) {
      const dims = bindFeeds(inputs, feeds)
      checkRequirements(requirements, dims)
      const needed = Object.fromEntries([...graph.inputs.keys()].map((name) => [name, feeds[name]]))
      return prepared.run(needed, dims)
    },
    dispose: () => prepared.dispose(),
  }
}

/** Runs a program on those of the tensors that it reads: of all that a model has, one graph needs more than another. */
export function runWith(program: Program, tensors: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>> {
  const present = program.inputs.filter((name) => name in tensors)
  return program.run(Object.fromEntries(present.map((name) => [name, tensors[name]])))
}

/** Simplifies and orders; what `compile` hands to an executor. */
export function buildGraph(outputs: ReadonlyMap<string, Sym>): CompiledGraph {
  const simplified = simplify(outputs)
  const nodes = topologicalOrder(simplified.values())
  return { nodes, inputs: inputsOf(nodes), outputs: simplified }
}

async function executorNamed(name: ExecutorName): Promise<Executor> {
  if (name === 'reference') return referenceExecutor
  // onnxruntime is loaded only by those who use it.
  const { onnxExecutor, wasmExecutor } = await import('./executors/onnx/executor.ts')
  return name === 'wasm' ? wasmExecutor : onnxExecutor
}

function inputsOf(nodes: readonly Sym[]): Map<string, Sym<'input'>> {
  const inputs = new Map<string, Sym<'input'>>()
  for (const node of nodes) {
    if (!is(node, 'input')) continue
    const { name } = node.attributes
    const other = inputs.get(name)
    if (other !== undefined && (other.dtype !== node.dtype || formatShape(other.shape) !== formatShape(node.shape)))
      throw new TributaryError(
        'bad-argument',
        `two inputs are named '${name}': ${other.dtype} ${formatShape(other.shape)} at ${other.origin} and ${node.dtype} ${formatShape(node.shape)} at ${node.origin}`,
      )
    inputs.set(name, node)
  }
  return inputs
}

function checkSymbols(nodes: readonly Sym[], inputs: ReadonlyMap<string, Sym>): void {
  const given = new Set([...inputs.values()].flatMap((x) => x.shape.flatMap(symbolsOf)))
  for (const node of nodes) {
    const symbols = [...node.shape, ...(is(node, 'extent') ? [node.attributes.dim] : [])].flatMap(symbolsOf)
    const unknown = symbols.find((symbol) => !given.has(symbol))
    if (unknown !== undefined)
      throw new TributaryError(
        'bad-argument',
        `${node.primitive} at ${node.origin} has shape ${formatShape(node.shape)}, but no input's shape gives '${unknown}'`,
      )
  }
}
