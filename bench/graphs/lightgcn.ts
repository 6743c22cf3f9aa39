/**
 * One training step of LightGCN: three layers over a generated log, BPR, Adam on all vectors.
 *
 *   taskset -c 0 npx tsx bench/graphs/lightgcn.ts [--users 20000] [--items 10000] [--rows 200000] [--width 64] [--batch 2048] [--threads 1]
 *
 * Prints the median of the steps, of the clock and of the processor.
 */
import { parseArgs } from 'node:util'
import { buildDataset } from '../../src/data/index.ts'
import { createRng, firstAtLeast } from '../../src/math/index.ts'
import { lightgcn } from '../../src/models/index.ts'

const { values: options } = parseArgs({
  options: {
    users: { type: 'string', default: '20000' },
    items: { type: 'string', default: '10000' },
    rows: { type: 'string', default: '200000' },
    width: { type: 'string', default: '64' },
    batch: { type: 'string', default: '2048' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '30' },
  },
})
const number = (name: keyof typeof options) => Number(options[name])
const [rows, items, steps, threads] = (['rows', 'items', 'steps', 'threads'] as const).map(number) as [
  number,
  number,
  number,
  number,
]

const rng = createRng(1)
const sums = new Float64Array(items)
for (let i = 0; i < items; i++) sums[i] = (i === 0 ? 0 : sums[i - 1]) + 1 / (i + 10)
const drawn = Array.from({ length: rows }, () => ({
  user: `${rng.below(number('users'))}`,
  item: `${firstAtLeast(sums, rng.float() * sums[items - 1], 0, items - 1)}`,
}))
const dataset = buildDataset('generated', {
  user: drawn.map(({ user }) => user),
  item: drawn.map(({ item }) => item),
  domain: drawn.map(() => 'service'),
})
const config = lightgcn.config.parse({ width: number('width'), batchSize: number('batch') })
const context = { dataset, split: { name: 'all', part: new Uint8Array(rows) }, seed: 1, threads }
const model = lightgcn.create(config, dataset, context.split, context)
const clocks: number[] = []
const processors: number[] = []
let [clock, processor] = [performance.now(), process.cpuUsage()]
for await (const event of lightgcn.train(model, config, { ...context, validate: async () => ({ 'ndcg@10': 0 }) })) {
  if (event.type !== 'step') continue
  const { user, system } = process.cpuUsage(processor)
  clocks.push(performance.now() - clock)
  processors.push((user + system) / 1000)
  clock = performance.now()
  processor = process.cpuUsage()
  if (clocks.length === steps + 3) break
}
await model.dispose()
const median = (of: number[]) => of.slice(3).sort((a, b) => a - b)[steps >> 1]
console.log(JSON.stringify({ rows, items, threads, milliseconds: median(clocks), processorMs: median(processors) }))
