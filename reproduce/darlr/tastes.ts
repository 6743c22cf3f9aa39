// What policies keep of what their world model knows: `npx tsx reproduce/darlr/tastes.ts --help` says how.
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openCoat } from '../../bench/a2c/coat.ts'
import { tasteWorld } from '../../src/contract/taste-world.ts'
import type { World } from '../../src/contract/worlds.ts'
import { parseConfig } from '../../src/core/config.ts'
import { isPolicy, type Model, type Policy, type RewardMatrix, TributaryError } from '../../src/core/index.ts'
import { splitDataset } from '../../src/data/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { type Interval, mean, pairedBootstrapOverSeeds, standardDeviation } from '../../src/math/bootstrap.ts'
import { CONTROLS, findModel } from '../../src/registry.ts'
import { believedEnvironment, createEnvironment, episodeRewards, rollOut } from '../../src/rl/index.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import { readOptions, someOf, unlessNo, whole } from '../shared/command.ts'
import { table, wrapped } from '../shared/markdown.ts'
import { OURS } from './methods.ts'
import { CHOSEN_WORLD, type Settings } from './settings.ts'
import { intervalText } from './text.ts'

const FOLDER = '.results/tastes'
const PAGE = 'docs/results/worlds.md'
/** Settings were chosen with seeds below. */
const FIRST_SEED = 11
const EPISODES_A_USER = 5
const SHRINKAGE = 5

const PLACES = ['planted', 'coat'] as const
type Place = (typeof PLACES)[number]
const WORLDS: Readonly<Record<string, { readonly model: string; readonly set: Settings }>> = {
  als: { model: 'als', set: {} },
  blend: { model: 'world-blend', set: {} },
  deepfm: { model: 'world-model', set: CHOSEN_WORLD },
}
/** docs/policies/a2c.md, "A world that knows tastes"; the cheapest tracker, since nothing is learned of an episode. */
const RECIPE: Settings = { sharpness: 20, repeats: false, gamma: 0, tracker: 'average', epochs: 5 }
const POLICIES: Readonly<Record<string, { readonly model: string; readonly set: Settings }>> = {
  mbpo: { model: 'mbpo', set: RECIPE },
  mopo: { model: 'mopo', set: RECIPE },
  roler: { model: 'roler', set: RECIPE },
  darlr: { model: 'darlr', set: RECIPE },
  'mbpo, learned': {
    model: 'mbpo',
    set: { ...OURS, head: 'dot', hidden: [], learningRate: 0.01, epochs: 10 },
  },
}
const BEST = 'best items'

/** What each episode paid, the users in turn. */
type Rewards = readonly number[]

async function main(): Promise<void> {
  const options = readOptions({
    script: 'darlr/tastes.ts',
    does: `Policies in a world model that tells users apart (als), and in the DeepFM ensemble chosen on held-out rows, beside the best fixed list and what the world's own
      best items earn: on Coat, and in a planted world of rank 4 (300 users x 100 items, 24 noisy rows a user) whose oracle is known. A killed run goes on.`,
    results: `what each episode paid in ${FOLDER}; the tables are printed and written to ${PAGE}.`,
    options: {
      seeds: whole(`seeds ${FIRST_SEED} to ${FIRST_SEED} + N - 1`, 5),
      places: someOf('where', PLACES),
      worlds: someOf('world models', Object.keys(WORLDS)),
      only: someOf('policies', Object.keys(POLICIES)),
      write: unlessNo('print only'),
    },
  })
  const seeds = Array.from({ length: options.seeds }, (_, i) => FIRST_SEED + i)
  const sections: string[] = []
  const worlds = new Map<Place, World>()
  for (const place of options.places) worlds.set(place, await worldOf(place))
  // Seed by seed, so that a killed run leaves whole ones.
  for (const seed of seeds)
    for (const name of options.worlds)
      for (const [place, world] of worlds) await resultsOf(place, world, name, options.only, seed)
  for (const [place, world] of worlds) {
    const controls = new Map<string, Rewards>()
    for (const { name, create } of CONTROLS)
      controls.set(name, await earned(create(environmentOf(world), { shrinkage: SHRINKAGE }), world))
    const found = new Map<string, Map<string, Rewards[]>>()
    for (const name of options.worlds) {
      const rows = new Map<string, Rewards[]>([BEST, ...options.only].map((policy) => [policy, []]))
      for (const seed of seeds)
        for (const [policy, rewards] of await resultsOf(place, world, name, options.only, seed))
          rows.get(policy)!.push(rewards)
      found.set(name, rows)
    }
    sections.push(sectionOf(place, controls, found))
    console.log(sections.at(-1))
  }
  if (options.write) await writeFileAtomic(PAGE, `${wrapped([heading(seeds), ...sections].join('\n\n'))}\n`)
}

async function worldOf(place: Place): Promise<World> {
  if (place === 'planted') return tasteWorld({ seed: FIRST_SEED, users: 300, items: 100, rank: 4, rows: 24, noise: 1 })
  const dataset = await openCoat('.results/datasets')
  return { dataset, split: splitDataset(dataset, 'column') }
}

const environmentOf = ({ dataset }: World) => createEnvironment(dataset)

async function earned(policy: Policy, world: World): Promise<Rewards> {
  const environment = environmentOf(world)
  const episodes = EPISODES_A_USER * environment.rewards.users.length
  const options = { mode: 'noRepeat', episodes, users: 'in-turn', seed: 1 } as const
  return [...episodeRewards(await rollOut(policy, environment, options))]
}

