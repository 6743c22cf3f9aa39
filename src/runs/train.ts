import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import {
  type Dataset,
  domainOfItem,
  type Model,
  type ModelSpec,
  Part,
  parseConfig,
  type Scorer,
  type Split,
  type TrainContext,
  type TrainEvent,
  TributaryError,
} from '../core/index.ts'
import { defaultSplit, evaluationCases, openDataset, splitDataset } from '../data/index.ts'
import { askedBy, MEASURES } from '../evaluation/measures/index.ts'
import { lessIsBetter } from '../metrics/index.ts'
import { findModel, pluginOf } from '../registry.ts'
import { type EpochSimulation, type EpochSimulator, epochSimulator } from '../simulation/while-training.ts'
import { datasetFolderOf, openDatasetOf, pathFromRun } from './dataset.ts'
import { modelOfRun } from './plugin.ts'
import { configOfRun, createRun, type Manifest, openRun, openRunToWrite, type Run, refuseTaken } from './run.ts'
import { epochLine } from './trust-log.ts'
import { versions } from './versions.ts'

/** The most validation cases that an epoch is judged by; more would only make epochs slow. The sample is the same for all. */
const MAX_VALIDATION_CASES = 10_000

export interface TrainingOptions {
  readonly spec: ModelSpec
  /** Parsed by `parseConfig`. */
  readonly config: Record<string, unknown>
  readonly dataset: Dataset
  readonly split: Split
  readonly seed: number
  readonly threads: number
  readonly resume?: TrainContext['resume']
  readonly prolonged?: boolean | undefined
  readonly signal?: AbortSignal
  readonly checkpointSeconds?: number
  /** How runs are opened that an option of the model names (`worldModel`); default from their folders. */
  readonly openRun?: TrainContext['openRun']
}

/** A model and the events of its training; the model is ready when the events have run out. */
export function startTraining(options: TrainingOptions): { model: Model; events: AsyncGenerator<TrainEvent> } {
  const { spec, config, dataset, split, seed, threads } = options
  const model = spec.create(config, dataset, split, { seed, threads })
  return { model, events: spec.train(model, config, contextOf(options)) }
}

function contextOf(options: TrainingOptions): TrainContext {
  const { dataset, split, seed, threads } = options
  const { openRun = async (folder) => (await openTrainedRun(folder, { dataset, threads })).model } = options
  return {
    dataset,
    split,
    seed,
    threads,
    validate: validator(options),
    lessIsBetter,
    openRun,
    ...(options.resume && { resume: options.resume }),
    ...(options.prolonged && { prolonged: true }),
    ...(options.signal && { signal: options.signal }),
    ...(options.checkpointSeconds !== undefined && { checkpointSeconds: options.checkpointSeconds }),
  }
}

/**
 * Measures a model on the validation part as its task is: ranked among all items of their domain, nothing masked, or predicted. What
 * its option `metric` names is measured, too.
 */
function validator({ spec, config, dataset, split, signal }: TrainingOptions): TrainContext['validate'] {
  const measure = MEASURES[spec.task]
  const cases = evaluationCases(dataset, split, Part.valid)
  const stride = measure.ranks ? Math.max(1, Math.ceil(cases.queries.length / MAX_VALIDATION_CASES)) : 1
  const selecting = typeof config.metric === 'string' ? [config.metric] : []
  // What the split is needed for costs time, and is of lists alone.
  const asked = selecting.some((name) => measure.metric(name).of === 'lists') ? { split } : {}
  return async (model: Scorer, domain?: number) => {
    const kept: number[] = []
    for (let i = 0; i < cases.queries.length; i += stride)
      if (domain === undefined || domainOfItem(dataset, cases.answers[i]) === domain) kept.push(i)
    const chosen = {
      queries: kept.map((i) => cases.queries[i]),
      answers: Int32Array.from(kept, (i) => cases.answers[i]),
      rows: Int32Array.from(kept, (i) => cases.rows[i]),
    }
    const { overall } = await measure.evaluate(model, dataset, chosen, {
      ...askedBy(config),
      ...asked,
      metrics: selecting,
      signal,
    })
    return overall
  }
}

export interface TrainRunOptions {
  readonly model: string
  /** `key=value` pairs of `--set`; default none. */
  readonly overrides?: Readonly<Record<string, unknown>>
  readonly datasetFolder: string
  readonly out: string
  /** One of `SPLITS`; default `defaultSplit` of the dataset. */
  readonly splitName?: string
  /** Default 1. */
  readonly seed?: number
  /** Of the executor; any number gives the same weights. Default: two where there are two. */
  readonly threads?: number
  /** Goes on with a run that is there; `previous` from the checkpoint before its last. */
  readonly resume?: boolean | 'previous'
  readonly overwrite?: boolean
  readonly signal?: AbortSignal
  /** Least time between two checkpoints; 0 is one every epoch. Default 10. */
  readonly checkpointSeconds?: number
  /** Told before the first step what is trained on and what is asked. */
  readonly onSplit?: (dataset: Dataset, split: Split) => void
  /** Shows a policy in the dataset's truth while it learns, in the events and in metrics.jsonl; nothing is selected by it. */
  readonly simulation?: EpochSimulation | undefined
}

