import { join } from 'node:path'
import { type Command, Option } from 'commander'
import { parseAssignments, TributaryError } from '../../core/index.ts'
import { measureOf, parseCandidates } from '../../evaluation/measures/index.ts'
import { entryOf } from '../../experiments/entry.ts'
import {
  type Dimension,
  parseDimension,
  SAMPLERS,
  type Sampler,
  type TuningOutcome,
  tune,
  usualSpace,
} from '../../experiments/tuning/index.ts'
import { blindEntry } from '../../experiments/twin.ts'
import { refuseForeignFiles } from '../../files/index.ts'
import type { EngineName } from '../../jobs/index.ts'
import { importanceTable, optionsText, trialsTable, tuningNotes } from '../../pages/tuning-text.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { engineOf, ON, sharedWords } from '../terminal/engine.ts'
import { drawExperiment } from '../terminal/experiment.ts'
import { modelHelp } from '../terminal/model-help.ts'
import {
  CANDIDATES,
  collect,
  integerFrom,
  MASK_SEEN,
  refuseRankingOptions,
  SPLIT_BY,
  THREADS,
} from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { TABLE, type TableOptions, tableFile } from './table-file.ts'

interface TuneOptions extends TableOptions {
  readonly out: string
  readonly trials: number
  readonly sampler: Sampler
  readonly search?: readonly string[]
  readonly set?: readonly string[]
  readonly metric?: string
  readonly objective: string
  readonly twin?: boolean
  readonly seed: number
  readonly trainingSeed: number
  readonly batch: number
  readonly splitBy?: string
  readonly candidates?: string
  readonly maskSeen?: boolean
  readonly threads: number
  readonly on?: EngineName
}

const ROWS_SHOWN = 8

export function tuneCommand(): Command {
  return createCommand('tune', 'search the options with which a model does best on validation', [
    'tune sasrec datasets/shop --out runs/tuned --trials 40',
    'tune sasrec datasets/shop --out runs/tuned --twin --on local:2',
    'tune sasrec datasets/shop --out runs/tuned --search learningRate=0.0001..0.01:log --search width=32,64,128',
    'train --config runs/tuned/best.json sasrec datasets/shop --out runs/sasrec',
  ])
    .argument('<model>', 'what to tune; `tributary models` lists all, `tributary help MODEL` its options')
    .argument('<dataset>', 'a folder made by `tributary import`')
    .requiredOption(
      '--out <dir>',
      'where trials, tuning.json, best.json and tuning.html go; asked again, finished trials are reused',
    )
    .option('--trials <n>', 'how many choices of options are tried; the first is the defaults', integerFrom(2), 20)
    .addOption(
      new Option(
        '--sampler <how>',
        'how they are chosen: tpe learns from those before, random does not, halving trains many a little and few to the end',
      )
        .choices(SAMPLERS)
        .default('tpe'),
    )
    .option(
      '--search <option=values>',
      'what is tried of an option: LOW..HIGH, LOW..HIGH:log or A,B,C; repeatable (default: the usual ranges of options that most models have)',
      collect,
    )
    .option('--set <key=value>', 'an option that all trials have; repeatable', collect)
    .option('--metric <name>', 'on validation, such as ndcg@10 (default: what verdicts are about)')
    .option('--objective <of>', 'overall (all cases), macro (the mean over domains) or the name of a domain', 'overall')
    .option('--twin', 'tune its single-domain twin, too, with as many trials: a fair comparison needs both')
    .option('--seed <n>', 'of what is drawn', integerFrom(0), 1)
    .option('--training-seed <n>', 'of every training; a comparison afterwards has others', integerFrom(0), 0)
    .option(
      '--batch <n>',
      'so many are chosen at once, before anything is known of them; with more workers give as many',
      integerFrom(1),
      2,
    )
    .option(...SPLIT_BY)
    .option(...CANDIDATES)
    .option(...MASK_SEEN)
    .option(...TABLE)
    .option(...THREADS)
    .option(...ON)
    .addHelpText('after', ({ command }) => modelHelp(command.args[0]))
    .action(
      withTerminal<[string, string, TuneOptions]>(async (terminal, model, datasetFolder, options) => {
        const { out, trials, sampler, metric, objective, seed, trainingSeed, batch, threads, maskSeen } = options
        const mixed = entryOf(model, parseAssignments(options.set ?? []))
        refuseRankingOptions(mixed.spec, options, measureOf(mixed.spec, {}))
        const space =
          options.search?.map((text) => parseDimension(text, mixed.spec)) ?? usualSpace(mixed.spec, mixed.overrides)
        refuseSpace(space, mixed.spec.name, mixed.overrides)
        const entries = options.twin ? [mixed, blindEntry(mixed)] : [mixed]
        const tables = await tableFile(options)
        const engine = options.on && (await engineOf(options.on, terminal))
        const { writeTuning } = await import('../../pages/tuning.ts')
        const done: { outcome: TuningOutcome; files: Awaited<ReturnType<typeof writeTuning>> }[] = []
        try {
          for (const [e, entry] of entries.entries()) {
            const folder = options.twin ? join(out, e === 0 ? 'mixed' : 'twin') : out
            await refuseForeignFiles(
              join(folder, 'tuning.json'),
              join(folder, 'best.json'),
              join(folder, 'tuning.html'),
            )
            terminal.note(`${trials} trials of ${entry.label} over ${space.map(({ option }) => option).join(', ')}`)
            const plan = {
              ...{ entry, datasetFolder, out: folder, splitName: options.splitBy, space, sampler, trials, batch },
              ...{
                seed,
                trainingSeed,
                metric,
                objective,
                threads,
                maskSeen: maskSeen ?? false,
                signal: terminal.signal,
              },
              candidates: parseCandidates(options.candidates ?? 'full', 0),
              ...(engine && { engine, words: sharedWords() }),
            }
            const outcome = await drawExperiment(terminal, tune(plan))
            done.push({ outcome, files: await writeTuning(folder, outcome) })
          }
        } finally {
          await engine?.close()
        }
        const written = await tables.write(
          done.flatMap(({ outcome }) => [
            { title: `trials of ${outcome.model}`, table: trialsTable(outcome, trials) },
            { title: `options of ${outcome.model}`, table: importanceTable(outcome) },
          ]),
        )
        report(terminal, done, datasetFolder, written)
      }),
    )
}

