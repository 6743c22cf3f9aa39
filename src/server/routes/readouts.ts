import { createRoute, z } from '@hono/zod-openapi'
import { readExperimentOut } from '../../serving/experiments/readout/index.ts'
import { name } from '../../serving/fields.ts'
import type { AddRoutes } from '../context.ts'
import { failure } from '../schema.ts'
import { json } from './answers.ts'
import { blame } from './experiments.ts'
import { storeOf } from './stored.ts'

const figure = z.number().nullable().openapi({ description: 'null where there is none' })
const interval = z.object({ mean: figure, low: figure, high: figure })
const shape = {
  control: figure,
  treatment: figure,
  difference: interval.extend({ p: figure }).openapi({ description: '95 %, for one look at the end' }),
  relative: interval.openapi({ description: 'In shares of the control, however often one looks' }),
  anytime: z.object({ low: figure, high: figure, p: figure }).openapi({ description: '95 %, however often one looks' }),
  users: z.int(),
  error: figure,
  p: figure,
}
const reading = z
  .object({ ...shape, verdict: z.enum(['better', 'worse', 'no difference', 'too few users', 'not judged']) })
  .openapi('Reading')
const guarded = z
  .object({ ...shape, margin: z.number(), verdict: z.enum(['holds', 'broken', 'not shown', 'too few users']) })
  .openapi('GuardrailReading')
const placed = <S extends z.ZodType>(one: S) => z.object({ overall: one, domains: z.record(z.string(), one) })
const check = z
  .object({ status: z.enum(['sound', 'caution', 'unsound', 'not judged']), says: z.string() })
  .loose()
  .openapi('Check')
const agreed = z
  .object({ lists: z.int(), overlap: figure, first: figure, kept: z.record(z.string(), figure) })
  .openapi('Agreement')
const arm = z.object({
  treatment: z.string(),
  metrics: z.record(z.string(), placed(reading)),
  guardrails: z.record(z.string(), placed(guarded)),
  decision: z.object({
    kind: z.enum(['ship', 'roll back', 'go on', 'no difference', 'by service', 'unsound']),
    says: z.string().openapi({ example: 'ship in music and games, twin in books' }),
    byDomain: z.record(z.string(), z.enum(['ship', 'roll back', 'go on', 'no difference'])),
    reasons: z.array(z.string()),
    days: z.number().optional(),
  }),
})
const answer = arm
  .extend({
    experiment: z.string(),
    mode: z.enum(['ab', 'aa', 'interleave', 'shadow']),
    status: z.enum(['draft', 'running', 'stopped']),
    control: z.string(),
    days: z.number(),
    sound: z.record(z.string(), check),
    users: z.record(z.string(), z.int()),
    due: z.boolean(),
    agreement: z.record(z.string(), placed(agreed)).optional().openapi({
      description: 'Of a shadow: how far the lists of an arm, which nobody saw, agree with what was shown',
    }),
    others: z.array(arm),
    forecast: z
      .object({ expected: interval, found: interval, source: z.string(), apart: figure, right: z.boolean() })
      .optional(),
  })
  .openapi('Readout')

const read = createRoute({
  method: 'get',
  path: '/experiments/{name}/readout',
  operationId: 'readExperimentOut',
  summary: 'Whether an experiment is sound, what it did in each service, and what to do',
  request: { params: z.object({ name: name('the name of an experiment').openapi({ example: 'mixed-or-twin' }) }) },
  responses: {
    200: json(answer, 'The readout, of lists whose rewards can no longer come'),
    404: json(failure, 'There is no such experiment, or the server has no store'),
    409: json(failure, 'It was not started'),
  },
})

export const addReadouts: AddRoutes = (app, context) => {
  app.openapi(read, async (c) => {
    const { name } = c.req.valid('param')
    const { signal } = c.req.raw
    const readout = await readExperimentOut(storeOf(context), name, { now: context.now(), signal }).catch(blame)
    return c.json(answer.parse(JSON.parse(JSON.stringify(readout))), 200)
  })
}
