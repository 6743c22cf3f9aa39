// Vectors of every domain and an epoch of a model of bridges on a generated log of the size that MARCO is published for: seconds, and the
// most memory that the process held. With --sources 2, 4, 8, 16 it tells how cost grows with them.
import { parseArgs } from 'node:util'
import { type Dataset, Part, parseConfig, type Split, type Vocabulary } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '900000' },
    items: { type: 'string', default: '550000' },
    rows: { type: 'string', default: '13000000' },
    sources: { type: 'string', default: '3' },
    model: { type: 'string', default: 'mean-bridge' },
    set: { type: 'string', default: '{}' },
  },
})

/** Most users know one domain, as among Amazon's; a twentieth know the target and others. Values follow a taste of two numbers. */
function generated(users: number, items: number, rows: number, domains: number): { dataset: Dataset; split: Split } {
  const rng = createRng(1)
  const names: Vocabulary = { size: 0, name: String, id: Number }
  const columns = { user: new Int32Array(rows), item: new Int32Array(rows), value: new Float32Array(rows) }
  const part = new Uint8Array(rows)
  const userStart = new Int32Array(users + 1)
  const domainStart = Int32Array.from({ length: domains + 1 }, (_, d) => 1 + Math.floor((d * items) / domains))
  let row = 0
  for (let user = 0; user < users; user++) {
    const several = user % 20 === 0
    const end = Math.round(((user + 1) * rows) / users)
    const taste = rng.normal()
    const only = rng.below(domains)
    for (; row < end; row++) {
      const domain = several ? row % domains : only
      const [start, stop] = [domainStart[domain], domainStart[domain + 1]]
      const item = start + Math.floor((stop - start) * rng.float() ** 2)
      columns.user[row] = user
      columns.item[row] = item
      columns.value[row] = Math.max(1, Math.min(5, Math.round(4 + taste * ((item % 7) - 3) * 0.4 + rng.normal() * 0.7)))
      // Every fifth of those who know several is new in the target, domain 0.
      if (several && domain === 0 && user % 100 === 0) part[row] = user % 1000 === 0 ? Part.valid : Part.test
    }
    userStart[user + 1] = row
  }
  const dataset: Dataset = {
    name: 'generated',
    hash: 'generated',
    users: { ...names, size: users },
    items: { ...names, size: items + 1 },
    domains: Array.from({ length: domains }, (_, d) => `domain${d}`),
    domainStart,
    log: { length: rows, ...columns, timestamp: undefined, part: undefined, userStart },
  }
  return { dataset, split: { name: 'cold-users:0.2:domain0', part } }
}

const started = performance.now()
const sources = Number(values.sources)
const { dataset, split } = generated(Number(values.users), Number(values.items), Number(values.rows), sources + 1)
const seconds = () => (performance.now() - started) / 1000
console.log(`${seconds().toFixed(1)} s: ${dataset.log.length} rows are generated`)
const spec = findModel(values.model)
const { config } = parseConfig(spec, { epochs: 1, ...JSON.parse(values.set) })
const { model, events } = startTraining({ spec, config, dataset, split, seed: 1, threads: 1 })
let steps = 0
let fitted = 0
let [epoch, processor] = [0, 0]
for await (const event of events) {
  if (event.type === 'checkpoint' && fitted === 0) {
    fitted = seconds()
    processor = process.cpuUsage().user / 1e6
    console.log(
      `${fitted.toFixed(1)} s: vectors of ${dataset.domains.length} domains, by ${processor.toFixed(1)} s of a processor in all`,
    )
  }
  if (event.type === 'step' && fitted > 0) steps++
  if (event.type === 'epoch') epoch = process.cpuUsage().user / 1e6 - processor
}
await model.dispose()
console.log(
  JSON.stringify({
    model: values.model,
    sources,
    secondsOfProcessor: { vectors: Number(processor.toFixed(1)), epoch: Number(epoch.toFixed(1)) },
    steps,
    millisecondsAStep: Number(((1000 * epoch) / steps).toFixed(2)),
    peakGiB: Number((process.resourceUsage().maxRSS / 2 ** 20).toFixed(2)),
  }),
)
