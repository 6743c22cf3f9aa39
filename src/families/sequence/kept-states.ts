/** What the states may take, their keys not counted: at width 64 those of 130,000 histories. */
const MOST_BYTES = 2 ** 25

/** The states of histories that were encoded lately, by what was encoded: a history that changes has another. */
export class KeptStates {
  readonly #states = new Map<string, Float32Array>()
  readonly #most: number

  /** @param width of a state */
  constructor(width: number, mostBytes = MOST_BYTES) {
    this.#most = Math.max(1, Math.floor(mostBytes / (width * Float32Array.BYTES_PER_ELEMENT)))
  }

  /**
   * A key of all that a state depends on.
   * @param history as much of it as is read
   */
  static key(history: Int32Array, domain: number): string {
    const { buffer, byteOffset, byteLength } = history
    return `${domain} ${Buffer.from(buffer, byteOffset, byteLength).toString('latin1')}`
  }

  get(key: string): Float32Array | undefined {
    const state = this.#states.get(key)
    if (state === undefined) return undefined
    // A map is in the order of insertion, so the first is the one that was not asked for the longest.
    this.#states.delete(key)
    this.#states.set(key, state)
    return state
  }

  put(key: string, state: Float32Array): void {
    this.#states.set(key, state)
    if (this.#states.size <= this.#most) return
    for (const oldest of this.#states.keys()) {
      this.#states.delete(oldest)
      return
    }
  }
}
