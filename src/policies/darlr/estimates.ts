import type { RewardMatrix } from '../../core/index.ts'
import type { DarlrConfig } from './options.ts'

/**
 * R, what the users of an action space are now believed to give: it begins as R⁰ and is rewritten while the policy learns. Rows and
 * columns are those of R⁰.
 */
export interface RewardEstimates {
  readonly users: number
  readonly items: number
  /** R. [users × items] */
  readonly current: Float32Array
  /** R⁰, which nothing changes. [users × items] */
  readonly initial: Float32Array
  /** max R⁰ − min R⁰. Means of R never leave it. */
  readonly range: { readonly min: number; readonly max: number }
  /** The mean of what reference users give for an item, of R or of R⁰ (Eq. 15). */
  mean(references: Int32Array, column: number): number
  /** R ← (1 − η) R + η value at one pair; returns the new R there. */
  write(row: number, column: number, value: number): number
  /** ‖R − R⁰‖ / ‖R⁰‖ (Frobenius). */
  drift(): number
  /** ‖R‖² */
  squaredLength(): number
  /** Rows of R that were written since the last call, ascending; at first all. */
  changedRows(): Int32Array
  /** Σ of squared changes since the array was last set to 0, so that a checkpoint knows. [1] */
  readonly moved: Float32Array
}

/** @param config how much of a new estimate is written, and from when are those that reference users give */
export function createEstimates(
  rewards: RewardMatrix,
  { writeBack, reads }: Pick<DarlrConfig, 'writeBack' | 'reads'>,
): RewardEstimates {
  const [users, items] = [rewards.users.length, rewards.items.length]
  const initial = new Float32Array(users * items)
  for (let row = 0; row < users; row++) initial.set(rewards.row(row), row * items)
  const current = initial.slice()
  const source = reads === 'current' ? current : initial
  const changed = new Uint8Array(users).fill(1)
  const moved = new Float32Array(1)
  // Where R is R⁰ nothing adds to the drift. Which rows those are is not known before the first look: a checkpoint may have been loaded.
  const differs = new Uint8Array(users).fill(1)
  let initialSquares: number | undefined
  const squares = new Float64Array(users)
  const stale = new Uint8Array(users).fill(1)
  return {
    users,
    items,
    current,
    initial,
    moved,
    range: { min: rewards.min, max: rewards.max },
    mean(references, column) {
      let sum = 0
      for (const row of references) sum += source[row * items + column]
      return sum / references.length
    },
    write(row, column, value) {
      const at = row * items + column
      const last = current[at]
      current[at] = (1 - writeBack) * last + writeBack * value
      const change = current[at] - last
      if (change !== 0) {
        changed[row] = 1
        differs[row] = 1
        stale[row] = 1
        moved[0] += change * change
      }
      return current[at]
    },
    drift() {
      let difference = 0
      for (let row = 0; row < users; row++) {
        if (differs[row] === 0) continue
        differs[row] = 0
        for (let i = row * items; i < (row + 1) * items; i++) {
          if (current[i] === initial[i]) continue
          differs[row] = 1
          difference += (current[i] - initial[i]) ** 2
        }
      }
      initialSquares ??= squaresOf(initial)
      return initialSquares === 0 ? 0 : Math.sqrt(difference / initialSquares)
    },
    squaredLength() {
      for (let row = 0; row < users; row++) {
        if (stale[row] === 0) continue
        stale[row] = 0
        squares[row] = squaresOf(current.subarray(row * items, (row + 1) * items))
      }
      return squares.reduce((sum, square) => sum + square, 0)
    },
    changedRows() {
      const rows: number[] = []
      for (let row = 0; row < users; row++) if (changed[row] === 1) rows.push(row)
      changed.fill(0)
      return Int32Array.from(rows)
    },
  }
}

function squaresOf(values: Float32Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i]
  return sum
}
