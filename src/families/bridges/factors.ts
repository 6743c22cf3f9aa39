import {
  type Dataset,
  domainItems,
  domainOfItem,
  type ItemRange,
  type Model,
  type NamedTensors,
  Part,
  type Query,
  type Split,
  type Tensor,
  type TrainContext,
  TributaryError,
  valuesToLearn,
} from '../../core/index.ts'
import type { VectorRidge } from '../../math/index.ts'
import { loadWeights } from '../../nn/index.ts'
import { type FittedFactors, type RatedRows, solveUser, widthOf } from './least-squares.ts'
import type { FactorConfig } from './options.ts'
import { pooledOffset, type SharedRidges, TRAITS, traitsOf, worthWithout } from './shared-offsets.ts'

/** One domain by itself, as its own training rows have it. */
export interface DomainFactors {
  readonly name: string
  readonly items: ItemRange
  /** Training rows, in log order. */
  readonly rows: Int32Array
  /** Row of each user in `users`, −1 for those without training rows here. [U] */
  readonly place: Int32Array
  /** Rows of the user at a place are rows[start[place]] … rows[start[place + 1] − 1]. */
  readonly start: Int32Array
  /** [users with rows, n] */
  readonly users: Tensor<Float32Array>
  /** c_v and q_v of each item of the domain, with shared offsets c_v twice; 0 without training rows. [V_d, n] */
  readonly vectors: Tensor<Float32Array>
  /** Training rows of each item. [V_d] */
  readonly counts: Int32Array
}

/**
 * Vectors of users and items in each domain, which know of no other domain. What an item adds to a rating is `base(item)`; the rest is the
 * product of the user's vector with the item's, [1, q_v] where there are offsets: so a bridge that makes a vector of a domain makes the offset, too.
 *
 * With shared offsets μ_d, c_v and b_u are told over all domains together, and b_u stands beside the product. A user's vector is [b_u, s_u, p_u], an
 * item's [c_v, c_v, q_v]: what is carried from domain to domain is how far a user follows what items are worth, and tastes.
 */
export interface Factors {
  /** n */
  readonly width: number
  readonly offsets: FactorConfig['offsets']
  /** Without training rows a domain has no vectors. */
  readonly domains: readonly (DomainFactors | undefined)[]
  /** `factors/means` and `factors/ridges` of domains, `factors/NAME/users` and `factors/NAME/items` of each with training rows. */
  readonly weights: NamedTensors
  /** μ + c_v */
  base(item: number): number
  /** Writes the vectors that users' are multiplied with, n numbers an item, one behind the other. */
  itemVectors(items: ArrayLike<number>, into: Float32Array | Float64Array, from?: number): void
  /**
   * The same of all items of a domain, as a graph gathers them: row 0 is padding, of zeros, row 1 the first item's. A copy, made anew after
   * `renew`. [V_d + 1, n]; one row without training rows
   */
  itemTable(domain: number): Tensor<Float32Array>
  /** Is to be told when numbers of `weights` were changed from outside. */
  renew(): void
  /**
   * Of training rows, each as if it were not there: μ + c_v [N], and the items' vectors [N, n]. Only shared offsets look away from the row; where a
   * value is NaN there is none.
   */
  unseen(of: UserRatings): { readonly base: Float64Array; readonly vectors: Float32Array }
  /** b_u of somebody who is known in some domains: 0 unless offsets are shared. */
  pooled(known: Iterable<{ readonly vector: Float32Array; readonly rows: number }>): number
  /** What a user's own vector in a domain says of its items beside the shared offset. */
  answer(vector: Float32Array): Float32Array
  /** A user with training rows in a domain: the vector, and these rows in log order. */
  trained(domain: number, user: number): { readonly vector: Float32Array; readonly rows: Int32Array } | undefined
  /** The vector that fits rated items of a domain best, for who has no training rows there, and their number; undefined where there are none. */
  fitted(
    domain: number,
    query: Pick<Query, 'history' | 'values'>,
  ): { readonly vector: Float32Array; readonly rows: number } | undefined
  set(domain: number, fitted: FittedFactors): void
  /** What shrinks shared offsets. */
  share(ridges: SharedRidges): void
  /** Takes the vectors of another model of the same dataset and options. */
  take(model: Model): void
}

/** Values that users gave items. */
export interface UserRatings {
  readonly user: Int32Array
  readonly item: Int32Array
  readonly value: Float32Array
}

