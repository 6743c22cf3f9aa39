import { expect, it } from 'vitest'
import { encodeNpy } from './npy.ts'

it('is what NumPy writes', () => {
  // numpy.save of numpy.array([[1.5, -2]], dtype='<f4'), version 2 of NumPy.
  const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2), }"
  const bytes = Buffer.concat(encodeNpy({ shape: [1, 2], data: Float32Array.of(1.5, -2) }))
  expect(bytes.subarray(0, 10)).toEqual(Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 0x76, 0]))
  expect(bytes.subarray(10, 128).toString('latin1')).toBe(`${header.padEnd(117)}\n`)
  expect(bytes.subarray(128)).toEqual(Buffer.from([0, 0, 0xc0, 0x3f, 0, 0, 0, 0xc0]))
})

it('refuses numbers that do not fill the shape', () => {
  expect(() => encodeNpy({ shape: [2, 2], data: new Float32Array(3) })).toThrow('2 × 2')
})
