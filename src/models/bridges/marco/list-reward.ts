/** What a liked thing at a rank adds to the reward of its list. */
export const LIST_GAINS = {
  ndcg: (rank: number) => 1 / Math.log2(1 + rank),
  hit: (rank: number) => (rank <= 10 ? 1 : 0),
} as const

/** Rows in lists. */
export interface Listed {
  /** Where lists begin, and N at the end. */
  readonly starts: Int32Array
  /** 1 for what is to stand before the rest of its list. [N] */
  readonly liked: Uint8Array
}

/**
 * Rewards of lists: the mean gain of what was liked there, each by its rank among what was not, in which it stands behind what scores the same.
 * 0 where nothing was liked. No gradient leads to it.
 * @param scores [N]
 * @returns the reward of the list of a row, had the row another score
 */
export function listReward(
  scores: Float64Array,
  { starts, liked }: Listed,
  gain: (rank: number) => number,
): (row: number, score: number) => number {
  const listOf = new Int32Array(scores.length)
  const likedIn: number[][] = []
  const others: number[][] = []
  const ranks = new Int32Array(scores.length)
  const rankAmong = (list: number, score: number) =>
    others[list].reduce((rank, other) => rank + (scores[other] >= score ? 1 : 0), 1)
  const totals = Array.from({ length: starts.length - 1 }, (_, list) => {
    const rows = Array.from({ length: starts[list + 1] - starts[list] }, (_, i) => starts[list] + i)
    for (const row of rows) listOf[row] = list
    likedIn.push(rows.filter((row) => liked[row] === 1))
    others.push(rows.filter((row) => liked[row] === 0))
    for (const row of likedIn[list]) ranks[row] = rankAmong(list, scores[row])
    return likedIn[list].reduce((sum, row) => sum + gain(ranks[row]), 0)
  })
  return (row, score) => {
    const list = listOf[row]
    const of = likedIn[list]
    if (of.length === 0) return 0
    let total = totals[list]
    if (score !== scores[row]) {
      const changes = (one: number, rank: number) => gain(rank) - gain(ranks[one])
      if (liked[row] === 1) total += changes(row, rankAmong(list, score))
      else
        for (const one of of) {
          const ahead = (of: number) => (of >= scores[one] ? 1 : 0)
          total += changes(one, ranks[one] + ahead(score) - ahead(scores[row]))
        }
    }
    return total / of.length
  }
}
