import { createRoute, z } from '@hono/zod-openapi'
import type { AddRoutes } from '../context.ts'
import { eventsOf } from '../stream.ts'

const listen = createRoute({
  method: 'get',
  path: '/stream',
  operationId: 'listenToServer',
  summary: 'What goes on in this server, as it happens',
  request: {
    query: z.object({
      of: z.string().optional().openapi({
        description: 'What is listened to, with commas between. Not given: everything',
        example: 'runs,traffic',
      }),
    }),
  },
  responses: {
    200: {
      description: 'Server-sent events, each of the type that it was asked for, with JSON as its data',
      content: { 'text/event-stream': { schema: z.string() } },
    },
  },
})

export const addStream: AddRoutes = (app, { stream }) => {
  app.openapi(listen, (c) => {
    const { of } = c.req.valid('query')
    const types = of === undefined ? undefined : new Set(of.split(',').map((type) => type.trim()))
    return c.body(eventsOf(stream, types, c.req.raw.signal), 200, {
      'Content-Type': 'text/event-stream',
      // Nginx would hold events back until it has a page full of them.
      'X-Accel-Buffering': 'no',
    })
  })
}
