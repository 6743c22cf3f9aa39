import { createRoute, z } from '@hono/zod-openapi'
import { expecting, fields } from '../../serving/fields.ts'
import type { AddRoutes, ServerContext } from '../context.ts'
import { MOST_BY_SECOND, MOST_MINUTES, type Quantiles, type TrafficReading } from '../traffic/traffic.ts'
import { json, REFUSALS } from './answers.ts'

const count = z.int().openapi({ description: 'In the window' })
const counts = z.array(z.int()).openapi({ description: 'By step' })
const at = z.int().openapi({ description: 'Milliseconds since 1970' })
const rate = z
  .object({ count: z.int(), of: z.int(), share: z.number().nullable().openapi({ description: 'null of none' }) })
  .openapi('Rate')
const milliseconds = z.number().nullable()
const quantiles = z.object({ n: z.int(), p50: milliseconds, p95: milliseconds, p99: milliseconds }).openapi('Quantiles')
const service = z
  .object({
    lists: count,
    listsPerSecond: z.number(),
    events: count,
    eventsPerSecond: z.number(),
    short: rate.openapi({ description: 'Lists with fewer items than were asked for' }),
    fallback: rate.openapi({ description: 'Lists of the twin, since the model harms here' }),
    newUsers: rate.openapi({ description: 'Lists of the run for who is new here and known elsewhere' }),
    strangers: rate.openapi({ description: 'Lists for users of whom nothing is known' }),
    failures: rate.openapi({ description: 'Lists that were filled up since the model failed' }),
    filled: rate.openapi({ description: 'Items that filled up a list, of all items' }),
    coverage: z.record(z.string(), rate).openapi({
      description: 'By model: items that were in a list, of those that may be recommended now; to the minute',
    }),
  })
  .openapi('ServiceTraffic')
const answer = z
  .object({
    at,
    since: at.openapi({ description: 'When this server began to count' }),
    minutes: z.int().openapi({ description: 'As asked for' }),
    seconds: z.number().openapi({ description: 'That were counted: fewer where the server is younger' }),
    step: z.int().openapi({ description: 'Milliseconds; the last step is not over yet' }),
    series: z.object({
      times: z.array(at).openapi({ description: 'When each step begins' }),
      requests: counts,
      refused: counts,
      failed: counts,
      hungUp: counts,
      latency: z.array(quantiles),
      lists: z.record(z.string(), counts),
      events: z.record(z.string(), counts),
    }),
    requests: count.openapi({ description: 'For lists, and those that told of events' }),
    refused: rate.openapi({ description: 'Requests answered 4xx' }),
    failed: rate.openapi({ description: 'Requests answered 5xx; 503 means that too many waited' }),
    hungUp: rate.openapi({ description: 'Requests whose client did not wait' }),
    latency: quantiles.openapi({
      description: 'Milliseconds from the arrival of a request for a list to its answer, right to 5 %',
    }),
    lag: quantiles.openapi({
      description:
        'Milliseconds from when an event happened until it was here, right to 12 %, of events that say when they happened',
    }),
    services: z.record(z.string(), service),
    models: z
      .record(z.string(), z.object({ lists: z.int() }))
      .openapi({ description: 'Lists of each model since the server began to count' }),
    changes: z
      .array(
        z.object({
          at,
          what: z.enum(['added', 'removed', 'switched']),
          model: z.string(),
          alias: z.string().optional(),
          before: z.string().optional().openapi({ description: 'For which the alias stood before' }),
        }),
      )
      .openapi({ description: 'Of the models, since the server began; the last one first' }),
    offers: z.array(z.enum(['store', 'models', 'trainings', 'evaluations'])).openapi({
      description:
        'What this server has, or lets change: a store, which models are served, trainings and evaluations beside it',
    }),
    store: z
      .object({
        waiting: z.int().openapi({ description: 'Records of lists that are not on disk yet' }),
        lost: z.int().openapi({ description: 'Records that were given up since the start' }),
      })
      .optional(),
  })
  .openapi('Traffic')

const minutes = expecting(`a whole number from 1 to ${MOST_MINUTES}`)

