import { createRoute, z } from '@hono/zod-openapi'
import { quoted } from '../../core/index.ts'
import { type Exchange, exchange } from '../../evaluation/exchange.ts'
import { domainsOf, FALLBACK_RULES, TransferReports, type WhatIf, whatIf } from '../../workbench/index.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError, unknown } from '../failure.ts'
import { failure } from '../schema.ts'
import {
  type Answering,
  detailOf,
  historyOf,
  isWhole,
  retrainingsOf,
  servedOf,
  summaryOf,
  twinsNow,
} from '../services.ts'
import type { TrafficReading } from '../traffic/traffic.ts'
import { json } from './answers.ts'
import { dryRun, exchanged, shortReport, whole } from './service-answers.ts'

const one = { params: z.object({ report: z.string().openapi({ description: 'The id of a report' }) }) }
const NONE = { 404: json(failure, 'There is no such report') }

const list = createRoute({
  method: 'get',
  path: '/services',
  operationId: 'listTransferReports',
  summary: 'Reports of `tributary transfer`: whether learning from all services helps each of them',
  responses: {
    200: json(
      z.object({
        reports: z.array(shortReport),
        damaged: z.array(z.object({ id: z.string(), reason: z.string() })),
        unreported: z
          .array(z.object({ model: z.string(), domains: z.array(z.string()) }))
          .openapi({ description: 'Models of several services that are served, and that no report is about' }),
      }),
      'The last one first',
    ),
  },
})
const read = createRoute({
  method: 'get',
  path: '/services/{report}',
  operationId: 'getTransferReport',
  summary: 'One report, what answers now, and the verdicts over trainings',
  request: one,
  responses: { 200: json(whole, 'Figures are those of transfer.json'), ...NONE },
})
const ask = createRoute({
  method: 'get',
  path: '/services/{report}/fallback',
  operationId: 'tryFallback',
  summary: 'What would change if other services went to the twin; changes nothing',
  request: {
    ...one,
    query: z.object({
      twin: z
        .union([z.string(), z.array(z.string())])
        .optional()
        .openapi({ description: 'A service that the twin would answer, beside the rules; repeatable' }),
    }),
  },
  responses: { 200: json(dryRun, 'Each rule'), ...NONE, 422: json(failure, 'There is no such service') },
})
const FEWEST = 5
const MOST = 200
const give = createRoute({
  method: 'get',
  path: '/services/{report}/exchange',
  operationId: 'measureExchange',
  summary: 'How much the lists of each service owe to the events of each other; asks the model, which takes a while',
  request: {
    ...one,
    query: z.object({
      users: z.coerce
        .number()
        .int()
        .min(FEWEST)
        .max(MOST)
        .default(40)
        .openapi({ description: 'Users to draw; more take longer and narrow the intervals' }),
    }),
  },
  responses: { 200: json(exchanged, 'As it answers now'), ...NONE, 409: json(failure, 'The model is not served here') },
})

/** What is not a number is null in JSON. */
function plain<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  return schema.parse(JSON.parse(JSON.stringify(value)))
}

