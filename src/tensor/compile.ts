import type { Tensor } from '../core/tensor.ts'
import type { DimBindings } from './dims.ts'
import type { Sym } from './sym.ts'

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