const read = createRoute({
  method: 'get',
  path: '/traffic',
  operationId: 'readTraffic',
  summary: 'What this server answers and hears, by service and by time',
  request: {
    query: fields({
      minutes: z
        .string(minutes)
        .regex(/^\d{1,4}$/, minutes)
        .transform(Number)
        .refine((given) => given >= 1 && given <= MOST_MINUTES, minutes)
        .optional()
        .openapi({
          type: 'integer',
          description: `The window, by the second up to ${MOST_BY_SECOND} minutes, else by the minute. Not given: 60, or ${MOST_BY_SECOND} while the server is younger than ${2 * MOST_BY_SECOND}`,
        }),
    }),
  },
  responses: { 200: json(answer, 'What was counted'), 400: REFUSALS[400] },
})

/** What is told each second, of the second before, to those who listen to `traffic`. */
export interface TrafficSecond {
  /** When it began, milliseconds since 1970. */
  readonly at: number
  readonly requests: number
  readonly refused: number
  readonly failed: number
  readonly hungUp: number
  readonly latency: z.output<typeof quantiles>
  readonly services: Readonly<Record<string, { readonly lists: number; readonly events: number }>>
}

export const addTraffic: AddRoutes = (app, context) => {
  const { stream } = context
  stream.whileHeard('traffic', () => {
    const timer = setInterval(() => stream.tell('traffic', lastSecond(context)), 1000)
    timer.unref()
    return () => clearInterval(timer)
  })
  app.openapi(read, (c) => c.json(trafficOf(context, c.req.valid('query').minutes ?? usualWindow(context)), 200))
}

function usualWindow({ traffic, now }: ServerContext): number {
  return now() - traffic.since < 2 * MOST_BY_SECOND * 60_000 ? MOST_BY_SECOND : 60
}

/** What `GET /v1/traffic` answers. */
export function trafficOf(context: ServerContext, minutes: number): z.output<typeof answer> {
  const { traffic, models, store, lineup, retrainer, evaluator } = context
  const read = traffic.read(minutes)
  const { at, since, seconds, step, all, services } = read
  const { names } = models
  traffic.coverage.keep(names)
  const covered = names.map((name) => [name, traffic.coverage.of(name, at - minutes * 60_000, at)] as const)
  const byService = <T>(of: (one: TrafficReading['services'][number]) => T) =>
    Object.fromEntries(services.map((one) => [one.name, of(one)]))
  return {
    ...{ at, since, minutes, seconds, step },
    series: {
      times: [...read.times],
      requests: [...read.requests],
      refused: [...read.refused],
      failed: [...read.failed],
      hungUp: [...read.gone],
      latency: read.latency.map(told),
      lists: byService((one) => one.lists),
      events: byService((one) => one.events),
    },
    requests: all.requests,
    refused: share(all.refused, all.requests),
    failed: share(all.failed, all.requests),
    hungUp: share(all.gone, all.requests),
    latency: told(all.latency),
    lag: told(all.lag),
    services: byService(({ name, total }) => ({
      lists: total.lists,
      listsPerSecond: total.lists / seconds,
      events: total.events,
      eventsPerSecond: total.events / seconds,
      short: share(total.short, total.lists),
      fallback: share(total.fallback, total.lists),
      newUsers: share(total.newUsers, total.lists),
      strangers: share(total.strangers, total.lists),
      failures: share(total.failures, total.lists),
      filled: share(total.filled, total.items),
      coverage: Object.fromEntries(
        covered.flatMap(([model, domains]) => {
          const found = domains.get(name)
          return found === undefined ? [] : [[model, share(found.count, found.of)]]
        }),
      ),
    })),
    models: Object.fromEntries(names.map((name) => [name, { lists: traffic.listsOf(name) }])),
    changes: [...models.changes],
    offers: [
      ...(store ? (['store'] as const) : []),
      ...(lineup ? (['models'] as const) : []),
      ...(retrainer ? (['trainings'] as const) : []),
      ...(evaluator ? (['evaluations'] as const) : []),
    ],
    ...(store && { store: { waiting: store.decisionsWaiting, lost: store.decisionsLost } }),
  }
}

function share(count: number, of: number) {
  return { count, of, share: of === 0 ? null : count / of }
}

function told({ n, p50, p95, p99 }: Quantiles) {
  return { n, p50: p50 ?? null, p95: p95 ?? null, p99: p99 ?? null }
}

function lastSecond({ traffic, now }: ServerContext): TrafficSecond {
  const { at, requests, refused, failed, gone, latency, services } = traffic.second(now() - 1000)
  return {
    ...{ at, requests, refused, failed, hungUp: gone, latency: told(latency) },
    services: Object.fromEntries(services.map(({ name, lists, events }) => [name, { lists, events }])),
  }
}
