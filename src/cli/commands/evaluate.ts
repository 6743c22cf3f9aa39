import { type Command, Option } from 'commander'
import { type ByName, nameOfAll, Part, TributaryError } from '../../core/index.ts'
import { accountOfSplit, evaluationCases } from '../../data/index.ts'
import { parseBlend } from '../../evaluation/blend.ts'
import { askedBy, measureOf, parseCandidates, type Scores, toJson } from '../../evaluation/measures/index.ts'
import type { TextTable } from '../../pages/compare-text.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { openPredicting, openServed, refuseTrainedOn } from '../../serving/served.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import {
  askedEpisodes,
  askedRanks,
  BLEND,
  CANDIDATES,
  DATASET,
  EPISODES,
  type EpisodeOptions,
  FALLBACK,
  integerFrom,
  LEAVE,
  MASK_SEEN,
  MAX_LENGTH,
  METRICS,
  MODE,
  NEW_USERS,
  POSITIVE_ABOVE,
  RANK,
  type RankedOptions,
  refuseRankingOptions,
  splitOption,
  THREADS,
} from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import { formatTable } from '../terminal/table.ts'
import { blendLines, fallbackLines, newUsersLines } from './serve.ts'
import { TABLE, type TableOptions, tableFile } from './table-file.ts'

interface EvaluateOptions extends EpisodeOptions, RankedOptions, TableOptions {
  readonly candidates?: string
  readonly split: 'test' | 'valid'
  readonly maskSeen?: boolean
  readonly ties?: 'against' | 'random'
  readonly seed: number
  readonly metrics?: readonly string[]
  readonly dataset?: string
  readonly fallback: string
  readonly newUsers: string
  readonly blend: string
  readonly threads: number
}

export function evaluateCommand(): Command {
  return createCommand('evaluate', 'measure a trained model, per domain and overall', [
    'evaluate runs/sasrec',
    'evaluate runs/sasrec --candidates sampled:100 --json',
    'evaluate runs/sasrec --candidates candidates.tsv.gz --split test',
  ])
    .argument('<run>', 'a run directory made by `tributary train`')
    .option(...CANDIDATES)
    .addOption(splitOption())
    .option(...MASK_SEEN)
    .addOption(
      new Option('--ties <rule>', 'where equal scores place the answer: against it (default), or at random').choices([
        'against',
        'random',
      ]),
    )
    .option(...METRICS)
    .option(...RANK)
    .option(...POSITIVE_ABOVE)
    .option(...EPISODES)
    .option(...MODE)
    .option(...LEAVE)
    .option(...MAX_LENGTH)
    .option('--seed <n>', 'of sampled negatives, random ties and simulated users', integerFrom(0), 0)
    .option(...DATASET)
    .option(...FALLBACK)
    .option(...NEW_USERS)
    .option(...BLEND)
    .option(...TABLE)
    .option(...THREADS)
    .action(
      withTerminal<[string, EvaluateOptions]>(async (terminal, folder, options) => {
        const candidates = parseCandidates(options.candidates ?? 'full', options.seed)
        const episodes = askedEpisodes(options)
        const ranks = askedRanks(options)
        const blend = parseBlend(options.blend)
        const tables = await tableFile(options)
        const opened = await openTrainedRun(folder, {
          threads: options.threads,
          ...(options.dataset && { datasetFolder: options.dataset }),
        })
        const { model, spec, config, dataset, split } = opened
        const measure = measureOf(spec, { episodes, ...ranks })
        refuseRankingOptions(spec, options, measure)
        if (blend !== 0 && !measure.ranks)
          throw new TributaryError(
            'bad-argument',
            `--blend orders lists, and here ${spec.name} ${measure.does}; give --rank too, which asks where answers rank`,
          )
        const served = measure.ranks
          ? await openServed(opened, { ...options, blend }, options.threads)
          : await openPredicting(opened, options, options.threads)
        const { scorer, fallbacks, newUsers, blends } = served
        const cases = evaluationCases(dataset, split, Part[options.split])
        refuseTrainedOn(served, cases)
        const { notes: splitNotes } = accountOfSplit(dataset, split)
        const splitText = [`Split: ${split.name}.`, ...splitNotes.map((note) => `  ${note}`)].join('\n')
        const progress = terminal.progress(`evaluate ${spec.name}`, 'cases')
        const { maskSeen, ties, seed, metrics } = options
        try {
          const evaluation = await measure.evaluate(scorer, dataset, cases, {
            ...askedBy(config),
            ...ranks,
            ...{ candidates, maskSeen, ties, seed, split, metrics, episodes },
            part: options.split,
            signal: terminal.signal,
            onProgress: (done, total) => progress.update(done, total),
          })
          const table = scoresTable(evaluation, metrics)
          const written = await tables.write([{ title: `${spec.name} on ${dataset.name}`, table }])
          const withFallback = options.fallback !== 'none'
          terminal.report(
            {
              ...toJson(evaluation, spec.name, dataset.name),
              splitNotes,
              ...(withFallback && { fallback: fallbacks }),
              ...(options.newUsers !== 'none' && { newUsers }),
              ...(blend !== 0 && { blend: blends }),
            },
            [
              formatTable(table.columns, table.rows),
              '',
              ...(withFallback ? fallbackLines(fallbacks) : []),
              ...newUsersLines(newUsers),
              ...(blend === 0 ? [] : blendLines(blends)),
              `${measure.describe(evaluation.protocol)} ${splitText}`,
              ...written,
            ].join('\n'),
          )
        } finally {
          progress.end()
          await Promise.all([model.dispose(), served.dispose()])
        }
      }),
    )
}

/** One row a domain with cases and one for all, one column a metric; default all metrics. */
export function scoresTable(
  { domains, overall }: { readonly domains: ByName<Scores>; readonly overall: Scores },
  metrics: readonly string[] = Object.keys(overall).filter((name) => name !== 'cases'),
): TextTable {
  const row = (place: string, { cases, ...values }: Scores) => [
    place,
    formatCount(cases),
    ...metrics.map((metric) => formatScore(values[metric])),
  ]
  return {
    columns: [
      { title: 'domain' },
      { title: 'cases', align: 'right' },
      ...metrics.map((title) => ({ title, align: 'right' as const })),
    ],
    rows: [
      ...[...domains].filter(([, { cases }]) => cases > 0).map(([domain, scores]) => row(domain, scores)),
      row(nameOfAll(domains.keys()), overall),
    ],
  }
}

/** Four decimals; a dash where there is no case. */
function formatScore(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : '–'
}
