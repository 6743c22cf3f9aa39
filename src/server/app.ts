import { OpenAPIHono } from '@hono/zod-openapi'
import { requestId } from 'hono/request-id'
import { TributaryError } from '../core/index.ts'
import { Catalogue } from '../serving/catalogue.ts'
import { decisionLog } from '../serving/decisions.ts'
import type { Evaluator } from '../serving/evaluations.ts'
import { Experiments } from '../serving/experiments/running.ts'
import { fieldErrorOf } from '../serving/fields.ts'
import { follow } from '../serving/follow.ts'
import { DATASET_HISTORIES, storeHistories } from '../serving/histories.ts'
import { KeyRing } from '../serving/keys.ts'
import type { Lineup } from '../serving/lineup.ts'
import { Models, type ServedModel } from '../serving/models.ts'
import { Placements } from '../serving/placements.ts'
import type { Retrainer } from '../serving/retraining.ts'
import type { Store } from '../serving/store/store.ts'
import type { Comparer } from '../workbench/comparer.ts'
import type { Workbench } from '../workbench/index.ts'
import type { Trainer } from '../workbench/trainer.ts'
import { access, noForms, scopeOf } from './access.ts'
import type { ServerApp, ServerContext } from './context.ts'
import { type Env, patternOf } from './env.ts'
import { isForLog, RequestError, refusal, SECURITY_HEADERS } from './failure.ts'
import { ServedModels } from './models.ts'
import { type RequestRecord, recordOf } from './request-log.ts'
import { ROUTES } from './routes/index.ts'
import { addMoved } from './routes/moved.ts'
import { addOperation } from './routes/operation.ts'
import { Stream } from './stream.ts'
import { addStudio } from './studio.ts'
import { Traffic } from './traffic/traffic.ts'

export interface ServerOptions {
  /**
   * With different names. The champion, else the first, answers requests that name none. None at all only where there is a
   * workbench to look at.
   */
  readonly models: readonly ServedModel[] | Models
  /** Where events, users and items are kept. Without one, histories come from the log that the models were trained on. */
  readonly store?: Store
  /** Changes `models` while they answer. Without it they stay as they are. */
  readonly lineup?: Lineup
  /** Trains beside the server. Without it nobody can ask for a training. */
  readonly retrainer?: Retrainer
  /** Trains what a person asks for in the studio. Without it nobody can. */
  readonly trainer?: Trainer
  /** Compares runs that somebody picks. Without it nobody can ask for that. */
  readonly comparer?: Comparer
  /** Evaluates beside the server. Without it nobody can ask for an evaluation. */
  readonly evaluator?: Evaluator
  /** Runs that a person looks at in the studio. Without it there are none to look at. */
  readonly workbench?: Workbench
  /**
   * What a request gets that names a user or an item which the model has never seen and does not say `ignoreUnknown` itself:
   * a refusal, or an answer without it. Default `refuse`; with a store `answer`, since it has users and items of whom no model can know yet.
   */
  readonly unknown?: 'answer' | 'refuse'
  /**
   * Requests a second that a key of the store may ask, where it has no rate of its own. Default: as many as it likes. Callers need
   * a key as soon as the store has had one.
   */
  readonly rate?: number | undefined
  /** Milliseconds since 1970: when a list was asked for, and what is decided by it. Default: the clock of this machine. */
  readonly now?: () => number
  /** Told of every request when it is answered, for a log. */
  readonly onRequest?: (record: RequestRecord) => void
  /** Told of every error that is the server's own fault; clients see only that there was one. Default: stderr. */
  readonly onError?: (error: unknown, requestId: string) => void
}

/**
 * The HTTP API over trained models: docs/serving.md says what it answers. Each model is warmed with one request at once;
 * `/ready` tells when all are.
 * @throws TributaryError `bad-argument` when there is no model or two share a name
 */
