import { studentQuantile } from '../statistics/index.ts'
import { holders, influenceError, influences, sumsByUser, total, userCount } from './by-user.ts'

/**
 * Which of several settings, that trade bias for spread, to take: the one that varies least of those that still agree with all
 * that vary more (SLOPE++: Su, Srinath and Krishnamurthy, 2020; Tucker and Lee, 2021). Errors are clustered by user, which is the
 * papers' where each row is a user.
 * @param adds what a unit adds under a setting
 */
export function gentlest(
  settings: readonly number[],
  adds: (unit: number, setting: number) => number,
  users: Int32Array,
): number {
  const [count, width] = [userCount(users), settings.length]
  const units = sumsByUser(users, count, () => 1)
  const sums = new Float64Array(count * width) // [users × settings], so that a user's are found together
  for (let unit = 0; unit < users.length; unit++)
    for (let s = 0; s < width; s++) sums[users[unit] * width + s] += adds(unit, settings[s])
  const quantile = studentQuantile(0.95, holders(units) - 1)
  const tried = settings.map((setting, s) => {
    const top = units.map((_, user) => sums[user * width + s])
    return {
      setting,
      value: total(top) / users.length,
      width: quantile * influenceError(influences(top, units), units),
    }
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
  return chosen.setting
}

/** So many weights, evenly spaced in how many rows lie between them; zeros left out. Of a long log some hundred thousand rows tell. */
export function spreadOf(weights: Float64Array, count: number): number[] {
  const stride = Math.ceil(weights.length / 100_000)
  const ascending = weights.filter((weight, row) => weight > 0 && row % stride === 0).sort()
  if (ascending.length === 0) return []
  const places = Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) / count) * ascending.length) - 1)
  return [...new Set(places.map((place) => ascending[place]))]
}
