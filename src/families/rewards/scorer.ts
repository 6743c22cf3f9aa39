import type { ItemRange, Query, Scorer } from '../../core/index.ts'
import type { RewardPredictor } from './believed.ts'

/** Predicted rewards as scores; a query without a user is a stranger's. */
export function rewardScorer(network: Pick<RewardPredictor, 'predict'>): Required<Scorer> {
  return {
    async score(queries: readonly Query[], { start, end }: ItemRange) {
      const width = end - start
      const users = Int32Array.from({ length: queries.length * width }, (_, i) =>
        userOf(queries[Math.floor(i / width)]),
      )
      const items = Int32Array.from({ length: users.length }, (_, i) => start + (i % width))
      return (await network.predict(users, items)).mean
    },
    async scorePairs(queries: readonly Query[], items: Int32Array) {
      return (await network.predict(Int32Array.from(queries, userOf), items)).mean
    },
  }
}

/** A query without a user is a stranger's. */
export const userOf = ({ user }: Query) => user ?? -1
