import { type ModelSpec, parseConfig, TributaryError } from '../core/index.ts'
import { askedBy, type EvaluateOptions, measureOf, ratings } from '../evaluation/measures/index.ts'
import { findModel } from '../registry.ts'

/** A model with its options: what an experiment trains with one seed after another. */
export interface Entry {
  /** Its name in every table; names its folder, too. */
  readonly label: string
  readonly spec: ModelSpec
  /** What is not the model's default. */
  readonly overrides: Readonly<Record<string, unknown>>
  /** Checked and completed. */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * @param label default `sasrec:loss=bpr:epochs=20`, as the command line writes it
 * @throws TributaryError `unknown-name`, `bad-config`
 */
export function entryOf(model: string, overrides: Entry['overrides'] = {}, label = labelOf(model, overrides)): Entry {
  const spec = findModel(model)
  return { label, spec, overrides, config: parseConfig(spec, overrides).config }
}

function labelOf(model: string, overrides: Entry['overrides']): string {
  return [model, ...Object.entries(overrides).map((option) => option.join('='))].join(':')
}

/** Where the runs of an entry are, below the experiment's folder. */
export function folderOf({ label }: Pick<Entry, 'label'>): string {
  return label.replaceAll(/[^\w.=-]+/g, '-')
}

/**
 * Figures of different tasks, or of labels made otherwise, cannot be held against each other; nor can two of one name be told apart.
 * @throws TributaryError `bad-argument`
 */
export function refuseUnalike(
  entries: readonly Entry[],
  asked: Pick<EvaluateOptions, 'episodes' | 'ranked' | 'positiveAbove'> = {},
): void {
  const [first] = entries
  const folders = entries.map(folderOf)
  for (const [e, { label }] of entries.entries()) {
    if (folders.indexOf(folders[e]) !== e)
      throw new TributaryError('bad-argument', `${label} is listed twice; give each model once, or other options`)
  }
  for (const other of entries) {
    const [mine, its] = [first, other].map(({ spec }) => measureOf(spec, asked))
    if (mine !== its) {
      const message = `${first.label} ${mine.does} and ${other.label} ${its.does}; compare models of one task`
      throw new TributaryError('bad-argument', message)
    }
    const [ours, theirs] = [first, other].map(({ config }) => askedBy(config).positiveAbove)
    if (mine !== ratings && ours !== theirs && asked.positiveAbove === undefined) {
      const message = `${first.label} has positiveAbove = ${ours} and ${other.label} ${theirs}; labels must be made alike, as --positive-above does`
      throw new TributaryError('bad-argument', message)
    }
  }
}
