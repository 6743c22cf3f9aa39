import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { CASE_GROUPS, type CaseGroup, measureOf, parseCandidates } from '../../evaluation/measures/index.ts'
import { type ComparisonOutcome, type ComparisonPlan, compare, estimateComparison } from '../../experiments/compare.ts'
import { compareRuns, type RunsPlan } from '../../experiments/compare-runs.ts'
import type { Entry } from '../../experiments/entry.ts'
import { refuseForeignFiles } from '../../files/index.ts'
import type { EngineName } from '../../jobs/index.ts'
import { comparisonNotes } from '../../pages/compare-text.ts'
import { modelOfRun } from '../../runs/plugin.ts'
import { openRun } from '../../runs/run.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { engineOf, ON, sharedWords } from '../terminal/engine.ts'
import { parseEntries } from '../terminal/entries.ts'
import { drawExperiment, estimateText, spanText } from '../terminal/experiment.ts'
import {
  askedEpisodes,
  askedRanks,
  CANDIDATES,
  DATASET,
  EPISODES,
  type EpisodeOptions,
  epochSimulation,
  integerFrom,
  LEAST_USERS,
  LEAVE,
  MASK_SEEN,
  MAX_LENGTH,
  METRICS,
  MODE,
  POSITIVE_ABOVE,
  RANK,
  type RankedOptions,
  refuseRankingOptions,
  SIMULATE_EPISODES,
  SIMULATE_EVERY,
  SIMULATE_LEAVE,
  type SimulationOptions,
  SPLIT_BY,
  splitOption,
  THREADS,
} from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { TABLE, type TableOptions, tableFile } from './table-file.ts'
import { BEST, comparisonTables, meansText, verdictsText } from './verdicts.ts'

interface CompareOptions extends SimulationOptions, EpisodeOptions, RankedOptions, TableOptions {
  readonly runs?: readonly string[]
  readonly dataset?: string
  readonly seeds?: number
  readonly out?: string
  readonly splitBy?: string
  readonly candidates?: string
  readonly split: 'test' | 'valid'
  readonly maskSeen?: boolean
  readonly leastUsers: number
  readonly metrics?: readonly string[]
  readonly group?: CaseGroup
  readonly threads: number
  readonly on?: EngineName
  readonly dryRun?: boolean
}

export function compareCommand(): Command {
  return createCommand('compare', 'train models over seeds and hold each against the first, domain by domain', [
    'compare sasrec:sequences=single,sasrec datasets/shop --seeds 3 --out runs/transfer',
    'compare item-knn,sasrec,sasrec:loss=bpr:dropout=0.2,gru4rec datasets/shop --seeds 5 --out runs/models',
    'compare --runs runs/twin runs/all-seed1 runs/all-seed2',
  ])
    .argument('[models]', 'with commas between them; options follow a colon: sasrec:loss=bpr:epochs=20')
    .argument('[dataset]', 'a folder made by `tributary import`')
    .option('--out <dir>', 'where runs, results.json and report.html go; asked again, finished runs are reused')
    .option(
      '--runs <run...>',
      'hold trained runs against the first one instead: nothing is trained; those equal but for their seed are one model',
    )
    .option(...DATASET)
    .option('--seeds <n>', 'train each model with the seeds 1 to n (default: 3)', integerFrom(1))
    .option(...SPLIT_BY)
    .option(...CANDIDATES)
    .addOption(splitOption())
    .option(...MASK_SEEN)
    .option(...METRICS)
    .addOption(new Option('--group <name>', 'count only such cases of models that rank').choices(CASE_GROUPS))
    .option(...LEAST_USERS)
    .option(...RANK)
    .option(...POSITIVE_ABOVE)
    .option(...EPISODES)
    .option(...MODE)
    .option(...LEAVE)
    .option(...MAX_LENGTH)
    .option(...SIMULATE_EVERY)
    .option(...SIMULATE_EPISODES)
    .option(...SIMULATE_LEAVE)
    .option(...TABLE)
    .option(...THREADS)
    .option(...ON)
    .option('--dry-run', 'train nothing: say what would be trained, and about how long it takes')
    .action(
      withTerminal<[string | undefined, string | undefined, CompareOptions]>(
        async (terminal, models, datasetFolder, options) => {
          const { out, runs, threads, split: part, maskSeen = false, leastUsers, metrics, group } = options
          const episodes = askedEpisodes(options)
          const ranks = askedRanks(options)
          const candidates = parseCandidates(options.candidates ?? 'full', 0)
          const asked = { threads, candidates, part, maskSeen, leastUsers, metrics, group, episodes, ...ranks }
          const tables = await tableFile(options)
          let outcome: ComparisonOutcome
          if (runs !== undefined) {
            refuseTraining(models, options)
            outcome = await comparedRuns(terminal, { ...asked, runs, datasetFolder: options.dataset }, options)
          } else {
            const needed = trainingNeeds(models, datasetFolder, options)
            const entries = parseEntries(needed.models, { episodes, ...ranks })
            const [{ spec }] = entries
            refuseRankingOptions(spec, options, measureOf(spec, { episodes, ...ranks }))
            if (options.dryRun) return await dryRun(terminal, { ...asked, ...planned(needed, entries, options) })
            const engine = options.on && (await engineOf(options.on, terminal))
            outcome = await compareVisibly(terminal, {
              ...asked,
              ...planned(needed, entries, options),
              ...(engine && { engine, words: sharedWords() }),
            }).finally(() => engine?.close())
          }
          const { resultsOf, writeComparison } = await import('../../pages/comparison.ts')
          const written =
            out === undefined ? undefined : await writeComparison(out, `Comparison on ${outcome.dataset.name}`, outcome)
          const files =
            out === undefined ? [] : [`all metrics: ${join(out, 'results.json')}; curves and bars: ${written?.report}`]
          const { comparison, entries } = outcome
          const [first, ...others] = entries as [Entry, ...Entry[]]
          files.push(...(await tables.write(comparisonTables(comparison, [first, ...others], metrics))))
          terminal.report(
            written?.results ?? resultsOf(outcome),
            [...told(outcome, options, terminal), ...files].join('\n'),
          )
        },
      ),
    )
}

