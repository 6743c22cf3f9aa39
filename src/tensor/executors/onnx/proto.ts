/**
 * Writes ONNX models. Only what the lowering needs of the format: one graph, typed and shaped inputs and outputs, nodes
 * with scalar and list attributes, initializers as raw bytes. Field numbers are those of onnx.proto (ONNX 1.16, IR 10).
 */

/** Element types, with the codes that onnx.proto gives them. */
export const ELEMENT_TYPE = { float32: 1, uint8: 2, int32: 6, int64: 7, bool: 9 } as const
export type ElementType = keyof typeof ELEMENT_TYPE

/** A number is an int where it is whole: floats that may be whole are written `{ float: 1 }`. */
export type AttributeValue =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly graph: OnnxGraph }

export interface OnnxNode {
  readonly operator: string
  /** '' is the standard operator set, 'com.microsoft' onnxruntime's own. */
  readonly domain?: '' | 'com.microsoft'
  readonly name: string
  /** An empty name leaves an optional input or output out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes?: Readonly<Record<string, AttributeValue>>
}

export interface OnnxValue {
  readonly name: string
  readonly type: ElementType
  /** A string names a dynamic extent. Absent: onnxruntime infers the shape. */
  readonly shape?: readonly (number | string)[]
}

export interface OnnxInitializer {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly data: ArrayBufferView
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: readonly OnnxInitializer[]
  /** What is known of values between nodes. */
  readonly values?: readonly OnnxValue[]
}

const IR_VERSION = 10
/** The newest of the standard sets whose every operator the optimizers of onnxruntime 1.30 recognize. */
export const OPSET = 20

/** What a file says of itself. */
export interface OnnxDescription {
  /** Of the program. */
  readonly version: string
  readonly summary: string
  readonly metadata: Readonly<Record<string, string>>
}

/** The bytes of a ModelProto, ready for `InferenceSession.create`. */
export function encodeModel(graph: OnnxGraph, description?: OnnxDescription): Uint8Array {
  const writer = new ProtoWriter()
  writer.int(1, IR_VERSION)
  writer.string(2, 'tributary')
  if (description !== undefined) {
    writer.string(3, description.version)
    writer.string(6, description.summary)
  }
  writer.message(7, (g) => writeGraph(g, graph))
  writer.message(8, (set) => writeOpset(set, '', OPSET))
  writer.message(8, (set) => writeOpset(set, 'com.microsoft', 1))
  for (const [key, value] of Object.entries(description?.metadata ?? {}))
    writer.message(14, (entry) => {
      entry.string(1, key)
      entry.string(2, value)
    })
  return writer.bytes()
}

function writeOpset(writer: ProtoWriter, domain: string, version: number): void {
  writer.string(1, domain)
  writer.int(2, version)
}

function writeGraph(writer: ProtoWriter, graph: OnnxGraph): void {
  for (const node of graph.nodes) writer.message(1, (n) => writeNode(n, node))
  writer.string(2, graph.name)
  for (const initializer of graph.initializers) writer.message(5, (t) => writeInitializer(t, initializer))
  for (const input of graph.inputs) writer.message(11, (v) => writeValue(v, input))
  for (const output of graph.outputs) writer.message(12, (v) => writeValue(v, output))
  for (const value of graph.values ?? []) writer.message(13, (v) => writeValue(v, value))
}

function writeNode(writer: ProtoWriter, node: OnnxNode): void {
  for (const input of node.inputs) writer.string(1, input)
  for (const output of node.outputs) writer.string(2, output)
  writer.string(3, node.name)
  writer.string(4, node.operator)
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    writer.message(5, (a) => writeAttribute(a, name, value))
  }
  if (node.domain) writer.string(7, node.domain)
}

function writeAttribute(writer: ProtoWriter, name: string, value: AttributeValue): void {
  writer.string(1, name)
  if (typeof value === 'number') {
    writer.int(3, value)
    writer.int(20, 2)
  } else if (typeof value === 'string') {
    writer.string(4, value)
    writer.int(20, 3)
  } else if ('float' in value) {
    writer.float(2, value.float)
    writer.int(20, 1)
  } else if ('graph' in value) {
    writer.message(6, (g) => writeGraph(g, value.graph))
    writer.int(20, 5)
  } else {
    for (const item of value) writer.int(8, item)
    writer.int(20, 7)
  }
}

function writeValue(writer: ProtoWriter, value: OnnxValue): void {
  writer.string(1, value.name)
  writer.message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, ELEMENT_TYPE[value.type])
      if (value.shape === undefined) return
      const shape = value.shape
      tensor.message(2, (s) => {
        for (const extent of shape) {
          s.message(1, (dim) => (typeof extent === 'number' ? dim.int(1, extent) : dim.string(2, extent)))
        }
      })
    }),
  )
}

function writeInitializer(writer: ProtoWriter, tensor: OnnxInitializer): void {
  for (const extent of tensor.shape) writer.int(1, extent)
  writer.int(2, ELEMENT_TYPE[tensor.type])
  writer.string(8, tensor.name)
  const { buffer, byteOffset, byteLength } = tensor.data
  writer.raw(9, new Uint8Array(buffer, byteOffset, byteLength))
}

const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED32 = 5
const UTF8 = new TextEncoder()

/** Protocol Buffers wire format into a growing buffer: varints, 32-bit floats, and length-delimited fields. */
class ProtoWriter {
  #buffer = new Uint8Array(256)
  #length = 0

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length)
  }

  /** A whole number of at most 53 bits; negative ones take ten bytes, as the format demands. */
  int(field: number, value: number): void {
    this.#varint((field << 3) | VARINT)
    this.#varint(value)
  }

  float(field: number, value: number): void {
    this.#varint((field << 3) | FIXED32)
    this.#reserve(4)
    new DataView(this.#buffer.buffer).setFloat32(this.#length, value, true)
    this.#length += 4
  }

  string(field: number, text: string): void {
    this.raw(field, UTF8.encode(text))
  }

  raw(field: number, bytes: Uint8Array): void {
    this.#varint((field << 3) | LENGTH_DELIMITED)
    this.#varint(bytes.length)
    this.#reserve(bytes.length)
    this.#buffer.set(bytes, this.#length)
    this.#length += bytes.length
  }

  message(field: number, write: (writer: ProtoWriter) => void): void {
    const inner = new ProtoWriter()
    write(inner)
    this.raw(field, inner.bytes())
  }

  #varint(value: number): void {
    this.#reserve(10)
    if (value >= 0 && value < 0x80) {
      this.#buffer[this.#length++] = value
      return
    }
    let rest = BigInt.asUintN(64, BigInt(value))
    while (rest > 0x7fn) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80
      rest >>= 7n
    }
    this.#buffer[this.#length++] = Number(rest)
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#buffer.length) return
    const grown = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + count))
    grown.set(this.bytes())
    this.#buffer = grown
  }
}
