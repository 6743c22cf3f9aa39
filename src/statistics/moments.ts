/** What a column of one number a user comes to. */
export interface Moments {
  readonly n: number
  /** NaN for nobody. */
  readonly mean: number
  /** Of one user: n − 1 below the line; NaN for one. */
  readonly variance: number
}

export function momentsOf(values: ArrayLike<number>): Moments {
  const n = values.length
  let sum = 0
  for (let i = 0; i < n; i++) sum += values[i]
  const mean = sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (values[i] - mean) ** 2
  return { n, mean, variance: n > 1 ? squares / (n - 1) : Number.NaN }
}

/**
 * A ratio of sums, such as purchases a list, as one number a user: their mean is Σ above / Σ below, and their variance that of the
 * delta method, so that all that is said of means holds for it (Deng, Knoblich and Lu, 2018, §3). NaN where Σ below is 0.
 * @param above of each user @param below of each user, in the same order
 */
export function ratioValues(above: ArrayLike<number>, below: ArrayLike<number>): Float64Array {
  const [over, under] = [momentsOf(above).mean, momentsOf(below).mean]
  const ratio = over / under
  return Float64Array.from(above, (value, i) => ratio + (value - ratio * below[i]) / under)
}

/**
 * Values above what `share` of the users of all arms have become that much: one user who buys a thousand does not decide. One limit
 * for all arms, so that they stay comparable.
 */
export function winsorized(
  arms: readonly Float64Array[],
  share = 0.999,
): { readonly limit: number; readonly capped: number; readonly arms: readonly Float64Array[] } {
  const all = new Float64Array(arms.reduce((sum, { length }) => sum + length, 0))
  let filled = 0
  for (const values of arms) {
    all.set(values, filled)
    filled += values.length
  }
  all.sort()
  const limit = quantileOf(all, share)
  const capped = arms.reduce((sum, values) => sum + values.filter((value) => value > limit).length, 0)
  return { limit, capped, arms: arms.map((values) => values.map((value) => Math.min(value, limit))) }
}

/** With linear interpolation between the two nearest, as numpy does; NaN for nothing. */
function quantileOf(ascending: Float64Array, share: number): number {
  const place = share * (ascending.length - 1)
  const below = Math.max(0, Math.floor(place))
  const next = ascending[Math.min(below + 1, ascending.length - 1)] ?? Number.NaN
  const least = ascending[below] ?? Number.NaN
  return least + (place - below) * (next - least)
}
