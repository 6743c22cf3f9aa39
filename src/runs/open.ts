import { type Dataset, type Model, type ModelSpec, type Split, TributaryError } from '../core/index.ts'
import { splitDataset } from '../data/index.ts'
import { datasetFolderOf, openDatasetOf } from './dataset.ts'
import { modelOfRun } from './plugin.ts'
import { configOfRun, type Manifest, openRun, type Run } from './run.ts'

/** A run directory opened together with everything it names. */
export interface TrainedRun {
  readonly run: Run
  readonly spec: ModelSpec
  readonly config: Record<string, unknown>
  readonly dataset: Dataset
  readonly split: Split
  readonly model: Model
  /** As `openTrainedRun` was told. */
  readonly serving?: boolean | undefined
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
    /** As `ModelContext` says. */
    readonly serving?: boolean | undefined
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
    serving: options.serving,
  })
  model.load(await run.loadWeights())
  return { ...opened, model, serving: options.serving }
}

/**
 * All that a run names, without its model.
 * @param options `config` counts instead of the run's own
 * @throws TributaryError `mismatch` when the dataset is no longer the one it was trained on
 */
export async function openPrerequisites(
  run: Run,
  options: { datasetFolder?: string; dataset?: Dataset; config?: Manifest['config'] },
): Promise<Omit<TrainedRun, 'model'>> {
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
