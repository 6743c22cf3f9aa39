// Times SyNCRec's training step: batch 128, T 50, K 5, j 3, five domains, 7,000 items, cross-entropy in domain, Adam. Prints one
// JSON line. Its PyTorch counterpart is bench/peers/syncrec_step.py; bench/main.ts runs the two in turn.
import { parseArgs } from 'node:util'
import { createStep } from './syncrec.ts'

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '20' },
    warmup: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    width: { type: 'string', default: '16' },
    domains: { type: 'string', default: '5' },
    items: { type: 'string', default: '7000' },
    experts: { type: 'string', default: '5' },
    'cross-experts': { type: 'string', default: '3' },
    dropout: { type: 'string', default: '0.3' },
  },
})
const step = await createStep({
  width: Number(values.width),
  domains: Number(values.domains),
  items: Number(values.items),
  experts: Number(values.experts),
  crossExperts: Number(values['cross-experts']),
  dropout: Number(values.dropout),
  threads: Number(values.threads),
})
const times: number[] = []
for (let i = 0; i < Number(values.warmup) + Number(values.steps); i++) {
  const milliseconds = await step.run()
  if (i >= Number(values.warmup)) times.push(milliseconds)
}
times.sort((a, b) => a - b)
const rss = Math.round(process.memoryUsage().rss / 2 ** 20)
console.log(
  JSON.stringify({ medianMs: times[times.length >> 1], fastestMs: times[0], steps: times.length, rssMiB: rss }),
)
await step.dispose()
