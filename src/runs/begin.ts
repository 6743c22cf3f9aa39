import { availableParallelism } from 'node:os'
import { type Checkpoint, type Dataset, parseConfig, type Split } from '../core/index.ts'
import { defaultSplit, openDataset, splitDataset } from '../data/index.ts'
import { findModel, pluginOf } from '../registry.ts'
import { type EpochSimulation, type EpochSimulator, epochSimulator } from '../simulation/while-training.ts'
import { pathFromRun } from './dataset.ts'
import type { MetricsLines } from './epochs.ts'
import type { TrainedRun } from './open.ts'
import { type Manifest, type Run, refuseTaken } from './run.ts'
import { versions } from './versions.ts'
import { warmStart } from './warm-start.ts'

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
  /** The folder of an earlier run of the model, whose weights it begins with; of whatever log (`warmStart`). */
  readonly warmStart?: string | undefined
  /** Shows a policy in the dataset's truth while it learns, in the events and in metrics.jsonl; nothing is selected by it. */
  readonly simulation?: EpochSimulation | undefined
}

/** A training that is about to start or to go on, with all that it takes from its folder. */
export interface Begun extends Omit<TrainedRun, 'run'> {
  /** As it is to be. */
  readonly manifest: Manifest
  readonly simulator?: EpochSimulator | undefined
  /** Of a run that is there already. */
  readonly before?: Before
}

/** What a run holds that goes on, or that has ended. */
export interface Before {
  /** To be released. */
  readonly run: Run
  /** Absent where it ended, or stopped ahead of its first. */
  readonly checkpoint?: Checkpoint | undefined
  /** Up to the checkpoint. */
  readonly lines: MetricsLines
  /** More epochs are allowed now than when it was begun. */
  readonly prolonged: boolean
}

/**
 * Settles all that a training is begun with; nothing is written yet.
 * @throws TributaryError for whatever the folder, the dataset or the options do not allow
 */
export async function begin(options: TrainRunOptions): Promise<Begun> {
  const spec = findModel(options.model)
  const { config, sources } = parseConfig(spec, options.overrides ?? {})
  const dataset = await openDataset(options.datasetFolder)
  const splitName = options.splitName ?? defaultSplit(dataset)
  const split = splitDataset(dataset, splitName)
  const { seed = 1, threads = Math.min(2, availableParallelism()), simulation, signal } = options
  await refuseTaken(options.out, options)
  const model = spec.create(config, dataset, split, { seed, threads })
  const earlier =
    options.warmStart === undefined ? undefined : await warmStart({ spec, dataset, split, model }, options.warmStart)
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
    ...(earlier !== undefined && { warmStart: earlier }),
  }
  const simulator = simulation && epochSimulator(model, spec, config, dataset, { ...simulation, seed, signal })
  return { manifest, spec, config, dataset, split, model, simulator }
}
