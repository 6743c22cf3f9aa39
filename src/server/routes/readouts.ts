import { createRoute, z } from '@hono/zod-openapi'
import { courseOf, readCourse, readExperimentOut } from '../../serving/experiments/readout/index.ts'
import { expecting, fields, name } from '../../serving/fields.ts'
import type { AddRoutes } from '../context.ts'
import { failure } from '../schema.ts'
import { json, REFUSALS } from './answers.ts'
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

const moment = z.object({
  at: z.int().openapi({ description: 'When it would have been read, milliseconds since 1970' }),
  days: z.number().openapi({ description: 'That were counted by then' }),
  users: z.record(z.string(), z.int()),
  sound: z.enum(['sound', 'caution', 'unsound', 'not judged']).openapi({ description: 'The worst of all checks' }),
  srm: z
    .object({ p: figure, sequential: figure })
    .openapi({ description: 'Sample ratio mismatch: p for one look, and however often one looks' }),
  arms: z.array(
    z.object({
      treatment: z.string(),
      decision: z.object({ kind: arm.shape.decision.shape.kind, says: z.string() }),
      metrics: z.record(z.string(), placed(interval.extend({ users: z.int(), verdict: reading.shape.verdict }))),
    }),
  ),
})
const courseAnswer = z
  .object({ experiment: z.string(), control: z.string(), moments: z.array(moment) })
  .openapi('Course')
const MOST_POINTS = 100
const points = expecting(`a whole number from 1 to ${MOST_POINTS}`)

const course = createRoute({
  method: 'get',
  path: '/experiments/{name}/readout/course',
  operationId: 'readExperimentCourse',
  summary: 'What an experiment said at moments from its start until now',
  request: {
    ...read.request,
    query: fields({
      points: z
        .string(points)
        .regex(/^\d{1,3}$/, points)
        .transform(Number)
        .refine((given) => given >= 1 && given <= MOST_POINTS, points)
        .optional()
        .openapi({ type: 'integer', description: 'How many moments. Not given: 24' }),
    }),
  },
  responses: {
    200: json(courseAnswer, 'The oldest moment first; intervals are 95 %, however often one looks'),
    400: REFUSALS[400],
    404: json(failure, 'There is no such experiment, or the server has no store'),
    409: json(failure, 'It was not started, or nobody saw its lists'),
  },
})

export const addReadouts: AddRoutes = (app, context) => {
  app.openapi(read, async (c) => {
    const { name } = c.req.valid('param')
    const { signal } = c.req.raw
    const readout = await readExperimentOut(storeOf(context), name, { now: context.now(), signal }).catch(blame)
    return c.json(answer.parse(JSON.parse(JSON.stringify(readout))), 200)
  })
  app.openapi(course, async (c) => {
    const { name } = c.req.valid('param')
    const { points } = c.req.valid('query')
    const { signal } = c.req.raw
    const moments = await readCourse(storeOf(context), name, { now: context.now(), points, signal }).catch(blame)
    return c.json(courseAnswer.parse(JSON.parse(JSON.stringify(courseOf(name, moments)))), 200)
  })
}
