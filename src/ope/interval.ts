import { TributaryError } from '../core/index.ts'
import { type BootstrapOptions, bootstrapMeans, type Interval, intervalOf, pValue } from '../math/index.ts'
import { normalCdf, studentQuantile } from '../statistics/index.ts'
import { influenceError, influences, sumsByUser, total, userCount } from './by-user.ts'
import type { Estimator, Terms } from './estimator.ts'
import { type Logged, rewardsOf, stepsOf, type Target } from './logged.ts'

export interface EstimateOptions {
  readonly seed: number
  /** Default .95. */
  readonly level?: number | undefined
  /** How many times users are drawn. Default 2000. */
  readonly samples?: number | undefined
  /** From so many users on, intervals are those of the delta method, which agree there and need no drawing. Default 20,000. */
  readonly drawnBelow?: number | undefined
}

/** What one estimator says of the target. */
export interface Estimate {
  readonly estimator: string
  /** What a unit would earn under the target. */
  readonly value: Interval
  /** The same less what a unit earned as it was served, on the same units. */
  readonly difference: Interval
  /** Standard error of the difference, clustered by user. */
  readonly error: number
  /** Two-sided, of no difference. */
  readonly p: number
}

/** What all of them say of the units of one domain, or of all. */
export interface Scope {
  /** Absent: all domains together. */
  readonly domain?: string | undefined
  readonly units: number
  readonly users: number
  /** What a unit earned as it was served. */
  readonly logging: Interval
  readonly estimates: readonly Estimate[]
}

export interface Estimation {
  readonly target: string
  readonly overall: Scope
  /** In the order of `domainNames`; those without units are left out. */
  readonly domains: readonly Scope[]
}

/**
 * What the target would have earned, overall and by domain, beside what was earned. Users are drawn whole, with replacement, and
 * every estimator, domain and target sees the same draws, so that differences are paired.
 * @throws TributaryError `bad-shape` when columns differ in length, `bad-argument` when an estimator lacks one
 */
export function estimate(
  logged: Logged,
  target: Target,
  estimators: readonly Estimator[],
  options: EstimateOptions,
): Estimation {
  checkLengths(logged, target)
  const count = userCount(logged.users)
  const scopes = scopesOf(logged, count)
  for (const { name, terms } of estimators) {
    const summed = terms(logged, target)
    for (const scope of scopes)
      scope.estimators.push({
        name,
        parts: scope.parts(summed),
        unbiased: summed.unbiased === undefined ? [] : scope.parts(summed.unbiased),
      })
  }
  const { samples, drawnBelow = 20_000, seed } = options
  const read = count < drawnBelow ? drawnValues(scopes, { samples, seed }) : undefined
  const [overall, ...domains] = scopes.map((scope) => scopeOf(scope, options, read))
  return { target: target.name, overall, domains }
}

/** What is added above and below the line. [users] each */
interface Ratio {
  readonly top: Float64Array
  readonly bottom: Float64Array
}

interface Sums {
  readonly domain?: string | undefined
  /** Above the rewards, below the number of units. */
  readonly served: Ratio
  readonly estimators: {
    readonly name: string
    readonly parts: readonly Ratio[]
    readonly unbiased: readonly Ratio[]
  }[]
  readonly parts: (terms: Terms) => readonly Ratio[]
}

/** All units first, then those of each domain that has some. */
function scopesOf(logged: Logged, count: number): Sums[] {
  const { users, domains, domainNames } = logged
  const rewards = rewardsOf(logged)
  const present = new Set(domains)
  const places = domainNames.length < 2 ? [] : [...domainNames.keys()].filter((domain) => present.has(domain))
  return [undefined, ...places].map((domain) => {
    const only = domain === undefined ? undefined : { domains, domain }
    const sums = (column: Float64Array | undefined, parts = 1, part = 0) =>
      sumsByUser(column, users, count, { parts, part, only })
    const served = { top: sums(rewards), bottom: sums(undefined) }
    return {
      domain: domain === undefined ? undefined : domainNames[domain],
      served,
      estimators: [],
      parts: ({ parts = 1, top, bottom }) =>
        Array.from({ length: parts }, (_, part) => ({
          top: sums(top, parts, part),
          bottom: bottom === undefined ? served.bottom : sums(bottom, parts, part),
        })),
    }
  })
}

/** Reads, one after another, what each sum of ratios is in each sample of users. */
type Read = (parts: readonly Ratio[]) => Float64Array

