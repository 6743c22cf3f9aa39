import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import { requestId } from 'hono/request-id'
import { matchedRoutes } from 'hono/route'
import { type Dataset, domainItems, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { TRIBUTARY_VERSION } from '../runs/versions.ts'
import { standIn, whereKnown } from '../serving/new-users.ts'
import { type Sources, sourcesByName } from '../serving/served.ts'
import { Batcher } from './batcher.ts'
import { bodyReader, MOST_BODY_BYTES } from './body.ts'
import { curlCommand } from './curl.ts'
import { clientOf, type Env } from './env.ts'
import { invalid, RequestError, refusal, SECURITY_HEADERS, unknown } from './failure.ts'
import { createMetrics } from './metrics.ts'
import { toQuestion } from './question.ts'
import {
  DEFAULT_ITEMS,
  domainsAnswer,
  domainsQuery,
  failure,
  type RecommendationRequest,
  recommendationAnswer,
  recommendationRequest,
} from './schema.ts'

/** A model under the name that requests choose it by. */
export interface ServedModel {
  readonly name: string
  readonly model: Scorer
  /** Translates names; its log holds the stored histories. */
  readonly dataset: Dataset
  /** The SHA-256 of the model's weights, for `tributary_model_info`. */
  readonly weights?: string | undefined
  /**
   * Where another run answers for a domain in place of the model (`withFallback`): its name, by domain. Answers tell the name,
   * so it should not be a path.
   */
  readonly fallbacks?: ReadonlyMap<string, string>
  /** Where another run answers for users who are new in a domain and known elsewhere (`withNewUsers`): its name, by domain. */
  readonly newUsers?: ReadonlyMap<string, string>
  /** How much each domain counted in scores of `model`. */
  readonly sources?: Sources | undefined
}

export interface ServerOptions {
  /** At least one, with different names. The first answers requests that name none. */
  readonly models: readonly ServedModel[]
  /**
   * What a request gets that names a user or an item which the model has never seen and does not say `ignoreUnknown` itself:
   * a refusal, or an answer without it. Default `refuse`.
   */
  readonly unknown?: 'answer' | 'refuse'
  /** Told of every error that is the server's own fault; clients see only that there was one. Default: stderr. */
  readonly onError?: (error: unknown, requestId: string) => void
}

/** What `listen` serves and tests ask with `app.request(path, init)`. */
export type ServerApp = OpenAPIHono<Env>

/**
 * The HTTP API over trained models: docs/serving.md says what it answers. Each model is warmed with one request at once;
 * `/ready` tells when all are.
 * @throws TributaryError `bad-argument` when there is no model or two share a name
 */
export function createServer({
  models,
  unknown: unknownNames = 'refuse',
  onError = logError,
}: ServerOptions): ServerApp {
  const served = new Map<string, ServedModel & { readonly batcher: Batcher }>()
  const metrics = createMetrics(
    models.map(({ name, dataset, weights = '' }) => ({
      name,
      dataset: dataset.name,
      hash: dataset.hash,
      weights,
      version: TRIBUTARY_VERSION,
    })),
  )
  for (const model of models) {
    if (served.has(model.name))
      throw new TributaryError('bad-argument', `two models are named '${model.name}'; each needs a name of its own`)
    const batcher = new Batcher(model.model, model.dataset, (size) => metrics.batch(model.name, size), model.sources)
    served.set(model.name, { ...model, batcher })
  }
  const first = models[0]
  if (first === undefined) throw new TributaryError('bad-argument', 'a server needs at least one model')
  const modelNamed = (name: string = first.name) => {
    const found = served.get(name)
    if (found === undefined) throw unknown('model', name, 'model', [...served.keys()])
    return found
  }

  let state: 'starting' | 'ready' | 'failed' = 'starting'
  const warmed = [...served.values()].flatMap((model) =>
    firstQuestions(model).map((query) => model.batcher.recommend(query, { k: 1, maskSeen: true })),
  )
  Promise.all(warmed).then(
    () => {
      state = 'ready'
    },
    (error) => {
      state = 'failed'
      onError(error, 'warm-up')
    },
  )

  const app: ServerApp = new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw invalid(result.error)
    },
  })

  app.use(requestId())
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) c.header(name, value)
  })
  app.use(async (c, next) => {
    const start = performance.now()
    await next()
    // The pattern of the handler; only middleware matched where the path is unknown.
    const route = matchedRoutes(c).find(({ path }) => !path.includes('*'))?.path ?? 'unknown'
    metrics.request(route, c.req.method, c.res.status, (performance.now() - start) / 1000)
  })

  app.post(routes.recommendations.path, bodyReader())
  app.openapi(routes.recommendations, async (c) => {
    const request = c.req.valid('json')
    const model = modelNamed(request.model)
    const { name, dataset, batcher } = model
    const { query, ignored } = toQuestion(request, dataset, { ignoreUnknown: unknownNames === 'answer' })
    const options = { k: request.k ?? DEFAULT_ITEMS, maskSeen: request.maskSeen ?? true, sources: request.sources }
    const asker = { client: clientOf(c), signal: c.req.raw.signal }
    const list = await batcher.recommend(query, options, asker).catch(blameValues(request))
    const known = whereKnown(dataset, query)
    const instead = standIn(model, request.domain, known)
    metrics.itemsReturned(name, request.domain, list.length)
    metrics.list(name, request.domain, known, Object.values(instead)[0] ?? name)
    const named = (rows: readonly (Float32Array | undefined)[]) => namedSources(dataset, rows)
    const items = list.map(({ item, score, sources }, index) => ({
      item: dataset.items.name(item),
      score,
      rank: index + 1,
      ...named([sources]),
    }))
    const answer = {
      model: name,
      ...instead,
      domain: request.domain,
      known,
      items,
      ...named(list.map(({ sources }) => sources)),
      historyUsed: query.history.length,
      ignored: [...ignored],
    }
    return c.json(answer, 200)
  })

  app.openapi(routes.domains, (c) => {
    const model = modelNamed(c.req.valid('query').model)
    const { name, dataset } = model
    const domains = dataset.domains.map((domain, index) => {
      const { start, end } = domainItems(dataset, index)
      return { name: domain, items: end - start, ...standInsOf(model, domain) }
    })
    return c.json({ model: name, domains }, 200)
  })

  app.openapi(routes.health, (c) => c.json({ status: 'alive' as const }, 200))
  app.openapi(routes.ready, (c) => {
    const answer = { status: state, models: [...served.keys()] }
    return state === 'ready' ? c.json(answer, 200) : c.json(answer, 503)
  })
  app.openapi(routes.metrics, async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
  app.doc31('/openapi.json', (c) => ({
    openapi: '3.1.0',
    info: { title: 'Tributary', version: TRIBUTARY_VERSION },
    servers: [{ url: c.req.path.slice(0, -'/openapi.json'.length) || '/' }],
  }))

  // Mounted at /rec, the second is /rec/.
  app.on('GET', ['/', '/:nothing{$}'], (c) => {
    const domain = first.dataset.domains[0]
    const here = new URL(c.req.url)
    return c.json({
      name: 'Tributary',
      version: TRIBUTARY_VERSION,
      models: [...served.keys()],
      try: curlCommand(`${here.origin}${here.pathname.replace(/\/$/, '')}`, { domain, k: 5 }),
      links: ['/domains', '/health', '/ready', '/metrics', '/openapi.json'],
    })
  })

  app.notFound((c) => {
    const found = app.routes.find(({ path, method }) => path === c.req.path && method !== 'ALL')
    const answer = refusal(
      found === undefined
        ? new RequestError(404, `there is nothing at ${c.req.path}; GET / lists what there is`)
        : new RequestError(405, `${c.req.path} answers ${found.method}, not ${c.req.method}`),
    )!
    if (found !== undefined) answer.headers.set('Allow', found.method)
    return answer
  })

  app.onError((error, c) => {
    const known = refusal(error)
    if (known !== undefined) return known
    onError(error, c.get('requestId'))
    const message = 'the server failed; its log has the reason under the X-Request-Id of this answer'
    return c.json({ error: { code: 'internal', message } }, 500)
  })
  return app
}

