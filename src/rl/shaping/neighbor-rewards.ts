import { type Dataset, type RewardMatrix, TributaryError } from '../../core/index.ts'
import {
  createNearest,
  denseRewards,
  factorizedRewards,
  type NearestRows,
  nearestRows,
  refuseCount,
} from '../../math/index.ts'
import { isTraining } from '../simulator/episode-metrics.ts'

export const WEIGHTINGS = ['even', 'similarity'] as const
export type Weighting = (typeof WEIGHTINGS)[number]

export interface NeighborOptions {
  /** Users whose rewards are averaged. Of the predictions the user is one of them. */
  readonly neighbors: number
  /** What each counts: the same, or its cosine (none below 0). */
  readonly weighting: Weighting
  /**
   * Takes neighbors and rewards from the training rows in place of the predictions: neighbors are users that have no row in the matrix, by the
   * cosine of their values of items that have no column; rewards are their values of the items that have one, 0 where there is none.
   * ROLeR does so on KuaiRec.
   */
  readonly observed?: Dataset | undefined
}

/**
 * ROLeR's rewards: of each user the mean over the users most alike, of the same users and items. The mean of factors stays factors.
 * @param rewards R̂, the predictions of a world model; with `observed` its users and items alone are looked at
 * @throws TributaryError `bad-argument` for more neighbors than users; `bad-dataset` for a log without values, or without users
 *   besides those of the matrix
 */
export function neighborRewards(rewards: RewardMatrix, options: NeighborOptions): RewardMatrix {
  const { neighbors, weighting, observed } = options
  if (observed !== undefined) return observedRewards(rewards, observed, options)
  const nearest = nearestRows(rewards, neighbors)
  const weights = weightsOf(nearest, weighting)
  const { users, items, factors } = rewards
  const size = factors?.width ?? items.length
  const averaged = new Float32Array(users.length * size)
  const sum = new Float64Array(size)
  for (let row = 0; row < users.length; row++) {
    sum.fill(0)
    for (let n = row * neighbors; n < (row + 1) * neighbors; n++) {
      const other = nearest.rows[n]
      const weight = weights[n]
      if (weight === 0) continue
      const vector = factors ? factors.users.subarray(other * size, (other + 1) * size) : rewards.row(other)
      for (let i = 0; i < size; i++) sum[i] += weight * vector[i]
    }
    averaged.set(sum, row * size)
  }
  if (factors === undefined) return denseRewards({ users, items, values: averaged })
  return factorizedRewards({ users, items, width: size, userFactors: averaged, itemFactors: factors.items })
}

/** Weights of each row's neighbors, which add up to 1; even ones where no similarity is above 0. [users × count] */
function weightsOf({ count, similarities }: Omit<NearestRows, 'rows'>, weighting: Weighting): Float64Array {
  const weights = Float64Array.from(similarities, (cosine) => (weighting === 'even' ? 1 : Math.max(0, cosine)))
  for (let from = 0; from < weights.length; from += count) {
    const row = weights.subarray(from, from + count)
    const sum = row.reduce((a, b) => a + b)
    for (let n = 0; n < count; n++) row[n] = sum > 0 ? row[n] / sum : 1 / count
  }
  return weights
}

function observedRewards({ users, items }: RewardMatrix, dataset: Dataset, { neighbors, weighting }: NeighborOptions) {
  const known = new Set(users)
  const columns = new Map(Array.from(items, (item, column) => [item, column]))
  const log = valuesOf(dataset)
  const others = Int32Array.from({ length: dataset.users.size }, (_, user) => user).filter(
    (user) => !known.has(user) && log.of(user).size > 0,
  )
  if (others.length === 0)
    throw new TributaryError(
      'bad-dataset',
      `every user with training rows in '${dataset.name}' is one of the matrix, so that neighbors cannot be found among others; take them from the predictions`,
    )
  refuseCount(neighbors, others.length)

  // Who else has an item without a column, and what it was worth to them, relative to the length of all such values.
  const holders = new Map<number, { others: number[]; values: number[] }>()
  for (const [other, user] of others.entries()) {
    const apart = withoutColumn(log.of(user), columns)
    for (const [item, value] of apart) {
      const holder = holders.get(item) ?? { others: [], values: [] }
      holder.others.push(other)
      holder.values.push(value)
      holders.set(item, holder)
    }
  }
  const nearest = createNearest(users.length, neighbors)
  const products = new Float64Array(others.length)
  for (const [row, user] of users.entries()) {
    products.fill(0)
    for (const [item, value] of withoutColumn(log.of(user), columns)) {
      const holder = holders.get(item)
      holder?.others.forEach((other, i) => {
        products[other] += value * holder.values[i]
      })
    }
    for (const [other, product] of products.entries()) nearest.offer(row, other, product)
  }

  const weights = weightsOf(nearest, weighting)
  const values = new Float32Array(users.length * items.length)
  for (let n = 0; n < weights.length; n++) {
    const row = Math.floor(n / neighbors)
    for (const [item, value] of log.of(others[nearest.rows[n]])) {
      const column = columns.get(item)
      if (column !== undefined) values[row * items.length + column] += weights[n] * value
    }
  }
  return denseRewards({ users, items, values })
}

/** Training values by user and item, the last of several. */
function valuesOf({ log, name }: Dataset) {
  const { value } = log
  if (value === undefined)
    throw new TributaryError('bad-dataset', `'${name}' has no values to average over neighbors; import it with them`)
  return {
    of(user: number) {
      const values = new Map<number, number>()
      for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
        if (isTraining(log, row)) values.set(log.item[row], value[row])
      return values
    },
  }
}

/** The direction of a user's values of the items without a column. */
function withoutColumn(values: ReadonlyMap<number, number>, columns: ReadonlyMap<number, number>): [number, number][] {
  const apart = [...values].filter(([item]) => !columns.has(item))
  const length = Math.hypot(...apart.map(([, value]) => value)) || 1
  return apart.map(([item, value]) => [item, value / length])
}
