import { type ConfigRow, describeConfig, type ModelSpec, type Task } from '../core/index.ts'
import { SPLITS } from '../data/index.ts'
import { findModel, MODELS, pluginOf } from '../registry.ts'

/** A model, as somebody chooses one. */
export interface SpecSummary {
  readonly name: string
  readonly task: Task
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** The file of the plug-in that brought it. */
  readonly plugin?: string
}

/** The same with everything that can be set: what a form is made of. */
export interface Spec extends SpecSummary {
  readonly options: readonly ConfigRow[]
}

/** Every model that can be trained, in the order of the registry. */
export function specs(): SpecSummary[] {
  return MODELS.map(summaryOf)
}

/** @throws TributaryError `unknown-name` */
export function specOf(name: string): Spec {
  const spec = findModel(name)
  return { ...summaryOf(spec), options: describeConfig(spec.config) }
}

/** How rows can become training, validation and test, as a command takes it; in angle brackets what is to be put in. */
export function splitUsages(): string[] {
  return SPLITS.map(({ name, usage }) => usage ?? name)
}

function summaryOf({ name, task, summary, paper }: ModelSpec): SpecSummary {
  const plugin = pluginOf(name)
  return { name, task, summary, ...(paper && { paper }), ...(plugin !== undefined && { plugin }) }
}
