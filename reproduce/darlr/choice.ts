// How DARLR's own variant was chosen: `npx tsx reproduce/darlr/choice.ts --help` says how.
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openCoat } from '../../bench/a2c/coat.ts'
import { parseConfig } from '../../src/core/config.ts'
import { type Dataset, Part, type RewardMatrix, type Split } from '../../src/core/index.ts'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { mean, standardDeviation } from '../../src/math/bootstrap.ts'
import { createRng } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { neighborRewards } from '../../src/rl/index.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import { oneOf, readOptions, someOf, whole } from '../shared/command.ts'
import { OURS } from './methods.ts'
import { CHOSEN_WORLD, SETTINGS, type Settings } from './settings.ts'

const FOLDER = '.results/darlr-choice'
const HELD_OUT = 0.25
/** γ and dropout as they were when the choice was made; ours has others since, which were not chosen by held-out rows. */
const THEN: Settings = { gamma: 0.9, dropout: 0 }
/** Long enough for R to settle. */
const BUDGET: Settings = { epochs: 8, stepsPerEpoch: 20_000 }
/** World model and learner: what the variant was chosen in, and what the comparison's own rows of DARLR have. */
const PLACES = {
  ours: { world: CHOSEN_WORLD, learner: { ...OURS, ...THEN } },
  published: { world: SETTINGS.coat.worlds.published, learner: SETTINGS.coat.methods.darlr },
} as const satisfies Record<string, { world: Settings; learner: Settings }>
type Place = keyof typeof PLACES
const VARIANTS: Readonly<Record<string, Settings>> = {
  published: {},
  'writeBack=.1': { writeBack: 0.1 },
  gains: { selectorReward: 'gains' },
  'gains, writeBack=.1': { selectorReward: 'gains', writeBack: 0.1 },
  'gains, reads=initial': { selectorReward: 'gains', reads: 'initial' },
}

type Row = Readonly<Record<'R' | 'R0' | 'predictions', number>>

async function main(): Promise<void> {
  const {
    seeds,
    place,
    only: variants,
  } = readOptions({
    script: 'darlr/choice.ts',
    does: `Chooses DARLR's own variant by the training log of Coat alone. A quarter of its training rows is held out; world model and
      DARLR learn from the rest, without a look at the truth; then two held-out rows of a user with different values are ordered by
      what DARLR believes of them in the end (R), by what it began with (R⁰) and by the world model (R̂): the share of pairs in the
      right order (AUC). A killed run goes on.`,
    results: 'a row a variant and seed in .results/darlr-choice; the means are printed.',
    options: {
      seeds: whole('seeds 1 to N', 5),
      place: oneOf('world model and learner', Object.keys(PLACES) as Place[], 'ours'),
      only: someOf('variants', Object.keys(VARIANTS)),
    },
  })
  const dataset = await openCoat('.results/datasets')
  const rows = new Map<string, Row[]>(variants.map((name) => [name, []]))
  for (let seed = 1; seed <= seeds; seed++)
    for (const name of variants) rows.get(name)!.push(await judged(dataset, place, name, seed))
  const show = (column: keyof Row, of: readonly Row[]) => {
    const found = of.map((row) => row[column])
    return `${mean(found).toFixed(4)} ± ${(found.length > 1 ? standardDeviation(found) : 0).toFixed(4)}`
  }
  const [first] = rows.values()
  console.log(`world model ${show('predictions', first)}\nR⁰ ${show('R0', first)}`)
  for (const [name, found] of rows) {
    const gains = found.map(({ R, R0 }) => R - R0)
    console.log(`${name}: ${show('R', found)}; R − R⁰ by seed ${gains.map((gain) => gain.toFixed(4)).join(' ')}`)
  }
}

async function judged(dataset: Dataset, place: Place, variant: string, seed: number): Promise<Row> {
  const { world: worldSettings, learner } = PLACES[place]
  const file = join(FOLDER, place === 'ours' ? '' : place, `${variant.replaceAll(/[^a-z0-9]+/gi, '-')}-${seed}.json`)
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Row
  const { split, heldOut } = withoutAQuarter(dataset, seed)
  const world = findModel('world-model')
  const learned = startTraining({
    ...{ spec: world, config: parseConfig(world, worldSettings).config, dataset, split, seed, threads: 1 },
  })
  for await (const _ of learned.events);
  const { rewards } = await learned.model.can!.worldModel!()
  const darlr = findModel('darlr')
  const { config } = parseConfig(darlr, {
    ...{ ...BUDGET, ...learner, ...VARIANTS[variant] },
    worldModel: 'in memory',
  })
  const { model, events } = startTraining({
    ...{ spec: darlr, config, dataset, split, seed, threads: 1, openRun: async () => learned.model },
  })
  let R: Float32Array | undefined
  for await (const event of events)
    if (event.type === 'checkpoint') R = event.checkpoint.tensors.get('moments/shaper/rewards')!.data as Float32Array
  await model.dispose()
  const R0 = neighborRewards(rewards, { neighbors: config.neighbors as number, weighting: 'similarity' })
  const width = rewards.items.length
  const row: Row = {
    R: ordered(dataset, heldOut, rewards, (r, c) => R![r * width + c]),
    R0: ordered(dataset, heldOut, rewards, R0.at),
    predictions: ordered(dataset, heldOut, rewards, rewards.at),
  }
  await mkdir(dirname(file), { recursive: true })
  await writeFileAtomic(file, `${JSON.stringify(row)}\n`)
  console.log(`${variant}, seed ${seed}: ${JSON.stringify(row)}`)
  return row
}

/** Training rows, of which a quarter is held out; all other rows are nobody's. */
function withoutAQuarter({ log }: Dataset, seed: number): { split: Split; heldOut: number[] } {
  const rng = createRng(seed).split('held out')
  const heldOut: number[] = []
  const part = log.part!.map((code, row) => {
    if (code !== Part.train) return Part.unused
    if (rng.float() >= HELD_OUT) return Part.train
    heldOut.push(row)
    return Part.unused
  })
  return { split: { name: 'held out', part }, heldOut }
}

/** Share of pairs of a user's held-out rows with different values that `believed` orders rightly; ties count a half. */
function ordered(
  { log }: Dataset,
  rows: readonly number[],
  { users, items }: RewardMatrix,
  believed: (row: number, column: number) => number,
): number {
  const rowOf = new Map(Array.from(users, (user, r) => [user, r]))
  const columnOf = new Map(Array.from(items, (item, c) => [item, c]))
  const score = new Map(rows.map((row) => [row, believed(rowOf.get(log.user[row])!, columnOf.get(log.item[row])!)]))
  let [right, pairs] = [0, 0]
  for (const [i, a] of rows.entries())
    for (const b of rows.slice(i + 1)) {
      if (log.user[a] !== log.user[b]) break
      if (log.value![a] === log.value![b]) continue
      const higher = (score.get(a)! - score.get(b)!) * (log.value![a] - log.value![b])
      right += higher > 0 ? 1 : higher === 0 ? 0.5 : 0
      pairs++
    }
  return right / pairs
}

await main()
