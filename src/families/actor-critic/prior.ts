import type { NamedTensors, RewardMatrix, Tensor } from '../../core/index.ts'
import type { Windows } from '../acting/index.ts'

/** What is believed of each user's items, beside which an actor learns. */
export interface Prior {
  /** β, what a unit of it adds to a logit before anything is learned. */
  readonly sharpness: number
  /** `believed` [U + 1, A]: a row a user, id + 1; row 0 is a stranger's. */
  readonly weights: NamedTensors
  /** Takes the place of what was believed: of each user in units of the deviation from its mean, and their mean for strangers. */
  begin(rewards: RewardMatrix): void
  /** Of the users of windows, [B, A]. */
  of(windows: Windows): Tensor<Float32Array>
  /** Of the columns that were taken, [B]. */
  taken(windows: Windows, actions: Int32Array): Tensor<Float32Array>
}

/** @param rows of users, strangers included */
export function createPrior(sharpness: number, rows: number, columns: number): Prior {
  const believed = { shape: [rows, columns], data: new Float32Array(rows * columns) }
  const { data } = believed
  return {
    sharpness,
    weights: new Map([['believed', believed]]),
    begin(rewards) {
      data.fill(0)
      const { users } = rewards
      let squares = 0
      for (const [r, user] of users.entries()) {
        const row = rewards.row(r)
        const mean = row.reduce((sum, reward) => sum + reward, 0) / columns
        for (const [column, reward] of row.entries()) {
          data[(user + 1) * columns + column] = reward - mean
          squares += (reward - mean) ** 2
        }
      }
      const deviation = Math.sqrt(squares / (users.length * columns)) || 1
      for (let cell = columns; cell < data.length; cell++) {
        const value = data[cell] / deviation
        data[cell] = value
        data[cell % columns] = data[cell % columns] + value / users.length
      }
    },
    of({ size, users }) {
      const rows = new Float32Array(size * columns)
      for (const [b, user] of users.entries())
        rows.set(data.subarray(user * columns, (user + 1) * columns), b * columns)
      return { shape: [size, columns], data: rows }
    },
    taken: ({ size, users }, actions) => ({
      shape: [size],
      data: Float32Array.from(actions, (column, b) => data[users[b] * columns + column]),
    }),
  }
}
