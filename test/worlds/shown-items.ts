import type { Demonstrations } from '../../src/core/index.ts'

/** Each of the first users is shown these items in turn, again and again. */
export function shownInTurn(
  items: readonly number[],
  { users, length, reward }: { readonly users: number; readonly length: number; readonly reward: number },
): Demonstrations {
  const rows = Int32Array.from({ length: users * length }, (_, row) => row)
  return {
    length: rows.length,
    episodes: rows.map((row) => Math.floor(row / length)),
    steps: rows.map((row) => 1 + (row % length)),
    users: rows.map((row) => Math.floor(row / length)),
    items: rows.map((row) => items[(row % length) % items.length]),
    rewards: new Float32Array(rows.length).fill(reward),
    terminal: new Uint8Array(rows.length),
    model: new Int32Array(rows.length),
    models: ['somebody'],
    rows,
    dropped: { steps: 0, users: [], items: [] },
  }
}
