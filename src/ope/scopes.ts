import { userCount } from './by-user.ts'
import type { Terms } from './estimator.ts'
import { type Logged, rewardsOf } from './logged.ts'

/** What users add above and below the line. [users] each */
export interface Ratio {
  readonly top: Float64Array
  readonly bottom: Float64Array
}

/** All units first, and then those of each domain that has some, where there are several. */
export interface Scopes {
  /** Absent: all units. */
  readonly domains: readonly (string | undefined)[]
  /** How many units each user has there. [scopes], of [users] */
  readonly units: readonly Float64Array[]
  /** What they earned, over how many they were. [scopes] */
  readonly served: readonly Ratio[]
  /** What an estimator adds, by user; a ratio for each of its parts. [scopes] */
  readonly sums: (terms: Terms) => readonly (readonly Ratio[])[]
}

export function scopesOf(logged: Logged): Scopes {
  const { users, domains, domainNames } = logged
  const count = userCount(users)
  const shown = domainNames.length < 2 ? [] : [...domainNames.keys()].filter((domain) => domains.includes(domain))

  const byScope = (column: Float64Array | undefined, parts = 1, part = 0): Float64Array[] => {
    const sums = domainNames.map(() => new Float64Array(count))
    for (let unit = 0; unit < users.length; unit++)
      sums[domains[unit]][users[unit]] += column === undefined ? 1 : column[unit * parts + part]
    if (shown.length === 0) return sums.slice(0, 1)
    const all = new Float64Array(count)
    for (const one of sums) for (let user = 0; user < count; user++) all[user] += one[user]
    return [all, ...shown.map((domain) => sums[domain])]
  }
  const units = byScope(undefined)
  const earned = byScope(rewardsOf(logged))
  return {
    domains: [undefined, ...shown.map((domain) => domainNames[domain])],
    units,
    served: earned.map((top, scope) => ({ top, bottom: units[scope] })),
    sums({ parts = 1, top, bottom }) {
      const ratios = Array.from({ length: parts }, (_, part) => {
        const below = bottom === undefined ? units : byScope(bottom, parts, part)
        return byScope(top, parts, part).map((above, scope) => ({ top: above, bottom: below[scope] }))
      })
      return units.map((_, scope) => ratios.map((of) => of[scope]))
    },
  }
}
