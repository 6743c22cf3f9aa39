// Episodes a second of il-rec in a generated world: every item pays 0 to 5, a user leaves at what pays less than `--leave`. With demonstrations
// of 3.5 turns a user. The PyTorch counterpart is bench/peers/il_rec.py; bench/main.ts runs the two in turn.
//   tsx bench/il-rec/il-rec.ts [--items 2000] [--episodes 600] [--warmup 100] [--threads 1] [--leave 0.4] [--set '{…}']
import { parseArgs } from 'node:util'
import { parseConfig } from '../../src/core/config.ts'
import type { Dataset, Model, WorldModel } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { createRng, factorizedRewards } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'

const { values } = parseArgs({
  options: {
    items: { type: 'string', default: '2000' },
    episodes: { type: 'string', default: '600' },
    warmup: { type: 'string', default: '100' },
    threads: { type: 'string', default: '1' },
    leave: { type: 'string', default: '0.4' },
    set: { type: 'string', default: '{}' },
  },
})
const [items, episodes, warmup] = [Number(values.items), Number(values.episodes), Number(values.warmup)]
const USERS = 2000

function generated(): { dataset: Dataset; world: WorldModel } {
  const rng = createRng(1)
  const rows = Array.from({ length: 2 * Math.max(USERS, items) }, (_, r) => ({ user: r % USERS, item: r % items }))
  const log = buildDataset('generated', {
    user: rows.map(({ user }) => `u${user}`),
    item: rows.map(({ item }) => `i${item}`),
    domain: rows.map(() => 'shop'),
    value: rows.map(() => 5 * rng.float()),
  })
  // Each item pays everybody the same, a tenth of them below .5.
  const rewards = factorizedRewards({
    users: Int32Array.from({ length: USERS }, (_, u) => u),
    items: Int32Array.from({ length: items }, (_, i) => i + 1),
    width: 1,
    userFactors: new Float32Array(USERS).fill(1),
    itemFactors: Float32Array.from({ length: items }, () => 5 * rng.float()),
  })
  const vectors = { width: 0, data: new Float32Array(0) }
  const world = {
    rewards,
    variance: rewards,
    itemVectors: vectors,
    userVectors: vectors,
    inversePropensity: false,
  }
  return { dataset: { ...log, truth: rewards }, world }
}

const { dataset, world } = generated()
const runOf: Model = {
  weights: () => new Map(),
  load: () => {},
  score: async () => new Float32Array(0),
  can: { worldModel: async () => world },
  dispose: async () => {},
}
const spec = findModel('il-rec')
const { config } = parseConfig(spec, {
  worldModel: 'generated',
  epochs: 1,
  episodesPerEpoch: episodes + warmup,
  leave: [`low-reward:${values.leave}`],
  ...(JSON.parse(values.set) as Record<string, unknown>),
})
const context = {
  dataset,
  split: splitDataset(dataset, 'leave-two-out'),
  seed: 1,
  threads: Number(values.threads),
  validate: async () => ({}),
  openRun: async () => runOf,
  checkpointSeconds: Number.POSITIVE_INFINITY,
}
const model = spec.create(config, dataset, context.split, context)
let [started, used] = [performance.now(), process.cpuUsage()]
let turns = 0
for await (const event of spec.train(model, config, context)) {
  if (event.type !== 'step') continue
  if (event.step === warmup) [started, used] = [performance.now(), process.cpuUsage()]
  if (event.step > warmup) turns += event.losses.length
  if (event.step === warmup + episodes) {
    const seconds = (performance.now() - started) / 1000
    const { user, system } = process.cpuUsage(used)
    const round = (value: number) => Number(value.toPrecision(4))
    console.log(
      JSON.stringify({
        items,
        turns: round(turns / episodes),
        seconds: round(seconds),
        milliseconds: round((1000 * seconds) / episodes),
        processor: round((user + system) / 1000 / episodes),
        episodesPerSecond: round(episodes / seconds),
        peakMiB: Math.round(process.resourceUsage().maxRSS / 1024),
        threads: context.threads,
      }),
    )
  }
}
await model.dispose()
