import {
  allItems,
  type Dataset,
  domainItems,
  domainOfItem,
  type InteractionLog,
  type ItemRange,
  TributaryError,
} from '../../core/index.ts'
import { firstAtLeast, type Rng } from '../../math/index.ts'
import type { Cases } from '../split/cases.ts'
import type { SequenceBatch } from './batches.ts'

/** Where negatives come from: the domain of the answer (or target), or the whole catalogue. */
export type NegativeScope = 'domain' | 'all'

/** The distinct items of each user, ascending: items[start[u]] … items[start[u + 1] − 1]. */
export interface UserItems {
  readonly start: Int32Array
  readonly items: Int32Array
}

/**
 * The items a user has touched in any part of the log, which negatives never are. Valid and test rows are among them: a negative that is a
 * later answer would be a wrong label. That an answer is never a negative does tell a little of it, the less the more items there are;
 * losses without sampled negatives are told nothing.
 */
export function itemsOfUsers(log: InteractionLog): UserItems {
  const users = log.userStart.length - 1
  const start = new Int32Array(users + 1)
  const items = new Int32Array(log.length)
  let next = 0
  for (let user = 0; user < users; user++) {
    const mine = log.item.slice(log.userStart[user], log.userStart[user + 1]).sort()
    let last = 0
    for (const item of mine) {
      if (item !== last) items[next++] = item
      last = item
    }
    start[user + 1] = next
  }
  return { start, items: items.slice(0, next) }
}

/**
 * The items of a range that are not in the ascending list, by rank: free item r is found by binary search, so that one
 * draw gives one negative whatever share of the range is excluded.
 */
class FreeItems {
  readonly count: number
  readonly #range: ItemRange
  readonly #excluded: Int32Array

  constructor(range: ItemRange, excluded: Int32Array) {
    const from = firstAtLeast(excluded, range.start)
    const to = firstAtLeast(excluded, range.end)
    this.#range = range
    this.#excluded = excluded.subarray(from, to)
    this.count = range.end - range.start - this.#excluded.length
  }

  at(rank: number): number {
    // excluded[i] − start − i free items stand before excluded item i; count how many excluded ones stand before ours.
    const { start } = this.#range
    let low = 0
    let high = this.#excluded.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#excluded[middle] - start - middle <= rank) low = middle + 1
      else high = middle
    }
    return start + rank + low
  }
}

/**
 * Evaluation negatives: for each case `count` distinct items, uniform over the scope, none of them touched by the user in
 * any part. Case k gets the same items whatever other cases are asked for: the draws are derived from `rng`, the user and
 * the row. Returns one array a case, without the answer, ascending.
 *
 * Throws `bad-argument` when a user has touched so much that fewer than `count` items are left.
 */
export function sampleNegatives(
  dataset: Dataset,
  cases: Pick<Cases, 'answers' | 'rows'>,
  options: { scope: NegativeScope; count: number; rng: Rng },
): Int32Array[] {
  const { log } = dataset
  const touched = itemsOfUsers(log)
  return Array.from(cases.rows, (row, k) => {
    const user = log.user[row]
    const domain = domainOfItem(dataset, cases.answers[k])
    const range = options.scope === 'domain' ? domainItems(dataset, domain) : allItems(dataset)
    const free = new FreeItems(range, touched.items.subarray(touched.start[user], touched.start[user + 1]))
    if (free.count < options.count) {
      const where = options.scope === 'domain' ? `domain '${dataset.domains[domain]}'` : 'the catalogue'
      throw new TributaryError(
        'bad-argument',
        `${options.count} negatives were asked for, but user '${dataset.users.name(user)}' leaves only ${free.count} ` +
          `untouched items in ${where}; ask for fewer, or rank all items of the domain`,
      )
    }
    const rng = options.rng.split('negatives', user, row - log.userStart[user])
    return distinctRanks(rng, options.count, free.count).map((rank) => free.at(rank))
  })
}

/** Floyd's sampling without replacement: `count` distinct numbers below n, every subset equally likely; ascending. */
function distinctRanks(rng: Rng, count: number, n: number): Int32Array {
  const chosen = new Set<number>()
  for (let j = n - count; j < n; j++) {
    const rank = rng.below(j + 1)
    chosen.add(chosen.has(rank) ? j : rank)
  }
  return Int32Array.from(chosen).sort()
}

/** Training negatives of one dataset. Made once, asked for every batch. */
export interface NegativeSampler {
  /**
   * One negative for each target of the batch, [B, T], 0 where there is no target: uniform over the scope of that target,
   * never an item that the user has touched in any part. A user who has touched the whole scope gets 0. The draws depend
   * on `rng`, the user and the row's end (where a user gives several rows) alone, not on the batch; give each epoch its
   * own `rng`.
   */
  forBatch(batch: SequenceBatch, rng: Rng): Int32Array
}

export function negativeSampler(dataset: Dataset, scope: NegativeScope): NegativeSampler {
  const touched = itemsOfUsers(dataset.log)
  return {
    forBatch(batch, rng) {
      const negatives = new Int32Array(batch.targets.length)
      for (let b = 0; b < batch.size; b++) {
        const user = batch.user[b]
        const mine = touched.items.subarray(touched.start[user], touched.start[user + 1])
        const draws = batch.end ? rng.split('negatives', user, batch.end[b]) : rng.split('negatives', user)
        // Free items by domain, or under 0 for the whole catalogue; most users visit few domains.
        const free = new Map<number, FreeItems>()
        for (let at = b * batch.length; at < (b + 1) * batch.length; at++) {
          const target = batch.targets[at]
          if (target === 0) continue
          const domain = scope === 'domain' ? domainOfItem(dataset, target) : 0
          let items = free.get(domain)
          if (items === undefined) {
            items = new FreeItems(scope === 'domain' ? domainItems(dataset, domain) : allItems(dataset), mine)
            free.set(domain, items)
          }
          if (items.count > 0) negatives[at] = items.at(draws.below(items.count))
        }
      }
      return negatives
    },
  }
}
