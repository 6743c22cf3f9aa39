import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { quoted } from '../core/index.ts'
import { FieldError } from './field-error.ts'
import { expecting, fieldErrorOf, fields, name, properties, time, value } from './fields.ts'
import { IMPRESSION } from './impression.ts'
import { type Rejected, rejectedOf } from './rejected.ts'
import type { NewEvent, Store, StoredEvent } from './store/store.ts'

/** More are sent as several batches, or as a stream. */
export const MOST_EVENTS = 1000
const MOST_SHOWN = 1000

/** Of events that do not say who tells of them. */
const DEFAULT_SOURCE = 'api'

const rank = expecting('a whole number from 1')
const shown = expecting(`a list of 1 to ${MOST_SHOWN} names of items`)

/** An event as a product sends it. */
export const event = fields(
  {
    source: name('the name of the program that tells of it')
      .optional()
      .meta({
        description: `Who tells of it; \`id\` is unique within it. Not given: ${DEFAULT_SOURCE}`,
        example: 'shop-web',
      }),
    id: name('the id of the event').optional().meta({
      description: 'Sent again with the same id, an event counts once. Without one a retry counts twice',
    }),
    type: name('what happened, such as "view" or "purchase"').meta({ example: 'purchase' }),
    user: name('the name of a user').meta({ description: 'Made where there is none of this name' }),
    item: name('the name of an item').optional(),
    domain: name('the name of a domain').optional().meta({
      description: 'Not needed where the item is known, and then checked',
    }),
    timestamp: time().optional().meta({
      description: 'When it happened: ISO 8601 or milliseconds since 1970. Not given: the time of receipt',
    }),
    value: value().optional().meta({ description: 'A rating, a price, a number of seconds' }),
    session: name('the id of a session').optional(),
    recommendation: name('the id of a recommendation').optional().meta({
      description: 'The answer that led to it',
    }),
    rank: z.int(rank).min(1, rank).optional().meta({ description: 'The place of the item in that answer, 1 is first' }),
    shown: z.array(name('the name of an item'), shown).min(1, shown).max(MOST_SHOWN, shown).optional().meta({
      description: 'Items that were seen, of an impression',
    }),
    properties: properties().optional(),
  },
  'an object that describes an event',
)

/** What became of a batch. */
export interface EventsOutcome {
  readonly accepted: number
  /** Told before, word for word. */
  readonly duplicates: number
  /** Of an id that another event has already; the first one stays. */
  readonly conflicts: number
  /** Accepted without an id, so that a retry would count them again. */
  readonly unprotected: number
  readonly rejected: readonly Rejected[]
  /** What was accepted is among the events up to it. */
  readonly sequence: number
}

/** What events are checked against. */
export interface EventContext {
  readonly store: Store
  /** The domain that an item is known to be of, if it is known. */
  domainOf(item: string): string | undefined | Promise<string | undefined>
  /** Told of each event that is new, once it is on disk. */
  accepted?(event: NewEvent): void
}

/**
 * Takes what is right of a batch, in its order; when this resolves, it is on disk. Users who are not known are made; events about
 * items that are not known are kept.
 * @param options `atomic`: take nothing where something is wrong
 * @throws TributaryError `store-failed`; the same batch can be sent again
 */
export async function takeEvents(
  batch: readonly unknown[],
  context: EventContext,
  options: { readonly atomic?: boolean | undefined } = {},
): Promise<EventsOutcome> {
  const events: NewEvent[] = []
  const rejected: Rejected[] = []
  let unprotected = 0
  const check = checker(context)
  for (const [index, told] of batch.entries())
    try {
      const { id, ...rest } = await check(told)
      if (id === undefined) unprotected++
      events.push({ id: id ?? randomUUID(), ...rest })
    } catch (error) {
      rejected.push(rejectedOf(error, index))
    }
  const nothing = { accepted: 0, duplicates: 0, conflicts: 0, unprotected: 0, rejected }
  if (events.length === 0 || (options.atomic && rejected.length > 0))
    return { ...nothing, sequence: await context.store.lastSequence() }
  const { outcomes, sequence } = await context.store.appendEvents(events)
  for (const [i, event] of events.entries()) if (outcomes[i] === 'accepted') context.accepted?.(event)
  const count = (kind: (typeof outcomes)[number]) => outcomes.filter((outcome) => outcome === kind).length
  const [accepted, duplicates, conflicts] = [count('accepted'), count('duplicate'), count('conflict')]
  return { accepted, duplicates, conflicts, unprotected, rejected, sequence }
}

/** Of one batch: what it finds of items and of decisions holds for all of it. */
function checker({ store, domainOf }: EventContext) {
  const domains = remembered(domainOf)
  const isDecision = remembered(async (id: string) => {
    if ((await store.decision(id)) !== undefined) return true
    // A record is on disk soon after its answer, not before.
    await store.flush()
    return (await store.decision(id)) !== undefined
  })
  return async (told: unknown): Promise<Omit<NewEvent, 'id'> & { readonly id?: string | undefined }> => {
    const { data, error } = event.safeParse(told)
    if (data === undefined) throw fieldErrorOf(error)
    const { item, domain, recommendation, shown, type } = data
    if (shown !== undefined && type !== IMPRESSION)
      throw new FieldError('bad-request', 'shown', `'shown' is of events of type ${IMPRESSION}, not ${quoted(type)}`)
    if (type === IMPRESSION && shown === undefined && item === undefined)
      throw new FieldError('bad-request', 'shown', `'shown' is missing: an ${IMPRESSION} has the items that were seen`)
    const known = item === undefined ? undefined : await domains(item)
    if (known !== undefined && domain !== undefined && known !== domain)
      throw new FieldError(
        'bad-request',
        'domain',
        `item ${quoted(item ?? '')} is in domain ${quoted(known)}, not ${quoted(domain)}`,
        known,
      )
    if (recommendation !== undefined && !(await isDecision(recommendation)))
      throw new FieldError('unknown-name', 'recommendation', `there is no recommendation ${quoted(recommendation)}`)
    return { ...data, source: data.source ?? DEFAULT_SOURCE, ...(known !== undefined && { domain: known }) }
  }
}

/** Asks for each name once. */
function remembered<T>(ask: (name: string) => T | Promise<T>): (name: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (name) => {
    const answer = answers.get(name) ?? (async () => ask(name))()
    answers.set(name, answer)
    return answer
  }
}

/** An event of the store as JSON has it. */
export function asTold({ sequence, timestamp, received, shown, properties, ...event }: StoredEvent) {
  return {
    sequence: String(sequence),
    ...event,
    timestamp: new Date(timestamp).toISOString(),
    received: new Date(received).toISOString(),
    ...(shown !== undefined && { shown: [...shown] }),
    ...(properties !== undefined && { properties: { ...properties } }),
  }
}
