// Times one run of bench/engine/training-graph.ts, masks included. Prints one JSON line. Its PyTorch counterpart is
// bench/peers/training_graph.py.
import { parseArgs } from 'node:util'
import { compile } from '../../src/tensor/compile.ts'
import { trainingGraph } from '../engine/training-graph.ts'

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '30' },
    warmup: { type: 'string', default: '5' },
    threads: { type: 'string', default: '2' },
    activation: { type: 'string', default: 'relu' },
    inner: { type: 'string', default: '64' },
    dropout: { type: 'string', default: '0.2' },
  },
})
const graph = trainingGraph({
  inner: Number(values.inner),
  activation: values.activation === 'gelu' ? 'gelu' : 'relu',
  dropout: Number(values.dropout),
})
const program = await compile(graph.outputs, { threads: Number(values.threads) })
const feeds = graph.feeds(256, 50)
const times: number[] = []
for (let step = 0; step < Number(values.warmup) + Number(values.steps); step++) {
  const started = performance.now()
  await program.run({ ...feeds, ...graph.masks(256, 50, step) })
  if (step >= Number(values.warmup)) times.push(performance.now() - started)
}
times.sort((a, b) => a - b)
console.log(JSON.stringify({ medianMs: times[times.length >> 1], fastestMs: times[0], steps: times.length }))
await program.dispose()
