import { studentQuantile } from '../statistics/index.ts'
import { ratioError, sumsByUser, total, userCount } from './by-user.ts'

/**
 * Which of several settings, that trade bias for spread, to take: the one that varies least of those that still agree with all
 * that vary more (SLOPE++: Su, Srinath and Krishnamurthy, 2020; Tucker and Lee, 2021). Errors are clustered by user, which is the
 * papers' where each row is a user.
 * @param at what each unit adds under a setting
 * @returns what each unit adds under the chosen one
 */
export function gentlest(
  settings: readonly number[],
  at: (setting: number) => Float64Array,
  users: Int32Array,
): Float64Array {
  const count = userCount(users)
  const units = sumsByUser(undefined, users, count)
  const quantile = studentQuantile(0.95, units.reduce((sum, held) => sum + Number(held > 0), 0) - 1)
  const tried = settings.map((setting) => {
    const top = sumsByUser(at(setting), users, count)
    return { setting, value: total(top) / users.length, width: quantile * ratioError(top, units, units) }
  })
  // Among equally wide ones the later, so that the least biased is met first.
  const byWidth = [...tried.entries()].sort(([i, a], [j, b]) => b.width - a.width || j - i).map(([, one]) => one)
  const constant = Math.sqrt(6) - 1
  let chosen = byWidth[0]
  for (const [place, next] of byWidth.entries()) {
    const agrees = byWidth
      .slice(0, place)
      .every(({ value, width }) => Math.abs(value - next.value) <= next.width + constant * width)
    if (!agrees) break
    chosen = next
  }
  return at(chosen.setting)
}

/** So many weights, evenly spaced in how many rows lie between them, the heaviest among them; zeros left out. */
export function spreadOf(weights: Float64Array, count: number): number[] {
  const ascending = weights.filter((weight) => weight > 0).sort()
  if (ascending.length === 0) return []
  const places = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) / count) * ascending.length) - 1)
  return [...new Set(places.map((place) => ascending[place]))]
}
