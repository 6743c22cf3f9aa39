import { evaluateDim } from '../../dims.ts'
import type { Kernel } from './kernels.ts'
import { aroundAxis, broadcastStrides, forEachRow } from './walk.ts'

const reshape: Kernel<'reshape'> = (_, [x], out) => ({ shape: out.shape, data: x.data })

const transpose: Kernel<'transpose'> = (node, [x], out) => {
  const own = broadcastStrides(x.shape, x.shape)
  const strides = node.attributes.permutation.map((axis) => own[axis])
  const step = strides.at(-1) ?? 0
  const width = out.shape.at(-1) ?? 1
  let to = 0
  forEachRow(out.shape, [strides], ([from]) => {
    for (let k = 0; k < width; k++) out.data[to++] = x.data[from + k * step]
  })
  return out
}

const expand: Kernel<'expand'> = (_, [x], out) => {
  const strides = broadcastStrides(x.shape, out.shape)
  const step = strides.at(-1) ?? 0
  const width = out.shape.at(-1) ?? 1
  let to = 0
  forEachRow(out.shape, [strides], ([from]) => {
    for (let k = 0; k < width; k++) out.data[to++] = x.data[from + k * step]
  })
  return out
}

const slice: Kernel<'slice'> = (node, [x], out, dims) => {
  const { outer, extent, inner } = aroundAxis(x.shape, node.attributes.axis)
  const start = evaluateDim(node.attributes.start, dims)
  const length = out.shape[node.attributes.axis]
  for (let o = 0; o < outer; o++) {
    const from = (o * extent + start) * inner
    out.data.set(x.data.subarray(from, from + length * inner), o * length * inner)
  }
  return out
}

const concat: Kernel<'concat'> = (node, inputs, out) => {
  const { outer, extent, inner } = aroundAxis(out.shape, node.attributes.axis)
  let start = 0
  for (const x of inputs) {
    const length = x.shape[node.attributes.axis]
    for (let o = 0; o < outer; o++)
      out.data.set(x.data.subarray(o * length * inner, (o + 1) * length * inner), (o * extent + start) * inner)
    start += length
  }
  return out
}

const pad: Kernel<'pad'> = (node, [x], out, dims) => {
  const { outer, extent, inner } = aroundAxis(x.shape, node.attributes.axis)
  const before = evaluateDim(node.attributes.before, dims)
  const length = out.shape[node.attributes.axis]
  for (let o = 0; o < outer; o++)
    out.data.set(x.data.subarray(o * extent * inner, (o + 1) * extent * inner), (o * length + before) * inner)
  return out
}

const extent: Kernel<'extent'> = (node, _, out, dims) => {
  out.data[0] = evaluateDim(node.attributes.dim, dims)
  return out
}

const stopGradient: Kernel<'stopGradient'> = (_, [x]) => x

export const layoutKernels = { reshape, transpose, expand, slice, concat, pad, extent, stopGradient }
