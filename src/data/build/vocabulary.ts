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
  /** Ids in the order of their names, without PAD; 'ids' where they themselves are in that order. Made when a name is first looked up. */
  #order: Int32Array | 'ids' | undefined

  constructor(bytes: Uint8Array, offsets: Int32Array, options: { padding: boolean }) {
    this.bytes = bytes
    this.offsets = offsets
    this.size = offsets.length - 1
    this.#first = options.padding ? 1 : 0
  }

  name(id: number): string {
    if (!(id >= this.#first && id < this.size)) {
      throw new RangeError(`id ${id} has no name; ids run from ${this.#first} to ${this.size - 1}`)
    }
    return decoder.decode(this.bytes.subarray(this.offsets[id], this.offsets[id + 1]))
  }

  id(name: string): number | undefined {
    this.#order ??= this.#sorted() ? 'ids' : this.namesInOrder()
    const wanted = encoder.encode(name)
    let low = this.#first
    let high = this.size - 1
    while (low <= high) {
      const middle = (low + high) >> 1
      const id = this.#order === 'ids' ? middle : this.#order[middle - this.#first]
      const order = compareBytes(this.bytes, this.offsets[id], this.offsets[id + 1], wanted, 0, wanted.length)
      if (order === 0) return id
      if (order < 0) low = middle + 1
      else high = middle - 1
    }
    return undefined
  }

  /** Ids in byte order of their names, PAD excluded. */
  namesInOrder(): Int32Array {
    const ids = new Int32Array(this.size - this.#first)
    for (let i = 0; i < ids.length; i++) ids[i] = i + this.#first
    return ids.sort((a, b) => this.compare(a, b))
  }

  /** The names of some ids, in their order; PAD stays before them. */
  select(ids: Int32Array): PackedVocabulary {
    const first = this.#first
    const offsets = new Int32Array(ids.length + first + 1)
    for (let i = 0; i < ids.length; i++)
      offsets[first + i + 1] = offsets[first + i] + this.offsets[ids[i] + 1] - this.offsets[ids[i]]
    const bytes = new Uint8Array(offsets[offsets.length - 1])
    for (let i = 0; i < ids.length; i++) {
      let at = offsets[first + i]
      for (let from = this.offsets[ids[i]]; from < this.offsets[ids[i] + 1]; from++) bytes[at++] = this.bytes[from]
    }
    return new PackedVocabulary(bytes, offsets, { padding: first === 1 })
  }

  /** Byte order of two names, by their ids. */
  compare(a: number, b: number): number {
    const { bytes, offsets } = this
    return compareBytes(bytes, offsets[a], offsets[a + 1], bytes, offsets[b], offsets[b + 1])
  }

  #sorted(): boolean {
    for (let id = this.#first + 1; id < this.size; id++) if (this.compare(id - 1, id) > 0) return false
    return true
  }
}

const encoder = new TextEncoder()
// A name may begin with a byte order mark, which a decoder would otherwise drop.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Packs names in the order of their ids; with `padding` id 0 stands before the first name. */
export function packNames(names: Iterable<string>, options: { padding: boolean }): PackedVocabulary {
  const packer = new NamePacker(options)
  for (const name of names) packer.add(name)
  return packer.finish()
}

/** Packs names as they come, so that they need not be in memory as texts. */
export class NamePacker {
  readonly #padding: boolean
  #bytes = new Uint8Array(1 << 12)
  #offsets = new Int32Array(1 << 10)
  /** Of names, PAD among them. */
  #count: number

  constructor(options: { padding: boolean }) {
    this.#padding = options.padding
    this.#count = options.padding ? 1 : 0
  }

  add(name: string): void {
    const used = this.#offsets[this.#count]
    const needed = used + name.length * 3
    if (this.#bytes.length < needed) this.#bytes = grown(this.#bytes, new Uint8Array(Math.max(used * 2, needed)))
    if (this.#offsets.length < this.#count + 2)
      this.#offsets = grown(this.#offsets, new Int32Array(this.#offsets.length * 2))
    this.#offsets[++this.#count] = used + encoder.encodeInto(name, this.#bytes.subarray(used)).written
  }

  finish(): PackedVocabulary {
    const offsets = this.#offsets.slice(0, this.#count + 1)
    return new PackedVocabulary(this.#bytes.slice(0, offsets[this.#count]), offsets, { padding: this.#padding })
  }
}

function grown<A extends Uint8Array | Int32Array>(from: A, into: A): A {
  into.set(from)
  return into
}

/** Names as they are, if they are packed. */
export function packed(names: Vocabulary, padding: boolean): PackedVocabulary {
  if (names instanceof PackedVocabulary) return names
  const packer = new NamePacker({ padding })
  for (let id = padding ? 1 : 0; id < names.size; id++) packer.add(names.name(id))
  return packer.finish()
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
