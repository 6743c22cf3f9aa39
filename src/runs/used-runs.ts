import { type Demonstrations, type Model, TributaryError } from '../core/index.ts'
import { readItemVectors } from '../data/index.ts'
import { bindDemonstrations, openDemonstrations } from '../rl/index.ts'
import type { Begun } from './begin.ts'
import { openTrainedRun } from './open.ts'

/** What a training takes from elsewhere: models of runs, such as a world model, demonstrations, and vectors of items. */
export interface UsedRuns {
  /** @throws TributaryError `mismatch` for one that learned from other rows, or is no longer the one that training began with */
  open(folder: string): Promise<Model>
  /** @throws TributaryError `mismatch` for others than training began with, or of nobody whom the dataset knows */
  openDemonstrations(folder: string): Promise<Demonstrations>
  /** By item id. @throws TributaryError `mismatch` for others than training began with, or of no item that the dataset has */
  openItemVectors(file: string): Promise<readonly Float32Array[]>
  /** By the folder or file of each that was opened, the hash of its weights, its demonstrations or its vectors. */
  readonly hashes: Readonly<Record<string, string>>
}

/** @param out the folder of the training, named in errors */
export function usedRuns({ manifest, dataset }: Begun, out: string): UsedRuns {
  const hashes: Record<string, string> = {}
  return {
    hashes,
    async open(folder) {
      const { run, model } = await openTrainedRun(folder, { dataset, threads: manifest.threads })
      const weights = run.manifest.weightsHash ?? ''
      hashes[folder] = weights
      const before = manifest.uses?.[folder]
      const message =
        run.manifest.split !== manifest.split
          ? `${folder} was trained on split ${run.manifest.split} and this run is on ${manifest.split}; they must agree, or one learns from what the other is tested on`
          : before !== undefined && before !== weights
            ? `${folder} has been trained again since ${out} was begun with it; train ${out} again with --overwrite`
            : undefined
      if (message === undefined) return model
      await model.dispose()
      throw new TributaryError('mismatch', message)
    },
    async openDemonstrations(folder) {
      const { hash, steps } = await openDemonstrations(folder)
      hashes[folder] = hash
      const before = manifest.uses?.[folder]
      if (before === undefined || before === hash) return bindDemonstrations(steps, dataset)
      throw new TributaryError(
        'mismatch',
        `${folder} holds other demonstrations than when ${out} was begun with it; train ${out} again with --overwrite`,
      )
    },
    async openItemVectors(file) {
      const { hash, width, byName } = await readItemVectors(file)
      hashes[file] = hash
      const before = manifest.uses?.[file]
      if (before !== undefined && before !== hash)
        throw new TributaryError(
          'mismatch',
          `${file} holds other vectors than when ${out} was begun with it; train ${out} again with --overwrite`,
        )
      const { items } = dataset
      const none = new Float32Array(width)
      const vectors = Array.from(
        { length: items.size },
        (_, item) => (item === 0 ? none : byName.get(items.name(item))) ?? none,
      )
      if (vectors.some((vector) => vector !== none)) return vectors
      throw new TributaryError(
        'mismatch',
        `${file} names none of the items of '${dataset.name}'; its items must have the names of the log`,
      )
    },
  }
}
