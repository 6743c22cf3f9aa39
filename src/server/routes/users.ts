import { createRoute, z } from '@hono/zod-openapi'
import { quoted } from '../../core/index.ts'
import { FieldError } from '../../serving/field-error.ts'
import { fields, name, properties } from '../../serving/fields.ts'
import { bodyReader, RECORD_LIMITS } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { json, NO_STORE, REFUSALS } from './answers.ts'
import { missing, storeOf } from './stored.ts'

const PATH = '/users/{user}'
const params = z.object({ user: name('the name of a user').openapi({ example: '4711' }) })

const told = fields({ properties: properties().openapi({ description: 'Whatever is known of the user' }) }).openapi(
  'UserRequest',
)
const user = z.object({ user: z.string(), properties: z.record(z.string(), z.unknown()) }).openapi('User')
const body = { required: true, content: { 'application/json': { schema: told } } } as const

const put = createRoute({
  method: 'put',
  path: PATH,
  operationId: 'putUser',
  summary: 'Says all that is known of a user, who is made where there is none',
  request: { params, body },
  responses: { 200: json(user, 'The user'), ...REFUSALS, ...NO_STORE },
})
const patch = createRoute({
  method: 'patch',
  path: PATH,
  operationId: 'patchUser',
  summary: 'Merges properties into those of a user, who is made where there is none; null takes one away',
  request: { params, body },
  responses: { 200: json(user, 'The user'), ...REFUSALS, ...NO_STORE },
})
const get = createRoute({
  method: 'get',
  path: PATH,
  operationId: 'readUser',
  summary: 'What is known of a user; one with events is known',
  request: { params },
  responses: { 200: json(user, 'The user'), ...NO_STORE },
})
const erased = z
  .object({ user: z.string(), erased: z.boolean().openapi({ description: 'Whether there was anything' }) })
  .openapi('ErasedUser')
const erase = createRoute({
  method: 'delete',
  path: PATH,
  operationId: 'eraseUser',
  summary: 'Erases a user: properties, events, history and recorded answers. When it is answered, it is done',
  request: { params },
  responses: { 200: json(erased, 'Nothing of the user is kept any more'), ...NO_STORE },
})
const mergeRequest = fields({ into: name('the name of the user who stays') }).openapi('MergeRequest')
const merge = createRoute({
  method: 'post',
  path: `${PATH}/merge`,
  operationId: 'mergeUsers',
  summary:
    'Gives events and answers of one user to another, as when a visitor logs in; later events of the first count for the other, too',
  request: { params, body: { required: true, content: { 'application/json': { schema: mergeRequest } } } },
  responses: { 200: json(user, 'The user who stays'), ...REFUSALS, ...NO_STORE },
})

export const addUsers: AddRoutes = (app, context) => {
  app.on(['PUT', 'PATCH'], '/users/:user', bodyReader(RECORD_LIMITS))
  app.post('/users/:user/merge', bodyReader(RECORD_LIMITS))
  app.openapi(put, async (c) => {
    const store = storeOf(context)
    const { user } = c.req.valid('param')
    await store.putUser({ user, ...c.req.valid('json') })
    return c.json((await store.user(user)) ?? { user, properties: {} }, 200)
  })
  app.openapi(patch, async (c) => {
    const change = { ...c.req.valid('param'), ...c.req.valid('json') }
    return c.json(await storeOf(context).patchUser(change), 200)
  })
  app.openapi(get, async (c) => {
    const { user } = c.req.valid('param')
    const found = await storeOf(context).user(user)
    if (found === undefined) throw missing('user', user)
    return c.json(found, 200)
  })
  app.openapi(erase, async (c) => {
    const { user } = c.req.valid('param')
    return c.json({ user, erased: await storeOf(context).eraseUser(user) }, 200)
  })
  app.openapi(merge, async (c) => {
    const store = storeOf(context)
    const { user } = c.req.valid('param')
    const { into } = c.req.valid('json')
    if (user === into) throw new FieldError('bad-request', 'into', `${quoted(user)} cannot be merged into itself`)
    await store.mergeUsers(user, into)
    return c.json((await store.user(into)) ?? { user: into, properties: {} }, 200)
  })
}
