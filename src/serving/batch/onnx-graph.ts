import {
  type Dataset,
  domainOfItem,
  elementCount,
  type HistoryEncoder,
  type ScoringVectors,
  type Tensor,
  TributaryError,
  UNLEARNED_SCORE,
} from '../../core/index.ts'
import {
  buildGraph,
  type DType,
  type ExtentInput,
  emitGraph,
  encodeModel,
  evaluateDim,
  type OnnxDescription,
  type OnnxGraph,
  OnnxGraphWriter,
  type OnnxNode,
  Sym,
  type ValueName,
} from '../../tensor/index.ts'

// A file that answers without this program: from ids to scores, with all that stands between a history as a log has it and what an encoder
// reads. Items that learned nothing, padding and what lies in other domains are taken out, and what is left is moved to the right end.

/** The score of items of other domains, where vectors are those of one domain: below any score. */
export const FOREIGN_SCORE = -1e30

/** The largest file that the format's own lengths can tell. */
const MOST_BYTES = 2 ** 31 - 1

/** What is put in a file beside the graph. */
export interface GraphInputs {
  readonly vectors: ScoringVectors
  readonly dataset: Dataset
  /** Which items have training rows, by id; absent where all may be answered with. */
  readonly learned: Uint8Array | undefined
  /** The vectors that answer whoever nothing is known of, in each domain, [D, d]. */
  readonly nobody: Float32Array
  /** Those of users, by domain where it matters, [U or U · D, d]; of models that know users by these alone. */
  readonly users?: Float32Array | undefined
}

/**
 * The bytes of an ONNX model. Inputs: `history` int32 [batch, length], ids of items, 0 is none; or `user` int32 [batch], rows of users, −1 is a
 * newcomer; and `domain` int32 [batch]. Outputs: `scores` float32 [batch, items], column i is item i + 1; `vector` float32 [batch, d].
 * @throws TributaryError `not-supported` for more than 2 GB, or a graph that reads what no table of items tells
 */
export function scoringModel(inputs: GraphInputs, description: OnnxDescription): Uint8Array {
  const { vectors, dataset, learned, users } = inputs
  const { width, from } = vectors
  const items = dataset.items.size - 1
  const bytes = 4 * (items * width + (users?.length ?? 0) + sizeOf(from))
  if (bytes > MOST_BYTES)
    throw new TributaryError(
      'not-supported',
      `the weights take ${(bytes / 1e9).toFixed(1)} GB, and an ONNX file holds at most 2.1; export the vectors instead, as parquet, npy or safetensors`,
    )
  const writer = new OnnxGraphWriter(fromBatch)
  const read = { name: users === undefined ? 'history' : 'user', shape: users === undefined ? ['B', 'length'] : ['B'] }
  writer.input({ ...read, type: 'int32' })
  writer.input({ name: 'domain', type: 'int32', shape: ['B'] })
  const vector =
    users === undefined
      ? fromHistory(writer, inputs, from as readonly HistoryEncoder[])
      : fromUser(writer, { ...inputs, users })
  const catalogue = writer.initializer('float32', [items, width], vectors.items.subarray(width))
  const none = writer.initializer('float32', [items], new Float32Array(items))
  let scores = writer.node('Gemm', [vector, catalogue, none], { transB: 1 })
  if (learned?.includes(0, 1)) {
    const known = writer.initializer('bool', [items], learned.subarray(1))
    scores = writer.node('Where', [known, scores, writer.scalar(UNLEARNED_SCORE)])
  }
  if (vectors.byDomain) {
    const domains = writer.initializer('int32', [items], domainsOfItems(dataset).subarray(1))
    const own = writer.node('Equal', [domains, writer.reshape('domain', ['B', 1])])
    scores = writer.node('Where', [own, scores, writer.scalar(FOREIGN_SCORE)])
  }
  writer.result({ name: 'scores', type: 'float32', shape: ['B', items] }, scores)
  writer.result({ name: 'vector', type: 'float32', shape: ['B', width] }, vector)
  return encodeModel(needed(writer.graph()), description)
}

/** The graph without what nothing reads, of which onnxruntime would warn. */
function needed(graph: OnnxGraph): OnnxGraph {
  const read = new Set(graph.outputs.map(({ name }) => name))
  const readBy = ({ inputs, attributes = {} }: OnnxNode): void => {
    for (const name of inputs) read.add(name)
    for (const value of Object.values(attributes))
      if (typeof value === 'object' && 'graph' in value) value.graph.nodes.forEach(readBy)
  }
  const nodes = graph.nodes.toReversed().filter((node) => {
    const isRead = node.outputs.some((name) => read.has(name))
    if (isRead) readBy(node)
    return isRead
  })
  const initializers = graph.initializers.filter(({ name }) => read.has(name))
  const values = graph.values?.filter(({ name }) => read.has(name))
  return { ...graph, nodes: nodes.reverse(), initializers, ...(values && { values }) }
}