export function createServer({
  models: served,
  store,
  lineup,
  retrainer,
  trainer,
  comparer,
  evaluator,
  workbench,
  unknown: unknownNames = store === undefined ? 'refuse' : 'answer',
  rate,
  now = Date.now,
  onRequest,
  onError = logError,
}: ServerOptions): ServerApp & { endStreams(): void } {
  if (workbench === undefined && (served instanceof Models ? served.names : served).length === 0)
    throw new TributaryError('bad-argument', 'a server needs at least one model')
  const models = new ServedModels(served instanceof Models ? served : new Models(served), store)
  const { metrics } = models
  const traffic = new Traffic(now)
  let state: 'starting' | 'ready' | 'failed' = 'starting'
  const catalogue = new Catalogue(store)
  const placements = new Placements(store)
  const experiments = new Experiments(store)
  const followed =
    store &&
    follow(
      store,
      { documents: [placements, experiments], items: [catalogue], assignments: [experiments.moves] },
      (error) => onError(error, 'store'),
    )
  Promise.all([models.warm(), followed]).then(
    () => {
      state = 'ready'
    },
    (error) => {
      state = 'failed'
      // A server that ends meanwhile has nothing to tell.
      if (isForLog(error)) onError(error, 'warm-up')
    },
  )
  const ignoreUnknown = unknownNames === 'answer'
  const context: ServerContext = {
    models,
    metrics,
    traffic,
    store,
    lineup,
    retrainer,
    trainer,
    comparer,
    evaluator,
    workbench,
    stream: new Stream(),
    histories: store === undefined ? DATASET_HISTORIES : storeHistories(store),
    decisions: decisionLog(store),
    catalogue,
    placements,
    experiments,
    ignoreUnknown,
    now,
    onError,
    state: () => state,
    fail: (error, requestId) => {
      if (isForLog(error)) onError(error, requestId)
      return refusal(error) ?? Response.json({ error: INTERNAL }, { status: 500 })
    },
  }

  const app = createApp()
  app.use(requestId())
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) if (!c.res.headers.has(name)) c.header(name, value)
    // A refusal is a new answer, without the headers that were set before.
    c.header('X-Request-Id', c.get('requestId'))
  })
  app.use(async (c, next) => {
    const start = performance.now()
    await next()
    const milliseconds = performance.now() - start
    const pattern = patternOf(c) ?? 'unknown'
    metrics.request(pattern, c.req.method, c.res.status, milliseconds / 1000)
    const scope = c.req.method === 'POST' ? scopeOf('POST', pattern) : undefined
    if (scope === 'recommend' || scope === 'events') traffic.answered(c.res.status, milliseconds, scope === 'recommend')
    onRequest?.(recordOf(c, Date.now(), milliseconds))
  })
  app.use('/v1/*', noForms)
  if (store !== undefined) app.use('/v1/*', access({ keys: new KeyRing(store), rate }))

  const v1 = createApp()
  for (const add of ROUTES) add(v1, context)
  app.route('/v1', v1)
  addOperation(app, context)
  addStudio(app)
  addMoved(app, context)

  app.notFound((c) => {
    const methods = app.routes.filter(({ path, method }) => method !== 'ALL' && matches(path, c.req.path))
    const allowed = [...new Set(methods.map(({ method }) => method))]
    const answer = refusal(
      allowed.length === 0
        ? new RequestError(404, `there is nothing at ${c.req.path}; GET / lists what there is`)
        : new RequestError(405, `${c.req.path} answers ${allowed.join(', ')}, not ${c.req.method}`),
    )!
    if (allowed.length > 0) answer.headers.set('Allow', allowed.join(', '))
    return answer
  })

  app.onError((error, c) => context.fail(error, c.get('requestId')))
  return Object.assign(app, { endStreams: () => context.stream.end() })
}

const INTERNAL = {
  code: 'internal',
  message: 'the server failed; its log has the reason under the X-Request-Id of this answer',
}

function createApp(): ServerApp {
  return new OpenAPIHono<Env>({
    defaultHook: (result) => {
      if (!result.success) throw fieldErrorOf(result.error, 'the body')
    },
  })
}

/** Whether a path is one of a pattern such as `/v1/users/:user`. */
function matches(pattern: string, path: string): boolean {
  const parts = pattern.split('/')
  const given = path.split('/')
  return (
    parts.length === given.length &&
    parts.every((part, i) => (part.startsWith(':') && !part.includes('{')) || part === given[i])
  )
}

function logError(error: unknown, requestId: string): void {
  console.error(`request ${requestId} failed:`, error)
}
