import { type Command, InvalidArgumentError } from 'commander'
import { TributaryError } from '../../core/index.ts'
import type { CommandJob, EngineName } from '../../jobs/index.ts'
import { TRIBUTARY_VERSION } from '../../runs/versions.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { engineName, thisProgram } from '../terminal/engine.ts'
import { integerFrom } from '../terminal/options.ts'

interface WorkerCommandOptions {
  readonly on?: Extract<EngineName, { kind: 'bullmq' }>
  readonly job?: string
  readonly workers: number
  readonly lease: number
  readonly untilEmpty?: boolean
}

export function workerCommand(): Command {
  return createCommand('worker', 'do jobs that other commands hand over with --on bullmq:…', [
    'worker --on bullmq:redis://queue:6379',
    'worker --on bullmq:postgres://me@db/jobs --workers 4',
    'worker --on bullmq:redis://localhost --until-empty',
  ])
    .option('--on <engine>', 'the queue: bullmq:redis://HOST:PORT or bullmq:postgres://USER@HOST/DATABASE', queueName)
    .option('--workers <n>', 'so many jobs at once, each in a process of its own', integerFrom(1), 1)
    .option(
      '--lease <seconds>',
      'a job of a worker of which nothing was heard for so long is given to another',
      integerFrom(2),
      30,
    )
    .option('--job <file>', 'do the one job of a file, as Slurm asks for it')
    .option('--until-empty', 'end when no job waits (default: wait for more)')
    .action(
      withTerminal<[WorkerCommandOptions]>(async (terminal, { on, job, workers, lease, untilEmpty }) => {
        const shared = { program: thisProgram(), version: TRIBUTARY_VERSION, signal: terminal.signal }
        if (job !== undefined) {
          await (await import('../../jobs/slurm/task.ts')).doTask(job, shared)
          return terminal.report({ job }, `done: ${job}`)
        }
        if (on === undefined)
          throw new TributaryError('bad-argument', 'a worker takes jobs from a queue; name it with --on bullmq:URL')
        const { work } = await import('../../jobs/bullmq/worker.ts')
        const did = await work({
          ...{ url: on.url, workers, leaseSeconds: lease, untilEmpty: untilEmpty === true },
          ...shared,
          tell(event) {
            if (event.type === 'ready') terminal.note(`${event.worker} takes jobs from ${event.queue}; Ctrl-C ends it`)
            else if (event.type === 'trouble') terminal.note(`the queue: ${event.reason}; trying again`)
            else terminal.note(`${event.job.name}: ${saidOf(event)}`)
          },
        })
        terminal.report(did, `${did.done} done, ${did.failed} failed, ${did.returned} given back`)
      }),
    )
}

function saidOf(event: { readonly type: string; readonly job: CommandJob; readonly reason?: string }): string {
  if (event.type === 'begun') return `begun, into ${event.job.out}`
  if (event.type === 'returned') return 'stopped, another worker goes on with it'
  return event.reason === undefined ? 'done' : `failed: ${event.reason}`
}

function queueName(text: string): EngineName {
  const name = engineName(text)
  if (name.kind === 'bullmq') return name
  throw new InvalidArgumentError(
    `Workers take jobs from a queue, and ${name.kind} has none; write bullmq:redis://HOST:PORT or bullmq:postgres://USER@HOST/DATABASE.`,
  )
}
