import { type Dim, type DimBindings, evaluateDim } from '../../dims.ts'
import type { AttributeValue, ElementType, OnnxGraph, OnnxInitializer, OnnxNode, OnnxValue } from './proto.ts'

/** Name of a value in the ONNX graph. */
export type ValueName = string

/** Whether a node of the ONNX graph makes the value: it is no input and no initializer. */
export function isComputed(value: ValueName): boolean {
  return value.startsWith('v')
}

/** A tiny input whose content depends only on the run's extents: a shape, a position, an extent as a number, whether one is larger. */
export type ExtentInput =
  | { readonly type: 'int64'; readonly name: ValueName; readonly dims: readonly Dim[]; readonly isSplit: boolean }
  | { readonly type: 'float32'; readonly name: ValueName; readonly dims: readonly [Dim] }
  | { readonly type: 'bool'; readonly name: ValueName; readonly dims: readonly [larger: Dim, smaller: Dim] }

/** The content of an extent input in one run. */
export function extentData(input: ExtentInput, bindings: DimBindings): BigInt64Array | Float32Array | Uint8Array {
  const values = input.dims.map((dim) => evaluateDim(dim, bindings))
  if (input.type === 'bool') return Uint8Array.of(Number(values[0] > values[1]))
  if (input.type === 'float32') return Float32Array.from(values)
  return BigInt64Array.from(input.isSplit ? splitRows(values) : values, BigInt)
}

/** How many elements the fed vector has. */
export function vectorLength(input: ExtentInput & { readonly type: 'int64' }): number {
  return input.dims.length + Number(input.isSplit)
}

/** Rows of a tall matrix that are worth a product of their own. */
const ROWS_OF_A_PART = 256

/** The shape that cuts [rows, …] into four parts, or as many of 2 or 1 as divide them and leave them tall. */
function splitRows([rows, ...rest]: readonly number[]): number[] {
  const parts = [4, 2].find((n) => rows % n === 0 && rows >= n * ROWS_OF_A_PART) ?? 1
  return [parts, rows / parts, ...rest]
}

/** Collects the nodes of an ONNX graph. Names are numbered in order of emission, so that equal graphs are equal bytes. */
export class OnnxGraphWriter {
  readonly extentInputs: ExtentInput[] = []
  #nodes: OnnxNode[] = []
  #serial = 0
  readonly #inputs: OnnxValue[] = []
  readonly #outputs: OnnxValue[] = []
  readonly #initializers: OnnxInitializer[] = []
  readonly #described = new Map<ValueName, OnnxValue>()
  readonly #shared = new Map<string, ValueName>()
  /** What node names begin with, so that an error of onnxruntime can be traced to the node of our graph. */
  label = ''
  readonly #root = this.#nodes
  readonly #computeExtent: ((input: ExtentInput) => ValueName) | undefined

  /** @param computeExtent emits what depends on extents, in files that are fed by others; absent: it is an input */
  constructor(computeExtent?: (writer: OnnxGraphWriter, input: ExtentInput) => ValueName) {
    this.#computeExtent = computeExtent && ((input) => this.#outside(() => computeExtent(this, input)))
  }

