import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { datasetsOfRuns, Trainer, type Workbench } from '../../workbench/index.ts'
import { sharedWords, thisProgram } from '../terminal/engine.ts'

/** What a folder holds that takes no new runs in. */
const TAKEN = ['manifest.json', 'dataset.json']

/**
 * Trains what a person asks for in the studio, each by `tributary train` in a process of its own.
 * @param folders of which new runs come into the first that is no run or dataset itself
 */
export function trainBeside(workbench: Workbench, folders: readonly string[]): Trainer {
  const into = folders.find((folder) => !TAKEN.some((name) => existsSync(join(folder, name))))
  return new Trainer({
    look: async () => {
      await workbench.look()
      const { found, runs } = workbench
      const known = runs.all.flatMap(({ id, path }) => {
        const manifest = runs.get(id)?.manifest
        return manifest === undefined ? [] : [{ path, manifest }]
      })
      return [...found, ...(await datasetsOfRuns(known, found))]
    },
    ...(into !== undefined && { into: { folder: into, prefix: workbench.prefixOf(into) } }),
    command: thisProgram(),
    last: sharedWords(),
    now: Date.now,
  })
}
