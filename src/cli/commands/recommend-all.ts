import { resolve } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { TributaryError, unknownName } from '../../core/index.ts'
import type { Blend } from '../../evaluation/blend.ts'
import { outcomeOf } from '../../experiments/index.ts'
import { doJobs, type EngineName, idOf } from '../../jobs/index.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { TRIBUTARY_VERSION } from '../../runs/versions.ts'
import { beginLists, type Share, writeLists } from '../../serving/batch/lists.ts'
import { openServed } from '../../serving/served.ts'
import { engineOf, sharedWords } from '../terminal/engine.ts'
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
  readonly on?: EngineName
}

const SHARD_USERS = 10_000
/** Each opens the dataset and the model once. */
const MOST_JOBS = 64

/** Parses `--shards`. */
export function shareFrom(text: string): Share {
  const [, number = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number)
  if (number < 1 || number > of) throw new InvalidArgumentError('It must be such as 1/4, the first of four processes.')
  return { number, of }
}

interface ListsOptions extends AllUsersOptions {
  readonly domain?: readonly string[]
  readonly k: number
  readonly keepSeen?: boolean
  readonly dataset?: string
  readonly fallback: string
  readonly newUsers: string
  readonly blend: string
}

/** Writes the lists of every user of the log. */
export async function recommendToAll(
  terminal: Terminal,
  folder: string,
  options: ListsOptions,
  blend: Blend,
): Promise<void> {
  const { out, k, shards: share, shardUsers = SHARD_USERS, threads = 1 } = options
  if (out === undefined)
    throw new TributaryError('bad-argument', '--all-users writes files; give --out, the folder that they go to')
  if (share !== undefined && options.on !== undefined)
    throw new TributaryError(
      'bad-argument',
      '--shards makes a share of the lists here, and --on has all shares made; give one of them',
    )
  const opened = await openTrainedRun(folder, {
    threads,
    ...(options.dataset && { datasetFolder: options.dataset }),
  })
  const { dataset, model, spec } = opened
  const domains = options.domain === undefined ? [...dataset.domains] : [...new Set(options.domain)]
  for (const name of domains) if (!dataset.domains.includes(name)) throw unknownName('domain', name, dataset.domains)
  const served = await openServed(opened, { ...options, blend }, threads)
  const wanted = { domains, k, keepSeen: options.keepSeen === true, reasons: options.reasons === true, shardUsers }
  if (options.on !== undefined) {
    const absent = await beginLists(opened, served, out, wanted)
    const inputs = [resolve(out), opened.run.manifest.weightsHash ?? '', dataset.hash, TRIBUTARY_VERSION]
    await listsElsewhere(terminal, options.on, listsWords(folder, options), { out, absent, inputs, threads })
  }
  const progress = terminal.progress(`lists of ${spec.name}`, 'users')
  const { shards, made, found, missing, rows } = await writeLists(opened, served, out, wanted, {
    ...{ share, signal: terminal.signal },
    onProgress: (done, total) => progress.update(done, total),
  }).finally(() => progress.end())
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

/** The command of a process that makes a share of the lists, without its share. */
function listsWords(folder: string, options: ListsOptions): string[] {
  const { domain = [], k, out, dataset, fallback, newUsers, blend, keepSeen, reasons, shardUsers, threads } = options
  return [
    ...['recommend', folder, '--all-users', '--out', out!, '-k', String(k), '--json'],
    ...domain.flatMap((name) => ['--domain', name]),
    ...['--fallback', fallback, '--new-users', newUsers, '--blend', blend],
    ...(dataset === undefined ? [] : ['--dataset', dataset]),
    ...(shardUsers === undefined ? [] : ['--shard-users', String(shardUsers)]),
    ...(threads === undefined ? [] : ['--threads', String(threads)]),
    ...(keepSeen ? ['--keep-seen'] : []),
    ...(reasons ? ['--reasons'] : []),
    ...sharedWords(),
  ]
}

/** @throws TributaryError `job-failed` where a share was not made, `interrupted` */
async function listsElsewhere(
  terminal: Terminal,
  name: EngineName,
  words: readonly string[],
  {
    out,
    absent,
    inputs,
    threads,
  }: { readonly out: string; readonly absent: number; readonly inputs: readonly string[]; readonly threads: number },
): Promise<void> {
  const count = Math.min(absent, MOST_JOBS)
  const jobs = Array.from({ length: count }, (_, n) => {
    const argv = [...words, '--shards', `${n + 1}/${count}`]
    return { id: idOf(argv, inputs), name: `lists ${n + 1}/${count}`, argv, cwd: process.cwd(), out, threads }
  })
  const engine = await engineOf(name, terminal)
  const progress = terminal.progress(`lists on ${engine.name}`, 'shares')
  let done = 0
  try {
    const failed = await outcomeOf(doJobs(engine, jobs, terminal.signal), (event) => {
      if (event?.state === 'done') done++
      progress.update(done, count)
    })
    const [first] = failed
    if (first !== undefined)
      throw new TributaryError(
        'job-failed',
        `${failed.size} of ${count} shares of the lists were not made; the first: ${first[1]}; the same command goes on`,
      )
  } finally {
    progress.end()
    await engine.close()
  }
}
