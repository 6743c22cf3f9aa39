import { stat } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { type Dataset, TributaryError } from '../core/index.ts'
import { openDataset } from '../data/index.ts'
import { physicalPath } from '../files/index.ts'
import type { Run } from './run.ts'

/** The way from a run, which may not be there yet, to its dataset: it holds when both are moved together. */
export async function pathFromRun(run: string, dataset: string): Promise<string> {
  return relative(await physicalPath(run), await physicalPath(dataset))
}

/** Where the dataset of a run is, seen from the current directory: beside it as it was when the run was begun, else as it was named then. */
export async function datasetFolderOf({ folder, manifest }: Pick<Run, 'folder' | 'manifest'>): Promise<string> {
  const { path, fromRun } = manifest.dataset
  if (fromRun === undefined) return path
  const found = resolve(await physicalPath(folder), fromRun)
  if (found === (await physicalPath(path)) || !(await isThere(found))) return path
  return relative('.', found)
}

/**
 * @param named where it is said to be now
 * @throws TributaryError as `openDataset`
 */
export async function openDatasetOf(run: Run, named: string | undefined): Promise<Dataset> {
  const folder = named ?? (await datasetFolderOf(run))
  return await openDataset(folder).catch((error: unknown) => {
    if (named !== undefined || !(error instanceof TributaryError && error.code === 'file-missing')) throw error
    const message = `${error.message}; it is the dataset of ${run.folder}: say where it is with --dataset`
    throw new TributaryError('file-missing', message, { cause: error })
  })
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