function planned(
  { dataset, out }: ReturnType<typeof trainingNeeds>,
  entries: readonly Entry[],
  options: CompareOptions,
) {
  return {
    entries,
    datasetFolder: dataset,
    splitName: options.splitBy,
    seeds: Array.from({ length: options.seeds ?? 3 }, (_, i) => i + 1),
    out,
    simulation: epochSimulation(options),
  }
}

/** What would be trained, and how long that takes; of what no run tells the first steps are timed. */
async function dryRun(terminal: Terminal, plan: ComparisonPlan): Promise<void> {
  const estimate = await estimateComparison({ ...plan, signal: terminal.signal })
  const rows = estimate.expected.map((one) => [
    one.model,
    String(one.trainings),
    one.seconds === undefined ? '–' : `${spanText(one.seconds, [one])} each`,
    one.from === 'probe'
      ? 'its first steps'
      : `${one.runs} finished ${one.from === 'same' ? 'like it' : 'with other options'}`,
  ])
  terminal.report(
    estimate,
    [
      formatTable(
        [{ title: 'to train' }, { title: 'trainings', align: 'right' }, { title: 'takes' }, { title: 'by' }],
        rows,
      ),
      ...(estimate.finished > 0 ? [`${estimate.finished} are finished already`] : []),
      estimateText(estimate) || 'nothing is left to train',
    ].join('\n'),
  )
}

/** The figures of a comparison, for people. */
function told(
  { entries, comparison, splitName, splitNotes }: ComparisonOutcome,
  { metrics, group }: CompareOptions,
  { style }: Terminal,
): string[] {
  const [first, ...others] = entries as [Entry, ...Entry[]]
  const counts = new Set([...comparison.models.values()].map(({ seeds }) => seeds.length))
  const seeds = counts.size > 1 ? 'the seeds that each has' : `${[...counts][0]} seeds`
  const over = [...counts].every((count) => count === 1)
    ? 'one seed, 95 % intervals over users'
    : `${seeds} ± standard deviation`
  return [
    `mean over ${over}${others.length > 0 ? BEST : ''}`,
    ...(metrics ?? [comparison.metric]).flatMap((metric) => [
      meansText(comparison, metric),
      ...others.flatMap((other) => ['', verdictsText(comparison, first, other, style, metric)]),
      '',
    ]),
    ...(others.length > 0 ? comparisonNotes(comparison) : []),
    `${comparison.described} Split: ${splitName}.${group === undefined ? '' : ` Only cases of the group ${group}.`}`,
    ...splitNotes.map((note) => `  ${note}`),
  ]
}

/** @throws TributaryError `bad-argument` where something is missing */
function trainingNeeds(
  models: string | undefined,
  dataset: string | undefined,
  { out, dataset: moved }: CompareOptions,
) {
  if (models === undefined || dataset === undefined || out === undefined)
    throw new TributaryError(
      'bad-argument',
      'what is compared is missing; give models, a dataset and --out, or trained runs with --runs',
    )
  if (moved !== undefined)
    throw new TributaryError(
      'bad-argument',
      '--dataset says where the dataset of trained runs is; name it after the models here',
    )
  return { models, dataset, out }
}

/** @throws TributaryError `bad-argument` for what says how to train */
function refuseTraining(models: string | undefined, options: CompareOptions): void {
  const given = [
    models !== undefined && 'the models',
    options.seeds !== undefined && '--seeds',
    options.splitBy !== undefined && '--split-by',
    options.on !== undefined && '--on',
    options.dryRun && '--dry-run',
    epochSimulation(options) !== undefined && '--simulate-every',
  ].filter((one) => one !== false && one !== undefined)
  if (given.length === 0) return
  throw new TributaryError('bad-argument', `--runs takes runs that are trained already; leave out ${given.join(', ')}`)
}

async function comparedRuns(
  terminal: Terminal,
  plan: RunsPlan,
  { out, ...options }: CompareOptions,
): Promise<ComparisonOutcome> {
  if (out !== undefined) await refuseForeignFiles(join(out, 'results.json'), join(out, 'report.html'))
  const { folder, manifest } = await openRun(plan.runs[0])
  const spec = modelOfRun(folder, manifest)
  refuseRankingOptions(spec, options, measureOf(spec, plan))
  return await drawExperiment(terminal, compareRuns({ ...plan, signal: terminal.signal }))
}

/** Shows how a comparison goes, and what of it was there already. */
export async function compareVisibly(
  terminal: Terminal,
  plan: ComparisonPlan & { readonly seeds: readonly number[] },
): Promise<ComparisonOutcome> {
  await refuseForeignFiles(join(plan.out, 'results.json'), join(plan.out, 'report.html'))
  const [models, seeds] = [plan.entries.length, plan.seeds.length]
  terminal.note(
    models * seeds === 1
      ? 'one training'
      : `${models * seeds} trainings: ${models} models, ${seeds === 1 ? 'one seed' : `${seeds} seeds`} each`,
  )
  const outcome = await drawExperiment(terminal, compare({ ...plan, signal: terminal.signal }))
  if (outcome.reused > 0)
    terminal.note(`${outcome.reused} of ${models * seeds} runs in ${plan.out} were finished already`)
  return outcome
}
