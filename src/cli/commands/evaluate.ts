import { type Command, Option } from 'commander'
import { type ByName, nameOfAll, Part } from '../../core/index.ts'
import { accountOfSplit, evaluationCases } from '../../data/index.ts'
import { describePoints, evaluatePoints } from '../../evaluation/measures/points.ts'
import { describeProtocol, evaluate, parseCandidates, type Scores, toJson } from '../../evaluation/measures/ranking.ts'
import { openTrainedRun, pointOptions } from '../../runs/train.ts'
import { openFallback } from '../../serving/fallback.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import {
  CANDIDATES,
  DATASET,
  FALLBACK,
  integerFrom,
  MASK_SEEN,
  refuseRankingOptions,
  splitOption,
  THREADS,
} from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import { formatTable } from '../terminal/table.ts'
import { fallbackLines } from './serve.ts'

interface EvaluateOptions {
  readonly candidates?: string
  readonly split: 'test' | 'valid'
  readonly maskSeen?: boolean
  readonly ties?: 'against' | 'random'
  readonly seed: number
  readonly dataset?: string
  readonly fallback: string
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
    .option('--seed <n>', 'of sampled negatives and random ties', integerFrom(0), 0)
    .option(...DATASET)
    .option(...FALLBACK)
    .option(...THREADS)
    .action(
      withTerminal<[string, EvaluateOptions]>(async (terminal, folder, options) => {
        const candidates = parseCandidates(options.candidates ?? 'full', options.seed)
        const opened = await openTrainedRun(folder, {
          threads: options.threads,
          ...(options.dataset && { datasetFolder: options.dataset }),
        })
        const { model, spec, config, dataset, split } = opened
        const points = pointOptions(spec, config)
        if (points !== undefined) refuseRankingOptions(spec, options)
        const { scorer, domains: fallbacks, dispose } = await openFallback(opened, options.fallback, options.threads)
        const cases = evaluationCases(dataset, split, Part[options.split])
        const { notes: splitNotes } = accountOfSplit(dataset, split)
        const splitText = [`Split: ${split.name}.`, ...splitNotes.map((note) => `  ${note}`)].join('\n')
        const progress = terminal.progress(`evaluate ${spec.name}`, 'cases')
        const shared = {
          part: options.split,
          signal: terminal.signal,
          onProgress: (done: number, total: number) => progress.update(done, total),
        }
        try {
          if (points === undefined) {
            const { maskSeen = false, ties = 'against', seed } = options
            const evaluation = await evaluate(scorer, dataset, cases, {
              ...shared,
              candidates,
              maskSeen,
              ties,
              seed,
              split,
            })
            terminal.report(
              {
                ...toJson(evaluation, spec.name, dataset.name),
                splitNotes,
                ...(options.fallback !== 'none' && { fallback: fallbacks }),
              },
              [
                scoresTable(evaluation),
                '',
                ...(options.fallback === 'none' ? [] : fallbackLines(fallbacks)),
                `${describeProtocol(evaluation.protocol)} ${splitText}`,
              ].join('\n'),
            )
          } else {
            const evaluation = await evaluatePoints(model, dataset, cases, { ...shared, ...points })
            const { protocol, domains, overall, macro } = evaluation
            terminal.report(
              { model: spec.name, dataset: dataset.name, protocol, domains, overall, macro, splitNotes },
              `${scoresTable(evaluation)}\n\n${describePoints(protocol)} ${splitText}`,
            )
          }
        } finally {
          progress.end()
          await Promise.all([model.dispose(), dispose()])
        }
      }),
    )
}

/** One row a domain with cases and one for all, one column a metric. */
export function scoresTable({
  domains,
  overall,
}: {
  readonly domains: ByName<Scores>
  readonly overall: Scores
}): string {
  const metrics = Object.keys(overall).filter((name) => name !== 'cases')
  const row = (place: string, { cases, ...values }: Scores) => [
    place,
    formatCount(cases),
    ...metrics.map((metric) => formatScore(values[metric])),
  ]
  return formatTable(
    [
      { title: 'domain' },
      { title: 'cases', align: 'right' },
      ...metrics.map((title) => ({ title, align: 'right' as const })),
    ],
    [
      ...[...domains].filter(([, { cases }]) => cases > 0).map(([domain, scores]) => row(domain, scores)),
      row(nameOfAll(domains.keys()), overall),
    ],
  )
}

/** Four decimals; a dash where there is no case. */
function formatScore(value: number): string {
  return Number.isFinite(value) ? value.toFixed(4) : '–'
}
