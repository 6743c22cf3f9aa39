import { expect } from 'vitest'
import type { NamedTensors, Tensor } from '../core/index.ts'
import { createRng } from '../math/index.ts'

export function largestDifference(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  let largest = 0
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]))
  return largest
}

export function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]))
}

export function sameBits(a: Tensor, b: Tensor | undefined): boolean {
  return b !== undefined && String(a.shape) === String(b.shape) && bytes(a).equals(bytes(b))
}

function bytes({ data }: Tensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength)
}

export function expectSameBits(actual: NamedTensors, expected: NamedTensors): void {
  expect([...actual.keys()]).toEqual([...expected.keys()])
  for (const [name, tensor] of actual) expect(sameBits(tensor, expected.get(name)), name).toBe(true)
}

/** Numbers become normal noise, variances its size; integers, which may be positions of something, change places. */
export function fillWithNoise({ data }: Tensor, label: string): void {
  const rng = createRng(3).split('noise', label)
  if (data instanceof Float32Array) {
    const noise = label.endsWith('/variance') ? () => Math.abs(rng.normal()) : () => rng.normal()
    for (let i = 0; i < data.length; i++) data[i] = noise()
  } else if (data.length > 1) rng.shuffle(data)
  else data[0] = data[0] ^ 0x5a5a5a5a
}

export function enlarged({ shape, data }: Tensor): Tensor['data'] {
  const larger = data.slice(0, 0)
  const Kind = larger.constructor as new (length: number) => Tensor['data']
  const result = new Kind(data.length + data.length / shape[0])
  result.set(data)
  return result
}