/**
 * Trains a model into a run directory, yielding the events as they come. With `resume` an unfinished run goes on from its
 * last checkpoint to the bits of an uninterrupted one, whatever else the options say: the manifest is the truth. Only `epochs` and
 * `patience` may be raised, of a finished run too, which then goes on to the bits of a run that had them from its start.
 * @throws TributaryError `in-use` while another process trains into the directory
 */
export async function* trainRun(options: TrainRunOptions): AsyncGenerator<TrainEvent, TrainedRun> {
  const resuming = options.resume && (await stat(options.out).catch(() => undefined)) !== undefined
  const present = resuming ? await openToGoOn(options) : undefined
  const place: { run?: Run } = present ? { run: present } : {}
  try {
    return yield* trainInto(place, present ? await reopen(present, options) : await prepareTraining(options), options)
  } finally {
    await place.run?.release()
  }
}

/** How a training ended. */
type Ended = Omit<Extract<TrainEvent, { type: 'done' }>, 'type'>

/** Leaves the run in `place` as soon as there is one. */
async function* trainInto(
  place: { run?: Run },
  begun: Begun,
  options: TrainRunOptions,
): AsyncGenerator<TrainEvent, TrainedRun> {
  const { manifest, spec, config, dataset, split, model, prolonged } = begun
  options.onSplit?.(dataset, split)
  let { run } = place
  if (run !== undefined && manifest.status === 'done') {
    model.load(await run.loadWeights())
    return { run, spec, config, dataset, split, model }
  }
  const { seed, threads } = manifest
  const resume = await run?.loadCheckpoint(options.resume === 'previous' ? 'previous' : 'last')
  const uses: Record<string, string> = {}
  const openRun = async (folder: string) => {
    const used = await openTrainedRun(folder, { dataset, threads })
    uses[folder] = used.run.manifest.weightsHash ?? ''
    await refuseOtherUse(used, uses[folder], manifest, options.out)
    return used.model
  }
  const context = contextOf({ ...options, spec, config, dataset, split, seed, threads, resume, prolonged, openRun })
  const simulator = simulatorOf(begun, options)
  /** The folder appears with the first event: what training refuses at its start, such as another world model, leaves none. */
  const begin = async (): Promise<Run> => {
    const found = Object.keys(uses).length > 0 && { uses }
    const shown = simulator && { simulation: { ...simulator.shown, controls: await simulator.controls() } }
    const inputs = [options.datasetFolder, ...Object.keys(uses)]
    return createRun(options.out, { ...manifest, ...found, ...shown }, { overwrite: options.overwrite, inputs })
  }
  let seconds = 0
  let validation: Readonly<Record<string, number>> | undefined
  const count = (epoch: Extract<TrainEvent, { type: 'epoch' }>) => {
    seconds += epoch.seconds
    // Without a validation part the metrics are NaN, which JSON does not have.
    // Trained domain by domain, an epoch is measured in its own domain, which tells nothing of all.
    if (epoch.best && epoch.domain === undefined && epoch.validation !== undefined)
      validation = Object.fromEntries(Object.entries(epoch.validation).filter(([, value]) => Number.isFinite(value)))
  }
  // Every line of the metrics is an epoch's event.
  if (run !== undefined) for (const line of await run.readMetrics()) count(line as Parameters<typeof count>[0])
  const finish = async (to: Run, { epochs, bestEpoch, reason, believed, cautions }: Ended) => {
    await to.saveWeights(model.weights())
    const result = {
      ...{ epochs, bestEpoch, reason, seconds },
      ...(validation && { validation }),
      ...(believed && { believed }),
      ...(cautions && { cautions: [...cautions] }),
    }
    await to.updateManifest({ status: 'done', result })
  }
  /** What there is to keep when training breaks; of models trained domain by domain, nothing. */
  let sound: { epochs: number; bestEpoch: number } | undefined
  try {
    for await (const told of spec.train(model, config, context)) {
      if (told.type === 'done' && told.epochs === 0)
        throw new TributaryError(
          'bad-dataset',
          `${spec.name} has nothing to train on: split '${split.name}' of '${dataset.name}' leaves no user two training interactions; import more of the log, or split it otherwise (--split-by)`,
        )
      if (run === undefined) place.run = run = await begin()
      else if (run.manifest.config !== manifest.config) await run.updateManifest(manifest)
      const event = await simulated(told, simulator)
      if (event.type === 'epoch') {
        if (event.domain === undefined)
          sound = { epochs: event.epoch, bestEpoch: event.best ? event.epoch : (sound?.bestEpoch ?? event.epoch) }
        count(event)
        await run.appendMetrics(epochLine(event))
      }
      if (event.type === 'checkpoint') await run.saveCheckpoint(event.checkpoint)
      if (event.type === 'done') await finish(run, event)
      yield event
    }
  } catch (error) {
    if (!(error instanceof TributaryError) || error.code !== 'not-finite' || !run || sound === undefined) throw error
    // The model holds its best weights (`trainEpochs`).
    await finish(run, { ...sound, reason: error.message })
    throw new TributaryError(
      error.code,
      `${error.message}; ${options.out} keeps the weights of epoch ${sound.bestEpoch}, the best before`,
    )
  }
  if (run === undefined) throw new Error(`${spec.name} ended its training without an event`)
  return { run, spec, config, dataset, split, model }
}

