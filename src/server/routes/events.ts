import { createRoute, z } from '@hono/zod-openapi'
import type { MiddlewareHandler } from 'hono'
import { asTold, type EventContext, type EventsOutcome, event, MOST_EVENTS, takeEvents } from '../../serving/events.ts'
import { FieldError } from '../../serving/field-error.ts'
import { expecting, fieldErrorOf, fields, name, queryTime } from '../../serving/fields.ts'
import { answerLines, batchReader, partsOf, refusedOf, type Totals, together, totalsOf } from '../batches.ts'
import type { BodyLimits } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import type { Env } from '../env.ts'
import { NDJSON } from '../ndjson.ts'
import { failure } from '../schema.ts'
import { json, REFUSALS, rejections } from './answers.ts'
import { domainOfItem, pageOf, paging, readPage, storeOf } from './stored.ts'

const LIMITS: BodyLimits = {
  depth: 16,
  names: 60_000,
  commas: 80_000,
  most: `send at most ${MOST_EVENTS} events at a time, or a stream of lines as ${NDJSON}`,
}

const batch = expecting(`a list of 1 to ${MOST_EVENTS} events`)

/** What the traffic calls the service of events that name none. */
const NOWHERE = '(none)'

/** Each event is checked by itself, so that one that is wrong does not take the others with it. */
const anyEvent = z.unknown().openapi({ allOf: [{ $ref: '#/components/schemas/Event' }] })
const eventsRequest = fields({ events: z.array(anyEvent, batch).min(1, batch).max(MOST_EVENTS, batch) }).openapi(
  'EventsRequest',
)

const counts = {
  accepted: z.int().openapi({ description: 'Events that are new, and now on disk' }),
  duplicates: z.int().openapi({ description: 'Events that were there already, word for word' }),
  conflicts: z.int().openapi({
    description: 'Events whose `source` and `id` another event has already; the first one stays',
  }),
  unprotected: z.int().openapi({ description: 'Accepted events without an `id`: sent again, they count again' }),
  ...rejections,
  sequence: z.string().openapi({ description: 'What was accepted is among the events up to it' }),
}
const eventsAnswer = z.object(counts).openapi('EventsAnswer')
const eventsRefusal = failure.extend(counts).partial().required({ error: true }).openapi('EventsRefusal')

const sendQuery = fields({
  atomic: z.enum(['true', 'false'], expecting('true or false')).optional().openapi({
    description: 'Take all of the batch or nothing. Not given: what is right is taken',
  }),
})

const send = createRoute({
  method: 'post',
  path: '/events',
  operationId: 'sendEvents',
  summary: 'What users did; answered when it is on disk',
  request: {
    query: sendQuery,
    body: {
      required: true,
      content: {
        'application/json': { schema: eventsRequest },
        // Never what `c.req.valid` has: a stream is not read whole.
        [NDJSON]: {
          schema: z.never().openapi({ type: 'string', description: 'One event a line, as many as there are' }),
        },
      },
    },
  },
  responses: {
    200: {
      description: 'What became of the events',
      content: {
        'application/json': { schema: eventsAnswer },
        [NDJSON]: {
          schema: z.string().openapi({
            description:
              'Where a stream is sent and `Accept` asks for lines: an EventsAnswer a line for each part of the stream, as soon as it is on disk',
          }),
        },
      },
    },
    ...REFUSALS,
    404: json(failure, 'The server has no store'),
    422: json(eventsRefusal, 'Nothing was taken'),
  },
})

const storedEvent = z
  .object({
    sequence: z.string(),
    source: z.string(),
    id: z.string(),
    type: z.string(),
    user: z.string(),
    item: z.string().optional(),
    domain: z.string().optional(),
    timestamp: z.iso.datetime(),
    received: z.iso.datetime(),
    value: z.number().optional(),
    session: z.string().optional(),
    recommendation: z.string().optional(),
    rank: z.int().optional(),
    shown: z.array(z.string()).optional(),
    properties: z.record(z.string(), z.unknown()).optional(),
  })
  .openapi('StoredEvent')

