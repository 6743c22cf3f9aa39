import { createHash, randomBytes } from 'node:crypto'
import { type Dataset, isPolicy, type Scorer } from '../core/index.ts'
import { type Draw, type DrawnList, decide } from '../evaluation/decide.ts'
import type { Recommendation } from '../evaluation/recommend.ts'
import { type Asked, type Question, toQuestion } from './ask.ts'
import type { DecidedItem, Decision, ItemSource } from './decision.ts'
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

/** Tells whether a draw had the same items to draw of, with the same scores. */
export function hashOf(pool: readonly Recommendation[], { items }: Pick<Dataset, 'items'>): string {
  const named = pool.map(({ item, score }) => [items.name(item), score])
  return createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 16)
}

/** The items of a list by their names. */
export function decidedItems(
  list: DrawnList,
  { items }: Pick<Dataset, 'items'>,
  source: Extract<ItemSource, 'model' | 'fallback'>,
): DecidedItem[] {
  return list.items.map(({ item, score, rank, propensity, explored }) => ({
    item: items.name(item),
    score,
    rank,
    propensity,
    source: explored ? 'explored' : source,
  }))
}

/** An answer before it has its record. */
export interface Made {
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly model: ServedModel
  readonly asked: Asked & { readonly session?: string | undefined }
  readonly question: Pick<Question, 'sequence'>
  readonly draw: Draw
  readonly maskSeen: boolean
  readonly list: DrawnList
  readonly source: Extract<ItemSource, 'model' | 'fallback'>
}

export function toDecision({ id, at, model, asked, question, draw, maskSeen, list, source }: Made): Decision {
  const { user, session, domain, history, values, exclude, candidates } = asked
  return {
    id,
    at,
    ...(user !== undefined && { user }),
    ...(session !== undefined && { session }),
    domain,
    model: model.name,
    weights: model.weights ?? '',
    policy: draw.policy,
    asked: {
      k: draw.k,
      maskSeen,
      ...(exclude !== undefined && { exclude }),
      ...(candidates !== undefined && { candidates }),
    },
    candidatesHash: hashOf(list.pool, model.dataset),
    ...(question.sequence !== undefined && { historySequence: question.sequence }),
    ...(history !== undefined && { history: history.map((entry) => (typeof entry === 'string' ? entry : entry.item)) }),
    ...(values !== undefined && { values }),
    items: decidedItems(list, model.dataset, source),
  }
}

/** The question of a record, with the history as it was. */
export function questionOf(
  { user, session, domain, history, values, asked, historySequence }: Decision,
  model: Pick<ServedModel, 'dataset' | 'remembers'>,
  histories: Histories,
): Promise<Question> {
  const { exclude, candidates } = asked
  const past = { upTo: historySequence, session: rememberedSession(model, session) }
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
  const { dataset } = model
  const drawn = decision.items.filter(({ source }) => DRAWN.has(source))
  const { query } = await questionOf(decision, model, histories)
  const { id: seed, policy, asked } = decision
  const draw = { seed, policy, k: Math.max(1, drawn.length) }
  const [list] = await decide(model.model, dataset, [query], [draw], { maskSeen: asked.maskSeen })
  const hash = hashOf(list.pool, dataset)
  if (policy.kind !== 'greedy' && hash !== decision.candidatesHash)
    return { kind: 'different', why: `it was drawn of other items or scores (${decision.candidatesHash}, now ${hash})` }
  for (const [index, { item, score, propensity }] of drawn.entries()) {
    const now = list.items[index]
    const [what, then, here] =
      [
        ['item', item, now && dataset.items.name(now.item)],
        ['score', score, now?.score],
        ['propensity', propensity, now?.propensity],
      ].find(([, then, here]) => !Object.is(then, here)) ?? []
    if (what !== undefined)
      return { kind: 'different', why: `the ${what} of drawn place ${index + 1} was ${then} and is ${here}` }
  }
  return { kind: 'same' }
}

const DRAWN: ReadonlySet<ItemSource> = new Set(['model', 'fallback', 'explored'])

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
