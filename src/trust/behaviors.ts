import { domainOfItem, itemCategories, Part, TributaryError } from '../core/index.ts'
import { crossDomainRoles } from '../data/index.ts'
import { type Interval, mean, meanInterval, spreadOf, standardDeviation } from '../math/index.ts'
import type { SharedSignal, WeighingRun } from './runs.ts'
import { binsOf, type Distribution, distributionOf, type Extremes, extremes, groups } from './statistics.ts'

export type { Distribution, Extremes } from './statistics.ts'

/**
 * Mean weight of some source behaviors: 1 is the average behavior. `low` to `high` bound 95 % of the bootstrap over users (NaN
 * for a single user), `std` is over runs (NaN for one).
 */
export interface MeanTrust extends Interval {
  readonly behaviors: number
  /** Who had them. */
  readonly users: number
  readonly std: number
}

export interface DomainTrust extends MeanTrust {
  readonly domain: string
}

export interface CategoryTrust extends DomainTrust {
  readonly category: string
}

export interface ItemTrust extends CategoryTrust {
  readonly item: string
}

/**
 * Behaviors of users whose source-minus-target history length is `from` to `to`, both included; `difference` is its mean over
 * these users.
 */
export interface LengthTrust extends MeanTrust {
  readonly from: number
  readonly to: number
  readonly difference: number
}

/** One row of the log. */
export interface Behavior {
  readonly item: string
  readonly domain: string
  readonly category: string
  readonly value?: number
  /** Seconds since 1970. */
  readonly timestamp?: number
}

export interface WeighedBehavior extends Behavior {
  /** Mean and standard deviation over runs. */
  readonly weight: number
  readonly std: number
}

export interface UserTrust extends Extremes<WeighedBehavior> {
  readonly name: string
  /** Training behaviors on each side. */
  readonly source: number
  readonly target: number
  /** Of the user's source behaviors. */
  readonly mean: number
  /** The last target behaviors that were trained on, newest first: what the source behaviors were weighed for. */
  readonly lastTarget: readonly Behavior[]
}

/** What `explain --json` prints beside the rest where behaviors are weighed. */
export interface ExplainedBehaviors {
  readonly target: string
  readonly sources: readonly string[]
  /** γ, what the source behaviors of a step count together beside its target behaviors. */
  readonly scale: number
  readonly behaviors: number
  readonly users: number
  readonly distribution: Distribution
  /** Highest mean first, as `categories`. */
  readonly domains: readonly DomainTrust[]
  readonly categories: readonly CategoryTrust[]
  /** Ascending. */
  readonly lengths: readonly LengthTrust[]
  /** Items with fewer behaviors than this are not ranked. */
  readonly atLeast: number
  /** Absent where a user was asked for. */
  readonly items?: Extremes<ItemTrust>
  readonly user?: UserTrust
}

const BOOTSTRAP_SEED = 0

/**
 * Behaviors by domain, category and history length of the user (Figures 3 and 4 of Chen et al., WWW 2023), and those of one user or the
 * items at both ends.
 * @throws TributaryError `bad-argument` for a user without source behaviors
 */
