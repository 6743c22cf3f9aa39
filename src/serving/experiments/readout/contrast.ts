import { cuped, type Effect, momentsOf, ratioValues } from '../../../statistics/index.ts'

/** What is averaged over the users who count: Σ value / Σ size. */
export interface Averaged {
  /** [users] */
  readonly value: Float64Array
  /** Absent: 1 a user. [users] */
  readonly size?: Float64Array | undefined
  /** What a user did before, which no arm can have changed; NaN: not known. [users] */
  readonly before?: Float64Array | undefined
}

/** Who is compared. */
export interface Compared {
  /** Whether a user counts: in a domain only who was there. */
  readonly counts: (user: number) => boolean
  /** [users] */
  readonly arm: Int32Array
  /** Under which weights a user was assigned, from 0. [users] */
  readonly weighing: Int32Array
  readonly control: number
  readonly treatment: number
}

/** An arm, in parts that were assigned under the same weights. */
export interface Side {
  readonly mean: number
  readonly users: number
  /** Of each part, what it adds to the variance of the mean, and its users. */
  readonly parts: readonly { readonly variance: number; readonly users: number }[]
}

export interface Contrast {
  readonly control: Side
  readonly treatment: Side
}

/**
 * The mean of each arm with its variance. A ratio goes by the delta method. What users did before takes out the variance that it
 * explains. Users who were assigned under other weights are compared among themselves, and the differences averaged: else the
 * arm that grew would get those who came late, and a change of weights pass for an effect.
 */
export function contrastOf(averaged: Averaged, compared: Compared): Contrast {
  const strata = strataOf(compared).map((arms) => ({ arms: arms.map((users) => valuesOf(averaged, users)) }))
  const size = ({ arms }: (typeof strata)[number]) => arms.reduce((sum, { size }) => sum + size, 0)
  const all = strata.reduce((sum, stratum) => sum + size(stratum), 0)
  const moments = strata.map(({ arms }) => adjusted(arms).map((values) => momentsOf(values)))
  const shares = strata.map((stratum) => size(stratum) / all)
  const side = (arm: number): Side => ({
    mean: moments.length === 0 ? Number.NaN : moments.reduce((sum, arms, s) => sum + shares[s] * arms[arm].mean, 0),
    users: moments.reduce((sum, arms) => sum + arms[arm].n, 0),
    parts: moments.map((arms, s) => ({
      variance: (shares[s] ** 2 * arms[arm].variance) / arms[arm].n,
      users: arms[arm].n,
    })),
  })
  return { control: side(0), treatment: side(1) }
}

/** Treatment less so many times control; 1 is their difference. The two have no user in common. */
export function effectOf({ control, treatment }: Contrast, times = 1): Effect {
  const parts = [
    ...control.parts.map(({ variance, users }) => ({ variance: times ** 2 * variance, users })),
    ...treatment.parts,
  ]
  const variance = parts.reduce((sum, part) => sum + part.variance, 0)
  return {
    mean: treatment.mean - times * control.mean,
    error: Math.sqrt(variance),
    n: control.users + treatment.users,
    // Welch's, for any number of parts.
    degrees: variance ** 2 / parts.reduce((sum, part) => sum + part.variance ** 2 / (part.users - 1), 0),
  }
}

/** The difference as a share of the control's mean; its error is the delta method's. */
export function relativeOf(contrast: Contrast): Effect {
  const { control, treatment } = contrast
  const ratio = treatment.mean / control.mean
  return {
    ...effectOf(contrast, ratio),
    mean: ratio - 1,
    error: effectOf(contrast, ratio).error / Math.abs(control.mean),
  }
}

/** Of each weighing in which both arms have two users or more, the users of both. */
function strataOf({ counts, arm, weighing, control, treatment }: Compared): (readonly number[])[][] {
  const strata: number[][][] = []
  for (let user = 0; user < arm.length; user++) {
    if (!counts(user) || (arm[user] !== control && arm[user] !== treatment)) continue
    strata[weighing[user]] ??= [[], []]
    strata[weighing[user]][arm[user] === control ? 0 : 1].push(user)
  }
  return strata.filter((arms) => arms.every(({ length }) => length >= 2))
}

/** One number a user, whose mean is what is averaged; how large all are together. */
function valuesOf({ value, size, before }: Averaged, users: readonly number[]) {
  const pick = (column: Float64Array) => Float64Array.from(users, (user) => column[user])
  const [values, sizes] = [pick(value), size && pick(size)]
  return {
    values: sizes === undefined ? values : ratioValues(values, sizes),
    size: sizes === undefined ? users.length : sizes.reduce((sum, one) => sum + one, 0),
    before: before && pick(before),
  }
}

function adjusted(arms: readonly ReturnType<typeof valuesOf>[]): readonly Float64Array[] {
  const known = arms.flatMap(({ values, before }) => (before === undefined ? [] : [{ values, before }]))
  return known.length < arms.length ? arms.map(({ values }) => values) : cuped(known).arms
}
