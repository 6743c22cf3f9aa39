import { holm, type Tested } from '../statistics/index.ts'
import type { Estimate, Scope } from './interval.ts'

/** What is said of a target in one place. */
export type OpeVerdict = 'better' | 'worse' | 'no difference' | 'estimators disagree' | 'not supported'

/** The first of these that there is decides: where a reward model helps, the one with it; of several loggers, the one over all of them. */
const DECIDING = [
  'balanced-dr',
  'sn-balanced',
  'dr',
  'snipw',
  'cascade-dr',
  'snrips',
  'sequential-dr',
  'snpdis',
  'pdis',
  'ipw',
] as const

/** Which have to agree: they err in different ways, so where they are apart one of them is wrong. */
const AGREEING: readonly string[] = [
  'dm',
  'dr',
  'snipw',
  'mips',
  'sn-balanced',
  'balanced-dr',
  'snrips',
  'cascade-dr',
  'fqe',
  'sequential-dr',
  'snpdis',
]

/** How far apart they may be, in standard errors. */
const APART = 3

/** The estimate that a verdict is about. */
export function decidingEstimate({ estimates }: Pick<Scope, 'estimates'>): Estimate | undefined {
  for (const name of DECIDING) {
    const found = estimates.find(({ estimator }) => estimator === name)
    if (found !== undefined) return found
  }
  return estimates[0]
}

/** The two estimators that are furthest apart of those that have to agree, and how many standard errors of their difference. */
export function disagreement({
  estimates,
}: Pick<Scope, 'estimates'>): { readonly low: string; readonly high: string; readonly errors: number } | undefined {
  const agreeing = estimates.filter(({ estimator, error }) => AGREEING.includes(estimator) && error > 0)
  let widest: ReturnType<typeof disagreement>
  for (const a of agreeing)
    for (const b of agreeing) {
      // Each has an error of its own, so that two sound ones may be further apart than the wider of them.
      const errors = (b.value.mean - a.value.mean) / Math.hypot(a.error, b.error)
      if (errors > (widest?.errors ?? 0)) widest = { low: a.estimator, high: b.estimator, errors }
    }
  return widest
}

/**
 * Verdicts on places that are looked at together, adjusted by Holm for the places that are supported.
 * @param places absent: not supported there; where a difference may be watched (`anytime`), it decides in place of an estimate
 */
export function verdictsOf(
  places: readonly ((Scope & { readonly anytime?: Tested | undefined }) | undefined)[],
): OpeVerdict[] {
  const deciding = places.map((place) => {
    if (place?.anytime !== undefined) return place.anytime
    const estimate = place && decidingEstimate(place)
    return estimate && { ...estimate.difference, p: estimate.p }
  })
  const adjusted = holm(deciding.map((difference) => difference?.p ?? Number.NaN))
  return places.map((place, i) => {
    const difference = deciding[i]
    if (place === undefined || difference === undefined || Number.isNaN(adjusted[i])) return 'not supported'
    if ((disagreement(place)?.errors ?? 0) > APART) return 'estimators disagree'
    if (adjusted[i] > SIGNIFICANT) return 'no difference'
    return difference.mean > 0 ? 'better' : 'worse'
  })
}

const SIGNIFICANT = 0.05
