import { type Dim, productOfDims } from '../../dims.ts'
import { type DType, is, type PrimitiveName, type Sym } from '../../sym.ts'
import type { OnnxGraphWriter, ValueName } from './graph.ts'
import { alongRows, biasedProduct, columnSums, product } from './products.ts'
import { type AttributeValue, ELEMENT_TYPE } from './proto.ts'
import { sparseProduct } from './sparse.ts'

/** How one node is computed: from which nodes (not always its own inputs, where it absorbs them), and by which operators. */
export interface Recipe {
  readonly reads: readonly Sym[]
  readonly emit: (writer: OnnxGraphWriter, ...values: ValueName[]) => ValueName
}

/** How often the graph reads a node; outputs count as readers. */
export type Readers = (node: Sym) => number

type Lowering<P extends PrimitiveName> = (node: Sym<P>, readers: Readers) => Recipe

/** The recipe of one node. Readers are asked because a node that only its reader needs can vanish into it. */
export function lower(node: Sym, readers: Readers): Recipe {
  return (lowerings[node.primitive] as Lowering<PrimitiveName>)(node, readers)
}

/** One operator over the node's own inputs. */
function operator(name: string, attributes?: Readonly<Record<string, AttributeValue>>) {
  return (node: Sym): Recipe => ({
    reads: node.inputs,
    emit: (writer, ...values) => writer.node(name, values, attributes),
  })
}

function unreachable(node: Sym): never {
  throw new Error(`${node.primitive} is no operator`)
}

/** The value of a scalar constant. */
function scalarOf(node: Sym): number | undefined {
  if (!is(node, 'constant')) return undefined
  const { value } = node.attributes
  if (typeof value === 'number') return value
  return value.data.length === 1 && value.shape.length === 0 ? value.data[0] : undefined
}

const lowerings: { readonly [P in PrimitiveName]: Lowering<P> } = {
  input: unreachable,
  constant: (node) => ({
    reads: [],
    emit: (writer) => {
      const { value } = node.attributes
      if (typeof value === 'number' && node.dtype === 'float32') return writer.scalar(value)
      if (typeof value === 'number') return writer.initializer(node.dtype, [], typed(node.dtype, value))
      return writer.initializer(node.dtype, value.shape, value.data)
    },
  }),
  extent: (node) => ({ reads: [], emit: (writer) => writer.extent(node.attributes.dim) }),
  add: (node, readers) => biasedProduct(node, readers) ?? operator('Add')(node),
  subtract: operator('Sub'),
  multiply: (node, readers) => scaledMask(node, readers) ?? operator('Mul')(node),
  divide: (node, readers) => lastAxisMean(node, readers) ?? operator('Div')(node),
  maximum: operator('Max'),
  greater: (node) => {
    // One pass instead of two: the steepest ramp is a step. It is exact for every float that is not subnormal.
    if (node.inputs[0].dtype === 'float32' && scalarOf(node.inputs[1]) === 0)
      return {
        reads: [node.inputs[0]],
        emit: (writer, x) => writer.node('HardSigmoid', [x], { alpha: { float: 3.4e38 }, beta: { float: 0 } }),
      }
    return comparison('Greater')(node)
  },
  equal: (node) => comparison('Equal')(node),
  where: (node) => ({
    reads: node.inputs,
    emit: (writer, mask, a, b) => writer.node('Where', [writer.node('Cast', [mask], { to: ELEMENT_TYPE.bool }), a, b]),
  }),
  negate: operator('Neg'),
  exp: operator('Exp'),
  log: (node) => ({ reads: node.inputs, emit: (writer, x) => logarithm(writer, x, node.shape) }),
  sqrt: operator('Sqrt'),
  tanh: operator('Tanh'),
  sigmoid: operator('Sigmoid'),
  relu: operator('Relu'),
  erf: operator('Erf'),
  // max(x, 0) + log(1 + e^−|x|): the operator Softplus takes five times as long.
  softplus: (node) => ({
    reads: node.inputs,
    emit: (writer, x) => {
      const tail = writer.node('Exp', [writer.node('Neg', [writer.node('Abs', [x])])])
      return writer.node('Add', [
        writer.node('Relu', [x]),
        logarithm(writer, writer.node('Add', [tail, writer.scalar(1)]), node.shape),
      ])
    },
  }),
  cast: (node) => operator('Cast', { to: ELEMENT_TYPE[node.attributes.dtype] })(node),
  matmul: (node) => product(node),
  sum: (node) => ({ reads: node.inputs, emit: (writer, x) => sum(writer, x, node) }),
  max: (node) => ({
    reads: node.inputs,
    emit: (writer, x) =>
      writer.node('ReduceMax', [x, writer.int64(node.attributes.axis)], {
        keepdims: Number(node.attributes.keepDims),
      }),
  }),
  softmax: (node) => ({ reads: node.inputs, emit: (writer, x) => softmax(writer, x) }),
  logSoftmax: operator('LogSoftmax', { axis: -1 }),
  // max x − log max softmax(x): the derivative needs the softmax anyway, and ReduceLogSumExp takes five times as long.
  logSumExp: (node) => ({
    reads: node.inputs,
    emit: (writer, x) => {
      const largest = (y: ValueName) => writer.node('ReduceMax', [y, writer.int64(-1)], { keepdims: 0 })
      return writer.node('Sub', [largest(x), logarithm(writer, largest(softmax(writer, x)), node.shape)])
    },
  }),
  normalize: (node) => ({
    reads: node.inputs,
    emit: (writer, x) =>
      writer.node('Mul', [
        centered(writer, x, node.shape),
        inverseDeviation(writer, x, node.inputs[0], node.attributes.epsilon),
      ]),
  }),
  inverseDeviation: (node) => ({
    reads: node.inputs,
    emit: (writer, x) => inverseDeviation(writer, x, node.inputs[0], node.attributes.epsilon),
  }),
  reshape: (node) => ({ reads: node.inputs, emit: (writer, x) => writer.reshape(x, node.shape) }),
  transpose: (node) => operator('Transpose', { perm: node.attributes.permutation })(node),
  expand: (node) => ({
    reads: node.inputs,
    emit: (writer, x) => writer.node('Expand', [x, writer.int64(...node.shape)]),
  }),
  slice: (node) => ({
    reads: node.inputs,
    emit: (writer, x) => {
      const { axis, start, end } = node.attributes
      return writer.node('Slice', [x, writer.int64(start), writer.int64(end), writer.int64(axis)])
    },
  }),
  concat: (node) => operator('Concat', { axis: node.attributes.axis })(node),
  pad: (node) => ({
    reads: node.inputs,
    emit: (writer, x) => {
      const { axis, before, after } = node.attributes
      const along = (dim: Dim) => node.shape.map((_, i) => (i === axis ? dim : 0))
      return writer.node('Pad', [x, writer.int64(...along(before), ...along(after))])
    },
  }),
  gather: operator('Gather', { axis: 0 }),
  scatterAdd: (node) => ({
    reads: node.inputs,
    emit: (writer, values, ids) => scatterAdd(writer, values, ids, node),
  }),
  // Gather counts negative positions from the end, where a row of zeros is put: index −1 finds it.
  takeRows: (node) => ({
    reads: node.inputs.slice(0, 2),
    emit: (writer, x, index) => {
      const zero = writer.filled(0, [1, node.shape[1]])
      return writer.node('Gather', [
        writer.once(`${x} then zero`, () => writer.node('Concat', [x, zero], { axis: 0 })),
        index,
      ])
    },
  }),
  sparseProduct: (node) => ({ reads: node.inputs, emit: (writer, x) => sparseProduct(writer, x, node) }),
  stopGradient: (node) => ({ reads: node.inputs, emit: (_, x) => x }),
}

