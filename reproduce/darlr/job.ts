// One training of reproduce/darlr.ts, or the controls: a run on disk that goes on where it was killed, and its result beside it.
import { mkdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Dataset, isPolicy, type Policy, type RewardMatrix, type TrainEvent } from '../../src/core/index.ts'
import { openDataset } from '../../src/data/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { mean } from '../../src/math/bootstrap.ts'
import { denseRewards } from '../../src/math/index.ts'
import { CONTROLS } from '../../src/registry.ts'
import {
  actionSpace,
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
import { openRun } from '../../src/runs/run.ts'
import { trainRun } from '../../src/runs/train.ts'
import type { Settings } from './settings.ts'

type EpochEvent = Extract<TrainEvent, { type: 'epoch' }>

const FOLDER = '.results/darlr'
/** As in the papers. */
const EPISODES_AN_EPOCH = 100
const SHRINKAGE = 5
/** The final simulation is the same for all methods and seeds. */
const FINAL_SEED = 1

export interface Job {
  readonly kind: 'world' | 'policy' | 'controls' | 'best' | 'estimates'
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
  /** The run of a world model in which a policy is simulated, too, when it has learned: what the log alone says of it. */
  readonly judge?: string
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
  /** Mean reward of the same episodes in the world of the judge. */
  readonly byLog?: number
}

export interface Result {
  readonly seed: number
  readonly set: Settings
  readonly epochs: readonly Epoch[]
  /** Of a policy. */
  readonly final?: Final
  /** By name; of `best`: `own`, `neighbors`, `list`; of `estimates`: `own`, `list`. */
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
  const judged =
    kind === 'policy' && isPolicy(trained) ? await finalOf(trained, job, environmentOf(opened, job)) : undefined
  const byLog = job.judge !== undefined && isPolicy(trained) ? await byTheLog(trained, job.judge, job) : undefined
  const final = judged && { ...judged, ...(byLog !== undefined && { byLog }) }
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

/** Mean reward of episodes in what a world model believes of the dataset's users. */
async function byTheLog(policy: Policy, judge: string, { finalEpisodes: episodes = 1000, finalUsers: users }: Job) {
  const { model, dataset } = await openTrainedRun(judge, { threads: 1 })
  const { rewards } = await model.can!.worldModel!()
  await model.dispose()
  const believed = believedEnvironment(dataset, rewards)
  const trajectories = await rollOut(policy, believed, { mode: 'noRepeat', episodes, users, seed: FINAL_SEED })
  return mean([...episodeRewards(trajectories)])
}

/** What the R that a run of darlr ended with allows: its best items for each user, and its one list for all, in the truth. */
async function estimatesResult(job: Job): Promise<Result> {
  const run = await openRun(job.set.run as string)
  const checkpoint = await run.loadCheckpoint()
  const dataset = await openDataset(job.dataset)
  const { users, items } = actionSpace(dataset)
  const values = checkpoint!.tensors.get('moments/shaper/rewards')!.data as Float32Array
  const controls = await listsOf(dataset, denseRewards({ users, items, values }), job)
  return { seed: job.seed, set: job.set, epochs: [], controls }
}

async function listsOf(dataset: Dataset, believed: RewardMatrix, job: Job) {
  const environment = environmentOf(dataset, job)
  const acting = (control: string) =>
    CONTROLS.find(({ name }) => name === control)!.create(believedEnvironment(dataset, believed), {
      shrinkage: SHRINKAGE,
    })
  return {
    own: await finalOf(acting('oracle'), job, environment),
    list: await finalOf(acting('hindsight-list'), job, environment),
  }
}

/** What the best policies of a world model earn in the truth, which are those that know what it believes: who learns in it perfectly can expect no more. */
async function bestResult(job: Job): Promise<Result> {
  const { worldModel, neighbors } = job.set as { readonly worldModel: string; readonly neighbors: number }
  const { model, dataset } = await openTrainedRun(worldModel, { threads: 1 })
  const { rewards } = await model.can!.worldModel!()
  await model.dispose()
  const averaged = neighborRewards(rewards, { neighbors, weighting: 'similarity' })
  const [{ own, list }, { own: byNeighbors }] = [
    await listsOf(dataset, rewards, job),
    await listsOf(dataset, averaged, job),
  ]
  const controls = { own, neighbors: byNeighbors, list }
  return { seed: job.seed, set: job.set, epochs: [], controls }
}

const MAKERS = {
  world: trainedResult,
  policy: trainedResult,
  controls: controlsResult,
  best: bestResult,
  estimates: estimatesResult,
} as const

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
