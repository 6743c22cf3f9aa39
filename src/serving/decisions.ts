import { createHash, randomBytes } from 'node:crypto'
import { type Dataset, isPolicy, type Scorer } from '../core/index.ts'
import { type DrawPolicy, decide } from '../evaluation/decide.ts'
import { type Asked, type Question, toQuestion } from './ask.ts'
import type { Composed, Plan } from './compose.ts'
import { NOTHING_ALIKE } from './content.ts'
import type { DecidedExperiment, DecidedItem, Decision } from './decision.ts'
import type { Filter } from './filters.ts'
import { type Ask, drawWithNew, folded } from './fold.ts'
import type { Histories } from './histories.ts'
import type { ServedModel } from './models.ts'
import type { Store } from './store/store.ts'

/** Letters and digits that nobody takes for another (Crockford). */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/**
 * An id that sorts by time and that nobody can guess: ten digits for the milliseconds, sixteen that are random (a ULID).
 * @param at milliseconds since 1970
 */
export function decisionId(at: number, random: Uint8Array = randomBytes(16)): string {
  const time = Array.from({ length: 10 }, (_, i) => DIGITS[Math.floor(at / 32 ** (9 - i)) % 32])
  return `r_${time.join('')}${Array.from(random, (byte) => DIGITS[byte % 32]).join('')}`
}

/** How a model acts when it is served: a policy that was trained to draw its items does so, and is told what it was told then. */
export function asItActs(model: Scorer): Pick<ServedModel, 'policy' | 'remembers'> {
  if (!isPolicy(model)) return {}
  const { acting, remembers } = model
  return { remembers, ...(acting === 'sampled' && { policy: { kind: 'policy', acting } }) }
}

interface Scored {
  readonly item: string
  readonly score: number
}

/** Tells whether a draw had the same items to draw of, with the same scores. */
export function hashOf(pool: readonly Scored[]): string {
  const pairs = pool.map(({ item, score }) => [item, score])
  return createHash('sha256').update(JSON.stringify(pairs)).digest('hex').slice(0, 16)
}

/** An answer before it has its record. */
export interface Made {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly model: ServedModel
  readonly asked: Asked & {
    readonly session?: string | undefined
    readonly placement?: string | undefined
    readonly filter?: Filter | undefined
  }
  readonly question: Pick<Question, 'sequence'>
  readonly plan: Pick<Plan, 'k' | 'maskSeen' | 'policy' | 'domain'>
  readonly list: Composed
  readonly experiment?: DecidedExperiment | undefined
}

export function toDecision({ id, at, model, asked, question, plan, list, experiment }: Made): Decision {
  const { user, session, placement, history, values, exclude, candidates, filter } = asked
  return {
    id,
    at,
    ...(user !== undefined && { user }),
    ...(session !== undefined && { session }),
    domain: plan.domain,
    ...(placement !== undefined && { placement }),
    model: model.name,
    weights: model.weights ?? '',
    policy: plan.policy,
    asked: {
      k: plan.k,
      maskSeen: plan.maskSeen,
      ...(exclude !== undefined && { exclude }),
      ...(candidates !== undefined && { candidates }),
      ...(filter !== undefined && { filter }),
    },
    candidatesHash: hashOf(list.pool),
    ...drawnOf(list, model.dataset),
    ...(question.sequence !== undefined && { historySequence: question.sequence }),
    ...(history !== undefined && { history: history.map((entry) => (typeof entry === 'string' ? entry : entry.item)) }),
    ...(values !== undefined && { values }),
    ...(experiment !== undefined && { experiment }),
    items: decidedItems(list),
  }
}

/** A record has the names of what was drawn of, up to so many. */
const MOST_DRAWN_OF = 1000

