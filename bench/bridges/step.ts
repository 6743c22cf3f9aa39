// One training step of the mean of personalized bridges, with the making of its batch: 256 rows, three sources, 20 liked items of each.
//
//   taskset -c 0 npx tsx bench/bridges/step.ts [--batch 256] [--sources 3] [--threads 1] [--steps 100] [--turn bridges|agents]
//
// Prints the median of the steps, of the clock and of the processor. `--turn agents` takes marco instead, and one turn of its agents: 512 rows are
// played, and learned from in four passes of minibatches of 256 (MAPPO).
import { parseArgs } from 'node:util'
import { parseConfig } from '../../src/core/index.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'
import { generated } from './generated.ts'

const { values } = parseArgs({
  options: {
    turn: { type: 'string', default: 'bridges' },
    model: { type: 'string' },
    batch: { type: 'string', default: '256' },
    sources: { type: 'string', default: '3' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '100' },
  },
})
const [batchSize, sources, threads, steps] = [values.batch, values.sources, values.threads, values.steps].map(Number)
const { dataset, split } = generated({
  users: 4000,
  items: 20_000,
  rows: 4000 * 50 * (sources + 1),
  domains: sources + 1,
  oneOf: 1,
})
const ofAgents = values.turn === 'agents'
const spec = findModel(values.model ?? (ofAgents ? 'marco' : 'mean-bridge'))
const ridges = { factorRidge: [10], userRidge: [4], itemRidge: [4], sweeps: 2 }
const { config } = parseConfig(spec, {
  ...ridges,
  ...(ofAgents ? { warmUp: 0, batchSize: 16_384 } : { batchSize }),
  epochs: 1,
})
const { model, events } = startTraining({ spec, config, dataset, split, seed: 1, threads })
const clocks: number[] = []
const processors: number[] = []
let [clock, processor] = [performance.now(), process.cpuUsage()]
for await (const event of events) {
  const { user, system } = process.cpuUsage(processor)
  if (event.type === 'step' && event.domain === undefined && (!ofAgents || 'reward' in event.losses)) {
    clocks.push(performance.now() - clock)
    processors.push((user + system) / 1000)
  }
  clock = performance.now()
  processor = process.cpuUsage()
  if (clocks.length === steps + 5) break
}
await model.dispose()
const median = (of: number[]) => of.slice(5).sort((a, b) => a - b)[steps >> 1]
console.log(
  JSON.stringify({
    turn: values.turn,
    batchSize,
    sources,
    threads,
    milliseconds: median(clocks),
    processorMs: median(processors),
  }),
)
