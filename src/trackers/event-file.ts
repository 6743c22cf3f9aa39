import type { Figures } from './tracker.ts'

/*
 * TensorBoard's event files: records framed as TensorFlow does (a length, its checksum, the bytes, their checksum), each a protobuf message
 * `Event`. Only the fields that curves need are written: https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto
 */

const VERSION = 'brain.Event:2'

/** The record that every file begins with. */
export function versionRecord(time: number): Uint8Array {
  return record(message([double(1, time / 1000), bytes(3, Buffer.from(VERSION))]))
}

export function figuresRecord({ step, time, values }: Figures): Uint8Array {
  const summary = message(
    Object.entries(values).map(([tag, value]) => bytes(1, message([bytes(1, Buffer.from(tag)), float(2, value)]))),
  )
  return record(message([double(1, time / 1000), integer(2, step), bytes(5, summary)]))
}

function record(data: Uint8Array): Uint8Array {
  const framed = Buffer.alloc(data.length + 16)
  framed.writeBigUInt64LE(BigInt(data.length), 0)
  framed.writeUInt32LE(masked(crc32c(framed.subarray(0, 8))), 8)
  framed.set(data, 12)
  framed.writeUInt32LE(masked(crc32c(data)), 12 + data.length)
  return framed
}

/** A checksum that may itself stand in checked bytes. */
function masked(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0
}

/** Castagnoli's polynomial, which zlib's crc32 is not of. */
export function crc32c(data: Uint8Array): number {
  let crc = ~0
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return ~crc >>> 0
}

/** Wire types of protobuf. */
const [VARINT, FIXED64, LENGTH, FIXED32] = [0, 1, 2, 5]

function message(fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

function varint(value: number): number[] {
  const digits: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...digits, rest]
    digits.push((rest % 128) | 128)
  }
}

function key(field: number, type: number): number {
  return field * 8 + type
}

function integer(field: number, value: number): Uint8Array {
  return Uint8Array.from([key(field, VARINT), ...varint(value)])
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.from([key(field, LENGTH), ...varint(value.length)]), value])
}

function double(field: number, value: number): Uint8Array {
  const encoded = Buffer.alloc(9)
  encoded[0] = key(field, FIXED64)
  encoded.writeDoubleLE(value, 1)
  return encoded
}

function float(field: number, value: number): Uint8Array {
  const encoded = Buffer.alloc(5)
  encoded[0] = key(field, FIXED32)
  encoded.writeFloatLE(value, 1)
  return encoded
}
