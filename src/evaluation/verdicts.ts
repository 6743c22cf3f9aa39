import type { Verdict } from '../math/index.ts'
import { holm, type Tested } from '../statistics/index.ts'
import type { UserTests } from './user-tests.ts'

/**
 * The fewest users that a verdict is given from. A bootstrap draws from the users there are: the fewer, the narrower its
 * intervals. Of true zeros it misjudges one in three from two users, one in six from five and one in twelve from twenty, on its
 * way to one in twenty.
 */
export const LEAST_USERS = 20

/** What is said of a difference: a verdict, or why there is none. */
export type Finding = Verdict | 'no cases' | 'too few users' | 'under-trained' | 'not judged'

/**
 * A model that was still getting better when its epochs were over: what it lost, more training may give it. Where patience is 0,
 * so many epochs were asked for and are part of what is judged.
 */
export interface UnderTrained {
  /** In the order of the dataset. Of a model of all domains, all; of one trained domain by domain, those still getting better. */
  readonly domains: readonly string[]
  /** How many were allowed. */
  readonly epochs: number
  readonly patience: number
}

export interface Difference extends Tested {
  /** Adjusted by Holm for the domains looked at; NaN where there is no verdict for lack of users, or of an interval. */
  readonly p: number
  readonly verdict: Finding
  /** Adjusted in the same way; verdicts do not look at them. Absent where a metric is no mean over cases. */
  readonly tests?: UserTests
}

/** The cases of a domain, or of all. */
interface JudgedCases {
  readonly difference: Tested & Pick<Difference, 'tests'>
  readonly cases: number
  readonly users: number
  /** Whether the model, or the one that it is held against, was still getting better when its training ended. */
  readonly stillGaining: { readonly model: boolean; readonly against: boolean }
}

/**
 * Verdicts on places that are looked at together: each is helped or harmed only where its p value, adjusted by Holm for the
 * places with enough users, is at most .05. So of all true zeros together, one look in twenty finds one that is none. A side that
 * was still getting better is not said to lose.
 */
export function judgeTogether(
  places: readonly JudgedCases[],
  { leastUsers, lessIsBetter }: { readonly leastUsers: number; readonly lessIsBetter: boolean },
): Difference[] {
  const looked = places.filter(({ users }) => users >= leastUsers)
  const adjusted = (of: (difference: JudgedCases['difference']) => number) => {
    const values = holm(looked.map(({ difference }) => of(difference)))
    return new Map(looked.map((place, i) => [place, values[i]]))
  }
  const [ps, ts, wilcoxons] = [
    adjusted(({ p }) => p),
    adjusted(({ tests }) => tests?.t ?? Number.NaN),
    adjusted(({ tests }) => tests?.wilcoxon ?? Number.NaN),
  ]
  return places.map((place): Difference => {
    const { cases, stillGaining } = place
    const at = (values: ReadonlyMap<JudgedCases, number>) => values.get(place) ?? Number.NaN
    const p = at(ps)
    const { tests } = place.difference
    const difference = { ...place.difference, ...(tests && { tests: { t: at(ts), wilcoxon: at(wilcoxons) } }) }
    if (cases === 0) return { ...difference, p, verdict: 'no cases' }
    if (!ps.has(place)) return { ...difference, p, verdict: 'too few users' }
    if (Number.isNaN(p)) return { ...difference, p, verdict: 'not judged' }
    if (p > SIGNIFICANT) return { ...difference, p, verdict: 'no difference' }
    const won = difference.mean > 0 !== lessIsBetter
    if (won ? stillGaining.against : stillGaining.model) return { ...difference, p, verdict: 'under-trained' }
    return { ...difference, p, verdict: won ? 'helped' : 'harmed' }
  })
}

/** The largest p that says something. */
export const SIGNIFICANT = 0.05
