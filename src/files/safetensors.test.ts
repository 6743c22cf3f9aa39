import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { elementCount, type NamedTensors, type Tensor } from '../core/tensor.ts'
import { decodeSafetensors, encodeSafetensors } from './safetensors.ts'

function file(tensors: NamedTensors, metadata?: Record<string, string>): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(encodeSafetensors(tensors, metadata)))
}

/** A file with this header, as another program might have written it. */
function fileOf(header: unknown, dataBytes: number): Uint8Array<ArrayBuffer> {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + dataBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  return bytes
}

const shape = fc.array(fc.nat(4), { maxLength: 3 })
const tensor: fc.Arbitrary<Tensor> = shape.chain((sizes) => {
  const length = { minLength: elementCount(sizes), maxLength: elementCount(sizes) }
  return fc
    .oneof(fc.float32Array(length), fc.int32Array(length), fc.uint8Array(length))
    .map((data) => ({ shape: sizes, data }) as Tensor)
})
const names = fc.string({ unit: 'grapheme' }).filter((name) => !/^\d+$/.test(name) && name !== '__metadata__')
const tensors: fc.Arbitrary<NamedTensors> = fc
  .uniqueArray(fc.tuple(names, tensor), { selector: ([name]) => name, maxLength: 6 })
  .map((entries) => new Map(entries))
const metadata = fc.dictionary(names, fc.string({ unit: 'grapheme' }), { maxKeys: 3 })

const bits = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')

describe('safetensors', () => {
  it('gives back every bit, the order and the metadata', () => {
    fc.assert(
      fc.property(tensors, metadata, fc.nat(3), (given, notes, shift) => {
        // A shifted buffer is one that Float32Arrays cannot be views of.
        const encoded = file(given, notes)
        const shifted = new Uint8Array(encoded.length + shift).subarray(shift)
        shifted.set(encoded)
        const read = decodeSafetensors(shifted, 'x')
        expect([...read.tensors.keys()]).toEqual([...given.keys()])
        expect(Object.entries(read.metadata)).toEqual(Object.entries(notes))
        for (const [name, { shape, data }] of given) {
          const found = read.tensors.get(name)!
          expect(found.shape).toEqual(shape)
          expect(found.data.constructor).toBe(data.constructor)
          expect(bits(found)).toBe(bits({ shape, data }))
        }
      }),
    )
  })

  it('reads views, not copies, also behind bytes of odd length', () => {
    const read = file(
      new Map<string, Tensor>([
        ['mask', { shape: [3], data: Uint8Array.of(1, 2, 3) }],
        ['weights', { shape: [2], data: Float32Array.of(1, 2) }],
      ]),
    )
    for (const { data } of decodeSafetensors(read, 'x').tensors.values()) expect(data.buffer).toBe(read.buffer)
  })

  it('reads the layout of the published format', () => {
    const bytes = fileOf({ __metadata__: { by: 'hand' }, a: { dtype: 'I32', shape: [1, 2], data_offsets: [0, 8] } }, 8)
    new DataView(bytes.buffer).setInt32(bytes.length - 4, -7, true)
    const { tensors, metadata } = decodeSafetensors(bytes, 'x')
    expect(metadata).toEqual({ by: 'hand' })
    expect(tensors.get('a')).toEqual({ shape: [1, 2], data: Int32Array.of(0, -7) })
  })

  it('refuses every file that was cut off', () => {
    const whole = file(new Map([['w', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]]), { a: 'b' })
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeSafetensors(whole.slice(0, length), 'cut.safetensors')).toThrow(
        expect.objectContaining({ code: 'file-damaged', message: expect.stringContaining('cut.safetensors') }),
      )
  })

  const entry = (data_offsets: unknown, dtype: unknown = 'F32', shape: unknown = [2]) => ({
    dtype,
    shape,
    data_offsets,
  })
  const u8 = (begin: number, end: number) => entry([begin, end], 'U8', [end - begin])
  it.each<[string, unknown, number, RegExp]>([
    ['a header that is not JSON', '{"a":', 0, /header is not JSON/],
    ['a header that is a list', '[]', 0, /not a JSON object/],
    ['an entry that is no object', { w: 3 }, 0, /'w' is not an object/],
    ['a foreign dtype', { w: entry([0, 4], 'BF16') }, 4, /'w' has dtype "BF16"; F32, I32 and U8/],
    ['a dtype of an object prototype', { w: entry([0, 4], 'toString') }, 4, /dtype "toString"/],
    ['a negative size', { w: entry([0, 8], 'F32', [-2]) }, 8, /'w' has shape \[-2\]/],
    ['a fractional size', { w: entry([0, 8], 'F32', [0.5]) }, 8, /'w' has shape/],
    ['offsets the wrong way round', { w: entry([8, 0]) }, 8, /'w' has data_offsets \[8,0\]/],
    ['three offsets', { w: entry([0, 8, 8]) }, 8, /'w' has data_offsets/],
    ['a wrong size', { w: entry([0, 4]) }, 4, /'w' of shape \[2\] needs 8 bytes and has 4/],
    ['an end beyond the file', { w: entry([0, 8]) }, 7, /'w' ends at byte 8 of the data, which has 7/],
    ['overlapping tensors', { a: u8(0, 4), b: u8(3, 6) }, 6, /'b' overlaps tensor 'a'/],
    ['the same bytes twice', { a: u8(0, 4), b: u8(0, 4) }, 4, /overlaps/],
    ['a hole', { a: u8(0, 4), b: u8(5, 6) }, 6, /1 bytes before tensor 'b' belong to no tensor/],
    ['bytes left over', { a: u8(0, 4) }, 6, /2 bytes after tensor 'a' belong to no tensor/],
    ['metadata that is not text', { __metadata__: { a: 1 } }, 0, /should map names to strings/],
  ])('refuses %s', (_, header, dataBytes, message) => {
    const read = () => decodeSafetensors(fileOf(header, dataBytes), 'w.safetensors')
    expect(read).toThrow(message)
    expect(read).toThrow(
      expect.objectContaining({ code: 'file-damaged', message: expect.stringContaining('w.safetensors') }),
    )
  })

  it('never answers anything but tensors or file-damaged, whatever byte is changed', () => {
    const whole = file(new Map([['w', { shape: [2], data: Float32Array.of(1, 2) }]]), { a: 'b' })
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), (at, value) => {
        const changed = whole.slice()
        changed[at] = value
        try {
          decodeSafetensors(changed, 'x')
        } catch (error) {
          expect(error).toMatchObject({ code: 'file-damaged' })
        }
      }),
    )
  })

  it('does not write what it could not read back', () => {
    const one = { shape: [1], data: Float32Array.of(1) }
    expect(() => encodeSafetensors(new Map([['7', one]]))).toThrow(/cannot be named '7'/)
    expect(() => encodeSafetensors(new Map([['__metadata__', one]]))).toThrow(/cannot be named/)
    expect(() => encodeSafetensors(new Map([['w', { shape: [2], data: one.data }]]))).toThrow(
      expect.objectContaining({ code: 'bad-shape' }),
    )
  })
})
