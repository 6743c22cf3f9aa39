import { createRoute, z } from '@hono/zod-openapi'
import { quoted } from '../../core/index.ts'
import { domainsOf, FALLBACK_RULES, TransferReports, whatIf } from '../../workbench/index.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError, unknown } from '../failure.ts'
import { failure } from '../schema.ts'
import { type Answering, detailOf, historyOf, isWhole, retrainingsOf, summaryOf, twinsNow } from '../services.ts'
import { json } from './answers.ts'

const figure = z.number().nullable()
const interval = { mean: figure, low: figure, high: figure }
const finding = z
  .enum(['helped', 'harmed', 'no difference', 'no cases', 'too few users', 'under-trained', 'not judged'])
  .openapi('Finding')
const summary = z.object({ ...interval, std: figure })
const difference = z.object({
  ...interval,
  p: figure,
  verdict: finding,
  tests: z.object({ t: figure, wilcoxon: figure }).optional(),
})
const judgment = z
  .object({
    cases: z.int(),
    users: z.int(),
    model: z.record(z.string(), summary),
    twin: z.record(z.string(), summary),
    difference: z.record(z.string(), difference),
    verdict: finding,
  })
  .openapi('ServiceJudgment')
const side = z.object({
  name: z.string(),
  runs: z.array(z.object({ folder: z.string(), seed: z.int(), weights: z.string() })),
  underTrained: z.object({ domains: z.array(z.string()), epochs: z.int(), patience: z.int() }).optional(),
})
const shortReport = z
  .object({
    id: z.string().openapi({ description: 'That of the run in its folder' }),
    path: z.string().openapi({ description: 'Of its folder, as a command would name it' }),
    made: z.number().openapi({ description: 'When it was written, milliseconds since 1970' }),
    dataset: z.object({ name: z.string(), hash: z.string() }),
    split: z.string(),
    metric: z.string(),
    lessIsBetter: z.boolean(),
    model: z.string(),
    twin: z.string(),
    seeds: z.array(z.int()),
    verdicts: z.array(z.object({ domain: z.string(), verdict: finding })),
    served: z
      .object({ model: z.string(), aliases: z.array(z.string()), isDefault: z.boolean() })
      .optional()
      .openapi({ description: 'The model of this server that has the weights which the report is about' }),
  })
  .openapi('TransferSummary')
const service = judgment
  .extend({
    domain: z.string(),
    advice: z.string(),
    validation: judgment,
    fallback: z.enum(['model', 'twin']).openapi({ description: 'Who would answer with --fallback auto' }),
    answers: z
      .object({
        by: z.enum(['model', 'twin', 'other']),
        name: z.string(),
        weights: z.string().optional().openapi({ description: 'SHA-256' }),
        since: z.number().optional().openapi({ description: 'Since when this server has it' }),
      })
      .optional()
      .openapi({ description: 'Who answers now; absent where the model is not served here' }),
  })
  .openapi('Service')
const columns = <S extends z.ZodType>(value: S) => z.array(z.object({ name: z.string(), values: z.array(value) }))
const training = z.object({
  name: z.string(),
  status: z.string(),
  started: z.number(),
  ended: z.number().optional(),
  reason: z.string().optional(),
  run: z.string().optional(),
  gate: z
    .object({
      passed: z.boolean(),
      metric: z.string(),
      cases: z.int(),
      difference: z.object({ mean: z.number(), low: z.number(), high: z.number() }).optional(),
      domains: z.array(z.object({ domain: z.string(), verdict: z.string() })),
    })
    .optional(),
})
const whole = shortReport
  .extend({
    described: z.string(),
    leastUsers: z.int(),
    sides: z.object({ model: side, twin: side }),
    services: z.array(service),
    overall: judgment.extend({ advice: z.string() }),
    validation: z.object({ described: z.string(), overall: judgment }),
    cautions: z.array(z.string()),
    training: z
      .object({
        bestEpoch: z.int(),
        epochs: z.array(z.int()),
        lambda: columns(figure),
        gap: columns(figure),
        gates: columns(z.number()),
      })
      .optional()
      .openapi({ description: 'What the model logged of itself while it trained' }),
    history: z
      .array(
        z.object({
          id: z.string().optional().openapi({ description: 'Of the report; absent where the training has none' }),
          at: z.number().openapi({ description: 'Milliseconds since 1970' }),
          isShown: z.boolean(),
          isSameData: z.boolean(),
          metric: z.string(),
          training: training.optional(),
          services: z.array(
            z.object({
              domain: z.string(),
              cases: z.int(),
              users: z.int(),
              verdict: finding,
              validation: finding,
              ...interval,
              toTwin: z.boolean(),
            }),
          ),
        }),
      )
      .openapi({ description: 'Of this model on data of this name, the first one first' }),
  })
  .openapi('TransferReport')
const changeOn = z.object({
  part: z.string(),
  now: figure,
  would: figure,
  change: z.object(interval),
  cases: z.object({ moved: z.int(), of: z.int() }),
  services: z.array(
    z.object({
      domain: z.string(),
      from: z.enum(['model', 'twin']),
      to: z.enum(['model', 'twin']),
      cases: z.int(),
      users: z.int(),
      ...interval,
    }),
  ),
})
const dryRun = z
  .object({
    metric: z.string(),
    now: z.array(z.string()).openapi({ description: 'The services that the twin answers now' }),
    rules: z.array(
      z.object({
        rule: z.enum([...FALLBACK_RULES, 'chosen']),
        domains: z.array(z.string()).openapi({ description: 'Those that it would answer' }),
        shown: changeOn,
        validation: changeOn.openapi({ description: 'By the cases that the choice is made on, which flatter it' }),
        requests: z
          .object({ moved: z.int(), of: z.int(), minutes: z.number() })
          .optional()
          .openapi({ description: 'Lists of the last minutes, and those of them that another run would have made' }),
      }),
    ),
  })
  .openapi('FallbackDryRun')

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

/** What is not a number is null in JSON. */
function plain<S extends z.ZodType>(schema: S, value: unknown): z.output<S> {
  return schema.parse(JSON.parse(JSON.stringify(value)))
}

export const addServices: AddRoutes = (app, { models, workbench, store }) => {
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
    const now = twinsNow(report, await answering())
    const rules = [
      ...FALLBACK_RULES.map((rule) => whatIf(report, now, domainsOf(report, rule), rule)),
      ...(chosen.length > 0 ? [whatIf(report, now, chosen)] : []),
    ]
    return c.json(plain(dryRun, { metric: report.metric, now, rules }), 200)
  })
}