function typed(dtype: DType, value: number): ArrayBufferView {
  return dtype === 'int32' ? Int32Array.of(value) : dtype === 'uint8' ? Uint8Array.of(value) : Float32Array.of(value)
}

/** A comparison as float32; bytes are compared as int32, for which there are kernels. */
function comparison(name: 'Greater' | 'Equal') {
  return (node: Sym): Recipe => ({
    reads: node.inputs,
    emit: (writer, ...values) => {
      const [a, b] = values.map((value, i) =>
        node.inputs[i].dtype === 'uint8' ? writer.node('Cast', [value], { to: ELEMENT_TYPE.int32 }) : value,
      )
      return writer.node('Cast', [writer.node(name, [a, b])], { to: ELEMENT_TYPE.float32 })
    },
  })
}

/**
 * x · cast(mask) · scale, as dropout writes it: dequantization casts and scales the bytes in one pass, and both the forward
 * and the backward graph read its result.
 */
function scaledMask(node: Sym<'multiply'>, readers: Readers): Recipe | undefined {
  for (const [inner, factor] of [node.inputs, [...node.inputs].reverse()] as [Sym, Sym][]) {
    const scale = scalarOf(factor)
    if (scale === undefined || scale <= 0) continue
    const dequantize = (writer: OnnxGraphWriter, mask: ValueName) =>
      writer.once(`${mask} times ${scale}`, () => writer.node('DequantizeLinear', [mask, writer.scalar(scale)]))
    if (isByteMask(inner)) return { reads: [inner.inputs[0]], emit: (writer, mask) => dequantize(writer, mask) }
    if (!is(inner, 'multiply') || readers(inner) > 1) continue
    const at = inner.inputs.findIndex(isByteMask)
    if (at < 0) continue
    return {
      reads: [inner.inputs[1 - at], inner.inputs[at].inputs[0]],
      emit: (writer, x, mask) => writer.node('Mul', [x, dequantize(writer, mask)]),
    }
  }
  return undefined
}

