import { stat } from 'node:fs/promises'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { type Dataset, type Policy, type Trajectories, TributaryError } from '../../core/index.ts'
import { openDataset } from '../../data/index.ts'
import { writeFileAtomic } from '../../files/index.ts'
import { CONTROLS } from '../../registry.ts'
import {
  actingModel,
  asReleased,
  type Environment,
  LEAVE_RULES,
  MODES,
  type Mode,
  parseLeaveRule,
  USERS,
} from '../../rl/index.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { episodeLog, writeEpisodeLog } from '../../simulation/episode-log.ts'
import { type EpisodeRecord, episodeRecords, namedUsers } from '../../simulation/episode-records.ts'
import {
  describeSimulation,
  type ModeMetrics,
  type SimulateOptions,
  type Simulation,
  simulate,
  YARDSTICK,
  YARDSTICK_SHRINKAGE,
} from '../../simulation/simulate.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { collect, integerFrom, modeOf, THREADS } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface SimulateCommandOptions {
  readonly episodes?: number
  readonly episodesOut?: string
  readonly mode?: readonly Mode[]
  readonly leave?: readonly string[]
  readonly maxLength: number
  readonly acting?: Policy['acting']
  readonly temperature?: number
  readonly log?: string
  readonly seed: number
  readonly users: string
  readonly shrinkage: number
  readonly positiveAbove?: number
  readonly compatWindow?: boolean
  readonly threads: number
}

export function simulateCommand(): Command {
  return createCommand('simulate', "let a policy recommend to a dataset's simulated users, beside the controls", [
    'simulate best-list datasets/coat',
    'simulate runs/sasrec --episodes 1000 --json',
    'simulate oracle datasets/kuairec --leave categories:4:0 --mode noRepeat',
  ])
    .argument('<policy>', `a trained run, or a control: ${CONTROLS.map(({ name }) => name).join(', ')}`)
    .argument('[dataset]', 'a dataset with a truth; for a run, where it is if it has moved since the training')
    .option(
      '--episodes <n>',
      'episodes of each policy in each mode (default: 1000; with --users each or FILE one a user)',
      integerFrom(1),
    )
    .option('--episodes-out <file>', "the policy's episodes, turn by turn, as JSON")
    .option(
      '--log <file>',
      "the policy's episodes of one mode with how probable each recommendation was, as Parquet, for tributary ope",
    )
    .option(
      '--mode <mode>',
      'free, noRepeat (no item twice) or noRepeat10 (nor another end than ten turns); repeatable (default: all)',
      (text, before: readonly Mode[] = []) => [...before, modeOf(text)],
    )
    .option('--leave <rule>', `when a user leaves: ${LEAVE_RULES}; repeatable (default: at the end only)`, collect)
    .option('--max-length <n>', 'turns after which an episode ends in any case', integerFrom(1), 30)
    .addOption(
      new Option(
        '--acting <how>',
        'of a run: greedy (its best item) or sampled (by softmax of its scores); default: a policy as it was made to, any other model greedy',
      ).choices(['greedy', 'sampled']),
    )
    .option('--temperature <n>', 'of a run: divides its scores and draws by them; above 1 it tries more', numberFrom(0))
    .option('--seed <n>', 'of users and of whatever is drawn', integerFrom(0), 1)
    .option(
      '--users <how>',
      'drawn (at random for each episode), in-turn (the first user first), each (once), or a FILE of names, one a line or a JSON array',
      'drawn',
    )
    .option(
      '--shrinkage <n>',
      `of ${YARDSTICK}: ratings of average value that each item is given`,
      numberFrom(0),
      YARDSTICK_SHRINKAGE,
    )
    .option(
      '--positive-above <value>',
      'what a training row must be above to count for mcd (default: their mean)',
      numberFrom(),
    )
    .option(
      '--compat-window',
      'slice the windows of rules as the released code of DORL and ROLeR does: :as-released behind each',
    )
    .option(...THREADS)
    .action(
      withTerminal<[string, string | undefined, SimulateCommandOptions]>(async (terminal, what, folder, options) => {
        const simulation = await simulateNamed(terminal, what, folder, options)
        terminal.report(simulation, describe(simulation))
      }),
    )
}

