import { createRoute, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { FieldError } from '../../serving/field-error.ts'
import { expecting, fieldErrorOf, fields, name } from '../../serving/fields.ts'
import { type Filter, filterSchema } from '../../serving/filters.ts'
import {
  asDescribed,
  type ItemContext,
  item,
  itemPatch,
  listItems,
  MOST_ITEMS_TOLD,
  namedItem,
  patchItem,
  putItem,
  putItems,
  removeItem,
} from '../../serving/items.ts'
import { describedItem, searchItems } from '../../serving/search.ts'
import { batchReader, partsOf, refusedOf, type Totals, together, totalsOf } from '../batches.ts'
import { type BodyLimits, bodyReader, RECORD_LIMITS } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import type { Env } from '../env.ts'
import { NDJSON } from '../ndjson.ts'
import { failure } from '../schema.ts'
import { json, NO_STORE, REFUSALS, rejections } from './answers.ts'
import { DEFAULT_ROWS, missing, pageOf, paging, readPage, searched, storeOf } from './stored.ts'

const PATH = '/items/{item}'
const params = z.object({ item: name('the name of an item').openapi({ example: 'books-17' }) })

const LIMITS: BodyLimits = {
  depth: 16,
  names: 60_000,
  commas: 80_000,
  most: `send at most ${MOST_ITEMS_TOLD} items at a time, or a stream of lines as ${NDJSON}`,
}

const itemAnswer = z
  .object({
    item: z.string(),
    domain: z.string(),
    hidden: z.boolean(),
    availableFrom: z.iso.datetime().optional(),
    availableUntil: z.iso.datetime().optional(),
    categories: z.array(z.string()),
    title: z.string().optional(),
    properties: z.record(z.string(), z.unknown()),
  })
  .openapi('Item')

const put = createRoute({
  method: 'put',
  path: PATH,
  operationId: 'putItem',
  summary: 'Describes an item anew; one that is new can be recommended at once',
  request: { params, body: { required: true, content: { 'application/json': { schema: item } } } },
  responses: { 200: json(itemAnswer, 'The item'), ...REFUSALS, ...NO_STORE },
})
const patch = createRoute({
  method: 'patch',
  path: PATH,
  operationId: 'patchItem',
  summary: 'Changes some of what is known of an item; null takes a field away, properties are merged',
  request: { params, body: { required: true, content: { 'application/json': { schema: itemPatch } } } },
  responses: { 200: json(itemAnswer, 'The item'), ...REFUSALS, ...NO_STORE },
})
const get = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'readItem',
  summary: 'An item as it was described',
  request: { params },
  responses: { 200: json(itemAnswer, 'The item'), ...NO_STORE },
})
const remove = createRoute({
  method: 'delete',
  path: PATH,
  operationId: 'removeItem',
  summary: 'Takes an item out of the catalogue: it is not recommended any more. Events about it stay',
  request: { params },
  responses: { 200: json(z.object({ item: z.string() }).openapi('RemovedItem'), 'It is gone'), ...NO_STORE },
})

const batch = expecting(`a list of 1 to ${MOST_ITEMS_TOLD} items`)
const anyItem = z.unknown().openapi({ allOf: [{ $ref: '#/components/schemas/NamedItem' }] })
const counts = { stored: z.int().openapi({ description: 'Items that are now on disk' }), ...rejections }
const putAll = createRoute({
  method: 'post',
  path: '/items',
  operationId: 'putItems',
  summary: 'Describes many items anew',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: fields({ items: z.array(anyItem, batch).min(1, batch).max(MOST_ITEMS_TOLD, batch) }).openapi(
            'ItemsRequest',
          ),
        },
        // Never what `c.req.valid` has: a stream is not read whole.
        [NDJSON]: {
          schema: z.never().openapi({ type: 'string', description: 'One item a line, as many as there are' }),
        },
      },
    },
  },
  responses: {
    200: json(z.object(counts).openapi('ItemsAnswer'), 'What became of the items'),
    ...REFUSALS,
    ...NO_STORE,
    422: json(failure.extend(counts).partial().required({ error: true }).openapi('ItemsRefusal'), 'Nothing was taken'),
  },
})

const list = createRoute({
  method: 'get',
  path: '/items',
  operationId: 'listItems',
  summary: 'Items by their names, or those that a search finds',
  request: {
    query: fields({
      search: searched('name or title', 'An answer has no next page then, and items that only the model knows, too'),
      model: name('the name of a served model').optional().openapi({
        description: 'Whose items are searched beside those of the store; the first where it is not given',
      }),
      domain: name('the name of a domain').optional(),
      filter: z.string().optional().openapi({
        description: 'A filter as JSON, as recommendations take it. A page may then have few items and yet a next one',
        example: '{"field": "price", "lte": 20}',
      }),
      ...paging,
    }),
  },
  responses: {
    200: json(pageOf(itemAnswer), 'A page of items'),
    400: REFUSALS[400],
    ...NO_STORE,
    422: json(failure, 'The model is unknown'),
  },
})

