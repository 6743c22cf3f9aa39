import { chiSquareTail } from '../statistics/index.ts'
import { influenceError, influences, sumsByUser, total, userCount } from './by-user.ts'
import { type Logged, rewardsOf, stepsOf } from './logged.ts'

/** How the last third of a log's time differs from its first. */
export interface Drift {
  /** Mean reward of a unit, in standard errors by users; NaN without times, or where a third has nothing. */
  readonly z: number
  /** Share of what is shown in the last third that was not in the first (total variation); NaN without items and times. */
  readonly mix: number
  /** How often chance alone gives such a mix. */
  readonly p: number
}

const [FIRST, MIDDLE, LAST] = [0, 1, 2]
/** χ² takes about so many in each cell; rarer items are counted as one. */
const FEWEST = 10

export function driftOf(logged: Logged): Drift {
  const { times, users, units } = logged
  if (times === undefined || units === 0) return { z: Number.NaN, mix: Number.NaN, p: Number.NaN }
  const [since, until] = spanOf(times)
  const third = Int32Array.from(times, (time) =>
    time < since + (until - since) / 3 ? FIRST : time > until - (until - since) / 3 ? LAST : MIDDLE,
  )
  const count = userCount(users)
  const rewards = rewardsOf(logged)
  const sums = (of: (unit: number) => number, part: number) =>
    sumsByUser(users, count, (unit) => (third[unit] === part ? of(unit) : 0))
  const [paidFirst, paidLast] = [FIRST, LAST].map((part) => sums((unit) => rewards[unit], part))
  const [unitsFirst, unitsLast] = [FIRST, LAST].map((part) => sums(() => 1, part))
  const moved = influences(paidLast, unitsLast)
  for (const [user, by] of influences(paidFirst, unitsFirst).entries()) moved[user] -= by
  const apart = total(paidLast) / total(unitsLast) - total(paidFirst) / total(unitsFirst)
  const there = unitsFirst.map((first, user) => first + unitsLast[user])
  return { z: apart === 0 ? 0 : apart / influenceError(moved, there), ...mixOf(logged, third) }
}

/** Milliseconds of the first and of the last time. */
export function spanOf(times: Float64Array): [number, number] {
  let [since, until] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let unit = 0; unit < times.length; unit++) {
    since = Math.min(since, times[unit])
    until = Math.max(until, times[unit])
  }
  return [since, until]
}

function mixOf(logged: Logged, third: Int32Array): Pick<Drift, 'mix' | 'p'> {
  const { items, units } = logged
  if (items === undefined) return { mix: Number.NaN, p: Number.NaN }
  const { start, end } = stepsOf(logged)
  const count = userCount(items)
  const shown = [new Float64Array(count), new Float64Array(count)] as const
  for (let unit = 0; unit < units; unit++) {
    if (third[unit] === MIDDLE) continue
    for (let step = start(unit); step < end(unit); step++) shown[third[unit] === FIRST ? 0 : 1][items[step]]++
  }
  const [first, last] = shown.map(total)
  let [mix, square, cells] = [0, 0, 0]
  const rare = [0, 0]
  const add = (a: number, b: number) => {
    const expected = ((a + b) * first) / (first + last)
    square += (a - expected) ** 2 / expected + (b - (a + b - expected)) ** 2 / (a + b - expected)
    mix += Math.abs(a / first - b / last) / 2
    cells++
  }
  for (let item = 0; item < count; item++) {
    const [a, b] = [shown[0][item], shown[1][item]]
    if (a + b >= FEWEST) add(a, b)
    else {
      rare[0] += a
      rare[1] += b
    }
  }
  if (rare[0] + rare[1] > 0) add(rare[0], rare[1])
  return first > 0 && last > 0 && cells > 1
    ? { mix, p: chiSquareTail(square, cells - 1) }
    : { mix: Number.NaN, p: Number.NaN }
}
