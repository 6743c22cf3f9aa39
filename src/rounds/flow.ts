import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { type ModelSpec, TributaryError } from '../core/index.ts'
import { type CommandJob, doJobs, idOf, type JobEngine } from '../jobs/index.ts'
import { begin, type TrainRunOptions } from '../runs/begin.ts'
import { createRun, openRun, type Run } from '../runs/run.ts'
import { type Division, progressOf } from './round.ts'

export interface RoundsPlan extends Omit<TrainRunOptions, 'checkpointSeconds' | 'warmStart' | 'simulation'> {
  readonly division: Division
  readonly engine: JobEngine
  /** What every job is given beside its own words, such as plug-ins. */
  readonly words?: readonly string[]
}

export type RoundsEvent =
  | { readonly type: 'round'; readonly epoch: number; readonly epochs: number; readonly line: Record<string, unknown> }
  /** So many shards of the round are trained. */
  | { readonly type: 'shards'; readonly trained: number; readonly shards: number; readonly epoch: number }

/**
 * Trains one model in rounds: the shards of each as jobs, and their mean as another. The bits hang on the number of shards, and not on who
 * trains them. Asked again, it goes on.
 * @throws TributaryError `not-supported` for a model that is not trained in epochs, `mismatch` when the folder holds another training,
 * `job-failed`, `interrupted`
 */
export async function* trainInRounds(plan: RoundsPlan): AsyncGenerator<RoundsEvent, Run> {
  const { out, engine, signal, division } = plan
  const run = await beginOrResume(plan)
  const epochs = Number(run.manifest.config.epochs.value)
  for (;;) {
    const { epoch, over } = await progressOf(out)
    if (over) return await openRun(out)
    const number = epoch / division.localEpochs
    const jobs = jobsOf(run, number, plan)
    let trained = 0
    const doing = doJobs(engine, jobs, signal)
    try {
      for (let step = await doing.next(); ; step = await doing.next()) {
        if (step.done) {
          refuseFailed(step.value, jobs)
          break
        }
        if (step.value?.state !== 'done' || trained === division.shards) continue
        yield { type: 'shards', trained: ++trained, shards: division.shards, epoch }
      }
    } finally {
      await doing.return(new Map())
    }
    const after = await progressOf(out)
    if (after.epoch === epoch && !after.over)
      throw new TributaryError(
        'job-failed',
        `round ${number} of ${out} was done and left no trace; the same command tries again`,
      )
    const line = (await (await openRun(out)).readMetrics()).at(-1) ?? {}
    if (after.epoch > epoch) yield { type: 'round', epoch: after.epoch, epochs, line }
  }
}

async function beginOrResume(plan: RoundsPlan): Promise<Run> {
  const { out, division, overwrite } = plan
  const isThere = (await stat(out).catch(() => undefined)) !== undefined
  if (isThere && plan.resume) {
    const run = await openRun(out)
    const there = run.manifest.rounds
    if (there?.shards !== division.shards || there.localEpochs !== division.localEpochs)
      throw new TributaryError(
        'mismatch',
        `${out} was begun ${there === undefined ? 'without shards' : `with --shards ${there.shards} --local-epochs ${there.localEpochs}`}; ask for the same, or choose another --out`,
      )
    return run
  }
  const { manifest, spec, config, model } = await begin(plan)
  await model.dispose()
  const why = undivided(spec, config)
  if (why !== undefined)
    throw new TributaryError('not-supported', `${spec.name} cannot be trained in shards: ${why}; leave out --shards`)
  const run = await createRun(out, { ...manifest, rounds: division }, { overwrite, inputs: [plan.datasetFolder] })
  await run.release()
  return run
}

/** Options under which a model is several trainings, or chooses on validation what the mean of shards would have to choose. */
const UNDIVIDED: Readonly<Record<string, string>> = {
  sequences: 'single',
  histories: 'both',
  memory: 'neighbors',
  branch: 'blend',
}

/** Why a training has no mean of shards; undefined where it has. */
function undivided(spec: ModelSpec, config: Readonly<Record<string, unknown>>): string | undefined {
  if (spec.undivided !== undefined) return spec.undivided
  if (spec.task === 'policy') return 'a policy learns by acting, not from rows of users'
  if (typeof config.epochs !== 'number') return 'it does not learn in epochs'
  const [option] = Object.entries(UNDIVIDED).find(([name, value]) => config[name] === value) ?? []
  return (
    option && `with ${option}=${config[option]} it is several trainings, or chooses by validation once it is trained`
  )
}

function jobsOf(run: Run, number: number, { division, out, threads = 1, words = [] }: RoundsPlan): CommandJob[] {
  const { config, dataset, split, seed, versions } = run.manifest
  const inputs = [resolve(out), dataset.hash, JSON.stringify([config, split, seed, division]), versions.tributary]
  const job = (name: string, argv: readonly string[], after: readonly string[]): CommandJob => {
    const all = ['round', out, '--number', String(number), ...argv, '--threads', String(threads), ...words]
    return { id: idOf(all, inputs), name, argv: all, cwd: process.cwd(), out, after, threads }
  }
  const shards = Array.from({ length: division.shards }, (_, shard) =>
    job(`round ${number}, shard ${shard}`, ['--shard', String(shard)], []),
  )
  return [
    ...shards,
    job(
      `round ${number}, mean`,
      [],
      shards.map(({ id }) => id),
    ),
  ]
}

function refuseFailed(failed: ReadonlyMap<string, string>, jobs: readonly CommandJob[]): void {
  const [first] = failed
  if (first === undefined) return
  const { name } = jobs.find(({ id }) => id === first[0])!
  throw new TributaryError('job-failed', `${name} failed: ${first[1]}; the same command goes on with --resume`)
}
