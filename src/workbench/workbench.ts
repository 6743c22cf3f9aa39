import { Comparisons } from './comparisons.ts'
import { CurvesCache } from './curves.ts'
import { Folders, type Found, type Problem } from './folders.ts'
import { type RunChanges, RunList } from './runs.ts'

/** What a person looks at beside the models that answer: the folders that runs lie in. */
export interface WorkbenchOptions {
  /** Runs lie in them or anywhere below. */
  readonly folders: readonly string[]
}

/** What was seen less than so long ago is not looked at again. */
const FRESH_MILLISECONDS = 500

/** Runs below folders, for whoever looks at them in the studio. Nothing of it answers requests for lists. */
export class Workbench {
  readonly #places: Folders
  readonly #listeners = new Set<(changes: RunChanges) => void>()
  readonly runs = new RunList(new CurvesCache())
  readonly comparisons = new Comparisons()
  #found: readonly Found[] = []
  #looking: Promise<void> | undefined
  #looked = Number.NEGATIVE_INFINITY

  constructor({ folders }: WorkbenchOptions) {
    this.#places = new Folders(folders)
  }

  /** Those given, without those that lie in others. */
  get folders(): readonly string[] {
    return this.#places.roots
  }

  /** What stands before the ids of what lies in one of them. */
  prefixOf(folder: string): string {
    return this.#places.prefixOf(folder)
  }

  /** All folders there were at the last look. */
  get found(): readonly Found[] {
    return this.#found
  }

  /** What could not be looked into. */
  get problems(): readonly Problem[] {
    return this.#places.problems
  }

  /** Sees what there is now, as of half a second ago or less; whoever asks meanwhile waits for the same look. */
  async look(): Promise<void> {
    if (this.#looking === undefined) {
      if (performance.now() - this.#looked < FRESH_MILLISECONDS) return
      this.#looking = this.#see().finally(() => {
        this.#looked = performance.now()
        this.#looking = undefined
      })
    }
    await this.#looking
  }

  /** Told of runs that a look finds changed. */
  onChange(listener: (changes: RunChanges) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  async #see(): Promise<void> {
    this.#found = await this.#places.look()
    const changes = await this.runs.update(this.#found)
    if (changes.changed.length + changes.removed.length === 0) return
    for (const listener of this.#listeners) listener(changes)
  }
}