function refuseSpace(space: readonly Dimension[], model: string, fixed: Readonly<Record<string, unknown>>): void {
  if (space.length === 0)
    throw new TributaryError(
      'bad-argument',
      `nothing is known that is usually searched of ${model}; say what to try, such as --search learningRate=0.0001..0.01:log`,
    )
  const names = space.map(({ option }) => option)
  const twice = names.find((name, n) => names.indexOf(name) !== n)
  if (twice !== undefined) throw new TributaryError('bad-argument', `--search names ${twice} twice; name it once`)
  const both = names.find((name) => Object.hasOwn(fixed, name))
  if (both !== undefined)
    throw new TributaryError('bad-argument', `${both} is both set and searched; give --set or --search for it`)
}

function report(
  terminal: Terminal,
  done: readonly {
    readonly outcome: TuningOutcome
    readonly files: Readonly<Record<'results' | 'best' | 'report', string>>
  }[],
  datasetFolder: string,
  written: readonly string[],
): void {
  const result = done.map(({ outcome, files }) => ({ ...outcome, files }))
  const lines = done.flatMap(({ outcome, files }) => [
    `${outcome.model}: ${outcome.metric} (${outcome.objective}) on validation ${outcome.best.value.toFixed(4)} with ${optionsText(outcome.best) || 'the defaults'}; ${outcome.defaults.value.toFixed(4)} with the defaults`,
    '',
    tableOf(trialsTable(outcome, ROWS_SHOWN)),
    '',
    tableOf(importanceTable(outcome)),
    '',
    ...tuningNotes(outcome),
    `all trials: ${files.results}; page: ${files.report}; best options: ${files.best}`,
    '',
  ])
  const entries = done.flatMap(({ outcome }) => {
    const text = (options: object) =>
      [outcome.model, ...Object.entries(options).map((pair) => pair.join('='))].join(':')
    return [text(outcome.fixed), text({ ...outcome.fixed, ...outcome.best.options })]
  })
  const next = commandLine(
    'compare',
    [...new Set(entries)].join(','),
    datasetFolder,
    '--seeds',
    '5',
    '--out',
    'runs/tuned-or-not',
  )
  terminal.report(
    result.length === 1 ? result[0] : { mixed: result[0], twin: result[1] },
    [...lines, ...written, `next: ${next}`].join('\n'),
  )
}

function tableOf({ columns, rows }: ReturnType<typeof trialsTable>): string {
  return formatTable(columns, rows)
}
