import { is, type Sym } from '../sym.ts'
import type { OnnxGraphWriter, ValueName } from './onnx-graph.ts'
import type { Readers, Recipe } from './onnx-lowering.ts'

/** A product; transposes and scale are the operator's flags. */
export function product(node: Sym<'matmul'>): Recipe {
  const { inputs: reads, attributes: flags } = node
  if (!flags.transposeA && !flags.transposeB && flags.scale === 1)
    return { reads, emit: (writer, a, b) => writer.node('MatMul', [a!, b!]) }
  const attributes = operatorFlags(node)
  const multiplied = (writer: OnnxGraphWriter, a: ValueName, b: ValueName) =>
    writer.node('FusedMatMul', [a, b], attributes, 'com.microsoft')
  if (!isTallGradient(node)) return { reads, emit: (writer, a, b) => multiplied(writer, a!, b!) }
  const [left, right] = reads as [Sym, Sym]
  return {
    reads,
    emit: (writer, a, b) => {
      const parts = multiplied(writer, writer.splitRows(a!, left.shape), writer.splitRows(b!, right.shape))
      return writer.node('ReduceSum', [parts, writer.int64(0)], { keepdims: 0 })
    },
  }
}

/**
 * The gradient of a weight, aᵀ b with as many rows as the batch: onnxruntime shares such a product between threads by its few
 * columns, and each thread packs all of a. Cut into parts along the rows it takes a tenth to two fifths less.
 */
function isTallGradient({ inputs, attributes }: Sym<'matmul'>): boolean {
  const isNarrow = (x: Sym) => x.shape.length === 2 && typeof x.shape[1] === 'number' && x.shape[1] <= 512
  const isTall = typeof inputs[0]!.shape[0] === 'string'
  return attributes.transposeA && !attributes.transposeB && isTall && inputs.every(isNarrow)
}

function operatorFlags({ attributes }: Sym<'matmul'>) {
  const { transposeA, transposeB, scale } = attributes
  return { transA: Number(transposeA), transB: Number(transposeB), alpha: { float: scale } }
}

/** matmul + bias of rank-2 operands: Gemm adds the bias while it writes the product. */
export function biasedProduct(node: Sym<'add'>, readers: Readers): Recipe | undefined {
  for (const [x, bias] of [node.inputs, [...node.inputs].reverse()] as [Sym, Sym][]) {
    if (!is(x, 'matmul') || readers(x) > 1 || x.inputs.some((operand) => operand.shape.length !== 2)) continue
    if (bias.shape.length !== 1 || bias.shape[0] !== x.shape[1]) continue
    const attributes = operatorFlags(x)
    return { reads: [...x.inputs, bias], emit: (writer, a, b, c) => writer.node('Gemm', [a!, b!, c!], attributes) }
  }
  return undefined
}
