import { createRoute, z } from '@hono/zod-openapi'
import { quoted } from '../../core/index.ts'
import { decisionId } from '../../serving/decisions.ts'
import { type Evaluator, evaluationSchema, evaluationsOf, type StoredEvaluation } from '../../serving/evaluations.ts'
import { unknownField } from '../../serving/field-error.ts'
import { fields } from '../../serving/fields.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json, NO_STORE, REFUSALS } from './answers.ts'
import { storeOf } from './stored.ts'

// Made here, since only what is made after the OpenAPI package has begun is described by it.
const request = fields(evaluationSchema.shape).openapi('Evaluation')
const shape = {
  name: z.string(),
  status: z.enum(['running', 'done', 'failed']),
  started: z.number().openapi({ description: 'Milliseconds since 1970' }),
  ended: z.number().optional(),
  asked: z.record(z.string(), z.unknown()).openapi({ description: 'As it was sent' }),
  reason: z.string().optional().openapi({ description: 'Why it failed, or why the lists do not say it' }),
}
const summary = z.object(shape).openapi('EvaluationSummary')
const whole = z
  .object({
    ...shape,
    evaluation: z
      .record(z.string(), z.unknown())
      .optional()
      .openapi({ description: 'As `tributary ope --json` prints it' }),
  })
  .openapi('NamedEvaluation')
const one = { params: z.object({ evaluation: z.string().openapi({ description: 'The name of an evaluation' }) }) }
const NONE = { 404: json(failure, 'There is no such evaluation, no store, or nothing is evaluated beside this server') }

const list = createRoute({
  method: 'get',
  path: '/evaluations',
  operationId: 'listEvaluations',
  summary: 'What was asked of the recorded lists',
  responses: { 200: json(z.object({ evaluations: z.array(summary) }), 'The last one first'), ...NO_STORE },
})
const read = createRoute({
  method: 'get',
  path: '/evaluations/{evaluation}',
  operationId: 'getEvaluation',
  summary: 'One evaluation, with its answer once it is done',
  request: one,
  responses: { 200: json(whole, 'The evaluation'), ...NONE },
})
const start = createRoute({
  method: 'post',
  path: '/evaluations',
  operationId: 'startEvaluation',
  summary: 'Asks the recorded lists what other models would have earned, in a process of its own',
  request: { body: { required: true, content: { 'application/json': { schema: request } } } },
  responses: {
    202: json(z.object({ name: z.string(), status: z.literal('started') }), 'It has begun'),
    ...REFUSALS,
    404: json(failure, 'The server has no store, or evaluates nothing'),
    409: json(failure, 'An evaluation is on already'),
    422: json(failure, 'A model is unknown'),
  },
})
const stop = createRoute({
  method: 'delete',
  path: '/evaluations/{evaluation}',
  operationId: 'stopEvaluation',
  summary: 'Ends an evaluation that is on',
  request: one,
  responses: {
    202: json(z.object({ status: z.literal('stopping') }), 'It will say that it has failed'),
    ...NONE,
    409: json(failure, 'It has ended already, or another server is at it'),
  },
})

export const addEvaluations: AddRoutes = (app, context) => {
  const all = () => evaluationsOf(storeOf(context))
  const found = async (name: string) => {
    const evaluation = (await all()).find((one) => one.name === name)
    if (evaluation === undefined)
      throw new RequestError(404, `there is no evaluation ${quoted(name)}`, { field: 'evaluation' })
    return evaluation
  }
  app.openapi(list, async (c) => c.json({ evaluations: (await all()).map(withoutAnswer) }, 200))
  app.openapi(read, async (c) => c.json(await found(c.req.valid('param').evaluation), 200))
  app.post('/evaluations', bodyReader())
  app.openapi(start, (c) => {
    storeOf(context)
    const evaluator = needed(context.evaluator)
    const asked = c.req.valid('json')
    const { names, aliases } = context.models
    const known = [...names, ...aliases.keys()]
    for (const [i, { model }] of asked.policies.entries())
      if (!known.includes(model)) throw unknownField('model', model, `policies[${i}].model`, known)
    const name = decisionId(context.now()).slice(2)
    if (!evaluator.start(name, asked))
      throw new RequestError(409, 'this server evaluates already; GET /v1/evaluations tells what')
    return c.json({ name, status: 'started' as const }, 202)
  })
  app.openapi(stop, async (c) => {
    const { name, status } = await found(c.req.valid('param').evaluation)
    if (status !== 'running') throw new RequestError(409, `the evaluation ${quoted(name)} has ended: ${status}`)
    if (!needed(context.evaluator).stop(name))
      throw new RequestError(409, `another server is at the evaluation ${quoted(name)}; ask that one`)
    return c.json({ status: 'stopping' as const }, 202)
  })
}

function withoutAnswer({ evaluation: _, ...told }: StoredEvaluation) {
  return told
}

function needed(evaluator: Evaluator | undefined): Evaluator {
  if (evaluator === undefined)
    throw new RequestError(404, 'nothing is evaluated beside this server; `tributary serve --store` does it')
  return evaluator
}
