import { type Demonstrations, type Model, TributaryError } from '../core/index.ts'
import { bindDemonstrations, openDemonstrations } from '../rl/index.ts'
import type { Begun } from './begin.ts'
import { openTrainedRun } from './open.ts'

/** What a training takes from other folders: models of runs, such as a world model, and demonstrations. */
export interface UsedRuns {
  /** @throws TributaryError `mismatch` for one that learned from other rows, or is no longer the one that training began with */
  open(folder: string): Promise<Model>
  /** @throws TributaryError `mismatch` for others than training began with, or of nobody whom the dataset knows */
  openDemonstrations(folder: string): Promise<Demonstrations>
  /** By the folder of each that was opened, the hash of its weights or of its demonstrations. */
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
  }
}
