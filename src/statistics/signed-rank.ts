import { normalCdf } from './distributions.ts'

export interface SignedRank {
  /** Sum of the ranks of what is above zero. */
  readonly above: number
  /** Of differences that are not zero: the others are left out. */
  readonly n: number
  /** Two-sided; NaN without any that is not zero. */
  readonly p: number
}

/**
 * Whether differences lie as much above zero as below it, by the ranks of their sizes and not by the sizes themselves (Wilcoxon,
 * 1945): a few that are huge do not decide. Exact for up to fifty without ties, nearly normal otherwise.
 * @param differences one a user, independent of one another
 */
export function signedRank(differences: Float64Array): SignedRank {
  const found = differences.filter((value) => value !== 0).sort((a, b) => Math.abs(a) - Math.abs(b))
  const n = found.length
  if (n === 0) return { above: 0, n, p: Number.NaN }
  let [above, ties] = [0, 0]
  for (let from = 0; from < n; ) {
    let to = from + 1
    while (to < n && Math.abs(found[to]) === Math.abs(found[from])) to++
    const [rank, tied] = [(from + 1 + to) / 2, to - from]
    for (let i = from; i < to; i++) if (found[i] > 0) above += rank
    ties += tied ** 3 - tied
    from = to
  }
  if (n <= MOST_EXACT && ties === 0) return { above, n, p: exact(above, n) }
  const variance = (n * (n + 1) * (2 * n + 1)) / 24 - ties / 48
  return { above, n, p: 2 * normalCdf(-Math.abs(above - (n * (n + 1)) / 4) / Math.sqrt(variance)) }
}

const MOST_EXACT = 50

/** Of the 2ⁿ ways to give signs to the ranks 1 to n, the share that is at least as uneven. */
function exact(above: number, n: number): number {
  const sum = (n * (n + 1)) / 2
  const ways = new Float64Array(sum + 1)
  ways[0] = 1
  for (let rank = 1; rank <= n; rank++) for (let at = sum; at >= rank; at--) ways[at] += ways[at - rank]
  let tail = 0
  for (let at = 0; at <= Math.min(above, sum - above); at++) tail += ways[at]
  return Math.min(1, (2 * tail) / 2 ** n)
}