export function createFactors(
  dataset: Dataset,
  split: Split,
  { width: k, offsets }: Pick<FactorConfig, 'width' | 'offsets'>,
): Factors {
  valuesToLearn(dataset, 'ratings')
  const shape = { factors: k, offsets: offsets === 'items-and-users' }
  const shares = offsets === 'shared'
  const n = shares ? TRAITS + k : widthOf(shape)
  const tensor = (...of: number[]) => ({ shape: of, data: new Float32Array(of.reduce((a, b) => a * b)) })
  const means = tensor(dataset.domains.length)
  const ridges = tensor(dataset.domains.length, 2)
  const shared = tensor(2) // λ_b, λ_c
  const domains = dataset.domains.map((name, d): DomainFactors | undefined => {
    const rows = trainingRows(dataset, split, d)
    if (rows.length === 0) return undefined
    const place = new Int32Array(dataset.users.size).fill(-1)
    // Rows of a log are grouped by user.
    const start: number[] = []
    for (const [at, row] of rows.entries()) {
      if (place[dataset.log.user[row]] !== -1) continue
      place[dataset.log.user[row]] = start.length
      start.push(at)
    }
    const known = start.length
    start.push(rows.length)
    const items = domainItems(dataset, d)
    const counts = new Int32Array(items.end - items.start)
    for (const row of rows) counts[dataset.log.item[row] - items.start]++
    return {
      ...{ name, items, rows, place, counts, start: Int32Array.from(start) },
      users: tensor(known, n),
      vectors: tensor(items.end - items.start, n),
    }
  })
  const weights = new Map<string, Tensor>([
    ...(shape.offsets || shares ? [['factors/means', means] as const] : []),
    ...(shares ? [['factors/shared', shared] as const] : []),
    ['factors/ridges', ridges],
    ...domains.flatMap((domain) =>
      domain === undefined
        ? []
        : ([
            [`factors/${domain.name}/users`, domain.users],
            [`factors/${domain.name}/items`, domain.vectors],
          ] as const),
    ),
  ])
  const placeOf = (item: number) => {
    const d = domainOfItem(dataset, item)
    const domain = domains[d]
    return { d, domain, at: domain === undefined ? 0 : (item - domain.items.start) * n }
  }
  const base = (item: number) => {
    const { d, domain, at } = placeOf(item)
    return means.data[d] + (offsets !== 'none' && domain !== undefined ? domain.vectors.data[at] : 0)
  }
  const tables = new Map<number, Tensor<Float32Array>>()
  const itemVectors: Factors['itemVectors'] = (items, into, from = 0) => {
    // Items that stand together are mostly of one domain.
    let range: ItemRange = { start: 0, end: 0 }
    let vectors: Float32Array | undefined
    let to = from
    for (let i = 0; i < items.length; i++, to += n) {
      const item = items[i]
      if (item < range.start || item >= range.end) {
        const d = domainOfItem(dataset, item)
        range = domainItems(dataset, d)
        vectors = domains[d]?.vectors.data
      }
      const at = (item - range.start) * n
      for (let f = 0; f < n; f++) into[to + f] = vectors === undefined ? 0 : vectors[at + f]
      if (shape.offsets) into[to] = 1
    }
  }
  /** b_u by the rows of all domains. */
  const offsetOf = (user: number) =>
    factors.pooled(
      domains.flatMap((_, d) => {
        const there = factors.trained(d, user)
        return there === undefined ? [] : { vector: there.vector, rows: there.rows.length }
      }),
    )
  const factors: Factors = {
    width: n,
    offsets,
    domains,
    weights,
    base,
    itemVectors,
    itemTable(d) {
      const known = tables.get(d)
      if (known !== undefined) return known
      const { start = 0, end = 0 } = domains[d]?.items ?? {}
      const table = tensor(end - start + 1, n)
      itemVectors(
        Int32Array.from({ length: end - start }, (_, i) => start + i),
        table.data,
        n,
      )
      tables.set(d, table)
      return table
    },
    renew: () => tables.clear(),
    unseen({ user, item, value }) {
      const vectors = new Float32Array(item.length * n)
      factors.itemVectors(item, vectors)
      const bases = Float64Array.from(item, base)
      if (!shares) return { base: bases, vectors }
      for (const [i, v] of item.entries()) {
        if (Number.isNaN(value[i])) continue
        const { d, domain } = placeOf(v)
        const rows = domain?.counts[v - domain.items.start] ?? 0
        const own = value[i] - means.data[d] - offsetOf(user[i])
        const worth = worthWithout(vectors[i * n], own, rows, shared.data[1])
        bases[i] = means.data[d] + worth
        vectors.fill(worth, i * n, i * n + TRAITS)
      }
      return { base: bases, vectors }
    },
    pooled(known) {
      if (!shares) return 0
      return pooledOffset(
        Array.from(known, ({ vector, rows }) => ({ offset: vector[0], rows })),
        shared.data[0],
      )
    },
    answer(vector) {
      if (!shares) return vector
      const own = vector.slice()
      own[0] = 0
      return own
    },
    trained(d, user) {
      const domain = domains[d]
      const place = domain === undefined ? -1 : domain.place[user]
      if (domain === undefined || place === -1) return undefined
      const { rows, start, users } = domain
      return {
        vector: users.data.subarray(place * n, (place + 1) * n),
        rows: rows.subarray(start[place], start[place + 1]),
      }
    },
    fitted(d, { history, values }) {
      const domain = domains[d]
      if (domain === undefined || values === undefined) return undefined
      const { start, end } = domain.items
      const rated: [number, number][] = []
      for (const [t, item] of history.entries())
        if (item >= start && item < end && Number.isFinite(values[t]))
          rated.push([item - start, values[t] - means.data[d]])
      if (rated.length === 0) return undefined
      const ridge = { offset: Math.exp(ridges.data[2 * d]), factors: Math.exp(ridges.data[2 * d + 1]) }
      if (shares) return { vector: fittedTraits(domain, rated, ridge), rows: rated.length }
      const vector = Float32Array.from(solveUser(shape, domain.vectors.data, rated, ridge))
      return { vector, rows: rated.length }
    },
    set(d, { mean, users, items, ridge }) {
      means.data[d] = mean
      ridges.data.set([Math.log(ridge.offset), Math.log(ridge.factors)], 2 * d)
      domains[d]?.users.data.set(users)
      domains[d]?.vectors.data.set(items)
      tables.clear()
    },
    share({ users, items }) {
      shared.data.set([users, items])
    },
    take(model) {
      loadWeights(weights, new Map([...model.weights()].filter(([name]) => name.startsWith('factors/'))))
      tables.clear()
    },
  }
  /** [b_u, s_u, p_u] of rated items, each with how far above the mean. */
  const fittedTraits = (
    { vectors }: DomainFactors,
    rated: readonly (readonly [number, number])[],
    ridge: VectorRidge,
  ): Float32Array => {
    const worths = rated.map(([item, above]) => ({
      worth: vectors.data[item * n],
      above: above - vectors.data[item * n],
    }))
    const { offset, slope } = traitsOf(worths, shared.data[0])
    const tastes = Float64Array.from({ length: rated.length * k }, (_, i) => {
      const [item] = rated[Math.floor(i / k)]
      return vectors.data[item * n + TRAITS + (i % k)]
    })
    const left = worths.map(({ worth, above }, i) => [i, above - offset - slope * worth] as const)
    return Float32Array.of(offset, slope, ...solveUser(shape, tastes, left, ridge))
  }
  return factors
}

