import { createRoute, z } from '@hono/zod-openapi'
import { unknownField } from '../../serving/field-error.ts'
import { fields, name } from '../../serving/fields.ts'
import { type Placement, placementSchema } from '../../serving/placements.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure, filter } from '../schema.ts'
import { json, REFUSALS } from './answers.ts'
import { storeOf } from './stored.ts'

// Made here, since only what is made after the OpenAPI package has begun is described by it.
const request = fields({ ...placementSchema.shape, filter: filter.optional() }).openapi('Placement')
const answer = z.object({ name: z.string(), ...request.shape }).openapi('NamedPlacement')
const named = { params: z.object({ name: name('the name of a placement').openapi({ example: 'home-books' }) }) }
const none = json(failure, 'There is no such placement, or the server has no store')

const list = createRoute({
  method: 'get',
  path: '/placements',
  operationId: 'listPlacements',
  summary: 'The places in the product where lists are shown',
  responses: {
    200: json(z.object({ placements: z.array(answer) }), 'All of them'),
    404: json(failure, 'The server has no store'),
  },
})

const read = createRoute({
  method: 'get',
  path: '/placements/{name}',
  operationId: 'readPlacement',
  summary: 'How lists are put together for one place in the product',
  request: named,
  responses: { 200: json(answer, 'The placement, with all that was not said'), 404: none },
})

const put = createRoute({
  method: 'put',
  path: '/placements/{name}',
  operationId: 'putPlacement',
  summary: 'Say how lists are put together for one place in the product',
  request: { ...named, body: { required: true, content: { 'application/json': { schema: request } } } },
  responses: {
    200: json(answer, 'The placement; this server answers by it, others within a second'),
    ...REFUSALS,
    404: json(failure, 'The server has no store'),
    422: json(failure, 'The model is unknown'),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/placements/{name}',
  operationId: 'deletePlacement',
  summary: 'Take a placement away; requests that name it are refused',
  request: named,
  responses: { 204: { description: 'It is gone' }, 404: none },
})

export const addPlacements: AddRoutes = (app, context) => {
  const { placements, models } = context
  const known = (name: string): Placement => {
    const found = placements.get(name)
    if (found === undefined)
      throw new RequestError(404, unknownField('placement', name, 'name', placements.names).message)
    return found
  }

  app.openapi(list, (c) => {
    storeOf(context)
    return c.json({ placements: placements.names.map((name) => ({ name, ...known(name) })) }, 200)
  })

  app.openapi(read, (c) => {
    storeOf(context)
    const { name } = c.req.valid('param')
    return c.json({ name, ...known(name) }, 200)
  })

  app.put('/placements/:name', bodyReader())
  app.openapi(put, async (c) => {
    const { name } = c.req.valid('param')
    const placement = c.req.valid('json')
    const { use } = placement
    if (use !== undefined && 'model' in use && !models.has(use.model))
      throw unknownField('model', use.model, 'use.model', models.names)
    await storeOf(context).putDocument('placement', name, placement)
    await placements.refresh()
    return c.json({ name, ...known(name) }, 200)
  })

  app.openapi(remove, async (c) => {
    const { name } = c.req.valid('param')
    const store = storeOf(context)
    known(name)
    await store.deleteDocument('placement', name)
    await placements.refresh()
    return c.body(null, 204)
  })
}
