import { createHash } from 'node:crypto'
import { type Query, UNLEARNED_SCORE } from '../core/index.ts'
import { type Draw, type DrawnList, type DrawPolicy, drawList } from '../evaluation/decide.ts'
import type { Recommendation } from '../evaluation/recommend.ts'
import type { Likeness } from './content.ts'

/** Asks a model for a list of what it knows, alone or together with others that ask. */
export type Ask = (query: Query, draw: Draw, maskSeen: boolean) => Promise<DrawnList>

/** An item that the model does not know, by items that it does. */
export interface Folded extends Likeness {
  readonly name: string
  /** Stands for it in a draw: larger than all ids, and the same in every process. */
  readonly number: number
}

/** @param size of the vocabulary */
export function folded(name: string, { items, weights }: Likeness, size: number): Folded {
  const hash = createHash('sha256').update(name).digest().readUInt32BE()
  return { name, number: size + (hash % (2 ** 31 - size)), items, weights }
}

/** How many of the candidates of a draw may be new, so that the others are not crowded out. */
const MOST_NEW = 0.5

/**
 * Draws of the items that a model knows and of new ones. A new item has the mean score of those that it is like, by weight; one that is like
 * none has the lowest of what is drawn of, so that it is listed where a draw explores, or where nothing else is left.
 * @throws as `ask`
 */
export async function drawWithNew(
  ask: Ask,
  query: Query,
  maskSeen: boolean,
  news: readonly Folded[],
  draw: Draw & { readonly policy: Exclude<DrawPolicy, { kind: 'policy' }> },
): Promise<DrawnList> {
  const { policy, seed, k, above = [] } = draw
  const places = above.length + k
  const size = policy.kind === 'greedy' ? places : policy.candidates
  const [{ items }, scores] = await Promise.all([
    ask(query, { policy: { kind: 'greedy' }, seed, k: Math.max(size, places) }, maskSeen),
    scoresOf(ask, query, news, seed),
  ])
  const best = items.map(({ item, score }): Recommendation => ({ item, score }))
  const chosen = news
    .map((one, age) => ({ item: one.number, score: scores[age], age }))
    .sort((a, b) => (b.score ?? Number.NEGATIVE_INFINITY) - (a.score ?? Number.NEGATIVE_INFINITY) || a.age - b.age)
    .slice(0, Math.max(Math.ceil(MOST_NEW * size), size - best.length))
  // Where the best are listed, nobody needs a place kept free.
  const known = policy.kind === 'greedy' ? best : best.slice(0, Math.max(0, size - chosen.length))
  const lowest = known.reduce((least, { score }) => Math.min(least, score), known[0]?.score ?? 0)
  const pool = [...known, ...chosen.map(({ item, score = lowest }) => ({ item, score }))]
  pool.sort((a, b) => b.score - a.score || a.item - b.item)
  return drawList([...pool, ...best.slice(known.length)], draw)
}

/** One for each; undefined of what is like nothing that the model has learned. */
async function scoresOf(
  ask: Ask,
  { candidates, exclude, ...query }: Query,
  news: readonly Folded[],
  seed: string,
): Promise<readonly (number | undefined)[]> {
  const like = [...new Set(news.flatMap(({ items }) => [...items]))]
  if (like.length === 0) return news.map(() => undefined)
  const asked = { ...query, candidates: Int32Array.from(like) }
  const { items } = await ask(asked, { policy: { kind: 'greedy' }, seed, k: like.length }, false)
  const scores = new Map(items.map(({ item, score }) => [item, score]))
  return news.map(({ items, weights }) => {
    let [sum, total] = [0, 0]
    for (const [at, item] of items.entries()) {
      const score = scores.get(item) ?? UNLEARNED_SCORE
      if (score <= UNLEARNED_SCORE) continue
      sum += weights[at] * score
      total += weights[at]
    }
    return total > 0 ? sum / total : undefined
  })
}
