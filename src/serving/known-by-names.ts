import { type Dataset, type Query, type Scorer, UNLEARNED_SCORE, type Vocabulary } from '../core/index.ts'

/**
 * A scorer of an earlier log, asked about a later one: users and items are found by their names. Items that it does not know get the
 * score of those that never learned, since it can recommend none of them; in histories they are skipped.
 * @param known what the scorer was trained on
 * @param dataset what queries are of
 */
export function knownByNames(scorer: Scorer, known: Dataset, dataset: Dataset): Scorer {
  if (known.hash === dataset.hash) return scorer
  const users = idsBefore(dataset.users, known.users, 0)
  const items = idsBefore(dataset.items, known.items, 1)
  const domains = dataset.domains.map((name) => known.domains.indexOf(name))
  const before = ({ user, history, values, domain }: Query): Query => {
    const kept = [...history.keys()].filter((t) => items[history[t]] > 0)
    return {
      domain: domains[domain],
      history: Int32Array.from(kept, (t) => items[history[t]]),
      ...(values !== undefined && { values: Float32Array.from(kept, (t) => values[t]) }),
      ...(user !== undefined && users[user] !== -1 && { user: users[user] }),
    }
  }
  return {
    async score(queries, { start, end }) {
      const width = end - start
      const scores = new Float32Array(queries.length * width).fill(UNLEARNED_SCORE)
      const own = items.subarray(start, end)
      const found = own.filter((item) => item > 0)
      const rows = [...queries.keys()].filter((row) => domains[queries[row].domain] !== -1)
      if (found.length === 0 || rows.length === 0) return scores
      const [first, last] = [found.reduce((a, b) => Math.min(a, b)), found.reduce((a, b) => Math.max(a, b))]
      const asked = rows.map((row) => before(queries[row]))
      const block = await scorer.score(asked, { start: first, end: last + 1 })
      const blockWidth = last + 1 - first
      for (const [place, row] of rows.entries())
        for (const [i, item] of own.entries())
          if (item > 0) scores[row * width + i] = block[place * blockWidth + item - first]
      return scores
    },
  }
}

/** The earlier id of each id, −1 where there was none; ids before `first` have no name. */
function idsBefore(now: Vocabulary, then: Vocabulary, first: number): Int32Array {
  return Int32Array.from({ length: now.size }, (_, id) => (id < first ? -1 : (then.id(now.name(id)) ?? -1)))
}
