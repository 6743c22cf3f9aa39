import { join } from 'node:path'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { makeFolder, refuseForeignFiles } from '../../files/index.ts'
import { ESTIMATORS, type Evaluation, evaluate, type JudgedTarget, LEVELS, readColumns } from '../../ope/index.ts'
import type { TextTable } from '../../pages/compare-text.ts'
import type { Asked } from '../../pages/ope.ts'
import { checkTable, describeLog, estimatorTable, judgmentTable, nextOf, notesOf } from '../../pages/ope-text.ts'
import { LEAVE_RULES } from '../../rl/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { BLEND, collect, FALLBACK, integerFrom, NEW_USERS, THREADS, timeFrom } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style, Terminal } from '../terminal/terminal.ts'
import { areRuns, type EpisodeLogOptions, readEpisodes } from './ope-episodes.ts'
import { isStore, type ReadLog, readStoreLog, type StoreLogOptions } from './ope-store.ts'

interface OpeOptions extends StoreLogOptions, EpisodeLogOptions {
  readonly estimators?: string
  readonly seed: number
  readonly force?: boolean
  readonly anytime?: readonly [number, number]
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
      'ope --log sqlite:tributary.db --policy runs/new --logger runs/sasrec --reward purchase:24h',
      'ope --log episodes.parquet --policy runs/a2c:temperature=2 --world runs/world',
      'ope --log sqlite:tributary.db --runs runs --policy champion:temperature=0.3 --reward purchase:24h:value',
    ],
  )
    .requiredOption(
      '--log <table>',
      'a .parquet, .csv, .tsv or .jsonl file with a row for each item that was shown; or the store of a server: sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE',
    )
    .requiredOption(
      '--policy <column>',
      'what is asked about: the column with how probable it makes the item that was shown; of episodes a run, of a store a run, or a model or alias of it, with :temperature=NUMBER where it draws otherwise; repeatable',
      collect,
    )
    .option(
      '--reward <column>',
      'the column of what was earned; of a store TYPE:WINDOW[:any|count|value], such as purchase:24h',
      'reward',
    )
    .option('--per <column>', 'the column by which answers are split; of a store domain or placement', 'domain')
    .option('--since <time>', 'rows from this time on, such as 2026-11-29T20:41:00Z', timeFrom)
    .option('--until <time>', 'rows before this time', timeFrom)
    .addOption(
      new Option('--level <level>', 'what is judged as a whole (default: lists where the table has them)').choices(
        LEVELS,
      ),
    )
    .option(
      '--estimators <names>',
      `with commas between them: ${ESTIMATORS.map(({ name }) => name).join(', ')} (default: all whose columns there are)`,
    )
    .option('--placement <name>', 'of a store: the lists of this place alone')
    .option('--runs <folder>', 'of a store: where the runs of its models are')
    .option(
      '--logger <[name=]run>',
      'of a store: a run that answered, where none of the policies is it, with the name that it was served by; repeatable',
      collect,
      [],
    )
    .option('--world <run>', 'of episodes: a world model, which says beside the log what it believes a policy to earn')
    .option(
      '--leave <rule>',
      `when users leave in that world: ${LEAVE_RULES}; repeatable (default: at the end)`,
      collect,
    )
    .option(...FALLBACK)
    .option(...NEW_USERS)
    .option(...BLEND)
    .option(...THREADS)
    .option('--seed <n>', 'of the users that are drawn for intervals', integerFrom(0), 1)
    .addOption(
      new Option(
        '--anytime [range]',
        'judge by intervals that hold however often a growing log is looked at; LEAST:MOST are the numbers that every reward lies between',
      )
        .argParser(rewardRange)
        .preset('0:1'),
    )
    .option('--force', 'give the numbers, too, where the log does not support them; they are marked')
    .option('--out <dir>', 'a folder for ope.json and ope.html, the same as a page')
    .action(
      withTerminal<[OpeOptions]>(async (terminal, options) => {
        const { log, policy, reward, level, estimators, seed, force, anytime, out } = options
        if (out !== undefined) await refuseForeignFiles(join(out, 'ope.json'), join(out, 'ope.html'))
        const read = await readLog(terminal, options)
        const asked = { level: read.level ?? level, estimators: estimators?.split(','), force, seed, anytime }
        const evaluation = evaluate(read.logged, read.targets, asked)
        const pages = out === undefined ? undefined : await write(out, { log, reward }, evaluation)
        const { notes = [], told } = read
        terminal.report(
          { log, reward, ...told, ...evaluation },
          text(evaluation, anytime !== undefined, notes, terminal.style, pages),
        )
        // Popularity is only there to compare with.
        const refused = evaluation.targets.find(
          ({ name, overall }) => policy.includes(name) && overall.refusal !== undefined,
        )
        if (refused !== undefined && !force) throw notSupported(refused)
      }),
    )
}