function isByteMask(node: Sym): boolean {
  return is(node, 'cast') && node.dtype === 'float32' && node.inputs[0].dtype === 'uint8'
}

function softmax(writer: OnnxGraphWriter, x: ValueName): ValueName {
  return writer.once(`softmax ${x}`, () => writer.node('Softmax', [x], { axis: -1 }))
}

/**
 * The logarithm of a sum of one element. The operator Log computes what is left over beside whole vectors in another way, and every
 * thread has such a rest of its own: its last bits would depend on the number of threads.
 */
function logarithm(writer: OnnxGraphWriter, x: ValueName, shape: readonly Dim[]): ValueName {
  return writer.node('ReduceLogSum', [writer.reshape(x, [...shape, 1]), writer.int64(-1)], { keepdims: 0 })
}

/** The mean over the last axis, as its derivative writes it: a sum, divided by the extent. */
function lastAxisMean(node: Sym<'divide'>, readers: Readers): Recipe | undefined {
  const [total, count] = node.inputs as [Sym, Sym]
  if (!is(total, 'sum') || readers(total) > 1) return undefined
  const { axes, keepDims } = total.attributes
  const { shape } = total.inputs[0]
  const last = shape.length - 1
  if (axes.length !== 1 || axes[0] !== last || scalarOf(count) !== shape[last]) return undefined
  return { reads: total.inputs, emit: (writer, x) => alongRows(writer, 'ReduceMean', x, shape, keepDims) }
}

function centered(writer: OnnxGraphWriter, x: ValueName, shape: readonly Dim[]): ValueName {
  return writer.once(`centered ${x}`, () => writer.node('Sub', [x, alongRows(writer, 'ReduceMean', x, shape, true)]))
}

/**
 * Normalization is written out because the operator LayerNormalization hardly gains from more than one thread: the two meet at two
 * threads. The last axis of extent 1 is added at the end: with it, every operator would run element by element.
 */
function inverseDeviation(writer: OnnxGraphWriter, x: ValueName, node: Sym, epsilon: number): ValueName {
  return writer.once(`inverse deviation ${x} ${epsilon}`, () => {
    const c = centered(writer, x, node.shape)
    const variance = alongRows(writer, 'ReduceMean', writer.node('Mul', [c, c]), node.shape, false)
    const deviation = writer.node('Sqrt', [writer.node('Add', [variance, writer.scalar(epsilon)])])
    return writer.reshape(writer.node('Reciprocal', [deviation]), node.shape.with(-1, 1))
  })
}

/**
 * One axis at a time, the last first: a ReduceSum over several axes takes up to ten times as long, unless they are all. What is
 * summed over an axis between others is a product with ones, because ReduceSum takes another order there where there are more
 * threads than blocks.
 */
function sum(writer: OnnxGraphWriter, x: ValueName, node: Sym<'sum'>): ValueName {
  const { axes, keepDims } = node.attributes
  const from = node.inputs[0].shape
  if (axes.length === 0) return x
  if (from.length === 2 && axes.length === 1 && axes[0] === 0) {
    const total = columnSums(writer, x, from as [Dim, Dim])
    return keepDims ? total : writer.reshape(total, [from[1]])
  }
  const reduce = (y: ValueName, over: readonly number[]) =>
    writer.node('ReduceSum', [y, writer.int64(...over)], { keepdims: Number(keepDims) })
  if (axes.length === from.length) return reduce(x, axes)
  let [y, shape] = [x, from]
  for (const axis of axes.toReversed()) {
    const [before, extent, after] = [shape.slice(0, axis), shape[axis], shape.slice(axis + 1)]
    const whole = shape
    shape = [...before, ...(keepDims ? [1] : []), ...after]
    if (after.length === 0) y = alongRows(writer, 'ReduceSum', y, whole, keepDims)
    else if (before.length === 0) y = reduce(y, [axis])
    else {
      const columns = productOfDims(after)
      const blocks = writer.reshape(y, [productOfDims(before), extent, columns])
      y = writer.reshape(columnSums(writer, blocks, [extent, columns]), shape)
    }
  }
  return y
}

/**
 * ScatterElements adds in the order of the elements, on one thread. ScatterND would be the natural operator, but its
 * additions race when two threads meet in one row.
 */
function scatterAdd(writer: OnnxGraphWriter, values: ValueName, ids: ValueName, node: Sym<'scatterAdd'>): ValueName {
  const idShape = node.inputs[1].shape
  const count = productOfDims(idShape)
  const width = productOfDims(node.shape.slice(1))
  const rows = writer.reshape(values, [count, width])
  const positions = writer.node('Expand', [writer.reshape(ids, [count, 1]), writer.int64(count, width)])
  const zeros = writer.filled(0, [node.attributes.rows, width])
  const sums = writer.node('ScatterElements', [zeros, positions, rows], { axis: 0, reduction: 'add' })
  return writer.reshape(sums, node.shape)
}
