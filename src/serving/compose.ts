import { domainItems, type Query, TributaryError, type Vocabulary } from '../core/index.ts'
import type { DrawnItem, DrawPolicy } from '../evaluation/decide.ts'
import type { Recommendation } from '../evaluation/recommend.ts'
import type { Assortment, Selection } from './assortment.ts'
import { type ContentLikeness, NOTHING_ALIKE } from './content.ts'
import type { ItemSource } from './decision.ts'
import type { Filter } from './filters.ts'
import { type Ask, drawWithNew, type Folded, folded } from './fold.ts'

/** What fills up a list that is too short. */
export type Filling = 'fallback' | 'popular'

/** How a list is put together: all that is asked of it but who asks. */
export interface Plan {
  readonly domain: string
  /** Length of the list; it is shorter where nothing is left. */
  readonly k: number
  readonly maskSeen: boolean
  readonly policy: DrawPolicy
  /** Items that the model does not know compete with the others, with scores by their content. */
  readonly fresh: boolean
  /** Each until the list is long enough. */
  readonly fill: readonly Filling[]
  readonly filters: readonly Filter[]
  /** Items that stand first, where they may be recommended. */
  readonly pin: readonly string[]
  /** Items that must not appear. */
  readonly exclude: readonly string[]
}

/** What lists are composed of. */
export interface Ingredients {
  readonly assortment: Assortment
  readonly content: ContentLikeness
  readonly ask: Ask
  /** Of the model's items: `fallback` where another run answers in its place. */
  readonly source: Extract<ItemSource, 'model' | 'fallback'>
  /** Items of another model, best first, by the same plan; so many, where it has them. */
  readonly fallback?: ((k: number) => Promise<readonly Named[]>) | undefined
}

interface Named {
  readonly item: string
  readonly score: number
}

export interface ComposedItem extends Named {
  /** Of the assortment. */
  readonly id: number
  readonly rank: number
  readonly propensity: number
  readonly source: ItemSource
  /** Put in because the list was too short, and not drawn. */
  readonly filled?: true
}

export interface Composed {
  readonly items: readonly ComposedItem[]
  /** What was drawn of, best first. */
  readonly pool: readonly Named[]
  /** The new items among them. */
  readonly news: readonly Folded[]
  /** Whether more than the question says what could be drawn. */
  readonly restricted: boolean
  /** Why the model did not answer, where the list was filled up all the same. */
  readonly failure?: unknown
}

/** New items that one list is drawn of, the newest. */
const MOST_NEW = 500

/**
 * A list: what stands first, what is drawn of a model's items and of new ones, and what fills it up. What the catalogue or a filter does not let
 * through is nowhere in it.
 * @param now milliseconds since 1970
 * @param above what stands on the pages before
 * @throws whatever the model throws where nothing fills its place; `interrupted` and `overloaded` always
 */
export async function compose(
  ingredients: Ingredients,
  query: Query,
  plan: Plan,
  { seed, now, above = [] }: { readonly seed: string; readonly now: number; readonly above?: readonly string[] },
): Promise<Composed> {
  const { assortment, fallback } = ingredients
  const { domain, k, fill, filters } = plan
  const selection = assortment.select(domain, filters, now)
  const excluded = new Set([...plan.exclude, ...namesOf(query.exclude, assortment)])
  const list = new List(k, above.length, new Set([...excluded, ...above]))
  if (above.length === 0)
    for (const item of plan.pin) {
      const id = assortment.id(item)
      if (id !== undefined && assortment.domainOf(id) === domain && assortment.isAvailable(id, now))
        list.add({ item, id, score: 0, propensity: 1, source: 'pinned' })
    }
  const pins = list.items.length
  const before = [...above, ...list.items.map(({ item }) => item)]
  const drawn = await drawItems(ingredients, query, plan, selection, { seed, k: k - pins, above: before, excluded })
  for (const item of drawn.items) list.add(item)

  const may = list.isFull ? () => false : admission(query, plan, selection)
  for (const filling of fill) {
    if (list.isFull) break
    const more =
      filling === 'popular'
        ? mostPopular(assortment, domain, selection)
        : ((await fallback?.(k + above.length + pins).catch(() => [])) ?? [])
    for (const { item, score } of more) {
      const id = assortment.id(item)
      if (id !== undefined && may(id)) list.add({ item, id, score, propensity: 1, source: filling, filled: true })
    }
  }
  const { pool, news, failure } = drawn
  const { candidates, exclude } = selection
  const restricted = [candidates, exclude].some(Boolean) || news.length + pins + plan.exclude.length > 0
  return { items: list.items, pool, news, restricted, ...(failure !== undefined && { failure }) }
}

/** Adds items to a list while there is room, none twice. */
class List {
  readonly items: ComposedItem[] = []
  readonly #k: number
  readonly #above: number
  readonly #out: Set<string>

  constructor(k: number, above: number, out: ReadonlySet<string>) {
    this.#k = k
    this.#above = above
    this.#out = new Set(out)
  }

