import { TributaryError } from '../../core/index.ts'
import { parseBlend } from '../../evaluation/blend.ts'
import type { Level, Logged, Target } from '../../ope/index.ts'
import { readLogOf } from '../../serving/logged/open.ts'
import type { LogRead } from '../../serving/logged/read.ts'
import { LEFT_OUT, type LeftOut } from '../../serving/logged/survey.ts'
import { parseReward } from '../../serving/rewards.ts'
import { formatCount } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { namedRun } from './serve.ts'
import { withStore } from './store.ts'

/** What is said of the lists of a store, beside the policies. */
export interface StoreLogOptions {
  readonly log: string
  readonly policy: readonly string[]
  readonly reward: string
  readonly per: string
  readonly level?: Level
  readonly since?: number
  readonly until?: number
  readonly placement?: string
  readonly runs?: string
  readonly logger: readonly string[]
  readonly fallback: string
  readonly newUsers: string
  readonly blend: string
  readonly threads: number
}

/** Whether a log is the lists of a store, and no table. */
export function isStore(log: string): boolean {
  return /^(sqlite:|postgres(ql)?:\/\/)/.test(log)
}

/** A log as it was read, from wherever. */
export interface ReadLog {
  readonly level?: Level | undefined
  readonly logged: Logged
  readonly targets: readonly Target[]
  /** What was read and what was not: of JSON, and in lines. */
  readonly told?: object | undefined
  readonly notes?: readonly string[] | undefined
}

export async function readStoreLog(terminal: Terminal, options: StoreLogOptions): Promise<ReadLog> {
  const { policy: policies, per, level, since, until, placement, runs, fallback, newUsers, threads } = options
  if (per !== 'domain' && per !== 'placement')
    throw new TributaryError(
      'bad-argument',
      `--per is '${per}', but the lists of a store are split by domain or placement`,
    )
  const reward = parseReward(options.reward)
  const loggers = options.logger.map(namedRun)
  const progress = terminal.progress('read', 'lists')
  const read = await withStore(options.log, (store) =>
    readLogOf(store, {
      policies,
      reward,
      per,
      level,
      since,
      until,
      placement,
      runs,
      loggers: loggers.map(({ folder }) => folder),
      named: new Map(loggers.flatMap(({ name, folder }) => (name === undefined ? [] : [[name, folder]]))),
      now: Date.now(),
      as: { fallback, newUsers, blend: parseBlend(options.blend), threads },
      onProgress: (done, total) => progress.update(done, total),
      signal: terminal.signal,
    }),
  ).finally(() => progress.end())
  const { logged, targets, lists, narrowed, leftOut, events } = read
  return { level: read.level, logged, targets, told: { lists, narrowed, leftOut, events }, notes: notesOf(read) }
}

function notesOf({ lists, narrowed, leftOut, events }: LogRead): readonly string[] {
  const { counted, late, unplaced } = events
  return [
    `${formatCount(lists)} lists with ${formatCount(counted)} rewards`,
    ...(narrowed > 0
      ? [
          `${formatCount(narrowed)} of the lists were narrowed by a catalogue or a filter: policies order what those were drawn of`,
        ]
      : []),
    ...[...leftOut].map(
      ([reason, count]) => `${formatCount(count)} lists left out: they ${LEFT_OUT[reason as LeftOut]}`,
    ),
    ...(late > 0 ? [`${formatCount(late)} events came after their time`] : []),
    ...(unplaced > 0 ? [`${formatCount(unplaced)} events name no item of the list that they came of`] : []),
  ]
}
