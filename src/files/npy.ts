import { elementCount, type Tensor, TributaryError } from '../core/index.ts'

// The format: \x93NUMPY, version 1.0, the length of the header as two bytes (little-endian), the header (a Python literal that ends in a
// line feed, padded so that the data begins at a multiple of 64), then the data. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html

/**
 * The pieces of a .npy file of float32 numbers in row order, as NumPy reads it; to be written one after the other.
 * @throws TributaryError `bad-shape` when shape and data disagree
 */
export function encodeNpy({ shape, data }: Tensor<Float32Array>): Uint8Array[] {
  if (elementCount(shape) !== data.length)
    throw new TributaryError('bad-shape', `${data.length} numbers cannot have the shape ${shape.join(' × ')}`)
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const said = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`
  const before = 10
  const length = Math.ceil((before + said.length + 1) / 64) * 64 - before
  const header = Buffer.alloc(before + length, ' ')
  header.write('\x93NUMPY\x01\x00', 0, 'latin1')
  header.writeUInt16LE(length, 8)
  header.write(said, before, 'latin1')
  header.write('\n', before + length - 1, 'latin1')
  return [header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}