function sizeOf(from: ScoringVectors['from']): number {
  if (from === undefined || from === 'user') return 0
  return from.reduce(
    (sum, { weights }) => sum + [...weights.values()].reduce((n, x) => n + elementCount(x.shape), 0),
    0,
  )
}

/** What depends on the batch's extent, as the file computes it. The only extent that is not known is linear in it. */
function fromBatch(writer: OnnxGraphWriter, input: ExtentInput): ValueName {
  const batch = writer.once('batch', () => writer.node('Shape', ['domain'])) // int64 [1]
  const dims = input.type === 'int64' && input.isSplit ? [1, ...input.dims] : input.dims
  const parts = dims.map((dim) => {
    if (typeof dim === 'number') return writer.int64(dim)
    return writer.once(`value of ${dim}`, () => {
      const at = (B: number) => evaluateDim(dim, new Map([['B', B]]))
      const [start, slope] = [at(0), at(1) - at(0)]
      if (at(7) !== start + 7 * slope) throw new Error(`${dim} is not linear in the batch`)
      return writer.node('Add', [writer.node('Mul', [batch, writer.int64(slope)]), writer.int64(start)])
    })
  })
  if (input.type === 'int64') return parts.length === 1 ? parts[0] : writer.node('Concat', parts, { axis: 0 })
  const scalar = (value: ValueName) => writer.node('Squeeze', [value])
  if (input.type === 'bool') return scalar(writer.node('Greater', parts))
  return writer.node('Cast', [scalar(parts[0])], { to: 1 })
}

function domainsOfItems(dataset: Dataset): Int32Array {
  return Int32Array.from({ length: dataset.items.size }, (_, item) => (item === 0 ? -1 : domainOfItem(dataset, item)))
}

/** Who is no user, and who learned nothing, is the newcomer: a row after those of the users. */
function fromUser(
  writer: OnnxGraphWriter,
  { vectors, dataset, users, nobody }: GraphInputs & { readonly users: Float32Array },
): ValueName {
  const { width, byDomain } = vectors
  const D = byDomain ? dataset.domains.length : 1
  const U = users.length / width / D
  const data = new Float32Array(users.length + D * width)
  data.set(users)
  data.set(nobody.subarray(0, D * width), users.length)
  const table = writer.initializer('float32', [(U + 1) * D, width], data)
  const int32 = (value: number) => writer.initializer('int32', [], Int32Array.of(value))
  const isUser = writer.node('And', [
    writer.node('GreaterOrEqual', ['user', int32(0)]),
    writer.node('Less', ['user', int32(U)]),
  ])
  const row = writer.node('Where', [isUser, 'user', int32(U)])
  const place = byDomain ? writer.node('Add', [writer.node('Mul', [row, int32(D)]), 'domain']) : row
  return writer.node('Gather', [table, place], { axis: 0 })
}

function fromHistory(writer: OnnxGraphWriter, inputs: GraphInputs, encoders: readonly HistoryEncoder[]): ValueName {
  const { dataset, vectors, learned, nobody } = inputs
  const { width } = vectors
  const V = dataset.items.size
  const domainOf = domainsOfItems(dataset)
  const int32 = (value: number) => writer.initializer('int32', [], Int32Array.of(value))
  // What is no item of the dataset, or learned nothing, is as if it had not been.
  const isItem = writer.node('And', [
    writer.node('Greater', ['history', int32(0)]),
    writer.node('Less', ['history', int32(V)]),
  ])
  const all = writer.node('Where', [isItem, 'history', int32(0)])
  const knows = Int32Array.from({ length: V }, (_, item) => (learned === undefined || learned[item] === 1 ? item : 0))
  const known = writer.node('Gather', [writer.initializer('int32', [V], knows), all]) // [batch, length]
  const asked = writer.reshape('domain', ['B', 1])
  const domains = writer.node('Gather', [writer.initializer('int32', [V], domainOf), known])
  const isOwn = writer.node('Equal', [domains, asked])

  const parts = encoders.map((encoder, d) => {
    const isOneOfMany = encoders.length > 1
    const inDomain = () => writer.node('Where', [writer.node('Equal', [domains, int32(d)]), known, int32(0)])
    const asRead = () =>
      encoder.reads === 'own'
        ? writer.node('Where', [isOwn, known, int32(0)])
        : encoder.reads === 'until'
          ? untilLast(writer, known, isOwn)
          : known
    const history = isOneOfMany ? inDomain() : asRead()
    const ids = recent(writer, history, encoder.length - encoder.question.length)
    const none = writer.node('Equal', [writer.node('ReduceMax', [history, writer.int64(1)], { keepdims: 1 }), int32(0)]) // [batch, 1]
    const state = encoded(writer, encoder, ids, dataset, isOneOfMany ? d : undefined)
    const empty = writer.node('Gather', [
      writer.once('nobody', () => writer.initializer('float32', [dataset.domains.length, width], nobody)),
      'domain',
    ])
    return { d, state: writer.node('Where', [none, empty, state]) }
  })
  return parts.slice(1).reduce((rest, { d, state }) => {
    const isAsked = writer.node('Equal', [asked, int32(d)])
    return writer.node('Where', [isAsked, state, rest])
  }, parts[0].state)
}

