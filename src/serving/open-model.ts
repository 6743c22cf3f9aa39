import { resolve, sep } from 'node:path'
import { type Dataset, mapValues, type Scorer } from '../core/index.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'
import { asItActs } from './decisions.ts'
import type { ServedModel } from './models.ts'
import { openServed, type ServedAs, type ServedRun } from './served.ts'

/** How runs are opened to be served. */
export interface ServingOptions extends ServedAs {
  readonly threads: number
  /** Where the dataset is, if it has moved since the training. */
  readonly datasetFolder?: string | undefined
  /** Open already, so that runs of one dataset can share it. */
  readonly dataset?: Dataset | undefined
}

/** A run that is open with those that stand in for it. */
export interface OpenedModel {
  readonly run: Omit<TrainedRun, 'model'> & {
    /** Without those that answer in its place. */
    readonly model: Scorer
  }
  /** `dispose` frees the model, and others that answer in its place. */
  readonly served: Omit<ServedRun, 'answering'>
}

/** @throws TributaryError as `openTrainedRun` and `openServed`; nothing stays open then */
export async function openModel(
  folder: string,
  { threads, datasetFolder, dataset, ...as }: ServingOptions,
): Promise<OpenedModel> {
  const run = await openTrainedRun(folder, {
    threads,
    serving: true,
    ...(datasetFolder !== undefined && { datasetFolder }),
    ...(dataset !== undefined && { dataset }),
  })
  try {
    const { answering, dispose, ...served } = await openServed(run, as, threads)
    const disposeAll = async () => {
      await Promise.all([dispose(), run.model.dispose()])
    }
    return { run, served: { ...served, dispose: disposeAll } }
  } catch (error) {
    await run.model.dispose()
    throw error
  }
}

/** @param nameOf the names of the runs that stand in, by their folders */
export function servedModel(
  name: string,
  { run, served }: OpenedModel,
  nameOf = servedNames(foldersOf({ run, served })),
): ServedModel {
  return {
    name,
    model: served.scorer,
    dataset: run.dataset,
    weights: run.run.manifest.weightsHash,
    trainedAt: run.run.trainedAt,
    sources: served.sources,
    ...asItActs(run.model),
    fallbacks: mapValues(served.fallbacks, nameOf),
    newUsers: mapValues(served.newUsers, nameOf),
    dispose: served.dispose,
  }
}

/** Of all runs that answer, the first one its own. */
export function foldersOf({ run, served }: OpenedModel): readonly string[] {
  return [run.run.folder, ...served.fallbacks.values(), ...served.newUsers.values()]
}

/**
 * Default names: as much of the end of each folder's path as tells it from the others, and more than `seed1`, which every
 * compared run is called. Paths are not for those who ask the server.
 */
export function servedNames(folders: readonly string[]): (folder: string) => string {
  const paths = new Set(folders.map((folder) => resolve(folder)))
  return (folder) => {
    const parts = resolve(folder).split(sep)
    let length = /^seed\d+$/.test(parts.at(-1) ?? '') ? 2 : 1
    const tail = () => parts.slice(-length).join('/')
    const isShared = () =>
      [...paths].filter((path) => `/${path.split(sep).join('/')}`.endsWith(`/${tail()}`)).length > 1
    while (length < parts.length && isShared()) length++
    return tail()
  }
}