async function simulateNamed(
  terminal: Terminal,
  what: string,
  folder: string | undefined,
  {
    leave = [],
    mode,
    compatWindow,
    acting,
    temperature,
    threads,
    users,
    episodes,
    episodesOut,
    log,
    ...numbers
  }: SimulateCommandOptions,
): Promise<Simulation> {
  if (log !== undefined && mode?.length !== 1)
    throw new TributaryError('bad-argument', `--log keeps the episodes of one mode; give --mode ${MODES.join(' or ')}`)
  const recorded: EpisodeRecord[] = []
  const played: { readonly mode: Mode; readonly trajectories: Trajectories; readonly environment: Environment }[] = []
  const progress = terminal.progress(`simulate ${what}`, 'episodes')
  let shown: string | undefined
  const optionsFor = async (dataset: Dataset): Promise<SimulateOptions> => ({
    ...numbers,
    ...(await usersOf(users, dataset, episodes)),
    leave: leave.map(parseLeaveRule).map((rule) => (compatWindow ? asReleased(rule) : rule)),
    modes: mode,
    signal: terminal.signal,
    onEpisodes(mode, trajectories, environment) {
      if (episodesOut !== undefined) recorded.push(...episodeRecords(mode, trajectories, environment))
      if (log !== undefined) played.push({ mode, trajectories, environment })
    },
    onProgress(policy, done, total) {
      if (shown !== policy) progress.next(`simulate ${policy}`)
      shown = policy
      progress.update(done, total)
    },
  })
  const run = async (subject: Parameters<typeof simulate>[0], dataset: Dataset) => {
    const simulation = await simulate(subject, dataset, await optionsFor(dataset))
    if (episodesOut !== undefined) await writeFileAtomic(episodesOut, `${JSON.stringify(recorded, undefined, 1)}\n`)
    if (log !== undefined)
      for (const { mode, trajectories, environment } of played) {
        const policy = typeof subject === 'string' ? controlOf(subject, environment, numbers) : subject.policy
        const asked = { mode, items: environment.rewards.items, signal: terminal.signal }
        await writeEpisodeLog(log, await episodeLog(policy, environment, trajectories, asked), dataset)
      }
    return simulation
  }
  try {
    if (CONTROLS.some(({ name }) => name === what)) {
      if (acting !== undefined || temperature !== undefined)
        throw new TributaryError(
          'bad-argument',
          `${acting === undefined ? '--temperature' : '--acting'} is for runs; the control ${what} acts in its own way`,
        )
      if (folder === undefined)
        throw new TributaryError('bad-argument', `the control ${what} needs a dataset; give its folder after it`)
      return await run(what, await openDataset(folder))
    }
    await refuseNeither(what)
    const { model, dataset } = await openTrainedRun(what, { threads, ...(folder && { datasetFolder: folder }) })
    try {
      return await run({ name: what, policy: actingModel(model, acting, temperature) }, dataset)
    } finally {
      await model.dispose()
    }
  } finally {
    progress.end()
  }
}

function controlOf(name: string, environment: Environment, options: Pick<SimulateCommandOptions, 'shrinkage'>): Policy {
  const control = CONTROLS.find((one) => one.name === name)
  if (control === undefined) throw new Error(`there is no control ${name}`)
  return control.create(environment, options)
}

/** Who comes, and how many episodes there are. */
async function usersOf(
  how: string,
  dataset: Dataset,
  episodes: number | undefined,
): Promise<Pick<SimulateOptions, 'users' | 'episodes'>> {
  const known = USERS.find((one) => one === how)
  if (known !== undefined) return { users: known, episodes: episodes ?? 1000 }
  if (how === 'each') return { users: 'in-turn', episodes: episodes ?? dataset.truth?.users.length ?? 1 }
  const users = await namedUsers(how, dataset)
  return { users, episodes: episodes ?? users.length }
}

