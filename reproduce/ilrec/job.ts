// One training of reproduce/ilrec.ts, or a control, and what is kept of it.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type Demonstrations, type Model, type Policy, parseConfig } from '../../src/core/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { mean } from '../../src/math/index.ts'
import { CONTROLS, findModel } from '../../src/registry.ts'
import {
  actingModel,
  bindDemonstrations,
  createEnvironment,
  type DemonstrationStep,
  type EpisodeMetrics,
  episodeMetrics,
  type JudgingEnvironment,
  parseLeaveRule,
  rollOut,
} from '../../src/rl/index.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import { readResults } from '../shared/jobs.ts'
import type { Method } from './methods.ts'
import type { World } from './worlds.ts'

export const FOLDER = '.results/ilrec'
/** Of each user of the test, the same for all methods. */
const EPISODES_A_USER = 5
const MAX_LENGTH = 100
const SHRINKAGE = 5

export interface Cell {
  readonly world: string
  readonly split: number
  readonly seed: number
}

export interface Played {
  readonly metrics: Pick<EpisodeMetrics, 'rTra' | 'returnAccepted' | 'length'>
  /** Mean return of the episodes of each user, in the order of `users`: with the last step, and accepted steps alone. */
  readonly returnAll: readonly number[]
  readonly returnAcc: readonly number[]
}

export interface Result {
  readonly seconds: number
  readonly users: readonly string[]
  /** Where items may be repeated, and where none is recommended twice. */
  readonly free: Played
  readonly noRepeat: Played
}

const slug = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')
const fileOf = ({ label }: Method, { world, split, seed }: Cell) =>
  join(FOLDER, world, slug(label), `split${split}-seed${seed}.json`)

export const isDone = (method: Method, cell: Cell) => existsSync(fileOf(method, cell))
export const resultOf = async (method: Method, cell: Cell): Promise<Result | undefined> =>
  (await readResults<Result>([fileOf(method, cell)]))[0]

export async function run(method: Method, cell: Cell, world: World): Promise<void> {
  const started = performance.now()
  try {
    const environment = createEnvironment(
      { ...world.dataset, truth: world.truth },
      { leave: world.leave.map(parseLeaveRule), maxLength: MAX_LENGTH },
    )
    const [free, noRepeat] =
      method.control === 'demonstrator'
        ? await demonstratedBy(world)
        : await playedBy(await policyOf(method, cell, world, environment), environment, world, cell)
    const users = Array.from(world.users, (user) => world.dataset.users.name(user))
    const result: Result = { seconds: (performance.now() - started) / 1000, users, free, noRepeat }
    await mkdir(dirname(fileOf(method, cell)), { recursive: true })
    await writeFileAtomic(fileOf(method, cell), `${JSON.stringify(result)}\n`)
    const say = ({ metrics }: Played) => `${metrics.length.toFixed(1)} turns ${metrics.rTra.toFixed(1)}`
    console.log(`${fileOf(method, cell)}: ${say(free)}, no repeats ${say(noRepeat)}, ${result.seconds.toFixed(0)} s`)
  } catch (error) {
    // One that fails must not take hours of the others with it.
    console.error(`${fileOf(method, cell)} failed: ${error instanceof Error ? error.message : error}`)
    process.exitCode = 1
  }
}

interface Acting {
  readonly policy: Policy
  dispose(): Promise<void>
}

async function playedBy(
  { policy, dispose }: Acting,
  environment: JudgingEnvironment,
  { users }: World,
  { seed }: Cell,
): Promise<[Played, Played]> {
  const free = await play(policy, environment, 'free', users, seed)
  const noRepeat = await play(policy, environment, 'noRepeat', users, seed)
  await dispose()
  return [free, noRepeat]
}

