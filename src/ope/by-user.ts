/** How many users there are: one more than the highest number of one. */
export function userCount(users: Int32Array): number {
  let highest = -1
  for (let unit = 0; unit < users.length; unit++) if (users[unit] > highest) highest = users[unit]
  return highest + 1
}

/** Which cells of a column of units are summed: one of several parts of each unit, the units of one domain. */
interface Cells {
  readonly parts?: number | undefined
  readonly part?: number | undefined
  readonly only?: { readonly domains: Int32Array; readonly domain: number } | undefined
}

/** Sums of a column by user; of 1 a unit without a column. [users] */
export function sumsByUser(
  column: Float64Array | undefined,
  users: Int32Array,
  count: number,
  { parts = 1, part = 0, only }: Cells = {},
): Float64Array {
  const sums = new Float64Array(count)
  for (let unit = 0; unit < users.length; unit++)
    if (only === undefined || only.domains[unit] === only.domain)
      sums[users[unit]] += column === undefined ? 1 : column[unit * parts + part]
  return sums
}

/**
 * Standard error of Σ top / Σ bottom where users are independent and what one does is not (the delta method, clustered; Liang and
 * Zeger, 1986). Users who hold nothing below the line do not count; NaN from a single one.
 * @param top sums by user
 * @param bottom sums by user
 * @param units how many units each user has
 */
export function ratioError(top: Float64Array, bottom: Float64Array, units: Float64Array): number {
  return influenceError(influences(top, bottom), units)
}

/** By how much each user moves Σ top / Σ bottom, to first order; they sum to 0. [users] */
export function influences(top: Float64Array, bottom: Float64Array): Float64Array {
  const below = total(bottom)
  const ratio = total(top) / below
  return top.map((sum, user) => (sum - ratio * bottom[user]) / below)
}

/** Standard error of what moves by so much with each user. */
export function influenceError(moved: Float64Array, units: Float64Array): number {
  let [squares, users] = [0, 0]
  for (let user = 0; user < moved.length; user++) {
    if (units[user] === 0) continue
    users++
    squares += moved[user] ** 2
  }
  return users < 2 ? Number.NaN : Math.sqrt((squares * users) / (users - 1))
}

export function total(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}
