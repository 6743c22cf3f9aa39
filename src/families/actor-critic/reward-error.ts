import type { RewardMatrix } from '../../core/index.ts'
import type { ActionSpace, RewardShaper } from '../../rl/index.ts'

/**
 * A shaper that pays what the given one does, and says after each collection how far what it believed of the pairs visited was from the
 * truth, on average: `rewardError` (Fig. 4 of DARLR). Nothing that learns sees it. Pairs that the truth does not know do not count.
 */
export function withRewardError(shaper: RewardShaper, space: ActionSpace, truth: RewardMatrix): RewardShaper {
  const places = (ids: Int32Array) => new Map(Array.from(ids, (id, place) => [id, place]))
  const [rows, columns] = [places(truth.users), places(truth.items)]
  let [sum, count] = [0, 0]
  return {
    ...shaper,
    async pay(turns) {
      const pay = await shaper.pay(turns)
      for (const [i, slot] of turns.slots.entries()) {
        const row = rows.get(space.users[turns.simulator.rows[slot]])
        const column = columns.get(space.items[turns.columns[i]])
        if (row === undefined || column === undefined) continue
        sum += Math.abs(pay.observed[i] - truth.at(row, column))
        count++
      }
      return pay
    },
    async learn() {
      const told = { ...(await shaper.learn?.()), ...(count > 0 && { rewardError: sum / count }) }
      sum = 0
      count = 0
      return told
    },
  }
}