  get isFull(): boolean {
    return this.items.length >= this.#k
  }

  add(item: Omit<ComposedItem, 'rank'>): void {
    if (this.isFull || this.#out.has(item.item)) return
    this.#out.add(item.item)
    this.items.push({ ...item, rank: this.#above + this.items.length + 1 })
  }
}

interface Drawn extends Pick<Composed, 'pool' | 'news' | 'failure'> {
  readonly items: readonly Omit<ComposedItem, 'rank'>[]
}

const NOTHING: Drawn = { items: [], pool: [], news: [] }

async function drawItems(
  { assortment, content, ask, source }: Ingredients,
  query: Query,
  plan: Plan,
  selection: Selection,
  { seed, k, above, excluded }: { seed: string; k: number; above: readonly string[]; excluded: ReadonlySet<string> },
): Promise<Drawn> {
  const { dataset } = assortment
  const { policy, maskSeen } = plan
  if (k === 0 || dataset.domains[query.domain] !== plan.domain) return NOTHING
  // What stands above stays among what is drawn of, so that every page is drawn of the same.
  const asked = narrowed(query, selection, excluded, dataset.items)
  const news = plan.fresh && query.candidates === undefined ? newItems(assortment, content, selection, excluded) : []
  const byNumber = new Map(news.map((one) => [one.number, one]))
  const places = above.map((name) => dataset.items.id(name) ?? folded(name, NOTHING_ALIKE, dataset.items.size).number)
  try {
    const list =
      news.length === 0 || policy.kind === 'policy'
        ? await ask(asked, { policy, seed, k, above: places }, maskSeen)
        : await drawWithNew(ask, asked, maskSeen, news, { policy, seed, k, above: places })
    const name = (item: number) => byNumber.get(item)?.name ?? dataset.items.name(item)
    const toItem = ({ item, score, propensity, explored }: DrawnItem): Omit<ComposedItem, 'rank'> => {
      const from = byNumber.has(item) ? 'fresh' : source
      return {
        item: name(item),
        id: assortment.id(name(item)) ?? 0,
        score,
        propensity,
        source: explored ? 'explored' : from,
      }
    }
    return {
      items: list.items.map(toItem),
      pool: list.pool.map(({ item, score }: Recommendation) => ({ item: name(item), score })),
      news: list.pool.flatMap(({ item }) => byNumber.get(item) ?? []),
    }
  } catch (error) {
    const noAnswer = error instanceof TributaryError && (error.code === 'interrupted' || error.code === 'overloaded')
    if (noAnswer || plan.fill.length === 0) throw error
    return { ...NOTHING, failure: error }
  }
}

function newItems(
  assortment: Assortment,
  content: ContentLikeness,
  { fresh }: Selection,
  excluded: ReadonlySet<string>,
): readonly Folded[] {
  const news: Folded[] = []
  for (const id of fresh) {
    if (news.length === MOST_NEW) break
    const name = assortment.name(id)
    if (!excluded.has(name)) news.push(folded(name, content.of(id), assortment.dataset.items.size))
  }
  return news
}

/** The query with what may be recommended alone. */
export function narrowed(
  query: Query,
  selection: Omit<Selection, 'fresh'>,
  excluded: ReadonlySet<string>,
  items: Vocabulary,
): Query {
  const may = selection.candidates && query.candidates ? new Set(selection.candidates) : undefined
  const candidates =
    may === undefined ? (query.candidates ?? selection.candidates) : query.candidates?.filter((id) => may.has(id))
  const gone = [...excluded].flatMap((name) => items.id(name) ?? [])
  const exclude = selection.exclude === undefined ? gone : [...selection.exclude, ...gone]
  return {
    ...query,
    ...(candidates !== undefined && { candidates }),
    ...(exclude.length > 0 && { exclude: Int32Array.from(exclude) }),
  }
}

/** Whether an item may fill up a list. */
function admission(
  query: Query,
  { maskSeen }: Plan,
  { candidates, exclude, fresh }: Selection,
): (id: number) => boolean {
  const among = candidates && new Set([...candidates, ...fresh])
  const gone = new Set([...(exclude ?? []), ...(maskSeen ? query.history : [])])
  const asked = query.candidates && new Set(query.candidates)
  return (id) => (among?.has(id) ?? true) && !gone.has(id) && (asked?.has(id) ?? true)
}

/** Items of a domain, those with the most events of the training first, since ids stand in that order; then new ones, the newest first. */
function* mostPopular(assortment: Assortment, domain: string, { candidates, fresh }: Selection): Generator<Named> {
  const { dataset } = assortment
  const place = dataset.domains.indexOf(domain)
  const range = place === -1 ? { start: 0, end: 0 } : domainItems(dataset, place)
  const known = candidates ?? Array.from({ length: range.end - range.start }, (_, i) => range.start + i)
  for (const id of [...known, ...fresh]) yield { item: assortment.name(id), score: 0 }
}

function namesOf(ids: Int32Array | undefined, assortment: Assortment): string[] {
  return Array.from(ids ?? [], (id) => assortment.name(id))
}