/** Of the world's best items and of policies in it; what is there already is read. */
async function resultsOf(place: Place, world: World, name: string, policies: readonly string[], seed: number) {
  const results = new Map<string, Rewards>()
  let opened: Model | undefined
  const open = async () => {
    opened ??= await trained(WORLDS[name], world, seed)
    return opened
  }
  for (const policy of [BEST, ...policies]) {
    const file = join(FOLDER, place, name, `${policy.replaceAll(/\W+/g, '-')}-${seed}.json`)
    const set = policy === BEST ? WORLDS[name].set : POLICIES[policy].set
    const known = existsSync(file) ? JSON.parse(await readFile(file, 'utf8')) : undefined
    if (known !== undefined && JSON.stringify(known.set) === JSON.stringify(set)) {
      results.set(policy, known.rewards)
      continue
    }
    const believing = await open()
    const rewards =
      policy === BEST
        ? await bestItems((await believing.can!.worldModel!()).rewards, world)
        : await learned(POLICIES[policy], world, seed, believing)
    await mkdir(dirname(file), { recursive: true })
    await writeFileAtomic(file, `${JSON.stringify({ set, rewards })}\n`)
    console.log(`${place}, ${name}, seed ${seed}: ${policy} ${mean(rewards).toFixed(2)}`)
    results.set(policy, rewards)
  }
  await opened?.dispose()
  return results
}

async function trained(
  { model: name, set }: { readonly model: string; readonly set: Settings },
  { dataset, split }: World,
  seed: number,
  world?: Model,
): Promise<Model> {
  const spec = findModel(name)
  const { config } = parseConfig(spec, set)
  // The world model is used again.
  const openRun = world && { openRun: async () => ({ ...world, dispose: async () => {} }) }
  const { model, events } = startTraining({ spec, config, dataset, split, seed, threads: 1, ...openRun })
  for await (const _ of events);
  return model
}

async function learned(policy: (typeof POLICIES)[string], world: World, seed: number, believing: Model) {
  const set = { ...policy.set, worldModel: 'in memory' }
  const model = await trained({ ...policy, set }, world, seed, believing)
  if (!isPolicy(model)) throw new TributaryError('bad-argument', `${policy.model} is no policy`)
  const rewards = await earned(model, world)
  await model.dispose()
  return rewards
}

/** Whoever knows what the world believes, and nothing else. */
function bestItems(believed: RewardMatrix, world: World): Promise<Rewards> {
  const oracle = CONTROLS.find(({ name }) => name === 'oracle')!
  return earned(oracle.create(believedEnvironment(world.dataset, believed), { shrinkage: SHRINKAGE }), world)
}

function sectionOf(
  place: Place,
  controls: ReadonlyMap<string, Rewards>,
  found: ReadonlyMap<string, ReadonlyMap<string, readonly Rewards[]>>,
): string {
  const of = (name: string) => mean(controls.get(name)!)
  const [random, list, oracle] = [of('random'), of('best-list'), of('oracle')]
  const parts = [`## ${place === 'coat' ? 'Coat' : 'Planted'}`]
  parts.push(`${[...controls].map(([name, rewards]) => `${name} ${mean(rewards).toFixed(2)}`).join(', ')}.`)
  for (const [name, rows] of found) {
    const most = mean(rows.get(BEST)!.map(mean))
    const lines = [...rows].map(([policy, bySeed]) => {
      const means = bySeed.map(mean)
      const reached = mean(means)
      const spread = means.length > 1 ? ` ± ${standardDeviation(means).toFixed(2)}` : ''
      const way = (from: number, to: number) => `${((100 * (reached - from)) / (to - from)).toFixed(0)} %`
      return [
        policy,
        `${reached.toFixed(2)}${spread}`,
        intervalText(difference(bySeed, controls.get('best-list')!)),
        way(random, most),
        way(list, most),
        way(random, oracle),
      ]
    })
    const head = ['', 'earns', 'against best-list', 'random → world', 'list → world', 'random → oracle']
    parts.push(`World model \`${name}\`:`, table(head, lines))
  }
  return parts.join('\n\n')
}

/** Over users and seeds; the list has no seed. */
function difference(bySeed: readonly Rewards[], list: Rewards): Interval {
  const users = Int32Array.from(list, (_, episode) => episode % (list.length / EPISODES_A_USER))
  const rows = bySeed.map((rewards) => Float64Array.from(rewards))
  return pairedBootstrapOverSeeds(
    rows,
    rows.map(() => Float64Array.from(list)),
    { users, seed: 1 },
  )
}

function heading(seeds: readonly number[]): string {
  return `# Policies in a world that knows tastes

Written by \`npx tsx reproduce/darlr/tastes.ts\`, with what was finished then. Reward of an episode of 30 turns in the mode \`noRepeat\`, every user ${EPISODES_A_USER} times; seeds ${seeds.join(', ')}, which no setting was
chosen with. Policies draw from their softmax. World models: [als](../models/als.md) and *blend*, [world-blend](../models/world-blend.md), with their defaults, and *deepfm*, [world-model](../models/world-model.md) with the setting chosen on held-out rows.

- **best items**: each user's items with the best predictions of the world model: what the world allows.
- **against best-list**: the mean over seeds beside one list for all by training means, with a 95 % interval from drawing users${seeds.length === 1 ? ' (of one seed it says nothing of others)' : ' and seeds'}.
- **A → B**: how much of the way from A to B is gone: *world* is the best items of the world model, *list* the best list, *oracle* the truth's best items.
- mbpo, mopo, roler, darlr: the recipe of [a2c](../policies/a2c.md#a-world-that-knows-tastes), \`${JSON.stringify(RECIPE)}\`. *mbpo, learned* begins from nothing but the vectors of its world: \`${JSON.stringify(POLICIES['mbpo, learned'].set)}\`.`
}

await main()