/** Items until the last of the domain asked for; all where there is none. */
function untilLast(writer: OnnxGraphWriter, history: ValueName, isOwn: ValueName): ValueName {
  const zero = writer.initializer('int64', [], BigInt64Array.of(0n))
  const place = places(writer, history)
  const own = writer.node('Where', [isOwn, place, zero])
  const last = writer.node('ReduceMax', [own, writer.int64(1)], { keepdims: 1 }) // [batch, 1]
  const isRead = writer.node('Or', [writer.node('LessOrEqual', [place, last]), writer.node('Equal', [last, zero])])
  return writer.node('Where', [isRead, history, writer.initializer('int32', [], Int32Array.of(0))])
}

/** 1 … length, [length]. */
function places(writer: OnnxGraphWriter, history: ValueName): ValueName {
  const one = writer.initializer('int64', [], BigInt64Array.of(1n))
  const length = writer.node('Squeeze', [writer.node('Shape', [history], { start: 1, end: 2 })])
  return writer.node('Range', [one, writer.node('Add', [length, one]), one])
}

/** The last `count` items that are some, in their order and at the right end: [batch, count]. */
function recent(writer: OnnxGraphWriter, history: ValueName, count: number): ValueName {
  const padded = writer.node('Pad', [history, writer.int64(0, count, 0, 0)])
  const isItem = writer.node('Cast', [writer.node('Cast', [padded], { to: 9 })], { to: 7 })
  const place = writer.node('Mul', [isItem, places(writer, padded)])
  const found = writer.largest(place, count, 1)
  const inOrder = writer.node('Slice', [
    found,
    writer.int64(-1),
    writer.int64(-(2 ** 31)),
    writer.int64(1),
    writer.int64(-1),
  ])
  return writer.node('GatherElements', [padded, inOrder], { axis: 1 })
}

/** The state of a history of ids, [batch, T − question] → [batch, d]. */
function encoded(
  writer: OnnxGraphWriter,
  encoder: HistoryEncoder,
  ids: ValueName,
  dataset: Dataset,
  only: number | undefined,
): ValueName {
  const { state, weights, question, length, asked, offset } = encoder
  if (!(state instanceof Sym)) throw new Error('the state is no node of the engine')
  const own = only === undefined ? dataset.items.size : dataset.domainStart[only + 1] - dataset.domainStart[only] + 1
  // Ids of the encoder, and after them its questions by their places.
  const all = Int32Array.from([...new Array(own).keys(), ...question])
  const shifted = offset === 0 ? ids : writer.node('Sub', [ids, writer.initializer('int32', [], Int32Array.of(offset))])
  const zero = writer.initializer('int32', [], Int32Array.of(0))
  const events = offset === 0 ? ids : writer.node('Max', [shifted, zero])
  const questions = Int32Array.from(question, (_, i) => own + i)
  const places =
    question.length === 0
      ? events
      : writer.node(
          'Concat',
          [
            events,
            writer.node('Expand', [
              writer.initializer('int32', [1, question.length], questions),
              writer.int64('B', question.length),
            ]),
          ],
          { axis: 1 },
        ) // [batch, T]
  const graph = buildGraph(new Map([['state', state]]))
  const tables = tablesOf(encoder, all)
  const told = new Map<string, ValueName>()
  return emitGraph(writer, graph, (name, node) => {
    const weight = weights.get(name)
    if (weight !== undefined) return initializer(writer, weight)
    if (name === asked) return askedDomains(writer, places, { dataset, own, question, length, only })
    const table = tables.get(name)
    if (table === undefined)
      throw new TributaryError('not-supported', `its graph reads '${name}', which no ONNX file of ours computes`)
    if (told.has(name)) return told.get(name)!
    const value =
      node.shape[0] === 'B'
        ? writer.node('Gather', [initializer(writer, table), places], { axis: 0 })
        : initializer(writer, table)
    told.set(name, value)
    return value
  }).get('state')!
}

