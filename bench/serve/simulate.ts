import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Dataset, Policy } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRng, denseRewards, factorizedRewards } from '../../src/math/index.ts'
import { CONTROLS } from '../../src/policies/controls.ts'
import { createEnvironment, createSimulator, type Environment, parseLeaveRule, rollOut } from '../../src/rl/index.ts'

// Steps a second of processor time (all of it runs on one thread) of the simulator alone and of episodes with a policy, and peak memory, on generated matrices of the sizes of
// Coat, KuaiRec, KuaiRand and IL-Rec's books. Each size in a process of its own, since peak memory never falls.
//   tsx bench/serve/simulate.ts [--parallel n = 256] [--episodes n]
// Each child prints one JSON line.

const SIZES = {
  coat: { users: 290, items: 300, factors: undefined, episodes: 4000 },
  kuairec: { users: 1411, items: 3327, factors: undefined, episodes: 2000 },
  kuairand: { users: 27_000, items: 7500, factors: 32, episodes: 1000 },
  books: { users: 2342, items: 13_864, factors: undefined, episodes: 500 },
} as const

/** Processor time of this process. */
function seconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

const argument = (name: string, otherwise: number) => {
  const at = process.argv.indexOf(`--${name}`)
  return at === -1 ? otherwise : Number(process.argv[at + 1])
}

function child(name: keyof typeof SIZES): Promise<void> {
  const size = SIZES[name]
  return measure(name, generated(size), argument('episodes', size.episodes), argument('parallel', 256))
}

/** Every user and every item has rows; 31 categories, as KuaiRec has. Factors where one number a cell would take too much. */
function generated({ users, items, factors }: (typeof SIZES)[keyof typeof SIZES]): Dataset {
  const rng = createRng(1)
  const rows = Array.from({ length: Math.max(users, items) }, (_, r) => ({ user: r % users, item: r % items }))
  const log = buildDataset('generated', {
    user: rows.map(({ user }) => `u${user}`),
    item: rows.map(({ item }) => `i${item}`),
    domain: rows.map(() => 'shop'),
    value: rows.map(() => 5 * rng.float()),
    category: rows.map(({ item }) => `kind ${item % 31}`),
  })
  const ids = {
    users: Int32Array.from({ length: users }, (_, u) => u),
    items: Int32Array.from({ length: items }, (_, i) => i + 1),
  }
  const drawn = (count: number) => Float32Array.from({ length: count }, () => rng.float())
  const truth =
    factors === undefined
      ? denseRewards({ ...ids, values: drawn(users * items) })
      : factorizedRewards({
          ...ids,
          width: factors,
          userFactors: drawn(users * factors),
          itemFactors: drawn(items * factors),
        })
  return { ...log, truth }
}

async function measure(name: string, dataset: Dataset, episodes: number, parallel: number): Promise<void> {
  const free = createEnvironment(dataset)
  const leaving = createEnvironment(dataset, { leave: [parseLeaveRule('categories:4:0')] })
  const apart = createEnvironment(dataset, { leave: [parseLeaveRule('distance:4:5%')] })
  const control = (name: string) => CONTROLS.find((one) => one.name === name)!.create(free, { shrinkage: 5 })
  const { users, items } = dataset.truth!
  const speeds = {
    simulator: environmentSpeed(free, episodes, parallel),
    simulatorLeaving: environmentSpeed(leaving, episodes, parallel),
    // Distances are measured as they are needed, so the first turns of a process are the slow ones.
    simulatorDistance: environmentSpeed(apart, episodes, parallel),
    greedy: await policySpeed(control('best-list'), free, episodes, parallel),
    greedyLeaving: await policySpeed(control('best-list'), leaving, episodes, parallel),
    sampled: await policySpeed(control('random'), free, episodes, parallel),
    oracle: await policySpeed(control('oracle'), free, episodes, parallel),
  }
  const rounded = Object.fromEntries(Object.entries(speeds).map(([key, value]) => [key, Math.round(value)]))
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1024)
  console.log(
    JSON.stringify({ name, users: users.length, items: items.length, parallel, stepsPerCpuSecond: rounded, peakMiB }),
  )
}

/** Steps a second of `step` and `start` alone, actions drawn beforehand; a repeated item is an action like any other. */
function environmentSpeed(environment: Environment, episodes: number, parallel: number): number {
  const simulator = createSimulator(environment, { mode: 'free', slots: parallel, seed: 1 })
  const rng = createRng(2)
  const batches = Array.from({ length: 64 }, () =>
    Int32Array.from({ length: parallel }, () => rng.below(environment.rewards.items.length)),
  )
  const start = seconds()
  let begun = 0
  let steps = 0
  for (let batch = 0; begun < 10 * episodes; batch++) {
    for (let slot = 0; slot < parallel; slot++) if (simulator.active[slot] === 0) simulator.start(slot, begun++)
    simulator.step(batches[batch % batches.length])
    steps += parallel
  }
  return steps / (seconds() - start)
}

async function policySpeed(
  policy: Policy,
  environment: Environment,
  episodes: number,
  parallel: number,
): Promise<number> {
  const start = seconds()
  const { lengths } = await rollOut(policy, environment, { mode: 'noRepeat', episodes, seed: 1, parallel })
  return lengths.reduce((sum, length) => sum + length, 0) / (seconds() - start)
}

if (process.argv[2] === '--child') await child(process.argv[3] as keyof typeof SIZES)
else
  for (const name of Object.keys(SIZES)) {
    const args = ['--import', 'tsx', fileURLToPath(import.meta.url), '--child', name, ...process.argv.slice(2)]
    const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
    if (status !== 0) throw new Error(`the bench of ${name} ended with exit code ${status}`)
  }
