import { rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Store } from './store/store.ts'

/** Of the document that the store has of a training. */
export const TRAINING = 'training-'

/**
 * Deletes the folders of earlier trainings, so that disks do not fill by the night. What is served, or an alias stands for, stays, and
 * so does whatever a training has not made.
 * @param runs the folder of runs
 * @param keep so many of the last trainings stay in any case
 * @returns the names of those whose folders are gone
 * @throws TributaryError `store-failed`
 */
export async function removeOldRuns(
  store: Pick<Store, 'documents'>,
  runs: string,
  keep: number,
): Promise<readonly string[]> {
  const trained = (await store.documents('job'))
    .filter(({ name, body }) => name.startsWith(TRAINING) && body.status !== 'running')
    .sort((a, b) => Number(b.body.started) - Number(a.body.started))
    .map(({ name }) => name.slice(TRAINING.length))
  const needed = new Set((await store.documents('model')).map(({ name }) => name))
  for (const { body } of await store.documents('alias')) needed.add(String(body.model))
  const removed: string[] = []
  for (const name of trained.slice(keep)) {
    const folder = join(runs, name)
    if (needed.has(name) || basename(folder) !== name) continue
    if ((await stat(folder).catch(() => undefined))?.isDirectory() !== true) continue
    await rm(folder, { recursive: true })
    removed.push(name)
  }
  return removed
}
