import { join } from 'node:path'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { type Comparison, type SeededResults, summarizeSeeds } from '../../evaluation/compare.ts'
import { describeProtocol, type Evaluation, parseCandidates } from '../../evaluation/measures/ranking.ts'
import { TRANSFER_FILE, type TransferReport, transferReport, writeTransfer } from '../../experiments/transfer.ts'
import { makeFolder, refuseForeignFiles } from '../../files/index.ts'
import { findingText, signed, TRANSFER_WORDS } from '../../pages/compare-text.ts'
import { cautions, judgmentTable } from '../../pages/transfer-text.ts'
import { datasetFolderOf } from '../../runs/dataset.ts'
import type { Run } from '../../runs/run.ts'
import { openTrainedRun, type TrainedRun } from '../../runs/train.ts'
import { type TrainingSignals, trainingSignals } from '../../trust/signals.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { CANDIDATES, DATASET, integerFrom, LEAST_USERS, splitOption, THREADS } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style, Terminal } from '../terminal/terminal.ts'
import {
  type AskedProtocol,
  type Entry,
  evaluateVisibly,
  findOrTrain,
  folderOf,
  meanSeconds,
  STATISTICS_SEED,
  sayingHowToGoOn,
  underTrainedRuns,
} from './comparison.ts'
import { refuseAsModel, refuseAsTwin, runEntry, twinEntry } from './twin.ts'
import { painted } from './verdicts.ts'

interface TransferCommandOptions {
  readonly against?: string
  readonly twin?: string
  readonly seeds: number
  readonly candidates?: string
  readonly split: 'test' | 'valid'
  readonly leastUsers: number
  readonly out?: string
  readonly dataset?: string
  readonly threads: number
}

/** How the server ranks, on the only cases that may choose between models: what the fallback goes by. */
const SERVED: AskedProtocol = { part: 'valid', candidates: { kind: 'full' }, maskSeen: false }

export function transferCommand(): Command {
  return createCommand('transfer', 'say for each domain whether training on all domains helped or harmed it', [
    'transfer runs/syncrec',
    'transfer runs/sasrec --seeds 3 --json',
    'transfer runs/syncrec --twin sasrec:loss=bpr:epochs=50',
    'serve runs/syncrec --fallback auto',
  ])
    .argument('<run>', 'a trained run of a model of all domains')
    .option(
      '--twin <model>',
      'the single-domain twin, as an entry of `tributary compare` (default: the same model and options where it has sequences=single, else sasrec)',
    )
    .option('--against <run>', 'a single-domain twin that is trained already')
    .option(
      '--seeds <n>',
      'average over so many seeds, of which those of the given runs are the first',
      integerFrom(1),
      1,
    )
    .option(...CANDIDATES)
    .addOption(splitOption('; the fallback always goes by the latter'))
    .option(...LEAST_USERS)
    .option('--out <dir>', 'where the report and what is trained for it go (default: the run)')
    .option(...DATASET)
    .option(...THREADS)
    .action(
      withTerminal<[string, TransferCommandOptions]>(async (terminal, folder, options) => {
        const { out = folder } = options
        const { report, page } = await sayingHowToGoOn(makeReport(terminal, folder, out, options))
        terminal.report(
          { run: folder, ...report, report: page },
          [
            describe(report, terminal.style),
            '',
            `${describeProtocol(report.protocol)} Split: ${report.split}.`,
            ...cautions(report),
            `all metrics: ${join(out, TRANSFER_FILE)}; plots: ${page}`,
          ].join('\n'),
        )
      }),
    )
}

/** One side of the report: the model of all domains or its twin. */
interface Side {
  readonly entry: Entry
  /** A run that is there already; its seed is the first. */
  readonly given?: TrainedRun
}

