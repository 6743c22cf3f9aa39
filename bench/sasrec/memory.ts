// Runs 5,000 training steps (bench/engine/training-graph.ts at batch 64 and changing lengths) and prints resident memory every 500: it
// must not grow. Ends with exit code 1 where the second half needs more than 5 % more than the first.
import { parseArgs } from 'node:util'
import { compile } from '../../src/tensor/compile.ts'
import { trainingGraph } from '../engine/training-graph.ts'

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '5000' }, threads: { type: 'string', default: '2' } },
})
const steps = Number(values.steps)
const graph = trainingGraph({ inner: 64, activation: 'relu', dropout: 0.2 })
const program = await compile(graph.outputs, { threads: Number(values.threads) })
const lengths = [10, 20, 35, 50]
const feeds = lengths.map((T) => graph.feeds(64, T))
const resident: number[] = []
for (let step = 1; step <= steps; step++) {
  const bucket = step % lengths.length
  await program.run({ ...feeds[bucket], ...graph.masks(64, lengths[bucket], step) })
  if (step % Math.max(1, steps / 10) === 0) {
    resident.push(process.memoryUsage().rss / 2 ** 20)
    console.log(`step ${step}: ${resident.at(-1)!.toFixed(0)} MiB resident`)
  }
}
await program.dispose()
const half = resident.length / 2
const [first, second] = [Math.max(...resident.slice(0, half)), Math.max(...resident.slice(half))]
console.log(JSON.stringify({ steps, firstHalfMiB: Math.round(first), secondHalfMiB: Math.round(second) }))
if (second > 1.05 * first) process.exitCode = 1
