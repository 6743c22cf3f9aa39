/** A set of ids as bits, so that a hundred thousand are combined in microseconds. Sets grow as ids are added. */
export class ItemSet {
  #words: Uint32Array

  /** Empty, with room for the ids below `size`. */
  constructor(size = 0) {
    this.#words = new Uint32Array(Math.ceil(size / 32))
  }

  /** All ids below `size`. */
  static below(size: number): ItemSet {
    const all = new ItemSet(size)
    all.#words.fill(0xffffffff)
    if (size % 32 !== 0) all.#words[all.#words.length - 1] = 2 ** (size % 32) - 1
    return all
  }

  has(id: number): boolean {
    return (this.#words[id >>> 5] & (1 << (id & 31))) !== 0
  }

  add(id: number): void {
    const word = id >>> 5
    if (word >= this.#words.length) {
      const words = new Uint32Array(Math.max(word + 1, this.#words.length * 2))
      words.set(this.#words)
      this.#words = words
    }
    this.#words[word] |= 1 << (id & 31)
  }

  delete(id: number): void {
    this.#words[id >>> 5] &= ~(1 << (id & 31))
  }

  copy(): ItemSet {
    const copy = new ItemSet()
    copy.#words = this.#words.slice()
    return copy
  }

  /** Keeps what the other has, too. */
  keep(other: ItemSet): this {
    for (let i = 0; i < this.#words.length; i++) this.#words[i] &= other.#words[i] ?? 0
    return this
  }

  /** Takes out what the other has. */
  remove(other: ItemSet): this {
    const length = Math.min(this.#words.length, other.#words.length)
    for (let i = 0; i < length; i++) this.#words[i] &= ~other.#words[i]
    return this
  }

  /** Puts in what the other has. */
  unite(other: ItemSet): this {
    if (other.#words.length > this.#words.length) {
      const words = new Uint32Array(other.#words.length)
      words.set(this.#words)
      this.#words = words
    }
    for (let i = 0; i < other.#words.length; i++) this.#words[i] |= other.#words[i]
    return this
  }

  /** Those from `start` and below `end`, ascending. */
  within(start: number, end: number): Int32Array {
    const ids: number[] = []
    const last = Math.min(end, this.#words.length * 32)
    for (let word = start >>> 5; word << 5 < last; word++) {
      for (let bits = this.#words[word]; bits !== 0; bits &= bits - 1) {
        const id = (word << 5) + 31 - Math.clz32(bits & -bits)
        if (id >= start && id < last) ids.push(id)
      }
    }
    return Int32Array.from(ids)
  }
}
