import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../context.ts'
import { json } from './answers.ts'
import { storeOf } from './stored.ts'

const NAME = 'training-'

const training = z
  .object({
    name: z.string().openapi({ description: 'Of the model that was trained' }),
    status: z.string().openapi({ description: 'running, promoted, waits, kept (the old model stays) or failed' }),
    reason: z.string().optional(),
    started: z.number().openapi({ description: 'Milliseconds since 1970' }),
    ended: z.number().optional(),
    sequence: z.string().openapi({ description: 'The last event that it learned from' }),
  })
  .openapi('Training')

const list = createRoute({
  method: 'get',
  path: '/trainings',
  operationId: 'listTrainings',
  summary: 'What was trained again on the events of the store, and what was decided',
  responses: { 200: json(z.object({ trainings: z.array(training) }), 'The last one first') },
})

const stored = z.object({
  status: z.string(),
  reason: z.string().optional(),
  started: z.number(),
  ended: z.number().optional(),
  sequence: z.number(),
})

export const addTrainings: AddRoutes = (app, context) => {
  app.openapi(list, async (c) => {
    const documents = await storeOf(context).documents('job')
    const trainings = documents
      .filter(({ name }) => name.startsWith(NAME))
      .map(({ name, body }) => {
        const { sequence, ...told } = stored.parse(body)
        return { name: name.slice(NAME.length), ...told, sequence: String(sequence) }
      })
      .sort((a, b) => b.started - a.started)
    return c.json({ trainings }, 200)
  })
}
