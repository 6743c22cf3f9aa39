import { anytimeErrors } from './anytime.ts'
import { normalCdf, normalQuantile } from './distributions.ts'

export interface Plan {
  /** Of one user's value, in either arm. */
  readonly variance: number
  /** Which share of the users each of the two arms gets; default half. */
  readonly shares?: readonly [number, number] | undefined
  /** How the end is judged: by the interval that may be watched (default), or by one look. */
  readonly interval?: 'anytime' | 'fixed' | undefined
  /** How often a true effect is to be seen; default .8. */
  readonly power?: number | undefined
  /** Default .95. */
  readonly level?: number | undefined
}

/** Users of both arms together that it takes to see `effect` (in the unit of the values) by its end; ∞ for none. */
export function usersNeeded(effect: number, plan: Plan): number {
  return Math.ceil(errorOfOne(plan) ** 2 * (separation(plan) / effect) ** 2)
}

/** The least effect that so many users of both arms together are to show. */
export function detectableEffect(users: number, plan: Plan): number {
  return (errorOfOne(plan) * separation(plan)) / Math.sqrt(users)
}

/** How often so many users show an effect; for a watched interval at least so often, since it may show it earlier. */
export function powerOf(effect: number, users: number, plan: Plan): number {
  const size = (Math.abs(effect) * Math.sqrt(users)) / errorOfOne(plan)
  const bar = errorsToClear(plan)
  return normalCdf(size - bar) + normalCdf(-size - bar)
}

/** Standard error of the difference from one user in all: divided by √users it is that of so many. */
function errorOfOne({ variance, shares: [control, treatment] = [0.5, 0.5] }: Plan): number {
  const all = control + treatment
  return Math.sqrt(variance * (all / control + all / treatment))
}

/** How many standard errors an effect must be away from zero, to be seen as often as wanted. */
function separation(plan: Plan): number {
  return errorsToClear(plan) + normalQuantile(plan.power ?? 0.8)
}

function errorsToClear({ interval = 'anytime', level = 0.95 }: Plan): number {
  return interval === 'anytime' ? anytimeErrors(1, 1 - level) : normalQuantile((1 + level) / 2)
}
