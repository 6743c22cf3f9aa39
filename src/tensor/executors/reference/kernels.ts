import type { DimBindings } from '../../dims.ts'
import type { DType, PrimitiveName, Sym } from '../../sym.ts'
import { elementwiseKernels } from './elementwise.ts'
import { layoutKernels } from './layout.ts'
import { reductionKernels } from './reduction.ts'
import { rowKernels } from './rows.ts'

export type Numbers = Float64Array | Float32Array | Int32Array | Uint8Array

/** An array during evaluation; float32 nodes hold doubles when the precision is float64. */
export interface Dense {
  readonly shape: readonly number[]
  readonly data: Numbers
}

/** Computes a node from its inputs' values. `out` is zeros of the node's shape to be filled; what is returned counts. */
export type Kernel<P extends PrimitiveName> = (
  node: Sym<P>,
  inputs: readonly Dense[],
  out: Dense,
  dims: DimBindings,
) => Dense

/** The primitives that compute; input and constant only hold. */
export type Computed = Exclude<PrimitiveName, 'input' | 'constant'>

/** The definition of every primitive. */
export const kernels: { readonly [P in Computed]: Kernel<P> } = {
  ...elementwiseKernels,
  ...reductionKernels,
  ...layoutKernels,
  ...rowKernels,
}

export type Precision = 'float32' | 'float64'

export function allocate(dtype: DType, length: number, precision: Precision): Numbers {
  if (dtype === 'float32') return precision === 'float64' ? new Float64Array(length) : new Float32Array(length)
  return dtype === 'int32' ? new Int32Array(length) : new Uint8Array(length)
}
