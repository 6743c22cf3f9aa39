/** Counters in columns, with a row for each step of time; the newest row takes the place of the oldest. */
export class Ring {
  /** Milliseconds that a row is of. */
  readonly step: number
  readonly rows: number
  #width: number
  #counts: Uint32Array
  /** The step that each row is of; -1 where it was never used. */
  readonly #steps: Float64Array

  constructor(step: number, rows: number, width: number) {
    this.step = step
    this.rows = rows
    this.#width = width
    this.#counts = new Uint32Array(rows * width)
    this.#steps = new Float64Array(rows).fill(-1)
  }

  /** The counters of all columns; valid until `widen`. */
  get counts(): Uint32Array {
    return this.#counts
  }

  /** Where the row of a time begins in `counts`. */
  row(at: number): number {
    const step = Math.floor(at / this.step)
    const place = step % this.rows
    const start = place * this.#width
    if (this.#steps[place] !== step) {
      this.#counts.fill(0, start, start + this.#width)
      this.#steps[place] = step
    }
    return start
  }

  /** Where the row of a time begins, or -1 where nothing was counted then. */
  found(at: number): number {
    const step = Math.floor(at / this.step)
    const place = step % this.rows
    return this.#steps[place] === step ? place * this.#width : -1
  }

  /** Makes room for more columns; those that are there keep their counts. */
  widen(width: number): void {
    const wider = new Uint32Array(this.rows * width)
    for (let row = 0; row < this.rows; row++)
      wider.set(this.#counts.subarray(row * this.#width, (row + 1) * this.#width), row * width)
    this.#counts = wider
    this.#width = width
  }
}