const names = expecting(`a list of 1 to ${MOST_ITEMS_TOLD} names of items`)
const lookUp = createRoute({
  method: 'post',
  path: '/items/lookup',
  operationId: 'lookUpItems',
  summary: 'Items as they are described, many at a time, also those that only a model knows',
  request: {
    body: {
      required: true,
      content: {
        'application/json': {
          schema: fields({
            items: z.array(name('the name of an item'), names).min(1, names).max(MOST_ITEMS_TOLD, names),
            model: name('the name of a served model').optional(),
          }).openapi('LookUpRequest'),
        },
      },
    },
  },
  responses: {
    200: json(z.object({ items: z.array(itemAnswer) }), 'Those that are known, in the order asked for'),
    ...REFUSALS,
    422: json(failure, 'The model is unknown'),
  },
})

type ItemsOutcome = Awaited<ReturnType<typeof putItems>>

export const addItems: AddRoutes = (app, context) => {
  app.openAPIRegistry.register('NamedItem', namedItem)
  const told = (): ItemContext => ({ store: storeOf(context), modelDomain: (item) => context.models.domainOf(item) })
  const take = (batch: readonly unknown[]) => putItems(batch, told())
  const takeLines: MiddlewareHandler<Env> = async (c) => {
    const sum = (one: ItemsOutcome, other: ItemsOutcome) => ({ stored: one.stored + other.stored })
    const all = await together(partsOf(c.req.raw.body, MOST_ITEMS_TOLD, take), sum, () => take([]))
    return isRefused(all) ? c.json({ error: refusedOf(all.rejected), ...answerOf(all) }, 422) : c.json(answerOf(all))
  }

  // The next list of this server has what was answered here; others follow within a second.
  app.use('/items/*', async (c, next) => {
    await next()
    if (c.req.method !== 'GET' && c.res.ok) await context.catalogue.refresh().catch(() => {})
  })
  app.on(['PUT', 'PATCH'], '/items/:item', bodyReader(RECORD_LIMITS))
  app.post(putAll.path, batchReader(LIMITS, takeLines))
  app.post(lookUp.path, bodyReader())
  app.openapi(put, async (c) => {
    const stored = await putItem({ ...c.req.valid('param'), ...c.req.valid('json') }, told())
    return c.json(asDescribed(stored), 200)
  })
  app.openapi(patch, async (c) => {
    const { item } = c.req.valid('param')
    const stored = await patchItem(item, c.req.valid('json'), told())
    if (stored === undefined) throw missing('item', item)
    return c.json(asDescribed(stored), 200)
  })
  app.openapi(get, async (c) => {
    const { item } = c.req.valid('param')
    const stored = await storeOf(context).item(item)
    if (stored === undefined) throw missing('item', item)
    return c.json(asDescribed(stored), 200)
  })
  app.openapi(remove, async (c) => {
    const { item } = c.req.valid('param')
    if (!(await removeItem(item, told()))) throw missing('item', item)
    return c.json({ item }, 200)
  })
  app.openapi(lookUp, (c) => {
    const { items, model } = c.req.valid('json')
    return context.models.use(model, async ({ dataset }) => {
      const { assortment } = context.catalogue.of(dataset)
      const known = items.flatMap((item) => assortment.id(item) ?? [])
      return c.json({ items: known.map((id) => asDescribed(describedItem(assortment, id))) }, 200)
    })
  })
  app.openapi(putAll, async (c) => {
    const all = totalsOf(await take(c.req.valid('json').items))
    return isRefused(all)
      ? c.json({ error: refusedOf(all.rejected, 'items'), ...answerOf(all) }, 422)
      : c.json(answerOf(all), 200)
  })
  app.openapi(list, async (c) => {
    const { domain, filter, search, model, ...page } = c.req.valid('query')
    if (search !== undefined)
      return context.models.use(model, async ({ dataset }) => {
        const { assortment } = context.catalogue.of(dataset)
        const found = await searchItems({ search, domain, limit: page.limit ?? DEFAULT_ROWS }, assortment)
        return c.json({ items: found.map((id) => asDescribed(describedItem(assortment, id))) }, 200)
      })
    const store = storeOf(context)
    const parsed = filter === undefined ? undefined : filterOf(filter)
    const { rows, next } = await readPage(page, (page) => listItems({ domain, filter: parsed, ...page }, store))
    return c.json({ items: rows.map(asDescribed), ...(next !== undefined && { next }) }, 200)
  })
}

/** @throws FieldError for what is no JSON or no filter */
function filterOf(text: string): Filter {
  let told: unknown
  try {
    told = JSON.parse(text)
  } catch {
    throw new FieldError('bad-request', 'filter', `'filter' must be JSON, such as {"field": "price", "lte": 20}`)
  }
  const { data, error } = fields({ filter: filterSchema }).safeParse({ filter: told })
  if (data === undefined) throw fieldErrorOf(error)
  return data.filter
}

function isRefused({ stored, rejectedCount }: Totals<ItemsOutcome>): boolean {
  return rejectedCount > 0 && stored === 0
}

function answerOf({ rejected, ...counts }: Totals<ItemsOutcome>) {
  return { ...counts, rejected: [...rejected] }
}
