/** A column that grows. */
export class Column {
  #values = new Float64Array(1024)
  length = 0

  push(value: number): void {
    if (this.length === this.#values.length) {
      const wider = new Float64Array(2 * this.length)
      wider.set(this.#values)
      this.#values = wider
    }
    this.#values[this.length++] = value
  }

  /** A copy, in the order given where one is. */
  toFloats(order?: Int32Array): Float64Array {
    return order === undefined ? this.#values.slice(0, this.length) : Float64Array.from(order, (at) => this.#values[at])
  }

  toIntegers(order?: Int32Array): Int32Array {
    return Int32Array.from(this.toFloats(order))
  }
}

/** Numbers of names, from 0, in the order in which they came. */
export class Numbers {
  readonly #numbers = new Map<string, number>()

  of(name: string): number {
    const known = this.#numbers.get(name)
    if (known !== undefined) return known
    this.#numbers.set(name, this.#numbers.size)
    return this.#numbers.size - 1
  }

  get names(): readonly string[] {
    return [...this.#numbers.keys()]
  }
}
