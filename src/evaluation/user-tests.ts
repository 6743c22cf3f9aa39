import { fixedInterval, meanOf, momentsOf, ratioValues, signedRank } from '../statistics/index.ts'

/** p values of two tests that assume other things than the bootstrap does; two-sided, of users, with seeds averaged. */
export interface UserTests {
  /** Student's, of the mean over cases: that means of so many users are nearly normal. */
  readonly t: number
  /** Wilcoxon's signed ranks, of each user's mean: that differences lie evenly around their middle. Of its sign, not of the mean. */
  readonly wilcoxon: number
}

/**
 * @param differences of cases @param users of each case: those of one user count as one
 * @returns NaN from one user, and where nothing differs
 */
export function userTests(differences: Float64Array, users: Int32Array): UserTests {
  const places = new Map<number, number>()
  for (const user of users) if (!places.has(user)) places.set(user, places.size)
  const [sums, counts] = [new Float64Array(places.size), new Float64Array(places.size)]
  for (const [k, user] of users.entries()) {
    const place = places.get(user) ?? 0
    sums[place] += differences[k]
    counts[place]++
  }
  return {
    t: fixedInterval(meanOf(momentsOf(ratioValues(sums, counts)))).p,
    wilcoxon: places.size > 1 ? signedRank(sums.map((sum, place) => sum / counts[place])).p : Number.NaN,
  }
}
