// The stand-in of KuaiRec's form (test/worlds/kuai-stand-in.ts) at full size: what making it takes, what the controls earn and how long
// they stay under both windows, and an epoch of a world model, of ROLeR's observed neighbors in it and of DARLR, with time and peak memory.
//   tsx bench/a2c/kuai.ts [--size small|large] [--turns 3000] [--threads 1]
import { parseArgs } from 'node:util'
import { trainInMemory } from '../../src/contract/train-in-memory.ts'
import type { Model, Policy } from '../../src/core/index.ts'
import { splitDataset } from '../../src/data/index.ts'
import { findModel } from '../../src/registry.ts'
import { parseLeaveRule } from '../../src/rl/index.ts'
import { simulate } from '../../src/simulation/simulate.ts'
import { HIGHEST, kuaiStandIn, LARGE, SMALL } from '../../test/worlds/kuai-stand-in.ts'

const { values } = parseArgs({
  options: {
    size: { type: 'string', default: 'large' },
    turns: { type: 'string', default: '3000' },
    threads: { type: 'string', default: '1' },
  },
})
const threads = Number(values.threads)
const round = (value: number) => Number(value.toPrecision(4))
const peakMiB = () => Math.round(process.resourceUsage().maxRSS / 1024)
let begun = performance.now()
let used = process.cpuUsage()
function told(what: string, more: Readonly<Record<string, unknown>> = {}): void {
  const { user, system } = process.cpuUsage(used)
  const times = { seconds: round((performance.now() - begun) / 1000), processor: round((user + system) / 1e6) }
  console.log(JSON.stringify({ what, ...times, peakMiB: peakMiB(), ...more }))
  begun = performance.now()
  used = process.cpuUsage()
}

const dataset = kuaiStandIn(values.size === 'small' ? SMALL : LARGE, { maxValue: HIGHEST })
const split = splitDataset(dataset, 'leave-two-out')
const { users, items } = dataset.truth!
told('stand-in', { rows: dataset.log.length, users: users.length, items: items.length })

const rules = ['categories:4:0', 'categories:4:0:as-released', 'categories:1:0']
for (const rule of rules) {
  const { mode, controls } = await simulate('random', dataset, {
    episodes: 500,
    leave: [parseLeaveRule(rule)],
    modes: ['noRepeat'],
  })
  const all = Object.entries({ random: { mode }, ...controls })
  const figures = all.map(([name, { mode }]) => [name, [round(mode.noRepeat!.rTra), round(mode.noRepeat!.length)]])
  told(rule, Object.fromEntries(figures))
}

const world = { ensemble: 1, epochs: 1, negatives: 1, batchSize: 4096, userFeatures: false, labelFields: 'each' }
const { model } = await trainInMemory(findModel('world-model'), world, { dataset, split }, { threads })
told('world model, one member, one epoch')
const believed = await model.can!.worldModel!()
await model.dispose()
told('its rewards of all pairs')
const openRun = async (): Promise<Model> => ({
  weights: () => new Map(),
  load: () => {},
  score: async () => new Float32Array(0),
  can: { worldModel: async () => believed },
  dispose: async () => {},
})
const learner = {
  worldModel: 'believed',
  epochs: 1,
  stepsPerEpoch: Number(values.turns),
  width: 41,
  updateAfter: 'episodes',
  stateScale: 'believed',
  leave: ['categories:4:0'],
}
const observed = { neighborsFrom: 'observations', weighting: 'even', neighbors: 30 }
for (const [name, set] of [
  ['mbpo', {}],
  ['roler', observed],
  ['darlr', observed],
] as const) {
  const trained = await trainInMemory(findModel(name), { ...learner, ...set }, { dataset, split }, { threads, openRun })
  const losses = trained.events.flatMap((event) => (event.type === 'epoch' ? [event.losses] : []))[0]
  const { updates, length } = losses
  told(`${name}, ${values.turns} turns`, { updates, length: round(length) })
  await (trained.model as Model & Policy).dispose()
}
