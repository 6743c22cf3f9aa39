import { join } from 'node:path'
import { listed, type TrainEvent, TributaryError } from '../core/index.ts'
import { writeDataset } from '../data/index.ts'
import { TRANSFER_FILE, writeTransfer } from '../experiments/report.ts'
import { transfer } from '../experiments/transfer.ts'
import { makeFolder } from '../files/index.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'
import { openRun } from '../runs/run.ts'
import { type TrainRunOptions, trainRun } from '../runs/train.ts'
import { isMovingOn } from '../runs/warm-start.ts'
import { type GateVerdict, gate } from './gate.ts'
import { gateByLog } from './gate-by-log.ts'
import { knownByNames } from './known-by-names.ts'
import { type Alias, MOST_BEFORE } from './lineup.ts'
import { removeOldRuns, TRAINING } from './old-runs.ts'
import type { RetrainingPlan } from './retraining-plan.ts'
import { openServed } from './served.ts'
import { DAY, UNITS } from './span.ts'
import { datasetOfStore } from './store/dataset.ts'
import type { JsonObject, Store } from './store/store.ts'

export interface RetrainingOptions {
  readonly store: Store
  readonly plan: RetrainingPlan
  /** The folder of runs: the new one goes below it. */
  readonly runs: string
  /** Of the new model, and of its folder. */
  readonly name: string
  /** What answers where the alias stands for no model that was added: its name and the folder of its run. */
  readonly champion?: { readonly name: string; readonly folder: string } | undefined
  readonly threads?: number | undefined
  readonly leastUsers?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** Whoever trains beside a server. */
export interface Retrainer {
  /** Trains now, due or not. False where a training is on already. */
  start(): boolean
  /** Ends the training that is on. False where none is. */
  stop(): boolean
}

export type RetrainingEvent =
  | { readonly type: 'log'; readonly rows: number; readonly users: number; readonly items: number }
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'training'; readonly event: TrainEvent }
  | { readonly type: 'judged'; readonly verdict: GateVerdict }

export interface RetrainingOutcome {
  /** `kept`: the old model stays. `waits`: the new one is served beside it. */
  readonly status: 'promoted' | 'waits' | 'kept'
  readonly name: string
  /** Below the folder of runs. */
  readonly run: string
  /** Of the last event that it learned from. */
  readonly sequence: number
  /** Absent where nothing answered before. */
  readonly verdict?: GateVerdict
  readonly reason: string
}

/**
 * Trains a model on the events of a store and holds it against the one that answers. Only one that passes is added to the models of the
 * store, and only then does the alias stand for it: every server follows. The record of it is a document of the store.
 * @throws TributaryError whatever training and judging refuse; what answers stays as it is
 */
export async function* retrain(options: RetrainingOptions): AsyncGenerator<RetrainingEvent, RetrainingOutcome> {
  const { store, name } = options
  const sequence = await store.lastSequence()
  const started = Date.now()
  const record = (body: JsonObject) => store.putDocument('job', `${TRAINING}${name}`, { started, sequence, ...body })
  await record({ status: 'running' })
  try {
    const outcome = yield* trainAndJudge(options, sequence)
    await record({ ...outcome, ended: Date.now() })
    yield* removeOld(options)
    return outcome
  } catch (error) {
    // Of anybody else's error the log has the reason.
    const reason = error instanceof TributaryError ? error.code : 'internal'
    await record({ status: 'failed', reason, ended: Date.now() })
    throw error
  }
}

/** What could not be deleted takes no training back. */
async function* removeOld({ store, runs, plan }: RetrainingOptions): AsyncGenerator<RetrainingEvent> {
  if (plan.keep === undefined) return
  try {
    const removed = await removeOldRuns(store, runs, plan.keep)
    if (removed.length > 0) yield { type: 'note', text: `deleted the folders of earlier trainings: ${listed(removed)}` }
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    yield { type: 'note', text: `folders of earlier trainings could not be deleted: ${text}` }
  }
}

