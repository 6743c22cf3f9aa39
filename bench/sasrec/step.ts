// Times SASRec's training step: batch 256, T 50, d 64, 2 layers, 2 heads, 20,000 items, BPR, Adam. Prints one JSON line.
// Its PyTorch counterpart is bench/peers/sasrec_step.py; bench/main.ts runs the two in turn.
import { parseArgs } from 'node:util'
import { buildDataset } from '../../src/data/index.ts'
import { rankingLoss } from '../../src/families/ranking/index.ts'
import { sequenceStep } from '../../src/families/sequence/index.ts'
import { createRng } from '../../src/math/index.ts'
import { sasrec } from '../../src/models/sequence/sasrec.ts'

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    adam: { type: 'string', default: 'dense' },
    dropout: { type: 'string', default: '0.2' },
  },
})
const [ITEMS, BATCH, LENGTH] = [20_000, 256, 50]

const item = Array.from({ length: ITEMS }, (_, i) => `item${i}`)
const dataset = buildDataset('bench', { user: item.map(() => 'user'), item, domain: item.map(() => 'all') })
const split = { name: 'none', part: new Uint8Array(ITEMS) }
const config = sasrec.config.parse({
  width: 64,
  layers: 2,
  heads: 2,
  inner: 64,
  dropout: Number(values.dropout),
  loss: 'bpr',
  adam: values.adam,
})
const model = sasrec.create(config, dataset, split, { seed: 1, threads: Number(values.threads) })
if (!('encoder' in model)) throw new Error('a mixed model was expected')
const catalogue = { domainStart: dataset.domainStart, counts: new Int32Array(dataset.items.size) }
const { run } = sequenceStep(model, config, (states) => rankingLoss('bpr', states, model.table, catalogue, config))

const rng = createRng(0)
const ids = () => Int32Array.from({ length: BATCH * LENGTH }, () => 1 + rng.below(ITEMS))
const times: number[] = []
// Of all threads: what can be compared on a busy machine, too.
const processor: number[] = []
for (let step = 0; step < Number(values.warmup) + Number(values.steps); step++) {
  const batch = { size: BATCH, length: LENGTH, user: new Int32Array(BATCH), items: ids(), targets: ids() }
  const negatives = ids()
  const started = performance.now()
  const used = process.cpuUsage()
  await run(batch, negatives, rng.split('step', step), step)
  if (step >= Number(values.warmup)) {
    times.push(performance.now() - started)
    const { user, system } = process.cpuUsage(used)
    processor.push((user + system) / 1000)
  }
}
for (const all of [times, processor]) all.sort((a, b) => a - b)
const rss = Math.round(process.memoryUsage().rss / 2 ** 20)
console.log(
  JSON.stringify({
    medianMs: times[times.length >> 1],
    processorMs: processor[processor.length >> 1],
    fastestMs: times[0],
    steps: times.length,
    rssMiB: rss,
  }),
)
await model.dispose()
