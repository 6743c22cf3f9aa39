import { type Dataset, Part, type Tensor } from '../../core/index.ts'
import type { EmbeddingTable } from '../../nn/index.ts'

/** The last items of each user's training rows, whose mean vector stands for the user. */
export interface PastItems {
  /** Items of a user at most. */
  readonly length: number
  /** `pastItems` [B, length], 0 where there is none, and `pastShare` [B, 1], 1 over their number. */
  feeds(users: Int32Array): Record<string, Tensor>
  /** Of one user's vectors. [d] */
  mean(user: number, table: EmbeddingTable): Float32Array
}

/** @param dataset as training may see it; users are named by id + 1, 0 being a stranger, who has none */
export function pastItems({ log, users }: Dataset, length: number): PastItems {
  const items = new Int32Array((users.size + 1) * length)
  const counts = new Int32Array(users.size + 1)
  for (let user = 0; user < users.size; user++)
    for (let row = log.userStart[user + 1] - 1; row >= log.userStart[user]; row--) {
      if (counts[user + 1] === length) break
      if (log.part !== undefined && log.part[row] !== Part.train) continue
      items[(user + 1) * length + counts[user + 1]] = log.item[row]
      counts[user + 1]++
    }
  return {
    length,
    feeds(asked) {
      const data = new Int32Array(asked.length * length)
      for (const [b, user] of asked.entries()) data.set(items.subarray(user * length, (user + 1) * length), b * length)
      return {
        pastItems: { shape: [asked.length, length], data },
        pastShare: {
          shape: [asked.length, 1],
          data: Float32Array.from(asked, (user) => 1 / Math.max(1, counts[user])),
        },
      }
    },
    mean(user, table) {
      const mean = new Float32Array(table.width)
      for (let n = 0; n < counts[user]; n++) {
        const item = items[user * length + n]
        const row = table.range(item, item + 1).data
        for (let i = 0; i < mean.length; i++) mean[i] = mean[i] + row[i] / counts[user]
      }
      return mean
    },
  }
}