export const addServices: AddRoutes = (app, { models, workbench, store, traffic }) => {
  const reports = new TransferReports()
  const all = async () => {
    await workbench?.look()
    return reports.in(workbench?.found ?? [])
  }
  const answering = async (): Promise<Answering[]> => {
    if (models.all.length === 0) return []
    const first = await models.use(undefined, async ({ name }) => name)
    return models.all.map(({ name, weights, fallbacks }) => ({
      ...{ name, weights, fallbacks },
      aliases: [...models.aliases].flatMap(([alias, model]) => (model === name ? [alias] : [])),
      isDefault: name === first,
      since: models.changes.find((one) => one.what === 'switched' && one.model === name)?.at ?? models.sinceOf(name),
    }))
  }
  const found = async (id: string) => {
    const there = await all()
    const whole = there.filter(isWhole)
    const one = whole.find((report) => report.id === id)
    if (one !== undefined) return { one, whole }
    const { reason = `there is no report ${quoted(id)}; GET /v1/services lists those there are` } =
      there.find((report) => report.id === id) ?? {}
    throw new RequestError(404, reason, { field: 'report' })
  }
  app.openapi(list, async (c) => {
    const [there, now] = [await all(), await answering()]
    const whole = there.filter(isWhole)
    const told = new Set(whole.map(({ report }) => report.model.runs[0].weights))
    const summaries = whole.map((one) => summaryOf(one, now))
    return c.json(
      {
        // What answers stands first.
        reports: [...summaries.filter(({ served }) => served), ...summaries.filter(({ served }) => !served)],
        damaged: there.flatMap(({ id, reason }) => (reason === undefined ? [] : [{ id, reason }])),
        unreported: models.all
          .filter(({ weights = '', dataset }) => dataset.domains.length > 1 && !told.has(weights))
          .map(({ name, dataset }) => ({ model: name, domains: [...dataset.domains] })),
      },
      200,
    )
  })
  app.openapi(read, async (c) => {
    const { one, whole: others } = await found(c.req.valid('param').report)
    const retrainings = retrainingsOf((await store?.documents('job')) ?? [])
    const answer = { ...detailOf(one, await answering()), history: historyOf(one, others, retrainings) }
    return c.json(plain(whole, answer), 200)
  })
  app.openapi(ask, async (c) => {
    const { report } = (await found(c.req.valid('param').report)).one
    const { twin = [] } = c.req.valid('query')
    const chosen = [...new Set([twin].flat())]
    const known = [...report.domains.keys()]
    for (const domain of chosen) if (!known.includes(domain)) throw unknown('domain', domain, 'twin', known)
    const serving = await answering()
    const [served, now] = [servedOf(report, serving), twinsNow(report, serving)]
    const lists = served && listsOf(traffic.read(MINUTES))
    const rules = [
      ...FALLBACK_RULES.map((rule) => whatIf(report, now, domainsOf(report, rule), rule)),
      ...(chosen.length > 0 ? [whatIf(report, now, chosen)] : []),
    ]
    const told = rules.map((rule) => ({ ...rule, ...(lists && { requests: movedOf(lists, rule) }) }))
    return c.json(plain(dryRun, { metric: report.metric, now, rules: told }), 200)
  })
  const measured = new Measured()
  app.openapi(give, async (c) => {
    const { report, path } = (await found(c.req.valid('param').report)).one
    const { users } = c.req.valid('query')
    const served = servedOf(report, await answering())
    if (served === undefined)
      throw new RequestError(
        409,
        `the model of this report is not served here; ask it with: tributary explain ${path} --owed ${users}`,
      )
    const { name, weights, fallbacks } = served
    const answer = await measured.of(JSON.stringify([weights, [...(fallbacks ?? [])], users]), () =>
      models.use(name, ({ model, dataset }) => exchange(model, dataset, { users })),
    )
    return c.json(plain(exchanged, { model: name, ...answer }), 200)
  })
}

/** So many answers are kept. */
const MOST_KEPT = 20

/** What was measured once is not measured again, and only one thing at a time is: a model has better to do. */
class Measured {
  readonly #kept = new Map<string, Promise<Exchange>>()
  #last: Promise<unknown> = Promise.resolve()

  of(key: string, measure: () => Promise<Exchange>): Promise<Exchange> {
    const before = this.#kept.get(key)
    if (before !== undefined) return before
    const asked = this.#last.then(measure)
    this.#last = asked.catch(() => this.#kept.delete(key))
    this.#kept.set(key, asked)
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > MOST_KEPT) this.#kept.delete(oldest)
    return asked
  }
}

/** A day. */
const MINUTES = 1440

/** Lists by service; undefined before the first. */
function listsOf({ services, seconds }: TrafficReading) {
  const lists = new Map(services.map(({ name, total }) => [name, total.lists]))
  const of = [...lists.values()].reduce((sum, count) => sum + count, 0)
  return of === 0 ? undefined : { lists, of, minutes: Math.ceil(seconds / 60) }
}

function movedOf({ lists, of, minutes }: NonNullable<ReturnType<typeof listsOf>>, { shown }: WhatIf) {
  return { moved: shown.services.reduce((sum, { domain }) => sum + (lists.get(domain) ?? 0), 0), of, minutes }
}
