import { elementCount, TributaryError, transposed } from '../../../core/index.ts'
import type { Sym } from '../../sym.ts'
import type { Kernel, Numbers } from './kernels.ts'

function checkIds(node: Sym, ids: Numbers, rows: number, least: number): void {
  for (const id of ids)
    if (id < least || id >= rows)
      throw new TributaryError(
        'bad-argument',
        `${node.primitive} at ${node.origin}: id ${id} is outside ${least} … ${rows - 1}`,
      )
}

const gather: Kernel<'gather'> = (node, [table, ids], out) => {
  checkIds(node, ids.data, table.shape[0], 0)
  const width = elementCount(table.shape.slice(1))
  ids.data.forEach((id, i) => {
    out.data.set(table.data.subarray(id * width, (id + 1) * width), i * width)
  })
  return out
}

const scatterAdd: Kernel<'scatterAdd'> = (node, [values, ids], out) => {
  checkIds(node, ids.data, out.shape[0], 0)
  const width = elementCount(out.shape.slice(1))
  const totals = new Float64Array(out.data.length)
  ids.data.forEach((id, i) => {
    for (let k = 0; k < width; k++) totals[id * width + k] += values.data[i * width + k]
  })
  out.data.set(totals)
  return out
}

const takeRows: Kernel<'takeRows'> = (node, [x, index], out) => {
  checkIds(node, index.data, x.shape[0], -1)
  const width = x.shape[1]
  index.data.forEach((from, i) => {
    if (from >= 0) out.data.set(x.data.subarray(from * width, (from + 1) * width), i * width)
  })
  return out
}

const sparseProduct: Kernel<'sparseProduct'> = (node, [x], out) => {
  const { matrix } = node.attributes
  const { offsets, columns, values } = node.attributes.transposed ? transposed(matrix) : matrix
  const width = x.shape[1]
  const totals = new Float64Array(out.data.length)
  for (let row = 0; row < out.shape[0]; row++)
    for (let e = offsets[row]; e < offsets[row + 1]; e++)
      for (let k = 0; k < width; k++) totals[row * width + k] += values[e] * x.data[columns[e] * width + k]
  out.data.set(totals)
  return out
}

export const rowKernels = { gather, scatterAdd, takeRows, sparseProduct }
