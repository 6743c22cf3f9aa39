/** How many users there are: one more than the highest number of one. */
export function userCount(users: Int32Array): number {
  let highest = -1
  for (let unit = 0; unit < users.length; unit++) if (users[unit] > highest) highest = users[unit]
  return highest + 1
}

/** What units add, summed by user. [users] */
export function sumsByUser(users: Int32Array, count: number, of: (unit: number) => number): Float64Array {
  const sums = new Float64Array(count)
  for (let unit = 0; unit < users.length; unit++) sums[users[unit]] += of(unit)
  return sums
}

/** By how much each user moves Σ top / Σ bottom, to first order; they sum to 0. [users] */
export function influences(top: Float64Array, bottom: Float64Array): Float64Array {
  const below = total(bottom)
  const ratio = total(top) / below
  return top.map((sum, user) => (sum - ratio * bottom[user]) / below)
}

/**
 * Standard error of what moves by so much with each user: users are independent, and what one does is not (the delta method, clustered;
 * Liang and Zeger, 1986). NaN from a single user.
 * @param units how many units each user has; who has none does not count
 */
export function influenceError(moved: Float64Array, units: Float64Array): number {
  let [squares, users] = [0, 0]
  for (let user = 0; user < moved.length; user++) {
    if (units[user] === 0) continue
    users++
    squares += moved[user] ** 2
  }
  return users < 2 ? Number.NaN : Math.sqrt((squares * users) / (users - 1))
}

/** How many users have some of it. */
export function holders(units: Float64Array): number {
  return units.reduce((count, held) => count + Number(held > 0), 0)
}

export function total(values: Float64Array): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]
  return sum
}
