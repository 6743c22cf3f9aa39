import { createRoute, z } from '@hono/zod-openapi'
import { quoted } from '../../core/index.ts'
import { TRAINING } from '../../serving/old-runs.ts'
import type { Retrainer } from '../../serving/retraining.ts'
import type { StoredDocument } from '../../serving/store/store.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json } from './answers.ts'
import { storeOf } from './stored.ts'

const gateVerdict = z
  .object({
    passed: z.boolean(),
    asks: z.literal(true).optional().openapi({ description: 'Nothing could be said, so that somebody has to decide' }),
    reason: z.string(),
    metric: z.string(),
    difference: z.object({ mean: z.number(), low: z.number(), high: z.number() }).optional().openapi({
      description: 'The new model less the old one, with the 95 % interval',
    }),
    domains: z.record(z.string(), z.string()).openapi({ description: 'By service: what is said of it' }),
    cases: z.int(),
  })
  .openapi('GateVerdict')

const training = z
  .object({
    name: z.string().openapi({ description: 'Of the model that was trained' }),
    status: z.string().openapi({ description: 'running, promoted, waits, kept (the old model stays) or failed' }),
    reason: z.string().optional(),
    started: z.number().openapi({ description: 'Milliseconds since 1970' }),
    ended: z.number().optional(),
    sequence: z.string().openapi({ description: 'The last event that it learned from' }),
    verdict: gateVerdict.optional().openapi({ description: 'Of the gate, beside what answered then' }),
  })
  .openapi('Training')

const list = createRoute({
  method: 'get',
  path: '/trainings',
  operationId: 'listTrainings',
  summary: 'What was trained again on the events of the store, and what was decided',
  responses: { 200: json(z.object({ trainings: z.array(training) }), 'The last one first') },
})

const one = { params: z.object({ training: z.string().openapi({ description: 'The name of a training' }) }) }
const NONE = { 404: json(failure, 'There is no such training, no store, or nothing is trained beside this server') }

const read = createRoute({
  method: 'get',
  path: '/trainings/{training}',
  operationId: 'getTraining',
  summary: 'One training, and what was decided',
  request: one,
  responses: { 200: json(training, 'The training'), ...NONE },
})

const start = createRoute({
  method: 'post',
  path: '/trainings',
  operationId: 'startTraining',
  summary: 'Trains again now, as the server was told to, due or not; what answers stays until the gate has decided',
  responses: {
    202: json(z.object({ status: z.literal('started') }), 'It has begun; the list of trainings will name it'),
    404: json(failure, 'The server was started without --retrain'),
    409: json(failure, 'This server is training already'),
  },
})

const stop = createRoute({
  method: 'delete',
  path: '/trainings/{training}',
  operationId: 'stopTraining',
  summary: 'Ends a training that is on; what answers stays',
  request: one,
  responses: {
    202: json(z.object({ status: z.literal('stopping') }), 'It will say that it has failed'),
    ...NONE,
    409: json(failure, 'It has ended already, or another server trains it'),
  },
})

const stored = z.object({
  status: z.string(),
  reason: z.string().optional(),
  started: z.number(),
  ended: z.number().optional(),
  sequence: z.number(),
  // Of what another release has written nothing is told.
  verdict: gateVerdict.optional().catch(undefined),
})

const nameOf = ({ name }: StoredDocument) => name.slice(TRAINING.length)

function described(document: StoredDocument) {
  const { sequence, verdict, ...told } = stored.parse(document.body)
  return { name: nameOf(document), ...told, sequence: String(sequence), ...(verdict && { verdict }) }
}

export const addTrainings: AddRoutes = (app, context) => {
  const all = async () => (await storeOf(context).documents('job')).filter(({ name }) => name.startsWith(TRAINING))
  const found = async (name: string) => {
    const document = (await all()).find((document) => nameOf(document) === name)
    if (document === undefined)
      throw new RequestError(404, `there is no training ${quoted(name)}`, { field: 'training' })
    return described(document)
  }
  app.openapi(list, async (c) => {
    const trainings = (await all()).map(described).sort((a, b) => b.started - a.started)
    return c.json({ trainings }, 200)
  })
  app.openapi(read, async (c) => c.json(await found(c.req.valid('param').training), 200))
  app.openapi(start, (c) => {
    if (!needed(context.retrainer).start())
      throw new RequestError(409, 'this server is training already; GET /v1/trainings tells which')
    return c.json({ status: 'started' as const }, 202)
  })
  app.openapi(stop, async (c) => {
    const { name, status } = await found(c.req.valid('param').training)
    if (status !== 'running') throw new RequestError(409, `the training ${quoted(name)} has ended: ${status}`)
    if (!needed(context.retrainer).stop())
      throw new RequestError(409, `another server trains ${quoted(name)}; ask that one`)
    return c.json({ status: 'stopping' as const }, 202)
  })
}

function needed(retrainer: Retrainer | undefined): Retrainer {
  if (retrainer === undefined)
    throw new RequestError(404, 'nothing is trained beside this server; start it with --retrain PLAN')
  return retrainer
}
