import { createRoute, z } from '@hono/zod-openapi'
import type { Dataset } from '../../core/index.ts'
import type { Assortment } from '../../serving/assortment.ts'
import { fields, name } from '../../serving/fields.ts'
import { searchUsers, titleOf } from '../../serving/search.ts'
import type { Store, StoredEvent } from '../../serving/store/store.ts'
import type { AddRoutes } from '../context.ts'
import { failure } from '../schema.ts'
import { json, REFUSALS } from './answers.ts'
import { DEFAULT_ROWS, missing, paging, searched } from './stored.ts'

const { limit } = paging
const model = name('the name of a served model')
  .optional()
  .openapi({ description: 'Whose log has them, where there is no store; the first where it is not given' })
const unknownModel = { 422: json(failure, 'The model is unknown') }

const users = createRoute({
  method: 'get',
  path: '/users',
  operationId: 'searchUsers',
  summary: 'Users that a search finds: of the store, or of the log that a model was trained on',
  request: {
    query: fields({ search: searched('name', 'Of a large store the first 20,000 names are looked at'), limit, model }),
  },
  responses: {
    200: json(z.object({ users: z.array(z.string()) }).openapi('FoundUsers'), 'Their names'),
    400: REFUSALS[400],
    ...unknownModel,
  },
})

const pastItem = z.object({
  item: z.string(),
  domain: z.string().optional(),
  title: z.string().optional(),
  known: z.boolean().openapi({ description: 'Whether the model knows the item; others stand in no history it reads' }),
  timestamp: z.iso.datetime().optional(),
  value: z.number().optional(),
  type: z.string().optional().openapi({ description: 'Of the event, where events are stored' }),
})

const history = createRoute({
  method: 'get',
  path: '/users/{user}/history',
  operationId: 'readHistory',
  summary: 'What a user did, oldest first: the history that lists are made of where a request sends none',
  request: { params: z.object({ user: name('the name of a user') }), query: fields({ limit, model }) },
  responses: {
    200: json(
      z
        .object({
          user: z.string(),
          from: z
            .enum(['store', 'log'])
            .openapi({ description: 'The store, or the log that the model was trained on' }),
          items: z.array(pastItem),
          more: z.boolean().openapi({ description: 'Whether there was something before' }),
        })
        .openapi('History'),
      'The last that the user did',
    ),
    400: REFUSALS[400],
    404: json(failure, 'There is no such user'),
    ...unknownModel,
  },
})

export const addHistories: AddRoutes = (app, { models, store, catalogue }) => {
  app.openapi(users, (c) => {
    const { search = '', limit = DEFAULT_ROWS, model } = c.req.valid('query')
    return models.use(model, async ({ dataset }) => {
      return c.json({ users: [...(await searchUsers({ search, limit }, dataset, store))] }, 200)
    })
  })

  app.openapi(history, (c) => {
    const { user } = c.req.valid('param')
    const { limit = DEFAULT_ROWS, model } = c.req.valid('query')
    return models.use(model, async ({ dataset }) => {
      const past =
        store === undefined ? ofLog(user, dataset, limit + 1) : await ofStore(user, dataset, limit + 1, store)
      if (past === undefined) throw missing('user', user)
      const { assortment } = catalogue.of(dataset)
      const items = past.slice(-limit).map((one) => ({ ...one, ...saidOf(one.item, assortment) }))
      return c.json(
        { user, from: store === undefined ? 'log' : 'store', items, more: past.length > limit } as const,
        200,
      )
    })
  })
}

interface PastItem {
  readonly item: string
  readonly known: boolean
  readonly domain?: string
  readonly timestamp?: string
  readonly value?: number
  readonly type?: string
}

function ofLog(name: string, { users, items, log }: Dataset, most: number): PastItem[] | undefined {
  const user = users.id(name)
  if (user === undefined) return undefined
  const end = log.userStart[user + 1]
  const start = Math.max(log.userStart[user], end - most)
  return Array.from(log.item.subarray(start, end), (item, i) => ({
    item: items.name(item),
    known: true,
    ...(log.value !== undefined && { value: log.value[start + i] }),
    ...timeOf((log.timestamp?.[start + i] ?? Number.NaN) * 1000),
  }))
}

async function ofStore(name: string, { items }: Dataset, most: number, store: Store): Promise<PastItem[] | undefined> {
  const { events, sequence } = await store.history(name, most)
  if (sequence === 0 && (await store.user(name)) === undefined) return undefined
  return events.map(({ item = '', domain, timestamp, value, type }: StoredEvent) => ({
    item,
    known: items.id(item) !== undefined,
    type,
    ...(domain !== undefined && { domain }),
    ...(value !== undefined && { value }),
    ...timeOf(timestamp),
  }))
}

/** Logs may count time in whatever they like: what is no date is left out. */
function timeOf(milliseconds: number): { timestamp?: string } {
  const date = new Date(milliseconds)
  return Number.isNaN(date.getTime()) ? {} : { timestamp: date.toISOString() }
}

function saidOf(item: string, assortment: Assortment): { domain?: string; title?: string } {
  const id = assortment.id(item)
  if (id === undefined) return {}
  const title = titleOf(assortment, id)
  return { domain: assortment.domainOf(id), ...(title !== undefined && { title }) }
}