const TYPES = { float32: 'float32', int32: 'int32', uint8: 'uint8' } as const satisfies Record<DType, string>

function initializer(writer: OnnxGraphWriter, { shape, data }: Tensor): ValueName {
  const type = data instanceof Float32Array ? TYPES.float32 : data instanceof Int32Array ? TYPES.int32 : TYPES.uint8
  return writer.initializer(type, shape, data)
}

/**
 * What a graph reads of histories, by name: of inputs [B, T, …] a row for each id, of others the input itself.
 * @throws TributaryError `not-supported` where what is read of a place depends on more than the item there
 */
function tablesOf(encoder: HistoryEncoder, ids: Int32Array): ReadonlyMap<string, Tensor> {
  const { length, feeds, asked } = encoder
  const size = Math.ceil(ids.length / length) + 1
  // Twice, at other places and among others.
  const [one, other] = [0, Math.max(1, length - 1)].map((shift) => {
    const items = new Int32Array(size * length)
    for (const [i, id] of ids.entries()) items[(i + shift) % items.length] = id
    return feeds({ size, length, items })
  })
  const found = new Map<string, Tensor>()
  for (const [name, tensor] of Object.entries(one)) {
    if (name === asked) continue
    const [rows, columns] = tensor.shape
    const isOfPlaces = rows === size && columns === length
    if (!isOfPlaces) {
      found.set(name, tensor)
      continue
    }
    const width = tensor.data.length / (size * length)
    const data = tensor.data.slice(0, ids.length * width)
    const shifted = other[name].data
    const start = Math.max(1, length - 1) * width
    for (let i = 0; i < data.length; i++)
      if (data[i] !== shifted[(start + i) % shifted.length])
        throw new TributaryError(
          'not-supported',
          `its graph reads '${name}', which depends on more than the item at each place, so that no ONNX file of ours computes it`,
        )
    found.set(name, { shape: [ids.length, ...tensor.shape.slice(2)], data })
  }
  return found
}

/** With `ask=learned`: the domain of what came next at each item, and at the end the one asked for. uint8 [batch, T, D] */
function askedDomains(
  writer: OnnxGraphWriter,
  places: ValueName,
  it: {
    readonly dataset: Dataset
    readonly own: number
    readonly question: readonly number[]
    readonly length: number
    readonly only: number | undefined
  },
): ValueName {
  const { dataset, own, question, length, only } = it
  const D = only === undefined ? dataset.domains.length : 1
  const domainOf = only === undefined ? domainsOfItems(dataset) : new Int32Array(own)
  const rows = own + question.length
  const oneHot = new Uint8Array(rows * D)
  // Where items are asked for at their own places, those of a history are not asked for.
  for (let item = 1; item < own && question.length === 0; item++) oneHot[item * D + domainOf[item]] = 1
  const next = writer.node('Slice', [places, writer.int64(1), writer.int64(length), writer.int64(1)])
  const told = writer.node('Gather', [writer.initializer('uint8', [rows, D], oneHot), next], { axis: 0 })
  const each = new Uint8Array(D * D)
  for (let d = 0; d < D; d++) each[d * D + d] = 1
  const table = writer.initializer('uint8', [D, D], each)
  const zero = writer.initializer('int32', [], Int32Array.of(0))
  const domain = only === undefined ? 'domain' : writer.node('Mul', ['domain', zero])
  const last = writer.reshape(writer.node('Gather', [table, domain], { axis: 0 }), ['B', 1, D])
  const whole = length === 1 ? last : writer.node('Concat', [told, last], { axis: 1 })
  // Padding is told nothing.
  const isItem = writer.node('Cast', [writer.node('Cast', [places], { to: 9 })], { to: 6 })
  const kept = writer.reshape(isItem, ['B', length, 1])
  const product = writer.node('Mul', [writer.node('Cast', [whole], { to: 6 }), kept])
  return writer.node('Cast', [product], { to: 2 })
}
