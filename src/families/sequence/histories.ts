import { type Dataset, domainItems, domainOfItem, type Query, type Scorer } from '../../core/index.ts'
import type { Sequences } from '../../data/index.ts'

// Which part of a user's history one model of all domains reads, and learns from: `histories`.

/** The question with that part of its history that lies in the domain asked for. */
export function ownQuery(query: Query, dataset: Pick<Dataset, 'domainStart'>): Query {
  const { start, end } = domainItems(dataset, query.domain)
  return { ...query, history: query.history.filter((item) => item >= start && item < end) }
}

/** Answers from the history in the domain asked for alone. */
export function askedOfOwn(score: Scorer['score'], dataset: Pick<Dataset, 'domainStart'>): Scorer['score'] {
  return (queries, range) =>
    score(
      queries.map((query) => ownQuery(query, dataset)),
      range,
    )
}

/**
 * Sequences of one domain each, from mixed ones: what twins learn from, for one model. With `both` the mixed ones stand before them, and
 * a sequence that is of one domain anyhow stands there once.
 */
export function ownSequences(
  mixed: Sequences,
  { domains, domainStart }: Pick<Dataset, 'domains' | 'domainStart'>,
  histories: 'own' | 'both',
): Sequences {
  const rows: { readonly user: number; readonly items: Int32Array }[] = []
  for (const [s, user] of mixed.user.entries()) {
    const items = mixed.items.subarray(mixed.offsets[s], mixed.offsets[s + 1])
    const domainOf = items.map((item) => domainOfItem({ domainStart }, item))
    const visited = [...domains.keys()].filter((d) => domainOf.includes(d))
    if (histories === 'both') rows.push({ user, items })
    if (histories === 'both' && visited.length === 1) continue
    for (const d of visited) rows.push({ user, items: items.filter((_, i) => domainOf[i] === d) })
  }
  const offsets = new Int32Array(rows.length + 1)
  for (const [r, { items }] of rows.entries()) offsets[r + 1] = offsets[r] + items.length
  const items = new Int32Array(offsets[rows.length])
  for (const [r, row] of rows.entries()) items.set(row.items, offsets[r])
  return { user: Int32Array.from(rows, ({ user }) => user), items, offsets }
}
