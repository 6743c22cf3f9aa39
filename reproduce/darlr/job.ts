// One training of reproduce/darlr.ts, or the controls: a run on disk that goes on where it was killed, and its result beside it.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isPolicy, type Policy, type TrainEvent } from '../../src/core/index.ts'
import { openDataset } from '../../src/data/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { CONTROLS } from '../../src/registry.ts'
import {
  believedEnvironment,
  createEnvironment,
  dominatedItems,
  type Environment,
  type EpisodeMetrics,
  episodeMetrics,
  episodeRewards,
  neighborRewards,
  parseLeaveRule,
  rollOut,
  type Users,
} from '../../src/rl/index.ts'
import { openTrainedRun } from '../../src/runs/open.ts'
import { trainRun } from '../../src/runs/train.ts'
import type { Settings } from './methods.ts'

type EpochEvent = Extract<TrainEvent, { type: 'epoch' }>

const FOLDER = '.results/darlr'
/** As in the papers. */
const EPISODES_AN_EPOCH = 100
const SHRINKAGE = 5
/** The final simulation is the same for all methods and seeds. */
const FINAL_SEED = 1

export interface Job {
  readonly kind: 'world' | 'policy' | 'controls' | 'best'
  /** Its place below FOLDER. */
  readonly out: string
  /** The dataset folder. */
  readonly dataset: string
  readonly model: string
  readonly set: Settings
  readonly seed: number
  readonly leave?: readonly string[]
  readonly finalEpisodes?: number
  readonly finalUsers?: Users
}

export type Figures = Readonly<Record<string, number>>

export interface Epoch {
  readonly epoch: number
  readonly seconds: number
  /** What its training says of itself. */
  readonly losses: Figures
  /** What the policy earned after it, in 100 episodes. */
  readonly mode: Readonly<Record<string, Figures>>
}

/** What a policy earned in the last simulation, mode noRepeat. */
export interface Final extends EpisodeMetrics {
  /** User of each episode. */
  readonly users: readonly number[]
  /** What each episode paid, and what it pays where a sampling policy takes its best item instead. */
  readonly rewards: readonly number[]
  readonly greedy?: readonly number[]
}

export interface Result {
  readonly seed: number
  readonly set: Settings
  readonly epochs: readonly Epoch[]
  /** Of a policy. */
  readonly final?: Final
  /** By name; of `best`: `own`, `neighbors`, `list`. */
  readonly controls?: Readonly<Record<string, Final>>
}

export const runFolder = ({ out }: Pick<Job, 'out'>) => join(FOLDER, out, 'run')
export const resultFile = ({ out }: Pick<Job, 'out'>) => join(FOLDER, out, 'result.json')

/** The result of a job; undefined while there is none, or one of other settings. */
export async function readResult(job: Job): Promise<Result | undefined> {
  const text = await readFile(resultFile(job), 'utf8').catch(() => undefined)
  if (text === undefined) return undefined
  const result = JSON.parse(text) as Result
  return sameSettings(result.set, job.set) ? result : undefined
}

const sameSettings = (a: Settings, b: Settings) => JSON.stringify(a) === JSON.stringify(b)

export async function runJob(job: Job): Promise<void> {
  const folder = dirname(resultFile(job))
  await mkdir(folder, { recursive: true })
  // A run begun with other settings cannot go on with these.
  const begun = join(folder, 'settings.json')
  const before = await readFile(begun, 'utf8').catch(() => '')
  if (before !== JSON.stringify(job.set)) await rm(runFolder(job), { recursive: true, force: true })
  await writeFileAtomic(begun, JSON.stringify(job.set))
  const result = await MAKERS[job.kind](job)
  await writeFileAtomic(resultFile(job), `${JSON.stringify(result)}\n`)
}

async function trainedResult(job: Job): Promise<Result> {
  const { kind, dataset, model, set, seed, leave = [] } = job
  const training = trainRun({
    model,
    overrides: set,
    datasetFolder: dataset,
    out: runFolder(job),
    seed,
    threads: 1,
    resume: true,
    checkpointSeconds: 30,
    ...(kind === 'policy' && { simulation: { every: 1, episodes: EPISODES_AN_EPOCH, leave } }),
  })
  let next = await training.next()
  while (!next.done) next = await training.next()
  const { run, model: trained, dataset: opened } = next.value
  const epochs = (await run.readMetrics()) as unknown as readonly EpochEvent[]
  const final =
    kind === 'policy' && isPolicy(trained) ? await finalOf(trained, job, environmentOf(opened, job)) : undefined
  await trained.dispose()
  return {
    seed,
    set,
    epochs: epochs.map(({ epoch, seconds, losses, simulation = {} }) => ({ epoch, seconds, losses, mode: simulation })),
    ...(final && { final }),
  }
}

async function controlsResult(job: Job): Promise<Result> {
  const environment = environmentOf(await openDataset(job.dataset), job)
  const controls: Record<string, Final> = {}
  for (const { name, create } of CONTROLS)
    controls[name] = await finalOf(create(environment, { shrinkage: SHRINKAGE }), job, environment)
  return { seed: job.seed, set: {}, epochs: [], controls }
}

/** What the best policies of a world model earn in the truth, which are those that know what it believes: who learns in it perfectly can expect no more. */
async function bestResult(job: Job): Promise<Result> {
  const { worldModel, neighbors } = job.set as { readonly worldModel: string; readonly neighbors: number }
  const { model, dataset } = await openTrainedRun(worldModel, { threads: 1 })
  const { rewards } = await model.can!.worldModel!()
  await model.dispose()
  const environment = environmentOf(dataset, job)
  const controls: Record<string, Final> = {}
  for (const [name, control, believed] of [
    ['own', 'oracle', rewards],
    ['neighbors', 'oracle', neighborRewards(rewards, { neighbors, weighting: 'similarity' })],
    ['list', 'hindsight-list', rewards],
  ] as const) {
    const { create } = CONTROLS.find((one) => one.name === control)!
    const policy = create(believedEnvironment(dataset, believed), { shrinkage: SHRINKAGE })
    controls[name] = await finalOf(policy, job, environment)
  }
  return { seed: job.seed, set: job.set, epochs: [], controls }
}

const MAKERS = { world: trainedResult, policy: trainedResult, controls: controlsResult, best: bestResult } as const

const environmentOf = (dataset: Parameters<typeof createEnvironment>[0], { leave = [] }: Job) =>
  createEnvironment(dataset, { leave: leave.map(parseLeaveRule) })

async function finalOf(policy: Policy, job: Job, environment: Environment): Promise<Final> {
  const { finalEpisodes: episodes = 1000, finalUsers: users } = job
  const run = (acting: Policy) => rollOut(acting, environment, { mode: 'noRepeat', episodes, users, seed: FINAL_SEED })
  const trajectories = await run(policy)
  const greedy =
    policy.acting === 'greedy'
      ? undefined
      : await run({ ...policy, acting: 'greedy', score: (queries, range) => policy.score(queries, range) })
  return {
    ...episodeMetrics(trajectories, environment, dominatedItems(environment)),
    users: [...trajectories.users],
    rewards: [...episodeRewards(trajectories)],
    ...(greedy && { greedy: [...episodeRewards(greedy)] }),
  }
}
