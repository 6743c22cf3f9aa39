import type { Vocabulary } from '../../core/index.ts'

/**
 * Names as one block of UTF-8 bytes: a million names cost their bytes and eight more each, and no object per name for the
 * garbage collector to visit. Looking a name up is a binary search over the names' byte order, which is also the order
 * in which DuckDB sorts text.
 */
export class PackedVocabulary implements Vocabulary {
  readonly size: number
  /** Bytes of name i are bytes[offsets[i]] … bytes[offsets[i + 1] − 1]. PAD, where there is one, is the empty name 0. */
  readonly bytes: Uint8Array
  readonly offsets: Int32Array
  readonly #first: number
  /** Ids in the order of their names, without PAD; absent where the ids themselves are in that order. */
  readonly #order: Int32Array | undefined

  constructor(bytes: Uint8Array, offsets: Int32Array, options: { padding: boolean }) {
    this.bytes = bytes
    this.offsets = offsets
    this.size = offsets.length - 1
    this.#first = options.padding ? 1 : 0
    this.#order = this.#sorted() ? undefined : this.namesInOrder()
  }

  name(id: number): string {
    if (!(id >= this.#first && id < this.size)) {
      throw new RangeError(`id ${id} has no name; ids run from ${this.#first} to ${this.size - 1}`)
    }
    return decoder.decode(this.bytes.subarray(this.offsets[id], this.offsets[id + 1]))
  }

  id(name: string): number | undefined {
    const wanted = encoder.encode(name)
    let low = this.#first
    let high = this.size - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const id = this.#order === undefined ? middle : this.#order[middle - this.#first]
      const order = compareBytes(this.bytes, this.offsets[id], this.offsets[id + 1], wanted, 0, wanted.length)
      if (order === 0) return id
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Ids in byte order of their names, PAD excluded. */
  namesInOrder(): Int32Array {
    const ids = Int32Array.from({ length: this.size - this.#first }, (_, i) => i + this.#first)
    return ids.sort((a, b) => this.#compare(a, b))
  }

  #compare(a: number, b: number): number {
    const { bytes, offsets } = this
    return compareBytes(bytes, offsets[a], offsets[a + 1], bytes, offsets[b], offsets[b + 1])
  }

  #sorted(): boolean {
    for (let id = this.#first + 1; id < this.size; id++) if (this.#compare(id - 1, id) > 0) return false
    return true
  }
}

const encoder = new TextEncoder()
// A name may begin with a byte order mark, which a decoder would otherwise drop.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Packs names in the order of their ids; with `padding` id 0 stands before the first name. */
export function packNames(names: Iterable<string>, options: { padding: boolean }): PackedVocabulary {
  let bytes = new Uint8Array(1 << 12)
  let used = 0
  const offsets: number[] = options.padding ? [0, 0] : [0]
  for (const name of names) {
    if (bytes.length - used < name.length * 3) {
      const larger = new Uint8Array(Math.max(bytes.length * 2, used + name.length * 3))
      larger.set(bytes.subarray(0, used))
      bytes = larger
    }
    used += encoder.encodeInto(name, bytes.subarray(used)).written
    offsets.push(used)
  }
  return new PackedVocabulary(bytes.slice(0, used), Int32Array.from(offsets), options)
}

/** Names as they are, if they are packed. */
export function packed(names: Vocabulary, padding: boolean): PackedVocabulary {
  if (names instanceof PackedVocabulary) return names
  const first = padding ? 1 : 0
  return packNames(
    Array.from({ length: names.size - first }, (_, i) => names.name(i + first)),
    { padding },
  )
}

/** Byte order of the UTF-8 forms, which is code point order: `<` on strings compares UTF-16 units and differs above U+FFFF. */
export function compareNames(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const xSurrogate = x >= 0xd800 && x <= 0xdfff
    const ySurrogate = y >= 0xd800 && y <= 0xdfff
    return xSurrogate === ySurrogate ? x - y : xSurrogate ? 1 : -1
  }
  return a.length - b.length
}

function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const shorter = Math.min(aEnd - aStart, bEnd - bStart)
  for (let i = 0; i < shorter; i++) {
    const difference = a[aStart + i] - b[bStart + i]
    if (difference !== 0) return difference
  }
  return aEnd - aStart - (bEnd - bStart)
}
