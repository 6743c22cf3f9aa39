import { type Effect, type Tested, type TestedAbove, varied } from './effects.ts'

export interface AnytimeOptions {
  /** How many users (of both arms together) the experiment is planned for: there the interval is narrowest. */
  readonly planned: number
  /** Default .95. */
  readonly level?: number | undefined
}

/**
 * An interval that may be looked at as often as one likes: the truth lies in all of them together with probability `level`, from
 * where the means are nearly normal. An asymptotic confidence sequence (Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, 2021,
 * arXiv:2103.06476). NaN where nothing varied.
 */
export function anytimeInterval(effect: Effect, { planned, level = 0.95 }: AnytimeOptions): Tested {
  const { mean, error, n } = varied(effect)
  const c = (n / planned) * mixing(1 - level) // n ρ²
  const half = error * anytimeErrors(n / planned, 1 - level)
  const log = ((mean / error) ** 2 * c) / (c + 1) / 2 - Math.log(c + 1) / 2 // of the e value that the interval turns around
  return { mean, low: mean - half, high: mean + half, p: Math.min(1, Math.exp(-log)) }
}

/** The same from one side: whether it is above `floor`, such as minus a margin. */
export function anytimeAbove(effect: Effect, floor: number, { planned, level = 0.95 }: AnytimeOptions): TestedAbove {
  const { mean, error, n } = varied(effect)
  const alpha = 1 - level
  const c = (n / planned) * mixing(2 * alpha)
  const half = error * Math.sqrt(((2 * (c + 1)) / c) * Math.log(1 + Math.sqrt(c + 1) / (2 * alpha))) // Eq. 134
  const z = (mean - floor) / error
  const exponent = (z ** 2 * c) / (c + 1) / 2
  const p = z <= 0 ? 1 : Math.min(1, Math.sqrt(c + 1) / (2 * Math.expm1(exponent)))
  return { mean, low: mean - half, p }
}

/** Half the anytime interval's width in standard errors, when so much of what was planned is there: 1.96 has become 3.04 at its end. */
export function anytimeErrors(share: number, alpha: number): number {
  const c = share * mixing(alpha)
  return Math.sqrt(((2 * (c + 1)) / c) * Math.log(Math.sqrt(c + 1) / alpha)) // Eq. 9
}

/** ρ² times the planned number of users: which ρ makes the interval narrowest there, in closed form (their appendix). */
function mixing(alpha: number): number {
  return -2 * Math.log(alpha) + Math.log(1 - 2 * Math.log(alpha))
}