/** The vectors of a run that an option names, if it names one. */
export async function takeFactors(factors: Factors, run: string, { openRun }: Pick<TrainContext, 'openRun'>) {
  if (run === '' || openRun === undefined) return false
  const model = await openRun(run)
  try {
    factors.take(model)
  } catch (error) {
    if (!(error instanceof TributaryError)) throw error
    const message = `the vectors of ${run} do not fit: ${error.message}; factors must name a run of mf with the same width and offsets`
    throw new TributaryError(error.code, message, { cause: error })
  } finally {
    await model.dispose()
  }
  return true
}

/** Training rows of a domain, counted within it as its tables are. */
export function ratedRows({ log }: Dataset, { rows, place, items }: DomainFactors): RatedRows {
  return {
    users: Int32Array.from(rows, (row) => place[log.user[row]]),
    items: Int32Array.from(rows, (row) => log.item[row] - items.start),
    values: Float32Array.from(rows, (row) => log.value![row]),
  }
}

function trainingRows({ log, domainStart }: Dataset, { part }: Split, domain: number): Int32Array {
  const { start, end } = domainItems({ domainStart }, domain)
  const trains = (row: number) => part[row] === Part.train && log.item[row] >= start && log.item[row] < end
  let count = 0
  for (let row = 0; row < log.length; row++) if (trains(row)) count++
  const rows = new Int32Array(count)
  for (let row = 0, next = 0; row < log.length; row++) if (trains(row)) rows[next++] = row
  return rows
}
