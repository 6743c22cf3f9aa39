import { join } from 'node:path'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { parseCandidates } from '../../evaluation/measures/index.ts'
import type { Entry } from '../../experiments/entry.ts'
import { STATISTICS_SEED } from '../../experiments/job.ts'
import { TRANSFER_FILE, type TransferReport, writeTransfer } from '../../experiments/report.ts'
import { transfer } from '../../experiments/transfer.ts'
import { readTransferReport } from '../../experiments/transfer-file.ts'
import { makeFolder, refuseForeignFiles } from '../../files/index.ts'
import type { EngineName } from '../../jobs/index.ts'
import { findingText, signed, TRANSFER_WORDS } from '../../pages/compare-text.ts'
import { cautions, judgmentTable } from '../../pages/transfer-text.ts'
import type { TrainingSignals } from '../../trust/signals.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { engineOf, ON, sharedWords } from '../terminal/engine.ts'
import { parseEntries } from '../terminal/entries.ts'
import { drawExperiment } from '../terminal/experiment.ts'
import { CANDIDATES, DATASET, integerFrom, LEAST_USERS, splitOption, THREADS } from '../terminal/options.ts'
import { type Column, formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'
import { TABLE, type TableOptions, tableFile } from './table-file.ts'
import { dryRun, dryRunText } from './transfer-dry-run.ts'
import { painted } from './verdicts.ts'

interface TransferCommandOptions extends TableOptions {
  readonly against?: string
  readonly twin?: string
  readonly seeds: number
  readonly candidates?: string
  readonly split: 'test' | 'valid'
  readonly leastUsers: number
  readonly dryRun?: boolean
  readonly out?: string
  readonly dataset?: string
  readonly threads: number
  readonly on?: EngineName
}

export function transferCommand(): Command {
  return createCommand('transfer', 'say for each domain whether training on all domains helped or harmed it', [
    'transfer runs/syncrec',
    'transfer runs/sasrec --seeds 3 --json',
    'transfer runs/syncrec --twin sasrec:loss=bpr:epochs=50',
    'transfer runs/syncrec --dry-run',
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
    .option('--dry-run', 'train nothing: say of the report that is there what other fallbacks would change')
    .option('--out <dir>', 'where the report and what is trained for it go (default: the run)')
    .option(...DATASET)
    .option(...TABLE)
    .option(...THREADS)
    .option(...ON)
    .action(
      withTerminal<[string, TransferCommandOptions]>(async (terminal, folder, options) => {
        const { out = folder, twin, against, seeds, dataset, threads, leastUsers, split: part } = options
        const [path, page] = [join(out, TRANSFER_FILE), join(out, 'transfer.html')]
        if (options.dryRun) {
          if (options.table !== undefined)
            throw new TributaryError(
              'bad-argument',
              '--table writes what was measured, and --dry-run measures nothing; give one of them',
            )
          const found = await readTransferReport(path)
          const rules = dryRun(found)
          terminal.report({ run: folder, metric: found.metric, rules }, dryRunText(found, rules, terminal.style))
          return
        }
        const candidates = options.candidates && parseCandidates(options.candidates, STATISTICS_SEED)
        await refuseForeignFiles(path, page)
        const tables = await tableFile(options)
        const plan = {
          run: folder,
          out,
          twin: twin === undefined ? undefined : parseTwin(twin),
          against,
          seeds,
          ...(candidates && { candidates }),
          part,
          leastUsers,
          threads,
        }
        const engine = options.on && (await engineOf(options.on, terminal))
        const asked = { ...plan, datasetFolder: dataset, signal: terminal.signal, engine, words: sharedWords() }
        const { report, ...comparisons } = await drawExperiment(terminal, transfer(asked)).finally(() =>
          engine?.close(),
        )
        await makeFolder(out)
        await writeTransfer(path, report)
        // Loaded here because the libraries that draw take longer to load than most commands to run.
        const { writeTransferPage } = await import('../../pages/transfer.ts')
        await writeTransferPage(page, { report, ...comparisons })
        const { title, verdicts, advice } = tablesOf(report)
        const written = await tables.write([
          { title, table: verdicts },
          { title: 'what to do', table: advice },
        ])
        terminal.report(
          { run: folder, ...report, report: page },
          [
            describe(report, terminal.style),
            '',
            `${report.described} Split: ${report.split}.`,
            ...cautions(report),
            `all metrics: ${path}; plots: ${page}`,
            ...written,
          ].join('\n'),
        )
      }),
    )
}

function parseTwin(text: string): Entry {
  const [twin, ...more] = parseEntries(text)
  if (more.length > 0) throw new TributaryError('bad-argument', `--twin takes one model, not ${more.length + 1}`)
  return twin
}

/** The tables of a report: its verdicts, and what to do by domain. */
function tablesOf(report: TransferReport) {
  return {
    title: `${report.model.name} against its single-domain twin ${report.twin.name} on ${report.dataset.name}`,
    verdicts: judgmentTable(report, report.domains, report.overall),
    advice: adviceTable(report),
  }
}

function adviceTable(report: TransferReport): { readonly columns: readonly Column[]; readonly rows: string[][] } {
  const weighed = weighedOf(report)
  return {
    columns: [
      { title: 'domain' },
      { title: 'on validation' },
      ...weighed.map((signal) => ({ title: signal === 'lambda' ? 'λ' : 'φ', align: 'right' as const })),
      { title: 'what to do', wrap: true },
    ],
    rows: [...report.domains].map(([domain, one]) => [
      domain,
      findingText(report.validation.domains.get(domain)!.verdict),
      ...weighed.map((signal) => kept(report.training!, signal, domain)),
      one.advice,
    ]),
  }
}

function weighedOf({ training }: TransferReport) {
  return (['lambda', 'gap'] as const).filter((signal) => training?.[signal] !== undefined)
}

/** The table of verdicts, what to do by domain, and what the fallback would do. */
function describe(report: TransferReport, style: Style): string {
  const { title, verdicts, advice } = tablesOf(report)
  return [
    style.bold(title),
    formatTable(verdicts.columns, painted(verdicts.rows, TRANSFER_WORDS, style)),
    '',
    formatTable(advice.columns, advice.rows),
    ...(weighedOf(report).length > 0
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
