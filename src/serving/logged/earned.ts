import { giveWay } from '../../core/index.ts'
import type { Decision } from '../decision.ts'
import type { Reward } from '../rewards.ts'
import { DAY } from '../span.ts'
import type { Store } from '../store/store.ts'

/** What the items of one list earned. */
export interface Earned {
  /** Within the window. [items of the list] */
  readonly rewards: Float64Array
  /** Events that counted, those that came too late for it, and those that name no item of the list. */
  readonly counted: number
  readonly late: number
  readonly unplaced: number
}

interface Told {
  readonly at: number
  readonly item: string | undefined
  readonly value: number
}

const PAGE = 1000

/**
 * Reads what came of lists, by what events say of it themselves (`recommendation`). What was no reward is not kept in memory.
 * @returns what a list earned
 * @throws TributaryError `store-failed`, `interrupted`
 */
export async function readEarned(
  store: Pick<Store, 'events'>,
  { type: wanted, within, of }: Reward,
  {
    since,
    until,
    signal,
  }: { since?: number | undefined; until?: number | undefined; signal?: AbortSignal | undefined },
): Promise<(list: Pick<Decision, 'id' | 'at' | 'items'>) => Earned> {
  const told = new Map<string, Told[]>()
  let after: string | undefined
  do {
    await giveWay(signal, () => 'stopped while rewards were read')
    const page = await store.events({
      // The clock of a phone may be behind. What comes after the window is counted for as long again.
      since: since === undefined ? undefined : since - DAY,
      until: until === undefined ? undefined : until + 2 * within,
      after,
      limit: PAGE,
    })
    for (const { type, recommendation, item, timestamp: at, value = 0 } of page.rows) {
      if (type !== wanted || recommendation === undefined) continue
      const others = told.get(recommendation)
      if (others === undefined) told.set(recommendation, [{ at, item, value }])
      else others.push({ at, item, value })
    }
    after = page.next
  } while (after !== undefined)
  return ({ id, at, items }) => {
    const rewards = new Float64Array(items.length)
    let [counted, late, unplaced] = [0, 0, 0]
    for (const event of told.get(id) ?? []) {
      const place = items.findIndex(({ item }) => item === event.item)
      if (place === -1) unplaced++
      else if (event.at > at + within) late++
      else {
        counted++
        rewards[place] = of === 'any' ? 1 : rewards[place] + (of === 'count' ? 1 : event.value)
      }
    }
    return { rewards, counted, late, unplaced }
  }
}
