import { createRoute, z } from '@hono/zod-openapi'
import { type EventContext, event, MOST_EVENTS, takeEvents } from '../../serving/events.ts'
import { FieldError } from '../../serving/field-error.ts'
import { expecting, fieldErrorOf, fields, name, queryTime } from '../../serving/fields.ts'
import type { StoredEvent } from '../../serving/store/store.ts'
import { type BodyLimits, bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { type EventTotals, isRefused, MOST_TOLD, NO_EVENTS, sum, takeLines } from '../event-stream.ts'
import { NDJSON } from '../ndjson.ts'
import { failure } from '../schema.ts'
import { json, REFUSALS } from './answers.ts'
import { domainOfItem, pageOf, paging, readPage, storeOf } from './stored.ts'

const LIMITS: BodyLimits = {
  depth: 16,
  names: 60_000,
  commas: 80_000,
  most: `send at most ${MOST_EVENTS} events at a time, or a stream of lines as ${NDJSON}`,
}

const batch = expecting(`a list of 1 to ${MOST_EVENTS} events`)

/** Each event is checked by itself, so that one that is wrong does not take the others with it. */
const anyEvent = z.unknown().openapi({ allOf: [{ $ref: '#/components/schemas/Event' }] })
const eventsRequest = fields({ events: z.array(anyEvent, batch).min(1, batch).max(MOST_EVENTS, batch) }).openapi(
  'EventsRequest',
)

const rejected = z.object({
  index: z.int().openapi({ description: 'The place of the event in the batch, or of its line in the stream, from 0' }),
  code: z.string(),
  message: z.string(),
  field: z.string().optional(),
})
const counts = {
  accepted: z.int().openapi({ description: 'Events that are new, and now on disk' }),
  duplicates: z.int().openapi({ description: 'Events that were there already, word for word' }),
  conflicts: z.int().openapi({
    description: 'Events whose `source` and `id` another event has already; the first one stays',
  }),
  unprotected: z.int().openapi({ description: 'Accepted events without an `id`: sent again, they count again' }),
  rejected: z
    .array(rejected)
    .openapi({ description: `What was not taken, and why; of a stream the first ${MOST_TOLD}` }),
  rejectedCount: z.int().openapi({ description: 'How many were not taken' }),
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
    200: json(eventsAnswer, 'What became of the events'),
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
    const told: EventContext = { store: storeOf(context), domainOf: (item: string) => domainOfItem(item, context) }
    const outcome = await takeEvents(batch, told, options)
    context.metrics.events(outcome)
    return outcome
  }

  const readBody = bodyReader(LIMITS)
  app.post(send.path, async (c, next) => {
    storeOf(context)
    if (c.req.header('content-type')?.split(';')[0].trim().toLowerCase() !== NDJSON) return readBody(c, next)
    const { data, error } = sendQuery.safeParse(c.req.query())
    if (data === undefined) throw fieldErrorOf(error, 'the query')
    if (data.atomic === 'true')
      throw new FieldError(
        'bad-request',
        'atomic',
        `'atomic' is for a batch of JSON; of a stream each line is taken by itself`,
      )
    let all = NO_EVENTS
    for await (const part of takeLines(c.req.raw.body ?? new Blob([]).stream(), MOST_EVENTS, take)) all = sum(all, part)
    return isRefused(all) ? c.json(refused(all, 'line'), 422) : c.json(answerOf(all), 200)
  })

  app.openapi(send, async (c) => {
    const outcome = await take(c.req.valid('json').events, { atomic: c.req.valid('query').atomic === 'true' })
    const all = { ...outcome, rejectedCount: outcome.rejected.length }
    return isRefused(all) ? c.json(refused(all, 'event'), 422) : c.json(answerOf(all), 200)
  })

  app.openapi(read, async (c) => {
    const { user, since, until, ...page } = c.req.valid('query')
    const store = storeOf(context)
    const { rows, next } = await readPage(page, (page) => store.events({ user, since, until, ...page }))
    return c.json({ items: rows.map(storedEventOf), ...(next !== undefined && { next }) }, 200)
  })
}

function answerOf({ sequence, rejected, ...counts }: EventTotals) {
  return { ...counts, rejected: [...rejected], sequence: String(sequence) }
}

/** A refusal like any other, which says what is wrong with the first, and of each event what is. */
function refused(all: EventTotals, called: 'event' | 'line') {
  const [{ index, code, message, field }] = all.rejected
  const place = called === 'line' ? `line ${index + 1}` : `events[${index}]`
  const first = { code, message: `nothing was taken: ${place}: ${message}` }
  return {
    error: { ...first, ...(called === 'event' && { field: [`events[${index}]`, field].filter(Boolean).join('.') }) },
    ...answerOf(all),
  }
}

function storedEventOf({ sequence, timestamp, received, shown, ...event }: StoredEvent): z.output<typeof storedEvent> {
  return {
    sequence: String(sequence),
    ...event,
    ...(shown !== undefined && { shown: [...shown] }),
    timestamp: new Date(timestamp).toISOString(),
    received: new Date(received).toISOString(),
  }
}
