import { type Command, Option } from 'commander'
import { TributaryError, unknownName } from '../../core/index.ts'
import {
  type EngineName,
  isLasting,
  isOver,
  type JobState,
  type KeptJob,
  type LastingEngine,
} from '../../jobs/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { engineName, engineOf } from '../terminal/engine.ts'
import { formatTable } from '../terminal/table.ts'
import type { Terminal } from '../terminal/terminal.ts'

interface JobsOptions {
  readonly on: EngineName
}

const STATES: readonly JobState[] = ['waiting', 'running', 'done', 'failed', 'canceled']

const EXAMPLES = [
  'jobs list --on bullmq:redis://queue:6379 --state failed',
  'jobs watch --on slurm',
  'jobs cancel --all --on slurm',
  'jobs retry sasrec/seed3 --on bullmq:redis://queue:6379',
]

export function jobsCommand(): Command {
  return createCommand(
    'jobs',
    'look at the jobs that were given to workers or to a cluster, end them, try them again',
    EXAMPLES,
  )
    .addCommand(listCommand())
    .addCommand(watchCommand())
    .addCommand(cancelCommand())
    .addCommand(retryCommand())
}

function subcommand(name: string, summary: string, example: string): Command {
  return createCommand(name, summary, [example]).requiredOption(
    '--on <engine>',
    'who has them: bullmq:redis://HOST:PORT, bullmq:postgres://USER@HOST/DATABASE or slurm, from the folder that they were begun in',
    engineName,
  )
}

function listCommand(): Command {
  return subcommand('list', 'list all jobs, those that are over too, in the order in which they came', EXAMPLES[0])
    .addOption(new Option('--state <state>', 'those alone').choices(STATES))
    .action(
      withTerminal<[JobsOptions & { state?: JobState }]>(async (terminal, { on, state }) => {
        const all = await withEngine(on, terminal, (engine) => engine.list())
        const jobs = all.filter(({ last }) => state === undefined || last.state === state)
        terminal.report(
          { jobs: jobs.map(plain) },
          jobs.length === 0 ? 'no such job' : `${tableOf(jobs)}\n${countsOf(all)}`,
        )
      }),
    )
}

function watchCommand(): Command {
  return subcommand('watch', 'wait until jobs are over', EXAMPLES[1])
    .argument('[jobs...]', 'names or ids (default: all that are not over)')
    .action(
      withTerminal<[string[], JobsOptions]>(async (terminal, asked, { on }) => {
        const jobs = await withEngine(on, terminal, async (engine) => {
          const chosen = choose(await engine.list(), asked, ({ last }) => !isOver(last.state))
          await watch(terminal, engine, chosen)
          const ids = new Set(chosen.map(({ job }) => job.id))
          return (await engine.list()).filter(({ job }) => ids.has(job.id))
        })
        terminal.report(
          { jobs: jobs.map(plain) },
          jobs.length === 0 ? 'no job waits or runs' : `${tableOf(jobs)}\n${countsOf(jobs)}`,
        )
      }),
    )
}

function cancelCommand(): Command {
  return subcommand('cancel', 'end jobs; what they have done so far stays', EXAMPLES[2])
    .argument('[jobs...]', 'names or ids')
    .option('--all', 'all that are not over')
    .action(
      withTerminal<[string[], JobsOptions & { all?: boolean }]>(async (terminal, asked, { on, all }) => {
        refuseBoth(asked, all, 'end')
        const ended = await withEngine(on, terminal, async (engine) => {
          const chosen = choose(await engine.list(), asked, ({ last }) => !isOver(last.state))
          await engine.cancel(chosen.map(({ job }) => job.id))
          return chosen
        })
        terminal.report({ canceled: ended.map(({ job }) => job.id) }, `${ended.length} jobs are asked to end`)
      }),
    )
}

