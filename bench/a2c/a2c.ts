// Learning in a world model at the sizes of Coat, KuaiRec and KuaiRand: seconds of a collection of 3,000 turns with its update, for
// mbpo (A2C alone) and darlr, turns a second, and peak memory. The world model is generated: dense rewards, and factors where those
// would not fit. Without --size all sizes and policies, each in a process of its own, since peak memory never falls. The PyTorch
// counterpart of mbpo is bench/peers/a2c.py; bench/main.ts runs the two in turn.
//   tsx bench/a2c/a2c.ts [--size coat|kuairec|kuairand --policy mbpo|darlr] [--collections 20] [--warmup 10] [--threads 2] [--set '{…}']
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseConfig } from '../../src/core/config.ts'
import type { Dataset, Model, RewardMatrix, WorldModel } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { createRng, denseRewards, factorizedRewards, type Rng } from '../../src/math/index.ts'
import { findModel, MODELS } from '../../src/registry.ts'

const SIZES = {
  coat: { users: 290, items: 300, factors: undefined },
  kuairec: { users: 1411, items: 3327, factors: undefined },
  kuairand: { users: 27_000, items: 7500, factors: 32 },
} as const
type Size = (typeof SIZES)[keyof typeof SIZES]

type Settings = Readonly<Record<string, unknown>>

/** Options at a size. The peer has the same window, widths and batch, which are the defaults of mbpo. */
const POLICIES: Readonly<Record<string, (size: string) => Settings>> = {
  mbpo: () => ({}),
  // Nearest among 27,000 users take 10¹³ products, for the first rewards and for the candidates.
  darlr: (size) => (size === 'kuairand' ? { init: 'worldModel', candidates: 'clusters' } : {}),
}
/** Width of the item vectors of a world model with five fields of 8. */
const WIDTH = 40
/** Turns of a collection: 100 episodes of 30. */
const TURNS = 3000

const { values } = parseArgs({
  options: {
    size: { type: 'string' },
    policy: { type: 'string', default: 'mbpo' },
    collections: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    set: { type: 'string', default: '{}' },
  },
})

/** Users and items of a size with a few rows each and a truth of which only the users and items are looked at. */
function generated({ users, items }: Size): Dataset {
  const rng = createRng(1)
  const rows = Array.from({ length: 2 * Math.max(users, items) }, (_, r) => ({ user: r % users, item: r % items }))
  const log = buildDataset('generated', {
    user: rows.map(({ user }) => `u${user}`),
    item: rows.map(({ item }) => `i${item}`),
    domain: rows.map(() => 'shop'),
    value: rows.map(() => rng.float()),
  })
  const truth = factorizedRewards({
    users: Int32Array.from({ length: users }, (_, u) => u),
    items: Int32Array.from({ length: items }, (_, i) => i + 1),
    width: 1,
    userFactors: new Float32Array(users).fill(1),
    itemFactors: new Float32Array(items).fill(1),
  })
  return { ...log, truth }
}

/** Rewards of 0 to 1, as the peer has them. */
function generatedWorld({ users, items, factors }: Size, { truth }: Dataset): WorldModel {
  const rng = createRng(2)
  const ids = { users: truth!.users, items: truth!.items }
  const drawn = (count: number, scale = 1) => Float32Array.from({ length: count }, () => scale * rng.float())
  const matrix = (): RewardMatrix => {
    if (factors === undefined) return denseRewards({ ...ids, values: drawn(users * items) })
    const userFactors = drawn(users * factors, 1 / factors)
    const { at, row, column } = factorizedRewards({
      ...ids,
      width: factors,
      userFactors,
      itemFactors: drawn(items * factors),
    })
    // The extremes of all products would take longer to find than the bench takes; these bounds hold.
    return { ...ids, min: 0, max: 1, at, row, column }
  }
  return {
    rewards: matrix(),
    variance: matrix(),
    itemVectors: { width: WIDTH, data: normals(items * WIDTH, rng) },
    userVectors: { width: WIDTH, data: normals(users * WIDTH, rng) },
    inversePropensity: false,
  }
}

const normals = (count: number, rng: Rng) => Float32Array.from({ length: count }, () => 0.1 * rng.normal())

/** A run that holds the world: all that is asked of it. */
function runOf(world: WorldModel): Model {
  return {
    weights: () => new Map(),
    load: () => {},
    score: async () => new Float32Array(0),
    can: { worldModel: async () => world },
    dispose: async () => {},
  }
}

async function measure(name: keyof typeof SIZES, policy: string): Promise<void> {
  const size = SIZES[name]
  const collections = Number(values.collections)
  const warmup = Number(values.warmup)
  const spec = findModel(policy)
  const set = { ...POLICIES[policy]?.(name), ...(JSON.parse(values.set) as Settings) }
  const dataset = generated(size)
  const world = generatedWorld(size, dataset)
  const { config } = parseConfig(spec, {
    worldModel: 'generated',
    epochs: 1,
    stepsPerEpoch: TURNS * (collections + warmup),
    ...set,
  })
  const context = {
    dataset,
    split: splitDataset(dataset, 'leave-two-out'),
    seed: 1,
    threads: Number(values.threads),
    validate: async () => ({}),
    openRun: async () => runOf(world),
    checkpointSeconds: Number.POSITIVE_INFINITY,
  }
  const model = spec.create(config, dataset, context.split, context)
  const begun = performance.now()
  let [started, used] = [begun, process.cpuUsage()]
  const times: number[] = []
  const processor: number[] = []
  let first = 0
  let losses: Readonly<Record<string, number>> = {}
  for await (const event of spec.train(model, config, context)) {
    if (event.type !== 'step') continue
    const now = performance.now()
    const { user, system } = process.cpuUsage(used)
    if (event.step === 1) first = (now - begun) / 1000
    if (event.step > warmup) {
      times.push((now - started) / 1000)
      processor.push((user + system) / 1e6)
    }
    losses = event.losses
    ;[started, used] = [performance.now(), process.cpuUsage()]
  }
  await model.dispose()
  for (const own of [times, processor]) own.sort((a, b) => a - b)
  const seconds = times[times.length >> 1]
  console.log(
    JSON.stringify({
      size: name,
      policy,
      set,
      users: size.users,
      items: size.items,
      seconds: round(seconds),
      fastest: round(times[0]),
      processor: round(processor[processor.length >> 1]),
      stepsPerSecond: Math.round(TURNS / seconds),
      /** Of 20,000 and of 100,000 turns, in whole collections. */
      secondsOfEpoch: { small: round(7 * seconds), published: round(34 * seconds) },
      firstSeconds: round(first),
      peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
      threads: context.threads,
      losses: Object.fromEntries(Object.entries(losses).map(([term, value]) => [term, round(value)])),
    }),
  )
}

const round = (value: number) => Number(value.toPrecision(4))

if (values.size !== undefined) await measure(values.size as keyof typeof SIZES, values.policy)
else
  for (const size of Object.keys(SIZES))
    for (const policy of Object.keys(POLICIES)) {
      if (!MODELS.some(({ name }) => name === policy)) continue
      const args = ['--import', 'tsx', fileURLToPath(import.meta.url), '--size', size, '--policy', policy]
      const { status } = spawnSync(process.execPath, [...args, ...process.argv.slice(2)], { stdio: 'inherit' })
      if (status !== 0) console.error(`${policy} at the size of ${size} ended with exit code ${status}`)
    }