/** What a record needs, beside the question, to be made again. */
export function drawnOf(
  { restricted, pool, news, items: list }: Composed,
  { items }: Pick<Dataset, 'items'>,
): Pick<Decision, 'drawnOf' | 'news'> {
  if (!restricted) return {}
  // What stands behind all that a draw is of, once it has been drawn, is not among that.
  const names = new Set([...pool, ...list.filter(wasDrawn)].map(({ item }) => item))
  if (names.size > MOST_DRAWN_OF) return { drawnOf: 'many' }
  const recorded = news.map(({ name, items: like, weights }) => ({
    item: name,
    like: Array.from(like, (item, at) => ({ item: items.name(item), weight: weights[at] })),
  }))
  return { drawnOf: [...names], ...(recorded.length > 0 && { news: recorded }) }
}

/** What a record needs when its list has another page. */
export function drawnOfPages(
  { drawnOf: before, news = [], items }: Decision,
  page: Composed,
  dataset: Pick<Dataset, 'items'>,
): Pick<Decision, 'drawnOf' | 'news'> {
  const { drawnOf: now, news: more = [] } = drawnOf(page, dataset)
  if (before === undefined && now === undefined) return {}
  if (before === 'many' || now === 'many') return { drawnOf: 'many' }
  const both = [...(before ?? namesOf(items)), ...(now ?? namesOf(page.items))]
  const fresh = more.filter(({ item }) => !news.some((one) => one.item === item))
  return { drawnOf: [...new Set(both)], ...(news.length + fresh.length > 0 && { news: [...news, ...fresh] }) }
}

function namesOf(items: readonly Pick<DecidedItem, 'item' | 'source' | 'filled'>[]): readonly string[] {
  return items.filter(wasDrawn).map(({ item }) => item)
}

/** A list as it is answered and kept. */
export function decidedItems({ items }: Pick<Composed, 'items'>): DecidedItem[] {
  return items.map(({ id: _, ...item }) => item)
}

/** The question of a record, with the history as it was. */
export function questionOf(
  { user, session, domain, history, values, asked, historySequence }: Decision,
  model: Pick<ServedModel, 'dataset' | 'remembers'>,
  histories: Histories,
): Promise<Question> {
  const { exclude, candidates } = asked
  // A stranger was one, whatever he has done since.
  const upTo = historySequence ?? (history === undefined ? 0 : undefined)
  const past = { upTo, session: rememberedSession(model, session) }
  return toQuestion({ user, domain, history, values, exclude, candidates, ignoreUnknown: true }, model.dataset, {
    histories,
    past,
  })
}

/** The visit whose events alone a policy remembers; undefined for whoever remembers all. */
export function rememberedSession(
  { remembers }: Pick<ServedModel, 'remembers'>,
  session: string | undefined,
): string | undefined {
  return remembers === 'episode' ? session : undefined
}

/** How a record comes out when it is made again. */
export type Again =
  | { readonly kind: 'same' }
  /** By other weights, which the model at hand says nothing of. */
  | { readonly kind: 'other-weights' }
  /** Put together by two models in turn. */
  | { readonly kind: 'interleaved' }
  /** Drawn of more items than a record keeps, by a catalogue that has changed since. */
  | { readonly kind: 'not-kept' }
  | { readonly kind: 'different'; readonly why: string }

/**
 * Makes the drawn part of a record again, and compares it bit for bit: which items there were to draw of, which were drawn, their
 * scores and probabilities.
 */
export async function decideAgain(
  decision: Decision,
  model: Pick<ServedModel, 'model' | 'dataset' | 'weights' | 'remembers'>,
  histories: Histories,
): Promise<Again> {
  if (decision.weights !== (model.weights ?? '')) return { kind: 'other-weights' }
  if (decision.interleaved !== undefined) return { kind: 'interleaved' }
  const { drawnOf } = decision
  if (drawnOf === 'many') return { kind: 'not-kept' }
  const drawn = decision.items.filter(wasDrawn)
  if (drawn.length === 0) return { kind: 'same' }
  const draw = { policy: decision.policy, k: drawn.length, kept: drawnOf }
  const list = await drawAgain(decision, draw, model, histories)
  const hash = hashOf(list.pool)
  if (decision.policy.kind !== 'greedy' && hash !== decision.candidatesHash)
    return { kind: 'different', why: `it was drawn of other items or scores (${decision.candidatesHash}, now ${hash})` }
  for (const [index, { item, score, propensity }] of drawn.entries()) {
    const now = list.items[index]
    const [what, then, here] =
      [
        ['item', item, now?.item],
        ['score', score, now?.score],
        ['propensity', propensity, now?.propensity],
      ].find(([, then, here]) => !Object.is(then, here)) ?? []
    if (what !== undefined)
      return { kind: 'different', why: `the ${what} of drawn place ${index + 1} was ${then} and is ${here}` }
  }
  return { kind: 'same' }
}