async function makeReport(
  terminal: Terminal,
  folder: string,
  out: string,
  options: TransferCommandOptions,
): Promise<{ report: TransferReport; page: string }> {
  const { threads, seeds: count } = options
  const asked: AskedProtocol = {
    candidates: parseCandidates(options.candidates ?? 'full', STATISTICS_SEED),
    part: options.split,
    maskSeen: false,
  }
  if (options.twin !== undefined && options.against !== undefined)
    throw new TributaryError(
      'bad-argument',
      '--twin trains a twin and --against takes one that is there; give one of them',
    )
  await refuseForeignFiles(join(out, TRANSFER_FILE), join(out, 'transfer.html'))
  const opening = { threads, ...(options.dataset && { datasetFolder: options.dataset }) }
  const opened = await openTrainedRun(folder, opening)
  const { dataset } = opened
  const { manifest } = opened.run
  refuseAsModel(opened, folder)

  const model: Side = { entry: runEntry(manifest), given: opened }
  let twin: Side = { entry: twinEntry(manifest, options.twin) }
  if (options.against !== undefined) {
    const given = await openTrainedRun(options.against, opening)
    refuseAsTwin(given, options.against, opened)
    twin = { entry: twinEntry(given.run.manifest, undefined), given }
  }

  const same = asked.part === SERVED.part && asked.candidates.kind === SERVED.candidates.kind
  const protocols = same ? [SERVED] : [asked, SERVED]
  const resultsOf = async (side: Side, place: number) => {
    const first = side.given?.run.manifest.seed
    const seeds = seedsFrom(first ?? manifest.seed, count)
    const runs: Run[] = []
    const evaluations: Evaluation[][] = []
    for (const seed of seeds) {
      const label = `${place + runs.length}/${2 * count} ${side.entry.label}${count > 1 ? ` seed ${seed}` : ''}`
      const ready =
        side.given !== undefined && seed === first
          ? side.given
          : await findOrTrain(terminal, label, {
              entry: side.entry,
              seed,
              folder: join(out, 'transfer', folderOf(side.entry), `seed${seed}`),
              datasetFolder: options.dataset ?? (await datasetFolderOf(opened.run)),
              splitName: manifest.split,
              threads,
            })
      evaluations.push(await evaluateVisibly(terminal, label, ready, protocols))
      runs.push(ready.run)
    }
    const unfinished = await underTrainedRuns(runs, dataset.domains)
    const results = protocols.map(
      (_, p): SeededResults => ({
        name: side.entry.label,
        seeds,
        evaluations: evaluations.map((ofSeed) => ofSeed[p]),
        seconds: meanSeconds(runs),
        underTrained: unfinished,
      }),
    )
    return { name: side.entry.label, runs, results }
  }
  // The run first: what it lacks is found out before hours of training.
  const ours = await resultsOf(model, 1)
  const theirs = await resultsOf(twin, 1 + count)
  const comparisons = protocols.map((_, p) =>
    summarizeSeeds([theirs.results[p], ours.results[p]], { seed: STATISTICS_SEED, leastUsers: options.leastUsers }),
  )
  const [comparison, validation = comparison] = comparisons as [Comparison, Comparison?]

  const path = join(out, TRANSFER_FILE)
  const bestEpoch = manifest.result?.bestEpoch ?? 0
  const training = trainingSignals(await ours.runs[0].readMetrics(), dataset.domains, bestEpoch)
  const report = transferReport({ path, dataset, model: ours, twin: theirs, comparison, validation, training })
  await makeFolder(out)
  await writeTransfer(path, report)
  const page = join(out, 'transfer.html')
  // Loaded here because the libraries that draw take longer to load than most commands to run.
  const { writeTransferPage } = await import('../../pages/transfer.ts')
  await writeTransferPage(page, { report, comparison, validation })
  return { report, page }
}

/** `count` seeds, the given one first, then the smallest others. */
function seedsFrom(first: number, count: number): number[] {
  const others = Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed !== first)
  return [first, ...others.slice(0, count - 1)]
}

/** The table of verdicts, what to do by domain, and what the fallback would do. */
function describe(report: TransferReport, style: Style): string {
  const { columns, rows } = judgmentTable(report, report.domains, report.overall)
  const weighed = (['lambda', 'gap'] as const).filter((signal) => report.training?.[signal] !== undefined)
  const advice = formatTable(
    [
      { title: 'domain' },
      { title: 'on validation' },
      ...weighed.map((signal) => ({ title: signal === 'lambda' ? 'λ' : 'φ', align: 'right' as const })),
      { title: 'what to do', wrap: true },
    ],
    [...report.domains].map(([domain, one]) => [
      domain,
      findingText(report.validation.domains.get(domain)!.verdict),
      ...weighed.map((signal) => kept(report.training!, signal, domain)),
      one.advice,
    ]),
  )
  return [
    style.bold(`${report.model.name} against its single-domain twin ${report.twin.name} on ${report.dataset.name}`),
    formatTable(columns, painted(rows, TRANSFER_WORDS, style)),
    '',
    advice,
    ...(weighed.length > 0
      ? [`λ and φ are those of epoch ${report.training!.bestEpoch}, whose weights were kept.`]
      : []),
    report.overall.advice,
  ].join('\n')
}

/** A signal of the epoch whose weights were kept. */
function kept({ epochs, bestEpoch, ...signals }: TrainingSignals, which: 'lambda' | 'gap', domain: string): string {
  const value = signals[which]?.get(domain)?.[epochs.indexOf(bestEpoch)] ?? null
  return value === null ? '–' : which === 'gap' ? signed(value) : value.toFixed(3)
}
