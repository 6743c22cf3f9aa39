/** What a person looks at beside the models that answer: the folders that runs lie in. */
export interface WorkbenchOptions {
  /** Runs lie in them or anywhere below. */
  readonly folders: readonly string[]
}

/** Runs below folders, for whoever looks at them in the studio. Nothing of it answers requests for lists. */
export class Workbench {
  readonly folders: readonly string[]

  constructor({ folders }: WorkbenchOptions) {
    this.folders = folders
  }
}
