import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { makeFolder, refuseForeignFiles } from '../../files/index.ts'
import {
  ESTIMATORS,
  type Evaluation,
  evaluate,
  type JudgedTarget,
  LEVELS,
  type Level,
  readColumns,
} from '../../ope/index.ts'
import type { TextTable } from '../../pages/compare-text.ts'
import type { Asked } from '../../pages/ope.ts'
import { checkTable, describeLog, estimatorTable, judgmentTable, notesOf } from '../../pages/ope-text.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { collect, integerFrom } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'

interface OpeOptions {
  readonly log: string
  readonly policy: readonly string[]
  readonly reward: string
  readonly per: string
  readonly level?: Level
  readonly estimators?: string
  readonly since?: number
  readonly until?: number
  readonly seed: number
  readonly force?: boolean
  readonly out?: string
}

export function opeCommand(): Command {
  return createCommand(
    'ope',
    'say from a log of what was served what another policy would have earned, or why it cannot be said',
    [
      'ope --log log.parquet --policy candidate',
      'ope --log log.parquet --policy candidate --policy cautious --reward purchase --out ope',
      'ope --log log.csv.gz --policy candidate --estimators snipw,dr --json',
    ],
  )
    .requiredOption('--log <table>', 'a .parquet, .csv, .tsv or .jsonl file with a row for each item that was shown')
    .requiredOption(
      '--policy <column>',
      'the column with how probable the policy that is asked about makes the item that was shown; repeatable',
      collect,
    )
    .option('--reward <column>', 'the column of what was earned', 'reward')
    .option('--per <column>', 'the column by which answers are split', 'domain')
    .option('--since <time>', 'rows from this time on, such as 2026-11-29T20:41:00Z', time)
    .option('--until <time>', 'rows before this time', time)
    .addOption(
      new Option('--level <level>', 'what is judged as a whole (default: lists where the table has them)').choices(
        LEVELS,
      ),
    )
    .option(
      '--estimators <names>',
      `with commas between them: ${ESTIMATORS.map(({ name }) => name).join(', ')} (default: all whose columns there are)`,
    )
    .option('--seed <n>', 'of the users that are drawn for intervals', integerFrom(0), 1)
    .option('--force', 'give the numbers, too, where the log does not support them; they are marked')
    .option('--out <dir>', 'a folder for ope.json and ope.html, the same as a page')
    .action(
      withTerminal<[OpeOptions]>(async (terminal, options) => {
        const { log, policy, reward, per, level, estimators, since, until, seed, force, out } = options
        if (out !== undefined) await refuseForeignFiles(join(out, 'ope.json'), join(out, 'ope.html'))
        const { logged, targets } = await readColumns(log, {
          policies: policy,
          reward,
          per,
          since,
          until,
          signal: terminal.signal,
        })
        const evaluation = evaluate(logged, targets, { level, estimators: estimators?.split(','), force, seed })
        const pages = out === undefined ? undefined : await write(out, { log, reward }, evaluation)
        terminal.report({ log, reward, ...evaluation }, text(evaluation, terminal.style, pages))
        const refused = evaluation.targets.find(({ overall }) => overall.refusal !== undefined)
        if (refused !== undefined && !force) throw notSupported(refused)
      }),
    )
}

async function write(out: string, asked: Asked, evaluation: Evaluation): Promise<string> {
  await makeFolder(out)
  // Loaded here because the libraries that draw take longer to load than most commands to run.
  const { writeOpe } = await import('../../pages/ope.ts')
  return await writeOpe(out, asked, evaluation)
}

function text(evaluation: Evaluation, style: Style, page: string | undefined): string {
  return [
    `${describeLog(evaluation)}: 95 % intervals over users`,
    ...evaluation.targets.flatMap((target) => ['', ...targetText(target, style)]),
    ...(page === undefined ? [] : ['', `all checks, weights and intervals: ${page}`]),
  ].join('\n')
}

function targetText(target: JudgedTarget, style: Style): string[] {
  const { overall } = target
  const found = overall.checks.filter(({ outcome }) => outcome !== 'sound')
  return [
    style.bold(`${target.name} against what was served`),
    drawn(judgmentTable(target)),
    ...(overall.estimates.length === 0 ? [] : ['', drawn(estimatorTable(overall))]),
    '',
    ...(found.length === 0 ? [] : [drawn(checkTable(found))]),
    style.dim(`${overall.checks.length - found.length} of ${overall.checks.length} checks are sound`),
    ...notesOf(target),
  ]
}

function drawn({ columns, rows }: TextTable): string {
  return formatTable(columns, rows)
}

function notSupported({ name, overall }: JudgedTarget): TributaryError {
  return new TributaryError('not-supported', `${name} cannot be judged by this log: ${overall.refusal}`)
}

function time(given: string): number {
  const milliseconds = Date.parse(given)
  if (Number.isNaN(milliseconds)) throw new InvalidArgumentError(`'${given}' is no time such as 2026-11-29T20:41:00Z.`)
  return milliseconds
}
