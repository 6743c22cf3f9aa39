import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { impressionsOf } from '../../serving/impressions.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { clientOf, type Env } from '../env.ts'
import { RequestError } from '../failure.ts'
import { answerList, answerNext } from '../lists.ts'
import {
  DEFAULT_ITEMS,
  failure,
  nextAnswer,
  nextRequest,
  rankingRequest,
  recommendationAnswer,
  recommendationRequest,
  recordAnswer,
} from '../schema.ts'
import { json, REFUSALS } from './answers.ts'

const unknownNames = json(failure, 'The domain, the model, the user or an item is unknown')
const id = { params: z.object({ id: z.string().openapi({ example: 'r_01JDX7M2QW8ZB4T9KCFR3VNH6P' }) }) }
const noRecord = json(failure, 'There is no record of this list')

const recommend = createRoute({
  method: 'post',
  path: '/recommendations',
  operationId: 'recommend',
  summary: 'What a user should see next in a domain',
  request: { body: { required: true, content: { 'application/json': { schema: recommendationRequest } } } },
  responses: { 200: json(recommendationAnswer, 'The list, first place first'), ...REFUSALS, 422: unknownNames },
})

const rank = createRoute({
  method: 'post',
  path: '/rankings',
  operationId: 'rank',
  summary: 'Items that the caller gives, in the order in which a user should see them',
  request: { body: { required: true, content: { 'application/json': { schema: rankingRequest } } } },
  responses: { 200: json(recommendationAnswer, 'The items, first place first'), ...REFUSALS, 422: unknownNames },
})

const next = createRoute({
  method: 'post',
  path: '/recommendations/{id}/next',
  operationId: 'recommendNext',
  summary: 'The next items of the same draw',
  request: { ...id, body: { required: true, content: { 'application/json': { schema: nextRequest } } } },
  responses: {
    200: json(nextAnswer, 'The items that follow'),
    ...REFUSALS,
    404: noRecord,
    409: json(failure, 'The model that made the list is no longer served'),
  },
})

const read = createRoute({
  method: 'get',
  path: '/recommendations/{id}',
  operationId: 'readRecommendation',
  summary: 'The record of a list that was answered',
  request: id,
  responses: { 200: json(recordAnswer, 'The record'), 404: noRecord },
})

export const addRecommendations: AddRoutes = (app, context) => {
  app.post(recommend.path, bodyReader())
  app.openapi(recommend, async (c) => {
    const request = c.req.valid('json')
    const { k = DEFAULT_ITEMS } = request
    const answer = await answerList(context, { ...request, k }, askerOf(c))
    c.set('recommendation', answer.id)
    return c.json(answer, 200)
  })

  app.post(rank.path, bodyReader())
  app.openapi(rank, async (c) => {
    const request = c.req.valid('json')
    const { k = request.candidates.length, maskSeen = false } = request
    const answer = await answerList(context, { ...request, k, maskSeen }, askerOf(c))
    c.set('recommendation', answer.id)
    return c.json(answer, 200)
  })

  app.post('/recommendations/:id/next', bodyReader())
  app.openapi(next, async (c) => {
    const { k = DEFAULT_ITEMS, after } = c.req.valid('json')
    const decision = await found(c.req.valid('param').id)
    c.set('recommendation', decision.id)
    return c.json(await answerNext(context, decision, { k, after }, askerOf(c)), 200)
  })

  app.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const decision = await found(id)
    const { historySequence, items, ...rest } = decision
    const { store } = context
    const seen = store && { impressions: await impressionsOf(store, decision) }
    const sequence = historySequence === undefined ? {} : { historySequence: String(historySequence) }
    return c.json({ ...rest, ...sequence, items: [...items], ...seen }, 200)
  })

  const found = async (id: string) => {
    const decision = await context.decisions.find(id)
    if (decision === undefined)
      throw new RequestError(404, `there is no record of a list '${id.slice(0, 60)}'`, { field: 'id' })
    return decision
  }
}

function askerOf(c: Context<Env>) {
  return { client: clientOf(c), signal: c.req.raw.signal }
}
