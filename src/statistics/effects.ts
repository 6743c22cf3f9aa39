import type { Interval } from '../math/index.ts'
import { studentCdf, studentQuantile } from './distributions.ts'
import type { Moments } from './moments.ts'

/** A mean, or a difference of means, that is nearly normal. */
export interface Effect {
  readonly mean: number
  /** Standard error of it. */
  readonly error: number
  /** On how many users it stands, of both arms together. */
  readonly n: number
  /** Degrees of freedom of `error`. */
  readonly degrees: number
}

/** An interval with the p value that belongs to it. */
export interface Tested extends Interval {
  /** Two-sided, against zero; NaN where nothing can be said. */
  readonly p: number
}

/** Whether something is above a floor, and how far down it may lie. */
export interface TestedAbove {
  readonly mean: number
  readonly low: number
  /** One-sided: of being no more than the floor. */
  readonly p: number
}

export function meanOf({ n, mean, variance }: Moments): Effect {
  return { mean, error: Math.sqrt(variance / n), n, degrees: n - 1 }
}

/** How much the treatment's mean is above the control's; variances may differ (Welch, 1947). */
export function differenceOf(control: Moments, treatment: Moments): Effect {
  const [c, t] = [control.variance / control.n, treatment.variance / treatment.n]
  return {
    mean: treatment.mean - control.mean,
    error: Math.sqrt(c + t),
    n: control.n + treatment.n,
    degrees: (c + t) ** 2 / (c ** 2 / (control.n - 1) + t ** 2 / (treatment.n - 1)),
  }
}

/**
 * The same in shares of the control's mean: .05 is 5 % more. Its error is the delta method's, which needs a control whose mean is
 * some standard errors away from zero.
 */
export function relativeDifferenceOf(control: Moments, treatment: Moments): Effect {
  const absolute = differenceOf(control, treatment)
  const variance =
    treatment.variance / (treatment.n * control.mean ** 2) +
    (control.variance * treatment.mean ** 2) / (control.n * control.mean ** 4)
  return { ...absolute, mean: absolute.mean / control.mean, error: Math.sqrt(variance) }
}

/** The same with its sign turned: for what should fall. */
export function turned(effect: Effect): Effect {
  return { ...effect, mean: -effect.mean }
}

/**
 * Student's interval and test, for one look at a moment that was set before: one that is looked at more often errs more often than
 * one time in twenty (`anytimeInterval` does not). NaN where nothing varied.
 */
export function fixedInterval(effect: Effect, level = 0.95): Tested {
  const { mean, error, degrees } = varied(effect)
  const half = error * studentQuantile((1 + level) / 2, degrees)
  return { mean, low: mean - half, high: mean + half, p: 2 * studentCdf(-Math.abs(mean / error), degrees) }
}

/** The same from one side: whether it is above `floor`, such as minus a margin. */
export function fixedAbove(effect: Effect, floor: number, level = 0.95): TestedAbove {
  const { mean, error, degrees } = varied(effect)
  return { mean, low: mean - error * studentQuantile(level, degrees), p: studentCdf((floor - mean) / error, degrees) }
}

/** What did not vary, but for rounding, has no error that could be estimated. */
export function varied(effect: Effect): Effect {
  return effect.error > 1e-12 * Math.abs(effect.mean) ? effect : { ...effect, error: Number.NaN }
}
