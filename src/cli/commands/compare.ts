import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { CASE_GROUPS, type CaseGroup, measureOf, parseCandidates } from '../../evaluation/measures/index.ts'
import { type ComparisonOutcome, type ComparisonPlan, compare } from '../../experiments/compare.ts'
import type { Entry } from '../../experiments/entry.ts'
import { refuseForeignFiles } from '../../files/index.ts'
import { comparisonNotes } from '../../pages/compare-text.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { type EngineName, ON, openEngine, sharedWords } from '../terminal/engine.ts'
import { parseEntries } from '../terminal/entries.ts'
import { drawExperiment } from '../terminal/experiment.ts'
import {
  askedEpisodes,
  askedRanks,
  CANDIDATES,
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
import type { Terminal } from '../terminal/terminal.ts'
import { BEST, meansText, verdictsText } from './verdicts.ts'

interface CompareOptions extends SimulationOptions, EpisodeOptions, RankedOptions {
  readonly seeds: number
  readonly out: string
  readonly splitBy?: string
  readonly candidates?: string
  readonly split: 'test' | 'valid'
  readonly maskSeen?: boolean
  readonly leastUsers: number
  readonly metrics?: readonly string[]
  readonly group?: CaseGroup
  readonly threads: number
  readonly on?: EngineName
}

export function compareCommand(): Command {
  return createCommand('compare', 'train models over seeds and hold each against the first, domain by domain', [
    'compare sasrec:sequences=single,sasrec datasets/shop --seeds 3 --out runs/transfer',
    'compare item-knn,sasrec,sasrec:loss=bpr:dropout=0.2,gru4rec datasets/shop --seeds 5 --out runs/models',
  ])
    .argument('<models>', 'with commas between them; options follow a colon: sasrec:loss=bpr:epochs=20')
    .argument('<dataset>', 'a folder made by `tributary import`')
    .requiredOption('--out <dir>', 'where runs, results.json and report.html go; asked again, finished runs are reused')
    .option('--seeds <n>', 'train each model with the seeds 1 to n', integerFrom(1), 3)
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
    .option(...THREADS)
    .option(...ON)
    .action(
      withTerminal<[string, string, CompareOptions]>(async (terminal, models, datasetFolder, options) => {
        const { out, seeds, threads, split: part, maskSeen = false, leastUsers, metrics, group } = options
        const simulation = epochSimulation(options)
        const episodes = askedEpisodes(options)
        const ranks = askedRanks(options)
        const entries = parseEntries(models, { episodes, ...ranks })
        const [first, ...others] = entries as [Entry, ...Entry[]]
        refuseRankingOptions(first.spec, options, measureOf(first.spec, { episodes, ...ranks }))
        const candidates = parseCandidates(options.candidates ?? 'full', 0)
        const engine = options.on && openEngine(options.on)
        const outcome = await compareVisibly(terminal, {
          entries,
          datasetFolder,
          splitName: options.splitBy,
          seeds: Array.from({ length: seeds }, (_, i) => i + 1),
          out,
          threads,
          candidates,
          part,
          maskSeen,
          leastUsers,
          metrics,
          group,
          episodes,
          simulation,
          ...ranks,
          ...(engine && { engine, words: sharedWords() }),
        }).finally(() => engine?.close())
        const { comparison, dataset, splitName, splitNotes } = outcome
        const { writeComparison } = await import('../../pages/comparison.ts')
        const { results, report } = await writeComparison(out, `Comparison on ${dataset.name}`, outcome)
        terminal.report(
          results,
          [
            `mean over ${seeds === 1 ? 'one seed, 95 % intervals over users' : `${seeds} seeds ± standard deviation`}${others.length > 0 ? BEST : ''}`,
            ...(metrics ?? [comparison.metric]).flatMap((metric) => [
              meansText(comparison, metric),
              ...others.flatMap((other) => ['', verdictsText(comparison, first, other, terminal.style, metric)]),
              '',
            ]),
            ...(others.length > 0 ? comparisonNotes(comparison) : []),
            `${comparison.described} Split: ${splitName}.${group === undefined ? '' : ` Only cases of the group ${group}.`}`,
            ...splitNotes.map((note) => `  ${note}`),
            `all metrics: ${join(out, 'results.json')}; curves and bars: ${report}`,
          ].join('\n'),
        )
      }),
    )
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
