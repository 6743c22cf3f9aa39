import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Catalogue } from '../serving/catalogue.ts'
import type { DecisionLog } from '../serving/decisions.ts'
import type { Evaluator } from '../serving/evaluations.ts'
import type { Experiments } from '../serving/experiments/running.ts'
import type { Histories } from '../serving/histories.ts'
import type { Lineup } from '../serving/lineup.ts'
import type { Placements } from '../serving/placements.ts'
import type { Retrainer } from '../serving/retraining.ts'
import type { Store } from '../serving/store/store.ts'
import type { Comparer } from '../workbench/comparer.ts'
import type { Workbench } from '../workbench/index.ts'
import type { Trainer } from '../workbench/trainer.ts'
import type { Env } from './env.ts'
import type { ServerMetrics } from './metrics.ts'
import type { ServedModels } from './models.ts'
import type { Stream } from './stream.ts'
import type { Traffic } from './traffic/traffic.ts'

/** What `listen` serves and tests ask with `app.request(path, init)`. */
export type ServerApp = OpenAPIHono<Env>

/** What routes answer from. */
export interface ServerContext {
  readonly models: ServedModels
  readonly metrics: ServerMetrics
  /** The same by time, for whoever looks. */
  readonly traffic: Traffic
  /** Absent where histories come from the log that the models were trained on. */
  readonly store: Store | undefined
  /** Absent where models do not change. */
  readonly lineup: Lineup | undefined
  /** Of users whose history a request does not bring along. */
  readonly histories: Histories
  /** What was answered. */
  readonly decisions: DecisionLog
  /** The items of the store, as they are now. */
  readonly catalogue: Catalogue
  /** Of the store. */
  readonly placements: Placements
  /** Of the store. */
  readonly experiments: Experiments
  /** Of requests that do not say it themselves. */
  readonly ignoreUnknown: boolean
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Absent where nothing is trained beside the server. */
  readonly retrainer: Retrainer | undefined
  /** Absent where nobody can begin a training. */
  readonly trainer: Trainer | undefined
  /** Absent where no runs are compared beside the server. */
  readonly comparer: Comparer | undefined
  /** Absent where nothing is evaluated beside the server. */
  readonly evaluator: Evaluator | undefined
  /** Runs that a person looks at. Absent where the server was given no folder of them. */
  readonly workbench: Workbench | undefined
  /** What goes on, for those who listen. */
  readonly stream: Stream
  /** To be told of what is the server's own fault where it answers all the same. */
  readonly onError: (error: unknown, id: string) => void
  /** Whether all models have answered a first request. */
  readonly state: () => 'starting' | 'ready' | 'failed'
  /** The answer to a request that failed, of which the log hears what it should. */
  readonly fail: (error: unknown, requestId: string) => Response
}

/** Adds the routes of one subject to an app; each file of `routes/` has one. */
export type AddRoutes = (app: ServerApp, context: ServerContext) => void