function drawnValues(scopes: readonly Sums[], options: BootstrapOptions): Read {
  const place = new Map<Float64Array, number>()
  const columns = scopes
    .flatMap(({ served, estimators }) => [
      served,
      ...estimators.flatMap(({ parts, unbiased }) => [...parts, ...unbiased]),
    ])
    .flatMap(({ top, bottom }) => [top, bottom])
    .filter((column) => !place.has(column) && place.set(column, place.size))
  const means = bootstrapMeans(columns, options)
  const of = (column: Float64Array) => means[place.get(column) as number]
  return (parts) => {
    const values = new Float64Array(means[0].length)
    for (const { top, bottom } of parts)
      for (const [sample, above] of of(top).entries()) values[sample] += above / of(bottom)[sample]
    return values
  }
}

/** @param read absent: the delta method */
function scopeOf({ domain, served, estimators }: Sums, options: EstimateOptions, read: Read | undefined): Scope {
  const units = served.bottom
  const users = units.reduce((sum, held) => sum + Number(held > 0), 0)
  const interval = (value: number, moved: Float64Array, drawn: Float64Array | undefined) =>
    drawn === undefined
      ? deltaInterval(value, influenceError(moved, units), users, options.level)
      : intervalOf(value, drawn, options.level)
  const earned = valueIn([served])
  const earnedMoved = movedBy([served])
  const earnedDrawn = read?.([served])
  const estimateOf = (estimator: string, parts: readonly Ratio[]): Estimate => {
    const [value, moved, drawn] = [valueIn(parts), movedBy(parts), read?.(parts)]
    const movedApart = moved.map((by, user) => by - earnedMoved[user])
    const drawnApart = earnedDrawn && drawn?.map((sampled, sample) => sampled - earnedDrawn[sample])
    const error = influenceError(movedApart, units)
    return {
      estimator,
      value: interval(value, moved, drawn),
      difference: interval(value - earned, movedApart, drawnApart),
      error,
      p: drawnApart === undefined ? 2 * normalCdf(-Math.abs(value - earned) / error) : pValue(drawnApart),
    }
  }
  return {
    ...(domain === undefined ? {} : { domain }),
    units: total(units),
    users,
    logging: interval(earned, earnedMoved, earnedDrawn),
    estimates: estimators.map(({ name, parts, unbiased }) => {
      const own = estimateOf(name, parts)
      return unbiased.length === 0 ? own : withBias(own, estimateOf(name, unbiased))
    }),
  }
}

/** An estimate, as unsure as it is and as the one is that it was shrunk from. */
function withBias(own: Estimate, unbiased: Estimate): Estimate {
  const hull = ({ mean, low, high }: Interval, other: Interval) => ({
    mean,
    low: Math.min(low, other.low),
    high: Math.max(high, other.high),
  })
  return {
    ...own,
    value: hull(own.value, unbiased.value),
    difference: hull(own.difference, unbiased.difference),
    error: Math.max(own.error, unbiased.error),
    p: Math.max(own.p, unbiased.p),
  }
}

function valueIn(parts: readonly Ratio[]): number {
  return parts.reduce((sum, { top, bottom }) => sum + total(top) / total(bottom), 0)
}

/** By how much each user moves the value, to first order. [users] */
function movedBy(parts: readonly Ratio[]): Float64Array {
  const [first, ...others] = parts.map(({ top, bottom }) => influences(top, bottom))
  for (const other of others) for (const [user, by] of other.entries()) first[user] += by
  return first
}

function deltaInterval(mean: number, error: number, users: number, level = 0.95): Interval {
  const half = studentQuantile((1 + level) / 2, users - 1) * error
  return { mean, low: mean - half, high: mean + half }
}

function checkLengths(logged: Logged, target: Target): void {
  const { units } = logged
  const steps = stepsOf(logged).count
  const columns: readonly (readonly [string, ArrayLike<number> | undefined, number])[] = [
    ['users', logged.users, units],
    ['domains', logged.domains, units],
    ['times', logged.times, units],
    ['loggers', logged.loggers, units],
    ['rewards', logged.rewards, steps],
    ['propensities', logged.propensities, steps],
    ['mixture', logged.mixture, steps],
    ['predicted', logged.predicted, steps],
    ['groupPropensities', logged.groupPropensities, steps],
    ['rankPropensities', logged.rankPropensities, steps],
    ['states', logged.states, steps],
    ['features', logged.features?.data, steps * (logged.features?.width ?? 0)],
    [`probabilities of ${target.name}`, target.probabilities, steps],
    [`expected of ${target.name}`, target.expected, steps],
    [`rankProbabilities of ${target.name}`, target.rankProbabilities, steps],
    [`groupProbabilities of ${target.name}`, target.groupProbabilities, steps],
    [`features of ${target.name}`, target.features?.data, steps * (logged.features?.width ?? 0)],
  ]
  for (const [name, column, length] of columns)
    if (column !== undefined && column.length !== length)
      throw new TributaryError('bad-shape', `the column ${name} has ${column.length} rows; it must have ${length}`)
}
