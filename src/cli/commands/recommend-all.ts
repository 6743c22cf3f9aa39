import { InvalidArgumentError } from 'commander'
import { TributaryError, unknownName } from '../../core/index.ts'
import type { Blend } from '../../evaluation/blend.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { type Share, writeLists } from '../../serving/batch/lists.ts'
import { openServed } from '../../serving/served.ts'
import { formatCount } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** What `recommend --all-users` needs, and nothing else has. */
export interface AllUsersOptions {
  readonly allUsers?: boolean
  readonly out?: string
  readonly reasons?: boolean
  readonly shardUsers?: number
  readonly shards?: Share
  readonly threads?: number
}

const SHARD_USERS = 10_000

/** Parses `--shards`. */
export function shareFrom(text: string): Share {
  const [, number = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number)
  if (number < 1 || number > of) throw new InvalidArgumentError('It must be such as 1/4, the first of four processes.')
  return { number, of }
}

/** Writes the lists of every user of the log. */
export async function recommendToAll(
  terminal: Terminal,
  folder: string,
  options: AllUsersOptions & {
    readonly domain?: readonly string[]
    readonly k: number
    readonly keepSeen?: boolean
    readonly dataset?: string
    readonly fallback: string
    readonly newUsers: string
  },
  blend: Blend,
): Promise<void> {
  const { out, k, shards: share, shardUsers = SHARD_USERS, threads = 1 } = options
  if (out === undefined)
    throw new TributaryError('bad-argument', '--all-users writes files; give --out, the folder that they go to')
  const opened = await openTrainedRun(folder, {
    threads,
    ...(options.dataset && { datasetFolder: options.dataset }),
  })
  const { dataset, model, spec } = opened
  const domains = options.domain === undefined ? [...dataset.domains] : [...new Set(options.domain)]
  for (const name of domains) if (!dataset.domains.includes(name)) throw unknownName('domain', name, dataset.domains)
  const served = await openServed(opened, { ...options, blend }, threads)
  const progress = terminal.progress(`lists of ${spec.name}`, 'users')
  const { shards, made, found, missing, rows } = await writeLists(
    opened,
    served,
    out,
    { domains, k, keepSeen: options.keepSeen === true, reasons: options.reasons === true, shardUsers },
    { share, signal: terminal.signal, onProgress: (done, total) => progress.update(done, total) },
  ).finally(() => progress.end())
  await Promise.all([model.dispose(), served.dispose()])
  const files = (count: number) => `${formatCount(count)} ${count === 1 ? 'file' : 'files'}`
  terminal.report(
    { out, model: spec.name, domains, k, users: dataset.users.size, shards, made, found, missing, rows },
    [
      `${out}: ${files(made)} made with ${formatCount(rows)} rows, ${formatCount(found)} there before`,
      missing === 0
        ? `all ${files(shards)} are there: lists of ${formatCount(dataset.users.size)} users in ${domains.join(', ')}`
        : `${formatCount(missing)} of ${files(shards)} are left to other processes`,
    ].join('\n'),
  )
}