/** @throws TributaryError `unknown-name` for what is neither a control nor there */
async function refuseNeither(what: string): Promise<void> {
  if ((await stat(what).catch(() => undefined)) !== undefined) return
  const names = CONTROLS.map(({ name }) => name).join(', ')
  throw new TributaryError(
    'unknown-name',
    `'${what}' is neither a run nor a control; there is no such folder, and the controls are ${names}`,
  )
}

function numberFrom(least = Number.NEGATIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isFinite(value) || value < least)
      throw new InvalidArgumentError(
        Number.isFinite(least) ? `It must be a number of at least ${least}.` : 'It must be a number.',
      )
    return value
  }
}

/** A table a mode: the policy first, then the controls. */
function describe(simulation: Simulation): string {
  const modes = Object.keys(simulation.mode) as Mode[]
  const rows: readonly (readonly [string, ModeMetrics])[] = [
    [simulation.policy, simulation.mode],
    ...Object.entries(simulation.controls).map(
      ([name, { knowsTruth, mode }]) => [knowsTruth ? `${name} (knows the truth)` : name, mode] as const,
    ),
  ]
  return [
    ...modes.flatMap((mode) => [
      modeTable(mode, rows),
      ...(simulation.protocol.leave.length > 0 && mode !== 'noRepeat10' ? ['', endingsTable(mode, rows)] : []),
      ...differenceLine(simulation, mode),
      '',
    ]),
    describeSimulation(simulation),
  ].join('\n')
}

function modeTable(mode: Mode, rows: readonly (readonly [string, ModeMetrics])[]): string {
  const measured = rows.flatMap(([name, { [mode]: figures }]) => (figures === undefined ? [] : [{ name, ...figures }]))
  const withMcd = measured.some(({ mcd }) => mcd !== undefined)
  const titles = ['R_tra', '±', 'R_each', 'length', 'coverage', ...(withMcd ? ['MCD'] : [])]
  return formatTable(
    [{ title: mode }, ...titles.map((title) => ({ title, align: 'right' as const }))],
    measured.map(({ name, rTra, rTraHalfWidth, rEach, length, coverage, mcd }) => [
      name,
      rTra.toFixed(2),
      Number.isFinite(rTraHalfWidth) ? rTraHalfWidth.toFixed(2) : '–',
      rEach.toFixed(4),
      length.toFixed(2),
      coverage.toFixed(3),
      ...(withMcd ? [mcd?.toFixed(3) ?? '–'] : []),
    ]),
  )
}

/** The other convention of length and return, and what ended the episodes. */
function endingsTable(mode: Mode, rows: readonly (readonly [string, ModeMetrics])[]): string {
  const measured = rows.flatMap(([name, { [mode]: figures }]) => (figures === undefined ? [] : [{ name, ...figures }]))
  const kinds = Object.keys(measured[0].endings) as (keyof (typeof measured)[number]['endings'])[]
  return formatTable(
    [
      { title: `${mode}, accepted` },
      ...['return', 'length', ...kinds].map((title) => ({ title, align: 'right' as const })),
    ],
    measured.map(({ name, returnAccepted, lengthAccepted, endings }) => [
      name,
      returnAccepted.toFixed(2),
      lengthAccepted.toFixed(2),
      ...kinds.map((kind) => String(endings[kind] ?? 0)),
    ]),
  )
}

function differenceLine({ policy, againstBestList }: Simulation, mode: Mode): string[] {
  const difference = againstBestList?.[mode]
  if (difference === undefined) return []
  const [mean, low, high] = [difference.mean, difference.low, difference.high].map(
    (n) => `${n < 0 ? '−' : '+'}${Math.abs(n).toFixed(2)}`,
  )
  return [`${policy} against ${YARDSTICK}: ${mean} (${low} to ${high})`]
}