function retryCommand(): Command {
  return subcommand('retry', 'try jobs again that failed or were ended; they go on where they stopped', EXAMPLES[3])
    .argument('[jobs...]', 'names or ids')
    .option('--all', 'all that failed or were ended')
    .action(
      withTerminal<[string[], JobsOptions & { all?: boolean }]>(async (terminal, asked, { on, all }) => {
        refuseBoth(asked, all, 'try again')
        const retried = await withEngine(on, terminal, async (engine) => {
          const kept = await engine.list()
          const chosen = choose(kept, asked, ({ last }) => last.state === 'failed' || last.state === 'canceled')
          await engine.submit(withNeeds(chosen, kept))
          return chosen
        })
        terminal.report({ retried: retried.map(({ job }) => job.id) }, `${retried.length} jobs wait again`)
      }),
    )
}

function refuseBoth(asked: readonly string[], all: boolean | undefined, verb: string): void {
  if (asked.length > 0 === (all === true))
    throw new TributaryError(
      'bad-argument',
      `say which jobs to ${verb}: names or ids as \`jobs list\` shows them, or --all`,
    )
}

async function withEngine<T>(
  name: EngineName,
  terminal: Terminal,
  use: (engine: LastingEngine) => Promise<T>,
): Promise<T> {
  const engine = await engineOf(name, terminal)
  try {
    if (!isLasting(engine))
      throw new TributaryError(
        'bad-argument',
        `the jobs of ${engine.name} are of the command that began them, and end with it; name a queue or slurm`,
      )
    return await use(engine)
  } finally {
    await engine.close()
  }
}

/**
 * Those of the names or ids; without any, those that `usual` says.
 * @throws TributaryError `unknown-name`
 */
function choose(
  kept: readonly KeptJob[],
  asked: readonly string[],
  usual: (job: KeptJob) => boolean,
): readonly KeptJob[] {
  if (asked.length === 0) return kept.filter(usual)
  const isNamed = ({ job }: KeptJob, word: string) => job.name === word || job.id === word || shortId(job.id) === word
  for (const word of asked)
    if (!kept.some((one) => isNamed(one, word)))
      throw unknownName('job', word, [...new Set(kept.map(({ job }) => job.name))])
  return kept.filter((one) => asked.some((word) => isNamed(one, word)))
}

/** What a job needs is tried again with it, where it is not done. */
function withNeeds(chosen: readonly KeptJob[], kept: readonly KeptJob[]): KeptJob['job'][] {
  const byId = new Map(kept.map((one) => [one.job.id, one]))
  const all = new Map<string, KeptJob['job']>()
  const add = ({ job }: KeptJob) => {
    const open = (job.after ?? []).filter((id) => byId.has(id) && byId.get(id)!.last.state !== 'done')
    for (const id of open) add(byId.get(id)!)
    all.set(job.id, { ...job, after: open })
  }
  for (const one of chosen) add(one)
  return [...all.values()]
}

async function watch(terminal: Terminal, engine: LastingEngine, jobs: readonly KeptJob[]): Promise<void> {
  const names = new Map(jobs.map(({ job }) => [job.id, job.name]))
  const progress = terminal.progress(`jobs on ${engine.name}`, 'jobs')
  let over = 0
  try {
    for await (const { id, state, worker, reason } of engine.watch([...names.keys()], terminal.signal)) {
      if (isOver(state)) over++
      if (state !== 'waiting')
        progress.line([names.get(id), state, worker && `on ${worker}`, reason].filter(Boolean).join(' '))
      progress.update(over, jobs.length)
    }
  } finally {
    progress.end()
  }
}

function shortId(id: string): string {
  return id.slice(0, 8)
}

function plain({ job, last }: KeptJob) {
  const { id, name, argv, cwd, out, after = [] } = job
  return { ...last, id, name, out, argv, cwd, after }
}

function tableOf(jobs: readonly KeptJob[]): string {
  const columns = ['id', 'job', 'state', 'where', 'into', 'why'].map((title) => ({ title }))
  return formatTable(
    columns,
    jobs.map(({ job, last }) => [shortId(job.id), job.name, last.state, last.worker ?? '', job.out, last.reason ?? '']),
  )
}

function countsOf(jobs: readonly KeptJob[]): string {
  const counts = STATES.map((state) => [jobs.filter(({ last }) => last.state === state).length, state] as const)
  return counts
    .filter(([count]) => count > 0)
    .map((pair) => pair.join(' '))
    .join(', ')
}
