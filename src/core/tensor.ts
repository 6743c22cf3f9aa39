/** Array types that a tensor may hold, with the names that safetensors files give them. */
export type TensorData = Float32Array | Int32Array | Uint8Array

/** A dense array in row-major order. The engine's inputs and outputs, and everything that weights files hold. */
export interface Tensor<D extends TensorData = TensorData> {
  readonly shape: readonly number[]
  readonly data: D
}

/** Tensors by name, in insertion order. Names use `/` between parts: `block0/attention/query`. */
export type NamedTensors = ReadonlyMap<string, Tensor>

/** The tensors whose names begin with a prefix, without it. */
export function tensorsBelow(tensors: NamedTensors, prefix: string): NamedTensors {
  return new Map(
    [...tensors].filter(([name]) => name.startsWith(prefix)).map(([name, x]) => [name.slice(prefix.length), x]),
  )
}

/** The tensors, with a prefix before their names. */
export function tensorsUnder(tensors: NamedTensors, prefix: string): NamedTensors {
  return new Map([...tensors].map(([name, x]) => [prefix + name, x]))
}

export function elementCount(shape: readonly number[]): number {
  let count = 1
  for (const n of shape) count *= n
  return count
}
