import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type Comparison, type SeededResults, summarizeSeeds } from '../compare.ts'
import { type Dataset, type ModelSpec, Part, parseAssignments, parseConfig, TributaryError } from '../core/index.ts'
import { evaluationCases } from '../data/index.ts'
import { type Candidates, type Evaluation, evaluate } from '../evaluate.ts'
import { findModel } from '../registry.ts'
import type { Run } from '../run.ts'
import type { Terminal } from './terminal.ts'
import { trainVisibly } from './training.ts'

/** One model of a comparison, with its options: `sasrec:loss=bpr:epochs=20`, which is also its name in every table. */
export interface Entry {
  readonly label: string
  readonly spec: ModelSpec
  /** As `--set` gives them. */
  readonly overrides: Readonly<Record<string, string>>
  /** Checked and completed. */
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * Reads `sasrec,sasrec:sequences=single,popularity`. Everything is checked here, before hours of training.
 * @throws TributaryError `unknown-name`, `bad-config`, and `bad-argument` for a model given twice or one that does not rank
 */
export function parseEntries(text: string): readonly Entry[] {
  const entries = text.split(',').map((part): Entry => {
    const label = part.trim()
    const [name = '', ...settings] = label.split(':')
    const spec = findModel(name)
    if (spec.task !== 'ranking')
      throw new TributaryError('bad-argument', `${name} does not rank items; compare compares models that do`)
    const overrides = parseAssignments(settings)
    return { label, spec, overrides, config: parseConfig(spec, overrides).config }
  })
  const twice = entries.find(({ label }, i) => entries.findIndex((other) => other.label === label) !== i)
  if (twice !== undefined)
    throw new TributaryError('bad-argument', `${twice.label} is listed twice; give each model once, or other options`)
  return entries
}

/** Where the runs of an entry are, below the comparison's folder. */
export function folderOf(entry: Pick<Entry, 'label'>): string {
  return entry.label.replaceAll(/[^\w.=-]+/g, '-')
}

export interface ComparisonOptions {
  readonly entries: readonly Entry[]
  readonly datasetFolder: string
  readonly splitName: string
  readonly seeds: readonly number[]
  readonly out: string
  readonly threads: number
  readonly candidates: Candidates
  readonly part: 'test' | 'valid'
  readonly maskSeen: boolean
}

export interface ComparisonOutcome {
  readonly entries: readonly Entry[]
  readonly comparison: Comparison
  readonly dataset: Dataset
  /** By entry, then by seed. */
  readonly runs: readonly (readonly Run[])[]
  /** Runs that were finished already. */
  readonly reused: number
}

/** Drawn for the bootstrap and for sampled negatives; one for all comparisons, so that each can be repeated. */
const STATISTICS_SEED = 0

/**
 * Trains every entry with every seed as a run of its own, evaluates it and holds all against the first. Runs that are
 * finished are used as they are and unfinished ones go on, so that a killed comparison does, too.
 * @throws TributaryError `mismatch` when the folder holds runs of another dataset, split or configuration
 */
export async function compareModels(terminal: Terminal, options: ComparisonOptions): Promise<ComparisonOutcome> {
  const outcome = await trainAndEvaluate(terminal, options).catch((error: unknown) => {
    if (!(error instanceof TributaryError && error.code === 'interrupted')) throw error
    const message = `${error.message}; the same command goes on where this one stopped`
    throw new TributaryError('interrupted', message, { cause: error })
  })
  const { reused, runs } = outcome
  if (reused > 0) terminal.note(`${reused} of ${runs.flat().length} runs in ${options.out} were finished already`)
  return outcome
}

async function trainAndEvaluate(terminal: Terminal, options: ComparisonOptions): Promise<ComparisonOutcome> {
  const { entries, seeds } = options
  const results: SeededResults[] = []
  const runs: Run[][] = []
  let reused = 0
  let dataset: Dataset | undefined
  for (const entry of entries) {
    const ofEntry: Run[] = []
    const evaluations: Evaluation[] = []
    for (const seed of seeds) {
      const place = runs.length * seeds.length + ofEntry.length + 1
      const label = `${entry.label}${seeds.length > 1 ? ` seed ${seed}` : ''} (${place} of ${entries.length * seeds.length})`
      const { run, evaluation, trained, ...opened } = await resultOf(terminal, entry, seed, label, options)
      ofEntry.push(run)
      evaluations.push(evaluation)
      dataset = opened.dataset
      if (!trained) reused++
    }
    runs.push(ofEntry)
    const seconds = ofEntry.reduce((sum, { manifest }) => sum + (manifest.result?.seconds ?? 0), 0) / seeds.length
    results.push({ name: entry.label, seeds, evaluations, seconds })
  }
  return {
    entries,
    comparison: summarizeSeeds(results, { seed: STATISTICS_SEED }),
    dataset: dataset!,
    runs,
    reused,
  }
}

async function resultOf(
  terminal: Terminal,
  entry: Entry,
  seed: number,
  label: string,
  options: ComparisonOptions,
): Promise<{ run: Run; evaluation: Evaluation; dataset: Dataset; trained: boolean }> {
  const { datasetFolder, splitName, threads, candidates, maskSeen, part } = options
  const parent = join(options.out, folderOf(entry))
  await mkdir(parent, { recursive: true })
  const out = join(parent, `seed${seed}`)
  let trained = false
  const { run, model, dataset, split } = await trainVisibly(
    terminal,
    label,
    {
      model: entry.spec.name,
      overrides: entry.overrides,
      datasetFolder,
      out,
      splitName,
      seed,
      threads,
      resume: true,
    },
    {
      epochLines: false,
      onEvent: () => {
        trained = true
      },
    },
  )
  refuseOther(run, out, entry, splitName, seed)
  const progress = terminal.progress(`${label}: evaluating`, 'cases')
  try {
    const evaluation = await evaluate(model, dataset, evaluationCases(dataset, split, Part[part]), {
      candidates,
      maskSeen,
      seed: STATISTICS_SEED,
      part,
      split,
      signal: terminal.signal,
      onProgress: (done, total) => progress.update(done, total),
    })
    return { run, evaluation, dataset, trained }
  } finally {
    progress.end()
    await model.dispose()
  }
}

/** A run found in the folder may be of an earlier comparison that asked for something else. */
function refuseOther({ manifest }: Run, folder: string, entry: Entry, splitName: string, seed: number): void {
  const differs = (what: string, there: unknown, here: unknown) => {
    if (JSON.stringify(there) === JSON.stringify(here)) return
    throw new TributaryError(
      'mismatch',
      `${folder} was trained with ${what} ${JSON.stringify(there)}, not ${JSON.stringify(here)}; choose another --out or remove it`,
    )
  }
  differs('split', manifest.split, splitName)
  differs('seed', manifest.seed, seed)
  for (const [name, value] of Object.entries(entry.config)) differs(name, manifest.config[name]?.value, value)
}
