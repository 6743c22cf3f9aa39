import { expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { shop, shopWithStore, silent } from '../../../test/server/shop.ts'
import { type EvaluationBody, type Evaluator, putEvaluation } from '../../serving/evaluations.ts'

const told: [string, EvaluationBody][] = []
let on: string | undefined
const evaluator: Evaluator = {
  start(name, asked) {
    if (on !== undefined) return false
    told.push([name, asked])
    on = name
    return true
  },
  stop(name) {
    const ends = on === name
    if (ends) on = undefined
    return ends
  },
}
const server = shopWithStore({ evaluator })
const asked = { policies: [{ model: 'm', temperature: 0.5 }], reward: 'purchase:24h' }

it('are asked for, told of and ended, one at a time', async () => {
  const { status, body } = await server.send('POST', '/v1/evaluations', { ...asked, since: '2026-11-29T00:00:00Z' })
  const { name } = body as { name: string }
  expect([status, body]).toEqual([202, { name, status: 'started' }])
  expect(told).toEqual([[name, { ...asked, since: Date.UTC(2026, 10, 29) }]])
  expect((await server.send('POST', '/v1/evaluations', asked)).status).toBe(409)

  const started = 5
  await putEvaluation(server.store, { name, status: 'running', started, asked })
  await putEvaluation(server.store, {
    name: 'before',
    status: 'done',
    started: 4,
    ended: 5,
    asked,
    evaluation: { lists: 7 },
  })
  const [running, before] = [
    { name, status: 'running', started, asked },
    { name: 'before', status: 'done', started: 4, ended: 5, asked },
  ]
  expect((await server.send('GET', '/v1/evaluations')).body).toEqual({ evaluations: [running, before] })
  const whole = { ...before, evaluation: { lists: 7 } }
  expect(await server.send('GET', '/v1/evaluations/before')).toEqual({ status: 200, body: whole })
  expect((await server.send('GET', '/v1/evaluations/none')).status).toBe(404)

  expect((await server.send('DELETE', '/v1/evaluations/before')).status).toBe(409)
  expect(await server.send('DELETE', `/v1/evaluations/${name}`)).toEqual({ status: 202, body: { status: 'stopping' } })
  expect((await server.send('DELETE', `/v1/evaluations/${name}`)).status).toBe(409)
})

it('are refused where a model is unknown, or a reward is none', async () => {
  const unknown = await server.send('POST', '/v1/evaluations', { ...asked, policies: [{ model: 'n' }] })
  expect([unknown.status, (unknown.body as { error: { field: string } }).error.field]).toEqual([
    422,
    'policies[0].model',
  ])
  expect((await server.send('POST', '/v1/evaluations', { ...asked, reward: 'purchase' })).status).toBe(400)
})

it('keeps the last of them, and other jobs', async () => {
  await server.store.putDocument('job', 'training-monday', { status: 'kept', started: 0, sequence: 0 })
  for (let i = 0; i < 55; i++)
    await putEvaluation(server.store, { name: `${i}`, status: 'done', started: 100 + i, asked })
  const { body } = await server.send('GET', '/v1/evaluations')
  const names = (body as { evaluations: { name: string }[] }).evaluations.map(({ name }) => name)
  expect(names).toEqual(Array.from({ length: 50 }, (_, i) => `${54 - i}`))
  expect(await server.store.document('job', 'training-monday')).toBeDefined()
})

it('are nothing to ask for where nobody evaluates', async () => {
  const app = createServer({ models: [{ name: 'm', model: silent, dataset: shop }], store: server.store })
  const headers = { 'Content-Type': 'application/json' }
  const answer = await app.request('/v1/evaluations', { method: 'POST', headers, body: JSON.stringify(asked) })
  expect(answer.status).toBe(404)
})