  /** Emits outside of the branch at work, so that others may share it. */
  #outside<R>(build: () => R): R {
    const inner = this.#nodes
    this.#nodes = this.#root
    const built = build()
    this.#nodes = inner
    return built
  }

  /** Emits a node and returns the name of its first output. */
  node(
    operator: string,
    inputs: readonly ValueName[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    domain: '' | 'com.microsoft' = '',
  ): ValueName {
    const serial = this.#serial++
    const output = `v${serial}`
    const name = `${this.label}/${operator}${serial}`
    this.#nodes.push({ operator, domain, name, inputs, outputs: [output], attributes })
    return output
  }

  /** The positions of the largest `count` along an axis, the largest first, int64. */
  largest(x: ValueName, count: number, axis: number): ValueName {
    const serial = this.#serial++
    const outputs = [`v${serial}`, `v${serial}at`]
    const inputs = [x, this.int64(count)]
    this.#nodes.push({ operator: 'TopK', name: `${this.label}/TopK${serial}`, inputs, outputs, attributes: { axis } })
    return outputs[1]
  }

  /** A result of the whole graph under a name of its own. */
  result(value: OnnxValue, from: ValueName): void {
    this.#nodes.push({ operator: 'Identity', name: `/${value.name}`, inputs: [from], outputs: [value.name] })
    this.output(value)
  }

  /** What one of two builds gives, of which each run computes only one: `ifLarger` where `larger > smaller`. Neither may share values. */
  choose(larger: Dim, smaller: Dim, ifLarger: () => ValueName, otherwise: () => ValueName): ValueName {
    const condition = this.once(`${larger} > ${smaller}`, () =>
      this.#extentInput({ type: 'bool', name: `d${this.extentInputs.length}`, dims: [larger, smaller] }),
    )
    const branch = (build: () => ValueName) => {
      const outer = this.#nodes
      this.#nodes = []
      const output = build()
      const nodes = this.#nodes
      this.#nodes = outer
      const outputs: OnnxValue[] = [{ name: output, type: 'float32' }]
      return { graph: { name: output, nodes, inputs: [], outputs, initializers: [] } }
    }
    const branches = { then_branch: branch(ifLarger), else_branch: branch(otherwise) }
    return this.node('If', [condition], branches)
  }

  /** The value that was built under this key before, or else what `build` emits now. */
  once(key: string, build: () => ValueName): ValueName {
    let value = this.#shared.get(key)
    if (value === undefined) {
      value = build()
      this.#shared.set(key, value)
    }
    return value
  }

  /** A float32 scalar. */
  scalar(value: number): ValueName {
    return this.once(`scalar ${Object.is(value, -0) ? '-0' : value}`, () =>
      this.initializer('float32', [], Float32Array.of(value)),
    )
  }

  initializer(type: ElementType, shape: readonly number[], data: ArrayBufferView): ValueName {
    const name = `c${this.#initializers.length}`
    this.#initializers.push({ name, type, shape, data })
    return name
  }

  /** A vector of int64: part of the model where all extents are known, else fed at each run. */
  int64(...dims: readonly Dim[]): ValueName {
    return this.once(`int64 ${dims.join(',')}`, () => {
      const known = dims.filter((dim) => typeof dim === 'number')
      if (known.length === dims.length)
        return this.initializer('int64', [dims.length], BigInt64Array.from(known, BigInt))
      return this.#extentInput({ type: 'int64', name: `d${this.extentInputs.length}`, dims, isSplit: false })
    })
  }

  /** [N, …] as [parts, N / parts, …]. The number of parts depends on N alone, so that results do. */
  splitRows(x: ValueName, shape: readonly Dim[]): ValueName {
    const target = this.once(`split ${shape.join(',')}`, () =>
      this.#extentInput({ type: 'int64', name: `d${this.extentInputs.length}`, dims: shape, isSplit: true }),
    )
    return this.once(`${x} split`, () => this.node('Reshape', [x, target], { allowzero: 1 }))
  }

  /** The value of an extent as a float32 scalar. */
  extent(dim: Dim): ValueName {
    if (typeof dim === 'number') return this.scalar(dim)
    return this.once(`extent ${dim}`, () =>
      this.#extentInput({ type: 'float32', name: `d${this.extentInputs.length}`, dims: [dim] }),
    )
  }

  #extentInput(input: ExtentInput): ValueName {
    if (this.#computeExtent !== undefined) return this.#computeExtent(input)
    this.extentInputs.push(input)
    this.input({ name: input.name, type: input.type, shape: input.type === 'int64' ? [vectorLength(input)] : [] })
    return input.name
  }

  /** One value for all elements; nothing is computed where the shape is known. */
  filled(value: number, shape: readonly Dim[]): ValueName {
    return this.once(`filled ${value} ${shape.join(',')}`, () =>
      this.node('Expand', [this.scalar(value), this.int64(...shape)]),
    )
  }

  reshape(x: ValueName, shape: readonly Dim[]): ValueName {
    const symbolic = shape.filter((dim) => typeof dim !== 'number')
    // One unknown extent can be left to onnxruntime, unless a known one is 0 and gives it nothing to divide.
    const target =
      symbolic.length === 1 && !shape.includes(0) ? shape.map((d) => (typeof d === 'number' ? d : -1)) : shape
    return this.node('Reshape', [x, this.int64(...target)], { allowzero: 1 })
  }

  input(value: OnnxValue): void {
    this.#inputs.push(value)
  }

  /**
   * States the shape of a node's output. onnxruntime cannot infer shapes that are fed, and where it knows none it searches long for
   * memory to reuse: preparing a GRU over 50 steps took 2.8 s without and takes 0.3 s with them.
   */
  describe(value: OnnxValue): void {
    this.#described.set(value.name, value)
  }

  output(value: OnnxValue): void {
    this.#outputs.push(value)
    this.#described.delete(value.name)
  }

  graph(): OnnxGraph {
    return {
      name: 'tributary',
      nodes: this.#nodes,
      inputs: this.#inputs,
      outputs: this.#outputs,
      initializers: this.#initializers,
      values: [...this.#described.values()],
    }
  }
}
