/** Demonstrations in the ids of one dataset, a row a step. [N] each */
export interface Demonstrations {
  readonly length: number
  /** As on file, with gaps where whole episodes were dropped. */
  readonly episodes: Int32Array
  readonly steps: Int32Array
  readonly users: Int32Array
  readonly items: Int32Array
  /** NaN where nobody said. */
  readonly rewards: Float32Array
  /** 1 where the user left. */
  readonly terminal: Uint8Array
  /** Of `models`, who chose. */
  readonly model: Int32Array
  readonly models: readonly string[]
  /** Row i is row `rows[i]` of the file. */
  readonly rows: Int32Array
  /** What the dataset does not know: steps in all, and names, each once. */
  readonly dropped: { readonly steps: number; readonly users: readonly string[]; readonly items: readonly string[] }
}
