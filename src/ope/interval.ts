import { TributaryError } from '../core/index.ts'
import { type BootstrapOptions, bootstrapMeans, type Interval, intervalOf, pValue } from '../math/index.ts'
import { normalCdf, studentQuantile } from '../statistics/index.ts'
import { holders, influenceError, influences, total, userCount } from './by-user.ts'
import type { Estimator } from './estimator.ts'
import { type Logged, stepsOf, type Target } from './logged.ts'
import { type Ratio, type Scopes, scopesOf } from './scopes.ts'

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
  const scopes = scopesOf(logged)
  const sumsOf = ({ terms }: Estimator) => scopes.sums(terms(logged, target))
  const { samples, drawnBelow = 20_000, seed, level } = options
  const all = [...new Set([...estimators, ...estimators.flatMap(({ shrinks }) => shrinks ?? [])])]
  const draws = userCount(logged.users) < drawnBelow
  // What is drawn must be drawn together; else one after another, since sums of millions of users are large.
  const kept = new Map(draws ? all.map((one) => [one, sumsOf(one)]) : [])
  const drawn = draws ? drawnRatios(scopes, [...kept.values()], { samples, seed }) : undefined
  const tell = teller(scopes, level, drawn)
  const told = new Map(all.map((one) => [one, tell(one.name, kept.get(one) ?? sumsOf(one))]))
  const estimates = estimators.flatMap((one) => {
    const [own, unbiased] = [told.get(one), one.shrinks && told.get(one.shrinks)]
    return own === undefined ? [] : [own.map((estimate, scope) => withBias(estimate, unbiased?.[scope]))]
  })
  const logging = tell(
    'logging',
    scopes.served.map((ratio) => [ratio]),
  )
  const [overall, ...domains] = scopes.domains.map(
    (domain, scope): Scope => ({
      ...(domain === undefined ? {} : { domain }),
      units: total(scopes.units[scope]),
      users: holders(scopes.units[scope]),
      logging: logging[scope].value,
      estimates: estimates.map((of) => of[scope]),
    }),
  )
  return { target: target.name, overall, domains }
}

/** What users add to an estimator. [scopes], of [parts] */
type Sums = readonly (readonly Ratio[])[]

/** What one estimator says. [scopes] */
type Told = readonly Estimate[]

/** What the sum of some ratios is in each sample of users. */
type Drawn = (parts: readonly Ratio[]) => Float64Array

function drawnRatios({ served, units }: Scopes, sums: readonly Sums[], options: BootstrapOptions): Drawn {
  const ratios = [...served, ...sums.flat(2)]
  const columns = [...new Set(ratios.flatMap(({ top, bottom }) => [top, bottom]))]
  const drawn = bootstrapMeans(columns, options)
  const of = new Map(columns.map((column, place) => [column, drawn[place]]))
  const none = units[0].subarray(0, 0)
  return (parts) => {
    const values = new Float64Array(drawn[0].length)
    for (const { top, bottom } of parts) {
      const [above, below] = [of.get(top) ?? none, of.get(bottom) ?? none]
      for (let sample = 0; sample < values.length; sample++) values[sample] += above[sample] / below[sample]
    }
    return values
  }
}

/**
 * Says what sums come to in each scope, beside what was earned.
 * @param drawn absent: the delta method
 */
function teller({ units, served }: Scopes, level: number | undefined, drawn: Drawn | undefined) {
  const earned = served.map((ratio) => known([ratio], drawn))
  return (estimator: string, sums: Sums): Told =>
    sums.map((parts, scope) => {
      const [mine, theirs] = [known(parts, drawn), earned[scope]]
      const apart: Known = {
        value: mine.value - theirs.value,
        moved: mine.moved.map((by, user) => by - theirs.moved[user]),
        samples: theirs.samples && mine.samples?.map((sampled, sample) => sampled - (theirs.samples?.[sample] ?? 0)),
      }
      const error = influenceError(apart.moved, units[scope])
      return {
        estimator,
        value: intervalIn(mine, units[scope], level),
        difference: intervalIn(apart, units[scope], level),
        error,
        p: apart.samples === undefined ? 2 * normalCdf(-Math.abs(apart.value) / error) : pValue(apart.samples),
      }
    })
}

/** A value, how far each user moves it, and what it is in each sample of users. */
interface Known {
  readonly value: number
  readonly moved: Float64Array
  readonly samples: Float64Array | undefined
}

function known(parts: readonly Ratio[], drawn: Drawn | undefined): Known {
  const [moved, ...others] = parts.map(({ top, bottom }) => influences(top, bottom))
  for (const other of others) for (let user = 0; user < other.length; user++) moved[user] += other[user]
  const value = parts.reduce((sum, { top, bottom }) => sum + total(top) / total(bottom), 0)
  return { value, moved, samples: drawn?.(parts) }
}

function intervalIn({ value, moved, samples }: Known, units: Float64Array, level = 0.95): Interval {
  if (samples !== undefined) return intervalOf(value, samples, level)
  const half = studentQuantile((1 + level) / 2, holders(units) - 1) * influenceError(moved, units)
  return { mean: value, low: value - half, high: value + half }
}

/** An estimate, as unsure as it is and as the one is that it was shrunk from. */
function withBias(own: Estimate, unbiased: Estimate | undefined): Estimate {
  if (unbiased === undefined) return own
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