async function* trainAndJudge(
  options: RetrainingOptions,
  sequence: number,
): AsyncGenerator<RetrainingEvent, RetrainingOutcome> {
  const { store, plan, runs, name, threads = 1, signal } = options
  const run = join(name, 'run')
  const folder = join(runs, run)
  const datasetFolder = join(runs, name, 'dataset')
  const champion = await championOf(options)
  const byLog = champion !== undefined && plan.gate.by === 'ope'
  const judgedFrom = Date.now() - plan.gate.days * DAY
  const { dataset } = await datasetOfStore(store, {
    name: 'store',
    upTo: sequence,
    // What it has learned would be no question any more.
    ...(byLog && { until: judgedFrom }),
    types: plan.types?.map((type) => ({ type })),
    signal,
  })
  await makeFolder(join(runs, name))
  await writeDataset(dataset, datasetFolder)
  yield { type: 'log', rows: dataset.log.length, users: dataset.users.size, items: dataset.items.size - 1 }

  const training = {
    ...(await recipeOf(plan, champion?.folder)),
    datasetFolder,
    out: folder,
    threads,
    ...(signal && { signal }),
  }
  const challenger = yield* trainFrom(plan.warmStart ? champion?.folder : undefined, training)
  try {
    const judging =
      champion &&
      (byLog ? judgeByLog(folder, champion.folder, judgedFrom, options) : judge(challenger, champion.folder, options))
    const verdict = judging && (yield* judging)
    const reason = verdict?.reason ?? 'nothing answered before'
    const judged = { name, run, sequence, reason, ...(verdict && { verdict }) }
    if (verdict?.passed === false && !verdict.asks) return { status: 'kept', ...judged }
    if (plan.transfer) yield* reportTransfer(challenger, options)
    await store.putDocument('model', name, { run }, 0)
    if (plan.promote === 'ask' || verdict?.asks) return { status: 'waits', ...judged }
    await promote(store, plan.gate.against, name, champion?.name)
    return { status: 'promoted', ...judged }
  } finally {
    await challenger.model.dispose()
  }
}

async function championOf({ store, plan, runs, champion }: RetrainingOptions) {
  const alias = await store.document('alias', plan.gate.against)
  const name = (alias?.body as Partial<Alias> | undefined)?.model ?? champion?.name
  if (name === undefined) return undefined
  const stored = await store.document('model', name)
  if (stored !== undefined) return { name, folder: join(runs, String(stored.body.run)) }
  if (name === champion?.name) return champion
  throw new TributaryError(
    'bad-argument',
    `'${plan.gate.against}' stands for '${name}', which a server was started with; say where its run is with --champion ${name}=RUN`,
  )
}

async function recipeOf(
  { recipe }: RetrainingPlan,
  champion: string | undefined,
): Promise<Pick<TrainRunOptions, 'model' | 'overrides' | 'seed'> & { splitName?: string }> {
  if (recipe !== undefined)
    return {
      model: recipe.model,
      overrides: recipe.set,
      seed: recipe.seed,
      ...(recipe.splitBy !== undefined && { splitName: recipe.splitBy }),
    }
  if (champion === undefined)
    throw new TributaryError(
      'bad-argument',
      'nothing answers yet whose options could be taken; say in recipe what is trained',
    )
  const { manifest } = await openRun(champion)
  const set = Object.entries(manifest.config).flatMap(([option, { value, from }]) =>
    from === 'set' ? [[option, value] as const] : [],
  )
  return {
    model: manifest.model,
    overrides: Object.fromEntries(set),
    seed: manifest.seed,
    ...(isMovingOn(manifest.split) && { splitName: manifest.split }),
  }
}

/** From the weights of another run where that can be, else from none. */
async function* trainFrom(
  warmStart: string | undefined,
  training: TrainRunOptions,
): AsyncGenerator<RetrainingEvent, TrainedRun> {
  let events = trainRun({ ...training, warmStart })
  let next: IteratorResult<TrainEvent, TrainedRun>
  try {
    next = await events.next()
  } catch (error) {
    const notWarm = error instanceof TributaryError && error.code === 'bad-argument' && warmStart !== undefined
    if (!notWarm) throw error
    yield { type: 'note', text: `begins without earlier weights: ${error.message}` }
    events = trainRun(training)
    next = await events.next()
  }
  while (!next.done) {
    yield { type: 'training', event: next.value }
    next = await events.next()
  }
  return next.value
}