/** Whether the place of an item was drawn, so that its propensity tells something of the policy. */
export function wasDrawn({ source, filled }: Pick<DecidedItem, 'source' | 'filled'>): boolean {
  return source !== 'pinned' && filled !== true
}

/** How a record is drawn again: as it was, or as another policy would draw. */
interface Redraw {
  readonly policy: DrawPolicy
  /** How many places. */
  readonly k: number
  /** Absent: the question alone says what there is to draw of. */
  readonly kept: readonly string[] | undefined
}

/**
 * A list by the question of a record, of the items that there were. A model that has learned other items than the one that answered draws of
 * those that it knows; what is new to it has a score by what it is like.
 */
export async function drawAgain(
  decision: Decision,
  { policy, k, kept }: Redraw,
  { model, dataset, remembers }: Pick<ServedModel, 'model' | 'dataset' | 'remembers'>,
  histories: Histories,
  ask: Ask = async (of, draw, maskSeen) => (await decide(model, dataset, [of], [draw], { maskSeen }))[0],
): Promise<{ readonly pool: readonly Scored[]; readonly items: readonly (Scored & { propensity: number })[] }> {
  const { items } = dataset
  const idOf = (name: string) => items.id(name) ?? []
  const { query: asked } = await questionOf(decision, { dataset, remembers }, histories)
  const { exclude, ...rest } = asked
  const query = kept === undefined ? asked : { ...rest, candidates: Int32Array.from(kept.flatMap(idOf)) }
  const news = (decision.news ?? [])
    .filter(({ item }) => items.id(item) === undefined)
    .map(({ item, like }) => {
      const known = like.filter((one) => items.id(one.item) !== undefined)
      const ids = Int32Array.from(known.flatMap((one) => idOf(one.item)))
      return folded(item, { items: ids, weights: Float32Array.from(known, ({ weight }) => weight) }, items.size)
    })
  const pinned = decision.items.filter(({ source }) => source === 'pinned')
  const above = pinned.map(({ item }) => items.id(item) ?? folded(item, NOTHING_ALIKE, items.size).number)
  const maskSeen = kept === undefined && decision.asked.maskSeen
  const { id: seed } = decision
  const list =
    news.length === 0 || policy.kind === 'policy'
      ? await ask(query, { policy, seed, k, above }, maskSeen)
      : await drawWithNew(ask, query, maskSeen, news, { policy, seed, k, above })
  const nameOf = (item: number) => news.find(({ number }) => number === item)?.name ?? items.name(item)
  return {
    pool: list.pool.map(({ item, score }) => ({ item: nameOf(item), score })),
    items: list.items.map(({ item, score, propensity }) => ({ item: nameOf(item), score, propensity })),
  }
}

/** Records of what was answered: in the store, or, without one, the last of them in memory. */
export interface DecisionLog {
  /** An answer does not wait for it. */
  put(decision: Decision): void
  find(id: string): Promise<Decision | undefined>
}

/** A next page is asked for soon or never. */
const MOST_REMEMBERED = 2000

export function decisionLog(store: Store | undefined): DecisionLog {
  if (store !== undefined)
    return {
      put: (decision) => store.putDecision(decision),
      async find(id) {
        // What was put a moment ago may not be there yet.
        return (await store.decision(id)) ?? (await store.flush().then(() => store.decision(id)))
      },
    }
  const recent = new Map<string, Decision>()
  return {
    put(decision) {
      recent.delete(decision.id)
      recent.set(decision.id, decision)
      const [oldest] = recent.keys()
      if (recent.size > MOST_REMEMBERED && oldest !== undefined) recent.delete(oldest)
    },
    find: async (id) => recent.get(id),
  }
}
