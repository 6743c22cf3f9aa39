import type { Dataset } from '../../../core/index.ts'
import type { BridgeTarget, RatingBatch } from '../../../families/bridges/index.ts'
import type { Rng } from '../../../math/index.ts'
import type { MarcoConfig } from './index.ts'

/** Rows of a target in lists. */
export interface ListBatch extends RatingBatch {
  /** Where lists begin, and their end. */
  readonly lists: Int32Array
}

/**
 * Lists of users who like something in the target, each once in drawn order: what the user rated there, and as many items besides as
 * `rewardItems` says, drawn of those that somebody rated, whose values are NaN. A batch ends with the list that fills it.
 */
export function listBatches(
  { rows, target, factors, hearsItself }: BridgeTarget,
  { log }: Dataset,
  { positiveAbove, rewardItems, turns }: Pick<MarcoConfig, 'positiveAbove' | 'rewardItems' | 'turns'>,
  rng: Rng,
): ListBatch[] {
  const value = log.value ?? new Float32Array(0)
  const rated = Int32Array.from(new Set(Array.from(factors.domains[target]?.rows ?? [], (row) => log.item[row])))
  const users = Int32Array.from(
    new Set(
      Array.from(
        rows.filter((row) => value[row] > positiveAbove),
        (row) => log.user[row],
      ),
    ),
  )
  const batches: ListBatch[] = []
  let open = emptyBatch()
  for (const user of rng.split('users').shuffle(users)) {
    const drawn = rng.split('items', user)
    const own = [...(factors.trained(target, user)?.rows ?? [])]
    const taken = new Set(own.map((row) => log.item[row]))
    const asNew = hearsItself ? drawn.below(2) : 0
    const add = (row: number, item: number, rating: number) => {
      open.row.push(row)
      open.user.push(user)
      open.item.push(item)
      open.value.push(rating)
      open.asNew.push(asNew)
    }
    for (const row of own) add(row, log.item[row], value[row])
    const others = Math.min(rewardItems, rated.length - taken.size)
    for (let left = others; left > 0; ) {
      const item = rated[drawn.below(rated.length)]
      if (taken.has(item)) continue
      taken.add(item)
      add(-1, item, Number.NaN)
      left--
    }
    open.lists.push(open.row.length)
    if (open.row.length >= turns) {
      batches.push(closed(open, hearsItself))
      open = emptyBatch()
    }
  }
  if (open.row.length > 0) batches.push(closed(open, hearsItself))
  return batches
}

const emptyBatch = () => ({
  row: [] as number[],
  user: [] as number[],
  item: [] as number[],
  value: [] as number[],
  asNew: [] as number[],
  lists: [0],
})

function closed(open: ReturnType<typeof emptyBatch>, hearsItself: boolean): ListBatch {
  const { row, user, item, value, asNew, lists } = open
  return {
    ...{ row: Int32Array.from(row), user: Int32Array.from(user), item: Int32Array.from(item) },
    value: Float32Array.from(value),
    ...(hearsItself && { asNew: Uint8Array.from(asNew) }),
    lists: Int32Array.from(lists),
  }
}