const read = createRoute({
  method: 'get',
  path: '/events',
  operationId: 'readEvents',
  summary: 'Events in the order in which they came',
  request: {
    query: fields({
      user: name('the name of a user').optional(),
      since: queryTime('Events that happened then or later'),
      until: queryTime('Events that happened earlier'),
      ...paging,
    }),
  },
  responses: {
    200: json(pageOf(storedEvent), 'A page of events'),
    400: REFUSALS[400],
    404: json(failure, 'The server has no store'),
  },
})

export const addEvents: AddRoutes = (app, context) => {
  app.openAPIRegistry.register('Event', event)
  const take = async (batch: readonly unknown[], options: { readonly atomic?: boolean } = {}) => {
    const told: EventContext = {
      store: storeOf(context),
      domainOf: (item: string) => domainOfItem(item, context),
      accepted: ({ domain = NOWHERE, timestamp }) => context.traffic.event(domain, timestamp),
    }
    const outcome = await takeEvents(batch, told, options)
    context.metrics.events(outcome)
    return outcome
  }
  const takeLines: MiddlewareHandler<Env> = async (c) => {
    const { data, error } = sendQuery.safeParse(c.req.query())
    if (data === undefined) throw fieldErrorOf(error, 'the query')
    if (data.atomic === 'true')
      throw new FieldError(
        'bad-request',
        'atomic',
        `'atomic' is for a batch of JSON; of a stream each line is taken by itself`,
      )
    const parts = partsOf(c.req.raw.body, MOST_EVENTS, take)
    if (c.req.header('accept')?.includes(NDJSON)) {
      const lines = answerLines(answersOf(parts), (error) => context.fail(error, c.get('requestId')))
      return c.body(ReadableStream.from(lines) as ReadableStream<Uint8Array<ArrayBuffer>>, 200, {
        'Content-Type': NDJSON,
      })
    }
    const all = await together(parts, sum, () => take([]))
    return isRefused(all) ? c.json({ error: refusedOf(all.rejected), ...answerOf(all) }, 422) : c.json(answerOf(all))
  }

  app.post(send.path, batchReader(LIMITS, takeLines))
  app.openapi(send, async (c) => {
    const { events } = c.req.valid('json')
    const all = totalsOf(await take(events, { atomic: c.req.valid('query').atomic === 'true' }))
    return isRefused(all)
      ? c.json({ error: refusedOf(all.rejected, 'events'), ...answerOf(all) }, 422)
      : c.json(answerOf(all), 200)
  })

  app.openapi(read, async (c) => {
    const { user, since, until, ...page } = c.req.valid('query')
    const store = storeOf(context)
    const { rows, next } = await readPage(page, (page) => store.events({ user, since, until, ...page }))
    return c.json({ items: rows.map(asTold), ...(next !== undefined && { next }) }, 200)
  })
}

async function* answersOf(parts: AsyncIterable<EventsOutcome>) {
  for await (const part of parts) yield answerOf(totalsOf(part))
}

/** Whether something was there and nothing was taken. */
function isRefused({ accepted, duplicates, conflicts, rejectedCount }: Totals<EventsOutcome>): boolean {
  return rejectedCount > 0 && accepted + duplicates + conflicts === 0
}

function sum(one: EventsOutcome, other: EventsOutcome): Omit<EventsOutcome, 'rejected'> {
  return {
    accepted: one.accepted + other.accepted,
    duplicates: one.duplicates + other.duplicates,
    conflicts: one.conflicts + other.conflicts,
    unprotected: one.unprotected + other.unprotected,
    sequence: other.sequence,
  }
}

function answerOf({ sequence, rejected, ...counts }: Totals<EventsOutcome>) {
  return { ...counts, rejected: [...rejected], sequence: String(sequence) }
}