async function simulated(event: TrainEvent, simulator: EpochSimulator | undefined): Promise<TrainEvent> {
  if (event.type !== 'epoch') return event
  const simulation = await simulator?.after(event.epoch)
  return simulation === undefined ? event : { ...event, simulation }
}

/** @throws TributaryError `mismatch` when a resumed run was begun with another simulation; as `epochSimulator` */
function simulatorOf(
  { run, manifest, spec, config, dataset, model }: Begun,
  { out, simulation, signal }: TrainRunOptions,
): EpochSimulator | undefined {
  const before = manifest.simulation
  const asked = run === undefined ? simulation : before
  if (
    run !== undefined &&
    simulation &&
    (simulation.every !== before?.every || simulation.episodes !== before.episodes)
  )
    throw new TributaryError(
      'mismatch',
      `${out} was begun ${before === undefined ? 'without simulations' : `with ${before.episodes} simulated episodes every ${before.every} epochs`}; a resumed run keeps them as they are`,
    )
  return asked && epochSimulator(model, spec, config, dataset, { ...asked, seed: manifest.seed, signal })
}

/** @throws TributaryError `mismatch` for a run that learned from other rows, or is no longer the one that training began with */
async function refuseOtherUse(
  { run, model }: TrainedRun,
  weights: string,
  manifest: Manifest,
  out: string,
): Promise<void> {
  const { folder } = run
  const before = manifest.uses?.[folder]
  const message =
    run.manifest.split !== manifest.split
      ? `${folder} was trained on split ${run.manifest.split} and this run is on ${manifest.split}; they must agree, or one learns from what the other is tested on`
      : before !== undefined && before !== weights
        ? `${folder} has been trained again since ${out} was begun with it; train ${out} again with --overwrite`
        : undefined
  if (message === undefined) return
  await model.dispose()
  throw new TributaryError('mismatch', message)
}

/** A run directory opened together with everything it names. */
export interface TrainedRun {
  readonly run: Run
  readonly spec: ModelSpec
  readonly config: Record<string, unknown>
  readonly dataset: Dataset
  readonly split: Split
  readonly model: Model
}

/**
 * Opens a finished run for scoring.
 * @throws TributaryError `mismatch` when the dataset is no longer the one it was trained on.
 */
export async function openTrainedRun(
  folder: string,
  options: {
    readonly datasetFolder?: string
    /** Open already, so that runs of one dataset can share it. */
    readonly dataset?: Dataset
    readonly threads?: number
  } = {},
): Promise<TrainedRun> {
  const opened = await openPrerequisites(await openRun(folder), options)
  const { run, spec, config, dataset, split } = opened
  if (run.manifest.status !== 'done')
    throw new TributaryError(
      'mismatch',
      `${folder} is still unfinished; go on with: tributary train ${spec.name} ${await datasetFolderOf(run)} --out ${folder} --resume`,
    )
  const model = spec.create(config, dataset, split, {
    seed: run.manifest.seed,
    threads: options.threads ?? run.manifest.threads,
  })
  model.load(await run.loadWeights())
  return { ...opened, model }
}

type Opened = Omit<TrainedRun, 'model'>

/** A training that is about to start or to go on; `run` is there in the second case only. */
interface Begun extends Omit<TrainedRun, 'run'> {
  readonly run?: Run
  readonly manifest: Manifest
  /** More epochs are allowed now than when it was begun. */
  readonly prolonged?: boolean | undefined
}