/** Nothing keeps a demonstrator from repeating itself. */
async function demonstratedBy({ demonstrator, dataset, users }: World): Promise<[Played, Played]> {
  const steps = (await demonstrator?.()) ?? []
  const byUser = new Map<string, DemonstrationStep[]>()
  for (const step of steps) byUser.set(step.user, [...(byUser.get(step.user) ?? []), step])
  const means = (counts: (step: DemonstrationStep) => number) =>
    Array.from(users, (user) => {
      const own = byUser.get(dataset.users.name(user)) ?? []
      const episodes = new Set(own.map(({ episode }) => episode)).size
      return own.reduce((sum, step) => sum + counts(step), 0) / Math.max(1, episodes)
    })
  const returnAll = means(({ reward }) => reward)
  const returnAcc = means(({ reward, terminal }) => (terminal ? 0 : reward))
  const length = mean(means(() => 1))
  const played = { metrics: { rTra: mean(returnAll), returnAccepted: mean(returnAcc), length }, returnAll, returnAcc }
  return [played, played]
}

async function policyOf(
  { control, model: name, set = {}, acts = false, shown }: Method,
  { seed }: Cell,
  world: World,
  environment: JudgingEnvironment,
): Promise<Acting> {
  const nothing = async () => {}
  if (control === 'world') return { policy: actingModel(world.world, 'greedy'), dispose: nothing }
  if (control !== undefined) {
    const found = CONTROLS.find(({ name }) => name === control)!
    return { policy: found.create(environment, { shrinkage: SHRINKAGE }), dispose: nothing }
  }
  const spec = findModel(name!)
  const options = Object.keys(spec.config.shape)
  const told = {
    ...(acts && { worldModel: 'world', leave: world.believedLeave, maxLength: MAX_LENGTH }),
    ...(options.includes('demonstrations') && shown !== 0 && { demonstrations: 'shown' }),
    ...(shown !== undefined && shown > 0 && { demonstrationEpisodes: shown }),
  }
  const { config } = parseConfig(spec, { ...told, ...set })
  const { dataset, split } = world
  const { model, events } = startTraining({
    ...{ spec, config, dataset, split, seed, threads: 1 },
    // It is asked and not changed, and others need it.
    openRun: async () => ({ ...world.world, dispose: nothing }) as Model,
    openDemonstrations: async () => paidDemonstrations(world),
  })
  for await (const _ of events);
  return { policy: actingModel(model), dispose: () => model.dispose() }
}

/** What a user who left would have paid is what the world model believes, as the released program has it of all steps. */
async function paidDemonstrations({ demonstrations, dataset, world }: World): Promise<Demonstrations> {
  const bound = bindDemonstrations(demonstrations, dataset)
  const { rewards } = await world.can!.worldModel!()
  const rowOf = new Map(Array.from(rewards.users, (user, row) => [user, row]))
  const columnOf = new Map(Array.from(rewards.items, (item, column) => [item, column]))
  const believed = (row: number) => rewards.at(rowOf.get(bound.users[row])!, columnOf.get(bound.items[row])!)
  return {
    ...bound,
    rewards: bound.rewards.map((reward, row) => (Number.isNaN(reward) ? believed(row) : reward)),
  }
}

async function play(
  policy: Policy,
  environment: JudgingEnvironment,
  mode: 'free' | 'noRepeat',
  who: Int32Array,
  seed: number,
): Promise<Played> {
  const users = who.length
  const episodes = users * EPISODES_A_USER
  const trajectories = await rollOut(policy, environment, { mode, episodes, seed, users: who })
  const { lengths, rewards, endings, maxLength } = trajectories
  const means = (counted: (episode: number) => number) => {
    const sums = new Array<number>(users).fill(0)
    for (let e = 0; e < episodes; e++)
      for (let t = 0; t < counted(e); t++) sums[e % users] += rewards[e * maxLength + t] / EPISODES_A_USER
    return sums.map((sum) => Number(sum.toPrecision(8)))
  }
  return {
    metrics: episodeMetrics(trajectories, environment),
    returnAll: means((e) => lengths[e]),
    returnAcc: means((e) => (endings[e] === -1 ? lengths[e] : lengths[e] - 1)),
  }
}
