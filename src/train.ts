import { stat } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseConfig } from './core/config.ts'
import {
  type Dataset,
  domainOfItem,
  type Model,
  type ModelSpec,
  Part,
  ranksItems,
  type Scorer,
  type Split,
  type TrainContext,
  type TrainEvent,
  TributaryError,
} from './core/index.ts'
import { defaultSplit, evaluationCases, openDataset, splitDataset } from './data/index.ts'
import { evaluate } from './evaluate.ts'
import { evaluatePoints, type PointOptions } from './evaluate-points.ts'
import { findModel } from './registry.ts'
import { createRun, type Manifest, openRun, type Run, refuseTaken } from './run.ts'
import { type EpochSimulation, type EpochSimulator, epochSimulator } from './simulate-epochs.ts'
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
    openRun,
    ...(options.resume && { resume: options.resume }),
    ...(options.signal && { signal: options.signal }),
    ...(options.checkpointSeconds !== undefined && { checkpointSeconds: options.checkpointSeconds }),
  }
}

/** What a model that does not rank is measured by: its task, and for `ctr` which values are positive. */
export function pointOptions(spec: ModelSpec, config: Readonly<Record<string, unknown>>): PointOptions | undefined {
  const { task } = spec
  if (ranksItems(task)) return undefined
  const { positiveAbove } = config
  return { task, ...(typeof positiveAbove === 'number' && { positiveAbove }) }
}

/** Ranks the validation answers among all items of their domain, nothing masked, or predicts the validation rows. */
function validator({ spec, config, dataset, split }: TrainingOptions): TrainContext['validate'] {
  const points = pointOptions(spec, config)
  const cases = evaluationCases(dataset, split, Part.valid)
  const stride = points === undefined ? Math.max(1, Math.ceil(cases.queries.length / MAX_VALIDATION_CASES)) : 1
  return async (model: Scorer, domain?: number) => {
    const kept: number[] = []
    for (let i = 0; i < cases.queries.length; i += stride)
      if (domain === undefined || domainOfItem(dataset, cases.answers[i]!) === domain) kept.push(i)
    const chosen = {
      queries: kept.map((i) => cases.queries[i]!),
      answers: Int32Array.from(kept, (i) => cases.answers[i]!),
      rows: Int32Array.from(kept, (i) => cases.rows[i]!),
    }
    if (points !== undefined) return (await evaluatePoints(model, dataset, chosen, points)).overall
    const { overall } = await evaluate(model, dataset, chosen, {
      candidates: { kind: 'full' },
      maskSeen: false,
      seed: 0,
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
  readonly resume?: boolean
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
 * last checkpoint to the bits of an uninterrupted one, whatever else the options say: the manifest is the truth.
 */
export async function* trainRun(options: TrainRunOptions): AsyncGenerator<TrainEvent, TrainedRun> {
  const resuming = options.resume === true && (await stat(options.out).catch(() => undefined)) !== undefined
  const begun = resuming ? await openForResume(options) : await prepareTraining(options)
  const { manifest, spec, config, dataset, split, model } = begun
  options.onSplit?.(dataset, split)
  let { run } = begun
  if (run !== undefined && manifest.status === 'done') {
    model.load(await run.loadWeights())
    return { run, spec, config, dataset, split, model }
  }
  const { seed, threads } = manifest
  const resume = await run?.loadCheckpoint()
  const uses: Record<string, string> = {}
  const openRun = async (folder: string) => {
    const used = await openTrainedRun(folder, { dataset, threads })
    uses[folder] = used.run.manifest.weightsHash ?? ''
    await refuseOtherUse(used, uses[folder], manifest, options.out)
    return used.model
  }
  const context = contextOf({ ...options, spec, config, dataset, split, seed, threads, resume, openRun })
  const simulator = simulatorOf(begun, options)
  /** The folder appears with the first event: what training refuses at its start, such as another world model, leaves none. */
  const begin = async (): Promise<Run> => {
    const found = Object.keys(uses).length > 0 && { uses }
    const shown = simulator && { simulation: { ...simulator.shown, controls: await simulator.controls() } }
    return createRun(options.out, { ...manifest, ...found, ...shown }, { overwrite: options.overwrite })
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
  const finish = async (to: Run, epochs: number, bestEpoch: number, reason: string) => {
    await to.saveWeights(model.weights())
    const result = { epochs, bestEpoch, reason, seconds, ...(validation && { validation }) }
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
      run ??= await begin()
      const event = await simulated(told, simulator)
      if (event.type === 'epoch') {
        if (event.domain === undefined)
          sound = { epochs: event.epoch, bestEpoch: event.best ? event.epoch : (sound?.bestEpoch ?? event.epoch) }
        count(event)
        await run.appendMetrics(event)
      }
      if (event.type === 'checkpoint') await run.saveCheckpoint(event.checkpoint)
      if (event.type === 'done') await finish(run, event.epochs, event.bestEpoch, event.reason)
      yield event
    }
  } catch (error) {
    if (!(error instanceof TributaryError) || error.code !== 'not-finite' || !run || sound === undefined) throw error
    // The model holds its best weights (`trainEpochs`).
    await finish(run, sound.epochs, sound.bestEpoch, error.message)
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
  const opened = await openPrerequisites(folder, options.datasetFolder, options.dataset)
  const { run, spec, config, dataset, split } = opened
  if (run.manifest.status !== 'done')
    throw new TributaryError(
      'mismatch',
      `${folder} is still unfinished; go on with: tributary train ${spec.name} ${run.manifest.dataset.path} --out ${folder} --resume`,
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
  const manifest: Manifest = {
    format: 1,
    model: spec.name,
    task: spec.task,
    config: sources,
    dataset: { name: dataset.name, path: options.datasetFolder, hash: dataset.hash },
    split: splitName,
    seed,
    threads,
    versions: await versions(),
    status: 'training',
  }
  return { manifest, spec, config, dataset, split, model }
}

async function openForResume(options: TrainRunOptions): Promise<Begun> {
  const opened = await openPrerequisites(options.out, options.datasetFolder)
  if (opened.spec.name !== options.model)
    throw new TributaryError(
      'mismatch',
      `${options.out} holds a run of ${opened.spec.name}, not of ${options.model}; choose another --out`,
    )
  for (const [key, value] of Object.entries(parseConfig(opened.spec, options.overrides ?? {}).sources)) {
    if (value.from === 'set' && JSON.stringify(value.value) !== JSON.stringify(opened.config[key]))
      throw new TributaryError(
        'mismatch',
        `${options.out} was begun with ${key}=${JSON.stringify(opened.config[key])}, not ${JSON.stringify(value.value)}; a resumed run keeps its options`,
      )
  }
  const { run, spec, config, dataset, split } = opened
  return { ...opened, manifest: run.manifest, model: spec.create(config, dataset, split, run.manifest) }
}

async function openPrerequisites(folder: string, datasetFolder?: string, present?: Dataset): Promise<Opened> {
  const run = await openRun(folder)
  const spec = findModel(run.manifest.model)
  const values = Object.fromEntries(Object.entries(run.manifest.config).map(([key, { value }]) => [key, value]))
  const { config } = parseConfig(spec, values)
  const dataset = present ?? (await openDataset(datasetFolder ?? run.manifest.dataset.path))
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
