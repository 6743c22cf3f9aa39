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
import { findingText, signed, TRANSFER_WORDS } from '../../pages/compare-text.ts'
import { cautions, judgmentTable } from '../../pages/transfer-text.ts'
import type { TrainingSignals } from '../../trust/signals.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { parseEntries } from '../terminal/entries.ts'
import { drawExperiment } from '../terminal/experiment.ts'
import { CANDIDATES, DATASET, integerFrom, LEAST_USERS, splitOption, THREADS } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'
import { dryRun, dryRunText } from './transfer-dry-run.ts'
import { painted } from './verdicts.ts'

interface TransferCommandOptions {
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
    .option(...THREADS)
    .action(
      withTerminal<[string, TransferCommandOptions]>(async (terminal, folder, options) => {
        const { out = folder, twin, against, seeds, dataset, threads, leastUsers, split: part } = options
        const [path, page] = [join(out, TRANSFER_FILE), join(out, 'transfer.html')]
        if (options.dryRun) {
          const found = await readTransferReport(path)
          const rules = dryRun(found)
          terminal.report({ run: folder, metric: found.metric, rules }, dryRunText(found, rules, terminal.style))
          return
        }
        const candidates = options.candidates && parseCandidates(options.candidates, STATISTICS_SEED)
        await refuseForeignFiles(path, page)
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
        const { report, ...comparisons } = await drawExperiment(
          terminal,
          transfer({ ...plan, datasetFolder: dataset, signal: terminal.signal }),
        )
        await makeFolder(out)
        await writeTransfer(path, report)
        // Loaded here because the libraries that draw take longer to load than most commands to run.
        const { writeTransferPage } = await import('../../pages/transfer.ts')
        await writeTransferPage(page, { report, ...comparisons })
        terminal.report(
          { run: folder, ...report, report: page },
          [
            describe(report, terminal.style),
            '',
            `${report.described} Split: ${report.split}.`,
            ...cautions(report),
            `all metrics: ${path}; plots: ${page}`,
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