/** One for each model that stands behind a served one. */
function firstQuestions({ dataset, fallbacks, newUsers }: ServedModel): readonly Query[] {
  const nobody = new Int32Array(0)
  const asked = fallbacks === undefined || fallbacks.size === 0 ? [0] : [...dataset.domains.keys()]
  const fromElsewhere = [...(newUsers?.keys() ?? [])].map((name): Query => {
    const domain = dataset.domains.indexOf(name)
    const { start, end } = domainItems(dataset, domain)
    return { domain, history: Int32Array.of(start === 1 ? end : 1) }
  })
  return [...asked.map((domain) => ({ domain, history: nobody })), ...fromElsewhere]
}

/** The names of the runs that may stand in for the model in a domain. */
function standInsOf({ fallbacks, newUsers }: ServedModel, domain: string): { fallback?: string; newUsers?: string } {
  const [fallback, forNew] = [fallbacks?.get(domain), newUsers?.get(domain)]
  return { ...(fallback !== undefined && { fallback }), ...(forNew !== undefined && { newUsers: forNew }) }
}

function namedSources(
  dataset: Dataset,
  rows: readonly (Float32Array | undefined)[],
): { sources?: Readonly<Record<string, number>> } {
  const sources = sourcesByName(
    dataset,
    rows.filter((row) => row !== undefined),
  )
  return sources === undefined ? {} : { sources: sources.toJSON() }
}

