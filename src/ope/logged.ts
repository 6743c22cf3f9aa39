import { TributaryError } from '../core/index.ts'
import type { Calibration } from './calibration.ts'

/**
 * What was served and what came of it, in columns. A unit is what is judged as a whole: one item that was shown, a list, or an
 * episode; a step is one item of it. Where units are single items, units and steps are the same.
 */
export interface Logged {
  readonly units: number
  /** Of each unit, as a number from 0: what one user does is not independent, so users are drawn whole. [units] */
  readonly users: Int32Array
  /** Of each unit, as a place in `domainNames`. [units] */
  readonly domains: Int32Array
  readonly domainNames: readonly string[]
  /** Milliseconds since 1970. [units] */
  readonly times?: Float64Array | undefined
  /** Which policy served a unit, where there were several, from 0. [units] */
  readonly loggers?: Int32Array | undefined
  /** Steps of unit u are `starts[u]` to `starts[u + 1]`, in the order in which they were shown. Absent: each unit is one step. [units + 1] */
  readonly starts?: Int32Array | undefined
  /** Which item was shown, as a number from 0. [steps] */
  readonly items?: Int32Array | undefined
  /** [steps] */
  readonly rewards: Float64Array
  /** π₀(a|x): how probable the policy that served made the item of a step, given what stands above it. [steps] */
  readonly propensities: Float64Array
  /** π₀(a at rank k|x): how probable the item was at its rank, whatever stands above it. [steps] */
  readonly rankPropensities?: Float64Array | undefined
  /**
   * Σ ρₖ πₖ(a|x) over all policies k that served, with ρₖ the share of units that each served: how probable all of them together
   * make the item of a step. [steps]
   */
  readonly mixture?: Float64Array | undefined
  /** q̂(x, a): what a reward model, which has not seen this user, expects of the item that was shown. [steps] */
  readonly predicted?: Float64Array | undefined
  /** Σ π₀(b|x) over all items b that are like the one shown: in its category, or in its cluster. [steps] */
  readonly groupPropensities?: Float64Array | undefined
  /** Where a user stood before each step, as a number: what comes next depends on it and on the item alone. [steps] */
  readonly states?: Int32Array | undefined
  /** φ(s, a): what is known of where a user stood and of the item that was shown. */
  readonly features?: Features | undefined
  /** Σ π₀(b|x) q̂(x, b) over all items b: what the reward model expects of the policy that served. [steps] */
  readonly expected?: Float64Array | undefined
  /** Σ π₀(b|x) over all items b that could have been shown: 1 where propensities are what they should be. [steps] */
  readonly sums?: Float64Array | undefined
  /** How often items were shown, by how probable they were; of all items that could have been shown. */
  readonly calibration?: Calibration | undefined
  /** Share of all rewards that came after the time within which a reward counts. */
  readonly late?: number | undefined
}

/** Row of step i: `data[i · width …]`. */
export interface Features {
  readonly width: number
  /** [steps × width] */
  readonly data: Float64Array
}

/** The policy that is asked about, at the steps that were logged: the same questions, the same items above. */
export interface Target {
  readonly name: string
  /** π(a|x) of the item that was shown. [steps] */
  readonly probabilities: Float64Array
  /** π(a at rank k|x), whatever stands above it. [steps] */
  readonly rankProbabilities?: Float64Array | undefined
  /** Σ π(b|x) q̂(x, b) over all items b: what the reward model expects of the policy at this step. [steps] */
  readonly expected?: Float64Array | undefined
  /** Σ π(b|x) over all items b that are like the one shown. [steps] */
  readonly groupProbabilities?: Float64Array | undefined
  /** φ(s, π) = Σ π(b|s) φ(s, b) over all items b. */
  readonly features?: Features | undefined
  /** Σ π(b|x) over all items b that the policy which served would hardly, or never, have shown: π₀(b|x) < 1e-4. [steps] */
  readonly unsupported?: Float64Array | undefined
}

/** How many steps there are, and where those of a unit begin and end. */
export function stepsOf({ units, starts }: Pick<Logged, 'units' | 'starts'>) {
  return {
    count: starts === undefined ? units : starts[units],
    start: (unit: number) => (starts === undefined ? unit : starts[unit]),
    end: (unit: number) => (starts === undefined ? unit + 1 : starts[unit + 1]),
  }
}

/** The same log with each step a unit by itself: each place of a list, given those above it. */
export function stepByStep({ starts, ...logged }: Logged): Logged {
  if (starts === undefined) return logged
  const owners = new Int32Array(starts[logged.units])
  for (let unit = 0; unit < logged.units; unit++) owners.fill(unit, starts[unit], starts[unit + 1])
  const { users, domains, times, loggers } = logged
  return {
    ...logged,
    units: owners.length,
    users: owners.map((unit) => users[unit]),
    domains: owners.map((unit) => domains[unit]),
    ...(times && { times: Float64Array.from(owners, (unit) => times[unit]) }),
    ...(loggers && { loggers: owners.map((unit) => loggers[unit]) }),
  }
}

/** What each unit earned: the sum over its steps. [units] */
export function rewardsOf(logged: Pick<Logged, 'units' | 'starts' | 'rewards'>): Float64Array {
  if (logged.starts === undefined) return logged.rewards
  const steps = stepsOf(logged)
  return Float64Array.from({ length: logged.units }, (_, unit) =>
    logged.rewards.subarray(steps.start(unit), steps.end(unit)).reduce((sum, reward) => sum + reward, 0),
  )
}

/** @throws TributaryError `bad-argument` where a log or a target lacks a column that an estimator needs */
export function neededColumn<T>(column: T | undefined, name: string): T {
  if (column !== undefined) return column
  throw new TributaryError('bad-argument', `there is no column ${name}, without which this estimator says nothing`)
}