function readLog(terminal: Terminal, options: OpeOptions): Promise<ReadLog> {
  const { log, policy: policies, reward, per, since, until, placement, runs, logger, world } = options
  if (isStore(log)) return readStoreLog(terminal, options)
  if (placement !== undefined || runs !== undefined || logger.length > 0)
    throw new TributaryError(
      'bad-argument',
      `--placement, --runs and --logger are of the lists of a store, and '${log}' is a table; leave them out`,
    )
  if (areRuns(policies)) return readEpisodes(terminal, options)
  if (world !== undefined)
    throw new TributaryError('bad-argument', '--world is of episodes, whose policies are runs; leave it out of a table')
  return readColumns(log, { policies, reward, per, since, until, signal: terminal.signal })
}

async function write(out: string, asked: Asked, evaluation: Evaluation): Promise<string> {
  await makeFolder(out)
  // Loaded here because the libraries that draw take longer to load than most commands to run.
  const { writeOpe } = await import('../../pages/ope.ts')
  return await writeOpe(out, asked, evaluation)
}

function text(
  evaluation: Evaluation,
  watched: boolean,
  notes: readonly string[],
  style: Style,
  page: string | undefined,
): string {
  return [
    `${describeLog(evaluation)}: 95 % intervals ${watched ? 'that hold at every length of the log' : 'over users'}`,
    ...notes.map((note) => style.dim(note)),
    ...evaluation.targets.flatMap((target) => ['', ...targetText(target, style)]),
    ...(page === undefined ? [] : ['', `all checks, weights and intervals: ${page}`]),
  ].join('\n')
}

function targetText(target: JudgedTarget, style: Style): string[] {
  const { overall } = target
  const next = nextOf(target)
  const found = overall.checks.filter(({ outcome }) => outcome !== 'sound')
  return [
    style.bold(`${target.name} against what was served`),
    drawn(judgmentTable(target)),
    ...(overall.estimates.length === 0 ? [] : ['', drawn(estimatorTable(overall))]),
    '',
    ...(found.length === 0 ? [] : [drawn(checkTable(found), SENTENCES)]),
    style.dim(`${overall.checks.length - found.length} of ${overall.checks.length} checks are sound`),
    ...notesOf(target),
    ...(next.length === 0 ? [] : ['', style.bold('what to do next'), ...next]),
  ]
}

/** The column of checks that goes on in the next line. */
const SENTENCES = 3

function drawn({ columns, rows }: TextTable, sentences?: number): string {
  return formatTable(
    columns.map((column, at) => (at === sentences ? { ...column, wrap: true } : column)),
    rows,
  )
}

function notSupported({ name, overall }: JudgedTarget): TributaryError {
  return new TributaryError('not-supported', `${name} cannot be judged by this log: ${overall.refusal}`)
}

function rewardRange(given: string): readonly [number, number] {
  const [least, most, ...others] = given.split(':').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (others.length > 0 || !(least < most))
    throw new InvalidArgumentError(`'${given}' is no range such as 0:1, the least and the most that a reward can be.`)
  return [least, most]
}