/** Values far from those that a model was trained on may take its scores out of the range of numbers. */
function blameValues({ values }: RecommendationRequest): (error: unknown) => never {
  return (error) => {
    if (values !== undefined && error instanceof TributaryError && error.code === 'not-finite')
      throw new RequestError(400, "'values' leave the model without finite scores; send values like those of the log", {
        field: 'values',
      })
    throw error
  }
}

function logError(error: unknown, requestId: string): void {
  console.error(`request ${requestId} failed:`, error)
}

function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

const status = z.object({ status: z.string() })
const readiness = z.object({ status: z.enum(['starting', 'ready', 'failed']), models: z.array(z.string()) })

const routes = {
  recommendations: createRoute({
    method: 'post',
    path: '/recommendations',
    operationId: 'recommend',
    summary: 'What a user should see next in a domain',
    request: { body: { required: true, content: { 'application/json': { schema: recommendationRequest } } } },
    responses: {
      200: json(recommendationAnswer, 'The list, best first'),
      400: json(failure, 'The body is not a valid request'),
      413: json(failure, `The body is larger than ${MOST_BODY_BYTES} bytes`),
      415: json(failure, 'The body is not declared as JSON'),
      422: json(failure, 'The domain, the model, the user or an item is unknown'),
      429: json(failure, 'Too many large bodies of this client were refused'),
      500: json(failure, 'The server failed; its log has the reason'),
      503: json(failure, 'Too many requests are waiting'),
    },
  }),
  domains: createRoute({
    method: 'get',
    path: '/domains',
    operationId: 'listDomains',
    summary: 'The domains that a model knows, and how many items each has',
    request: { query: domainsQuery },
    responses: { 200: json(domainsAnswer, 'The domains'), 422: json(failure, 'The model is unknown') },
  }),
  health: createRoute({
    method: 'get',
    path: '/health',
    operationId: 'checkHealth',
    summary: 'The process is alive',
    responses: { 200: json(status, 'Always') },
  }),
  ready: createRoute({
    method: 'get',
    path: '/ready',
    operationId: 'checkReadiness',
    summary: 'Every model has answered a first request',
    responses: { 200: json(readiness, 'Send requests'), 503: json(readiness, 'Do not send requests yet') },
  }),
  metrics: createRoute({
    method: 'get',
    path: '/metrics',
    operationId: 'readMetrics',
    summary: 'Counters and histograms for Prometheus',
    responses: {
      200: { description: 'Text in the format of Prometheus', content: { 'text/plain': { schema: z.string() } } },
    },
  }),
}