async function prepareTraining(options: TrainRunOptions): Promise<Begun> {
  const spec = findModel(options.model)
  const { config, sources } = parseConfig(spec, options.overrides ?? {})
  const dataset = await openDataset(options.datasetFolder)
  const splitName = options.splitName ?? defaultSplit(dataset)
  const split = splitDataset(dataset, splitName)
  const { seed = 1, threads = Math.min(2, availableParallelism()) } = options
  await refuseTaken(options.out, options)
  const model = spec.create(config, dataset, split, { seed, threads })
  const plugin = pluginOf(spec.name)
  const manifest: Manifest = {
    format: 1,
    model: spec.name,
    ...(plugin !== undefined && { plugin }),
    task: spec.task,
    config: sources,
    dataset: {
      name: dataset.name,
      path: options.datasetFolder,
      fromRun: await pathFromRun(options.out, options.datasetFolder),
      hash: dataset.hash,
    },
    split: splitName,
    seed,
    threads,
    versions: await versions(),
    status: 'training',
  }
  return { manifest, spec, config, dataset, split, model }
}

/** Opens a run that is there, to write in it where there is anything left to do. */
async function openToGoOn(options: TrainRunOptions): Promise<Run> {
  const run = await openRun(options.out)
  const done = run.manifest.status === 'done' && prolongation(run, options) === undefined
  return done ? run : await openRunToWrite(options.out)
}

async function reopen(run: Run, options: TrainRunOptions): Promise<Begun> {
  const longer = prolongation(run, options)
  if (longer && run.manifest.status === 'done' && !(await run.hasCheckpoint()))
    throw new TributaryError(
      'file-missing',
      `${options.out} has lost its checkpoint, from which more epochs could be trained; train again with --overwrite`,
    )
  const { result: _, ...before } = run.manifest
  const manifest: Manifest = longer ? { ...before, config: longer, status: 'training' } : run.manifest
  const opened = await openPrerequisites(run, { ...options, config: manifest.config })
  const { spec, config, dataset, split } = opened
  return {
    ...opened,
    manifest,
    prolonged: longer !== undefined,
    model: spec.create(config, dataset, split, manifest),
  }
}

/**
 * The options of a run with `epochs` or `patience` raised, when more of them are asked for than it was begun with.
 * @throws TributaryError `mismatch` for another model, or any other option than it was begun with
 */
function prolongation(
  { manifest }: Run,
  { out, model, overrides = {} }: TrainRunOptions,
): Manifest['config'] | undefined {
  if (manifest.model !== model)
    throw new TributaryError(
      'mismatch',
      `${out} holds a run of ${manifest.model}, not of ${model}; choose another --out`,
    )
  let config: Manifest['config'] | undefined
  const spec = findModel(model)
  const begun = configOfRun(spec, manifest)
  for (const [key, asked] of Object.entries(parseConfig(spec, overrides).sources)) {
    const before = begun[key]
    if (asked.from !== 'set' || JSON.stringify(asked.value) === JSON.stringify(before)) continue
    const raised =
      (key === 'epochs' && Number(asked.value) > Number(before)) ||
      (key === 'patience' && patienceOf(asked.value) > patienceOf(before))
    if (!raised) {
      const kept = ['epochs', 'patience'].includes(key) ? 'raises it or keeps it' : 'keeps its options'
      throw new TributaryError(
        'mismatch',
        `${out} was begun with ${key}=${JSON.stringify(before)}, not ${JSON.stringify(asked.value)}; a resumed run ${kept}`,
      )
    }
    config = { ...(config ?? manifest.config), [key]: asked }
  }
  return config
}

/** 0 never stops. */
function patienceOf(value: unknown): number {
  return value === 0 ? Number.POSITIVE_INFINITY : Number(value)
}

async function openPrerequisites(
  run: Run,
  options: { datasetFolder?: string; dataset?: Dataset; config?: Manifest['config'] },
): Promise<Opened> {
  const { folder } = run
  const spec = modelOfRun(run.folder, run.manifest)
  const config = configOfRun(spec, { config: options.config ?? run.manifest.config })
  const dataset = options.dataset ?? (await openDatasetOf(run, options.datasetFolder))
  const { name } = run.manifest.dataset
  if (dataset.hash !== run.manifest.dataset.hash && dataset.name !== name)
    throw new TributaryError(
      'mismatch',
      `${folder} was trained on dataset '${name}', not on '${dataset.name}'; train again on that`,
    )
  if (dataset.hash !== run.manifest.dataset.hash)
    throw new TributaryError(
      'mismatch',
      `${folder} was trained on another version of dataset '${name}' (${run.manifest.dataset.hash} there, ${dataset.hash} here); train again`,
    )
  return { run, spec, config, dataset, split: splitDataset(dataset, run.manifest.split) }
}
