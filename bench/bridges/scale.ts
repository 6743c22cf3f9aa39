// Vectors of every domain and an epoch of a model of bridges on a generated log of the size that MARCO is published for: seconds, and the
// most memory that the process held. With --sources 2, 4, 8, 16 it tells how cost grows with them.
import { parseArgs } from 'node:util'
import { parseConfig } from '../../src/core/index.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import { generated } from './generated.ts'

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

const started = performance.now()
const sources = Number(values.sources)
const { dataset, split } = generated({
  users: Number(values.users),
  items: Number(values.items),
  rows: Number(values.rows),
  domains: sources + 1,
  oneOf: 20,
})
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