export function explainBehaviors(
  { dataset, split }: Pick<WeighingRun, 'dataset' | 'split'>,
  { keys, values: weights, byRun }: SharedSignal,
  { user: asked, k, atLeast }: { readonly user?: number | undefined; readonly k: number; readonly atLeast: number },
): Omit<ExplainedBehaviors, 'scale'> {
  const rows = keys.row!
  const { log } = dataset
  const roles = crossDomainRoles(dataset, split)

  const categories = itemCategories(dataset)
  const users = rows.map((row) => log.user[row])
  const items = rows.map((row) => log.item[row])
  const stdOf = (behaviors: readonly number[]) =>
    standardDeviation(byRun.map((weightsOfRun) => mean(behaviors.map((b) => weightsOfRun[b]))))
  const meanTrust = (behaviors: readonly number[]): MeanTrust => {
    const values = Float64Array.from(behaviors, (b) => weights[b])
    const owners = Int32Array.from(behaviors, (b) => users[b])
    const interval = meanInterval(values, { users: owners, seed: BOOTSTRAP_SEED })
    return { behaviors: behaviors.length, users: new Set(owners).size, ...interval, std: stdOf(behaviors) }
  }
  const place = (item: number) => ({
    domain: dataset.domains[domainOfItem(dataset, item)],
    category: categories.names[categories.ofItem[item]],
  })
  const behavior = (row: number): Behavior => ({
    item: dataset.items.name(log.item[row]),
    ...place(log.item[row]),
    ...(log.value && { value: log.value[row] }),
    ...(log.timestamp && { timestamp: log.timestamp[row] }),
  })
  const targetRows = (ofUser: number) => {
    const start = log.userStart[ofUser]
    return Array.from({ length: log.userStart[ofUser + 1] - start }, (_, i) => start + i).filter(
      (row) => split.part[row] === Part.train && domainOfItem(dataset, log.item[row]) === roles.target,
    )
  }

  const spreads = byRun.map(spreadOf)
  const meanSpread = (figure: 'sd' | 'effective') => mean(spreads.map((spread) => spread[figure]))
  const byUser = groups(users)
  const userTrust = (id: number): UserTrust => {
    const own = byUser.get(id)
    const name = dataset.users.name(id)
    if (own === undefined)
      throw new TributaryError(
        'bad-argument',
        `user '${name}' has no source behavior that was trained on (split ${split.name}), so nothing was weighed; choose a user with rows on both sides`,
      )
    const weighed = [...own].sort((a, b) => weights[b] - weights[a])
    const target = targetRows(id)
    return {
      name,
      source: own.length,
      target: target.length,
      mean: mean(own.map((b) => weights[b])),
      ...extremes(weighed, k, (b) => ({ ...behavior(rows[b]), weight: weights[b], std: stdOf([b]) })),
      lastTarget: target.slice(-k).reverse().map(behavior),
    }
  }
  const itemTrust = (): Extremes<ItemTrust> => {
    const ranked = [...groups(items)]
      .filter(([, behaviors]) => behaviors.length >= atLeast)
      .map(([item, behaviors]) => ({ item, behaviors, mean: mean(behaviors.map((b) => weights[b])) }))
      .sort((a, b) => b.mean - a.mean)
    return extremes(ranked, k, ({ item, behaviors }) => ({
      item: dataset.items.name(item),
      ...place(item),
      ...meanTrust(behaviors),
    }))
  }

  const histories = [...byUser].map(([id, own]) => ({ own, difference: own.length - targetRows(id).length }))
  const highestFirst = (a: MeanTrust, b: MeanTrust) => b.mean - a.mean
  return {
    target: dataset.domains[roles.target],
    sources: roles.sources.map((domain) => dataset.domains[domain]),
    behaviors: rows.length,
    users: byUser.size,
    // Means over runs lie nearer to 1 than the weights of any of them.
    distribution: { ...distributionOf(weights), sd: meanSpread('sd'), effective: meanSpread('effective') },
    domains: [...groups(items.map((item) => domainOfItem(dataset, item)))]
      .map(([domain, behaviors]) => ({ domain: dataset.domains[domain], ...meanTrust(behaviors) }))
      .sort(highestFirst),
    categories: [...groups(items.map((item) => categories.ofItem[item])).values()]
      .map((behaviors) => ({ ...place(items[behaviors[0]]), ...meanTrust(behaviors) }))
      .sort(highestFirst),
    lengths: binsOf(Int32Array.from(histories, ({ difference }) => difference)).map(({ from, to, places }) => ({
      from,
      to,
      difference: mean(places.map((u) => histories[u].difference)),
      ...meanTrust(places.flatMap((u) => histories[u].own)),
    })),
    atLeast,
    ...(asked === undefined ? { items: itemTrust() } : { user: userTrust(asked) }),
  }
}
