import { availableParallelism } from 'node:os'
import type { InferenceSession, Tensor as OnnxTensor, TensorConstructor } from 'onnxruntime-common'
import { type Tensor, type TensorData, TributaryError } from '../../../core/index.ts'
import type { CompiledGraph, Executor, ExecutorOptions, PreparedGraph } from '../../compile.ts'
import type { DimBindings } from '../../dims.ts'
import { is, type Sym } from '../../sym.ts'
import { emitGraph } from './emit.ts'
import { type ExtentInput, extentData, isComputed, OnnxGraphWriter, type ValueName, vectorLength } from './graph.ts'
import { encodeModel, type OnnxGraph } from './proto.ts'
import { chosenRuntime, type OnnxRuntime, wasmRuntime } from './runtime.ts'

/** Threads where the caller names none: more than four gain little at the sizes of a recommender's step. */
const MOST_THREADS = 4

/** Runs graphs on onnxruntime's CPU kernels: on its native build where that loads, else on its WebAssembly build. */
export const onnxExecutor: Executor = {
  name: 'onnx',
  prepare: (graph, options) => prepareOn(chosenRuntime, graph, options),
}

/** Runs graphs on the WebAssembly build, one thread. */
export const wasmExecutor: Executor = {
  name: 'wasm',
  prepare: (graph, options) => prepareOn(wasmRuntime, graph, options),
}

/**
 * Feeds are read in place, so they must not change during a run; outputs are new arrays that no later run touches. Every
 * session owns a pool of `threads − 1` threads until it is disposed of.
 */
async function prepareOn(
  openRuntime: () => Promise<OnnxRuntime>,
  graph: CompiledGraph,
  { threads = Math.min(MOST_THREADS, availableParallelism()), spin = true }: ExecutorOptions,
): Promise<PreparedGraph> {
  const { InferenceSession, Tensor, sessionOptions } = await openRuntime()
  const { model, extentInputs, outputs } = toOnnx(graph)
  const options = sessionOptions(threads, spin)
  const session = await InferenceSession.create(encodeModel(model), options).catch((error: unknown) => {
    throw explained('could not be prepared', error, graph)
  })
  const fetches = [...new Set(outputs.values())]
  const fedIds = idInputs(graph)
  return {
    async run(feeds, dims) {
      for (const { reader, name, least } of fedIds) checkIds(reader, feeds[name].data, least)
      const onnxFeeds: Record<string, OnnxTensor> = {}
      for (const name of graph.inputs.keys()) onnxFeeds[inputName(name)] = toOnnxTensor(Tensor, feeds[name])
      for (const input of extentInputs) onnxFeeds[input.name] = extentTensor(Tensor, input, dims)
      let results: InferenceSession.ReturnType
      try {
        results = await session.run(onnxFeeds, fetches)
      } catch (error) {
        throw explained('failed', error, graph)
      }
      const named: Record<string, Tensor> = {}
      for (const [name, value] of outputs) {
        const { dims: shape, data } = results[value] as OnnxTensor
        named[name] = { shape, data: data as TensorData }
      }
      return named
    },
    async dispose() {
      await session.release()
    },
  }
}

/** The graph as an ONNX model, with the inputs that depend on extents and the value that holds each output. */
export function toOnnx(graph: CompiledGraph): {
  readonly model: OnnxGraph
  readonly extentInputs: readonly ExtentInput[]
  readonly outputs: ReadonlyMap<string, ValueName>
} {
  const writer = new OnnxGraphWriter()
  const values = emitGraph(writer, graph, (name, node) => {
    writer.input({ name: inputName(name), type: node.dtype, shape: node.shape })
    return inputName(name)
  })
  const outputs = new Map<string, ValueName>()
  const taken = new Set<ValueName>()
  for (const [name, node] of graph.outputs) {
    const value = values.get(name)!
    // An input, a constant or another output under a second name is copied, so that no two results share memory.
    const own = taken.has(value) || !isComputed(value) ? writer.node('Identity', [value]) : value
    taken.add(own)
    writer.output({ name: own, type: node.dtype, shape: node.shape })
    outputs.set(name, own)
  }
  return { model: writer.graph(), extentInputs: writer.extentInputs, outputs }
}

interface IdInput {
  readonly reader: Sym
  readonly name: string
  readonly least: number
}

/** Row numbers that are fed as they are. onnxruntime refuses those too large, but counts negative ones from the end. */
function idInputs({ nodes }: CompiledGraph): readonly IdInput[] {
  return nodes.flatMap((reader) => {
    const ids = reader.inputs[1]
    if (ids === undefined || !is(ids, 'input')) return []
    const least = reader.primitive === 'takeRows' ? -1 : 0
    const takesIds = least < 0 || reader.primitive === 'gather' || reader.primitive === 'scatterAdd'
    return takesIds ? [{ reader, name: ids.attributes.name, least }] : []
  })
}

function checkIds(reader: Sym, ids: TensorData, least: number): void {
  for (const id of ids)
    if (id < least)
      throw new TributaryError(
        'bad-argument',
        `${reader.primitive} at ${reader.origin}: id ${id} is negative${least < 0 ? ' and not −1' : ''}`,
      )
}

/** Inputs keep their names, marked so that none meets a value of our own. */
function inputName(name: string): ValueName {
  return `input ${name}`
}

function toOnnxTensor(Tensor: TensorConstructor, { shape, data }: Tensor): OnnxTensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape)
  if (data instanceof Int32Array) return new Tensor('int32', data, shape)
  return new Tensor('uint8', data, shape)
}

function extentTensor(Tensor: TensorConstructor, input: ExtentInput, dims: DimBindings): OnnxTensor {
  return new Tensor(input.type, extentData(input, dims), input.type === 'int64' ? [vectorLength(input)] : [])
}

/** An error of onnxruntime with the line of the model that made the node; node names begin with its place in the graph. */
function explained(what: string, error: unknown, graph: CompiledGraph): TributaryError {
  const message = error instanceof Error ? error.message : String(error)
  const place = /Name:'(\d+)\//.exec(message) ?? /[( ](\d+)\/[A-Z]\w*\d/.exec(message)
  const node = place === null ? undefined : graph.nodes[Number(place[1])]
  const where = node === undefined ? 'a graph' : `${node.primitive} at ${node.origin}`
  const reason = message.split('Status Message:').at(-1)!.trim()
  return new TributaryError('bad-argument', `${where} ${what} on onnxruntime: ${reason}`, { cause: error })
}
