/** Ranges of values, each so many times as wide as the one before: quantiles of what is counted in them are right to half of that. */
export class Buckets {
  readonly size: number
  readonly #least: number
  readonly #scale: number

  /**
   * @param least everything below it is counted as if it were this
   * @param most everything above it is counted as if it were this
   * @param ratio of a bucket's upper end to its lower one
   */
  constructor(least: number, most: number, ratio: number) {
    this.#least = least
    this.#scale = Math.log(ratio)
    this.size = Math.ceil(Math.log(most / least) / this.#scale) + 1
  }

  of(value: number): number {
    if (!(value > this.#least)) return 0
    return Math.min(this.size - 1, 1 + Math.floor(Math.log(value / this.#least) / this.#scale))
  }

  /**
   * The value that a share of all counted lie below; undefined where nothing was counted.
   * @param counts by bucket
   */
  quantile(counts: ArrayLike<number>, share: number): number | undefined {
    let total = 0
    for (let bucket = 0; bucket < this.size; bucket++) total += counts[bucket]
    if (total === 0) return undefined
    const wanted = Math.max(1, Math.ceil(share * total))
    let sum = 0
    let bucket = 0
    while (bucket < this.size - 1 && sum + counts[bucket] < wanted) sum += counts[bucket++]
    // The middle of the bucket on its own scale.
    return bucket === 0 ? this.#least : this.#least * Math.exp((bucket - 0.5) * this.#scale)
  }
}
