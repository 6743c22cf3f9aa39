import { type Dataset, type Query, TributaryError } from '../core/index.ts'
import { type Asked, type Question, toQuestion } from '../serving/ask.ts'
import { type Ingredients, narrowed, type Plan } from '../serving/compose.ts'
import { rememberedSession } from '../serving/decisions.ts'
import { FieldError } from '../serving/field-error.ts'
import type { Filter } from '../serving/filters.ts'
import { MOST_PAST } from '../serving/histories.ts'
import { type Placement, policyOf, repeated } from '../serving/placements.ts'
import type { Asker } from './batcher.ts'
import type { ServerContext } from './context.ts'
import type { BatchedModel } from './models.ts'

/** A list that is asked for. */
export interface ListRequest extends Omit<Asked, 'domain'> {
  /** Absent where the placement says it. */
  readonly domain?: string | undefined
  readonly placement?: string | undefined
  readonly filter?: Filter | undefined
  readonly session?: string | undefined
  readonly model?: string | undefined
  readonly k: number
  /** Not said: true, unless the placement says what does not come back. */
  readonly maskSeen?: boolean | undefined
  readonly sources?: boolean | undefined
  readonly explain?: boolean | undefined
  /** Whether there is to be a record of it. Default true. */
  readonly log?: boolean | undefined
}

/** @throws FieldError where request and placement say none, or two */
export function domainOf({ domain, placement: name }: ListRequest, placement: Placement): string {
  const own = placement.domain
  if (domain !== undefined && own !== undefined && domain !== own)
    throw new FieldError(
      'bad-request',
      'domain',
      `'domain' is '${domain}', but the placement '${name}' is of '${own}'`,
      own,
    )
  const found = domain ?? own
  if (found === undefined)
    throw new FieldError('bad-request', 'domain', "'domain' is missing: it must be the name of a domain")
  return found
}

/** Where a place in a product is asked for, it gets a list, whoever the user is and whatever the store can say of him. */
export async function questionFor(
  { histories, ignoreUnknown, catalogue, onError }: ServerContext,
  model: BatchedModel,
  asked: ListRequest & { readonly domain: string },
): Promise<Question> {
  const { dataset } = model
  const past = { session: rememberedSession(model, asked.session) }
  if (asked.placement === undefined) return toQuestion(asked, dataset, { ignoreUnknown, histories, past })
  if (!dataset.domains.includes(asked.domain) && catalogue.of(dataset).assortment.hasNew(asked.domain))
    return { query: { domain: -1, history: new Int32Array() }, ignored: ['domain'] }
  const options = { ignoreUnknown: true, past }
  return toQuestion(asked, dataset, { ...options, histories }).catch((error: unknown) => {
    if (!(error instanceof TributaryError && error.code === 'store-failed')) throw error
    onError(error, 'history')
    const nobody = { of: async () => undefined }
    return toQuestion(asked, dataset, { ...options, histories: nobody })
  })
}

/** How a list is put together, by its placement and what the request says beside. */
export async function planOf(
  { catalogue, store, onError }: ServerContext,
  model: BatchedModel,
  placement: Placement,
  asked: ListRequest & { readonly domain: string },
  now: number,
): Promise<Plan> {
  const { domain, k, user, history, candidates } = asked
  const maskSeen = asked.maskSeen ?? !placement.repeat
  const { assortment } = catalogue.of(model.dataset)
  const isNew = (item: string) => assortment.isNew(assortment.id(item) ?? 0)
  // What the model does not know stands in no history that it can read.
  const needsPast = !!placement.repeat || (maskSeen && history === undefined && assortment.hasNew(domain))
  const past =
    needsPast && user !== undefined ? await store?.history(user, MOST_PAST).catch(failing(onError)) : undefined
  const events = past?.events ?? []
  const did =
    history?.map((entry) => (typeof entry === 'string' ? entry : entry.item)) ?? events.map(({ item = '' }) => item)
  const seen = maskSeen ? did.filter(isNew) : []
  return {
    domain,
    k,
    maskSeen,
    policy: policyOf(placement) ?? model.policy ?? { kind: 'greedy' },
    fresh: placement.candidates.includes('fresh') && candidates === undefined,
    fill: placement.fill,
    filters: [placement.filter, asked.filter].filter((filter) => filter !== undefined),
    pin: placement.pin,
    exclude: [...new Set([...repeated(placement, events, now), ...seen, ...(asked.exclude ?? []).filter(isNew)])],
  }
}

function failing(onError: ServerContext['onError']): (error: unknown) => undefined {
  return (error) => {
    onError(error, 'history')
    return undefined
  }
}

/** What a list of a model is composed of. */
export function ingredients(
  { catalogue, models }: ServerContext,
  model: BatchedModel,
  source: Ingredients['source'],
  { query, plan, now, asker }: { query: Query; plan: Plan; now: number; asker: Asker },
): Ingredients {
  const fallback = async (k: number) =>
    models.use(FALLBACK, async ({ dataset, batcher }) => {
      const { assortment } = catalogue.of(dataset)
      const asked = inTermsOf(dataset, model.dataset, query, plan)
      if (asked === undefined) return []
      const selection = assortment.select(plan.domain, plan.filters, now)
      const of = narrowed(asked, selection, new Set(plan.exclude), dataset.items)
      const draw = { policy: { kind: 'greedy' as const }, seed: FALLBACK, k }
      const { items } = await batcher.decide(of, { draw, maskSeen: plan.maskSeen }, asker)
      return items.map(({ item, score }) => ({ item: dataset.items.name(item), score }))
    })
  return {
    ...catalogue.of(model.dataset),
    source,
    ask: (of, draw, maskSeen) => model.batcher.decide(of, { draw, maskSeen }, asker),
    ...(models.has(FALLBACK) && { fallback }),
  }
}

/** The model that fills up lists, by name or alias. */
const FALLBACK = 'fallback'

/** A query of one dataset as one of another; undefined where that does not know the domain. */
function inTermsOf(to: Dataset, from: Dataset, query: Query, { domain: name }: Plan): Query | undefined {
  const domain = to.domains.indexOf(name)
  if (domain === -1) return undefined
  if (to === from) return query
  const translated = (items: Int32Array) =>
    Int32Array.from([...items].flatMap((item) => to.items.id(from.items.name(item)) ?? []))
  const { history, candidates, exclude } = query
  return {
    domain,
    history: translated(history),
    ...(candidates && { candidates: translated(candidates) }),
    ...(exclude && { exclude: translated(exclude) }),
  }
}
