/** Counts requests against a rate: a key that has rested may ask for a second's worth at once, and from then on at its rate. */
export class Rates {
  /** How many requests each has left, and when that was so. */
  readonly #left = new Map<string, { requests: number; at: number }>()

  /**
   * Takes one request off what a key has left.
   * @param rate requests a second, above 0
   * @param now in milliseconds, of a clock that only goes forward
   * @returns 0, or the milliseconds to wait where nothing is left; nothing is taken then
   */
  take(key: string, rate: number, now: number = performance.now()): number {
    const most = Math.max(1, rate)
    const before = this.#left.get(key)
    const requests = before === undefined ? most : Math.min(most, before.requests + ((now - before.at) / 1000) * rate)
    if (requests < 1) return ((1 - requests) / rate) * 1000
    this.#left.set(key, { requests: requests - 1, at: now })
    return 0
  }
}