async function* judgeByLog(
  challenger: string,
  champion: string,
  since: number,
  { store, plan, threads, signal }: RetrainingOptions,
): AsyncGenerator<RetrainingEvent, GateVerdict> {
  const { reward = '', noDomainHarmed } = plan.gate
  const now = Date.now()
  const verdict = await gateByLog({ store, challenger, champion, reward, since, now, noDomainHarmed, threads, signal })
  yield { type: 'judged', verdict }
  return verdict
}

async function* judge(
  challenger: TrainedRun,
  folder: string,
  { plan, threads = 1, leastUsers, signal }: RetrainingOptions,
): AsyncGenerator<RetrainingEvent, GateVerdict> {
  const champion = await openTrainedRun(folder, { threads })
  try {
    // As it answers today: with the twin in domains that it harms, where there is a report that says so.
    const served = await openServed(champion, { newUsers: 'none', fallback: 'auto' }, threads).catch(
      (error: unknown) => {
        if (!(error instanceof TributaryError)) throw error
        return openServed(champion, { newUsers: 'none', fallback: 'none' }, threads)
      },
    )
    try {
      const scorer = knownByNames(served.scorer, champion.dataset, challenger.dataset)
      const verdict = await gate(challenger, scorer, { ...plan.gate, leastUsers, signal })
      yield { type: 'judged', verdict }
      return verdict
    } finally {
      await served.dispose()
    }
  } finally {
    await champion.model.dispose()
  }
}

/** Who answers where the new model harms is found out before it answers. */
async function* reportTransfer(
  { run, dataset, spec }: TrainedRun,
  { threads = 1, leastUsers, signal }: RetrainingOptions,
): AsyncGenerator<RetrainingEvent> {
  // A control is no worse for the log of another domain, and the twin of one would be a whole model.
  if (dataset.domains.length < 2 || !('epochs' in spec.config.shape)) return
  try {
    const events = transfer({ run: run.folder, threads, leastUsers, ...(signal && { signal }) })
    let next = await events.next()
    while (!next.done) next = await events.next()
    await writeTransfer(join(run.folder, TRANSFER_FILE), next.value.report)
  } catch (error) {
    // A model without a twin has none to answer in its place.
    if (!(error instanceof TributaryError && error.code === 'bad-argument')) throw error
    yield { type: 'note', text: `no transfer report: ${error.message}` }
  }
}

/** Lets the alias stand for the new model. Those that were added before the one before it are taken away, so that memory does not grow by the night. */
async function promote(store: Store, alias: string, name: string, champion: string | undefined): Promise<void> {
  for (;;) {
    const stored = await store.document('alias', alias)
    const now = stored?.body as unknown as Alias | undefined
    const from = now?.model ?? champion
    const before = [...(from === undefined ? [] : [from]), ...(now?.before ?? [])].slice(0, MOST_BEFORE)
    if ((await store.putDocument('alias', alias, { model: name, before }, stored?.revision ?? 0)) === undefined)
      continue
    const needed = new Set(
      (await store.documents('alias')).flatMap(({ body }) => {
        const { model, before } = body as unknown as Alias
        return [model, ...before.slice(0, 1)]
      }),
    )
    for (const old of before.slice(1)) if (!needed.has(old)) await store.deleteDocument('model', old)
    return
  }
}

/**
 * Whether it is time: enough events since the last training, and long enough ago.
 * @param now milliseconds since 1970
 */
export async function isDue(store: Store, { every, minEvents }: RetrainingPlan, now: number): Promise<boolean> {
  const trainings = (await store.documents('job')).filter(({ name }) => name.startsWith(TRAINING))
  const last = trainings.reduce((latest, { body }) => Math.max(latest, Number(body.started)), 0)
  if (every !== undefined && now - last < millisecondsOf(every)) return false
  const sequence = trainings.reduce((largest, { body }) => Math.max(largest, Number(body.sequence)), 0)
  return (await store.countEvents(sequence)) >= minEvents
}

function millisecondsOf(text: string): number {
  return Number(text.slice(0, -1)) * UNITS[text.at(-1) as 'm' | 'h' | 'd']
}
