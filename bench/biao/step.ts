// Times training steps of CoNet, or with --weigh of CoNet with BIAO: the mean over 100 steps, the upper step after them included, as
// the median of several such means. Making of batches is part of a step. Prints one JSON line. The PyTorch counterpart is
// bench/peers/biao_step.py; bench/main.ts runs the two in turn.
import { parseArgs } from 'node:util'
import { startTraining } from './biao.ts'

const { values } = parseArgs({
  options: {
    weigh: { type: 'boolean', default: false },
    interval: { type: 'string', default: '100' },
    blocks: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    adam: { type: 'string', default: 'lazy' },
  },
})
const interval = Number(values.interval)
const training = startTraining({
  ...(values.weigh && { interval }),
  adam: values.adam === 'dense' ? 'dense' : 'lazy',
  threads: Number(values.threads),
})
const blocks = Number(values.warmup) + Number(values.blocks)
const times: number[] = []
// Of the processor: what a busy machine leaves comparable, with one thread.
const processor: number[] = []
let [steps, spent, started, used] = [0, 0, performance.now(), process.cpuUsage()]
for await (const event of training) {
  if (event.type === 'step') {
    spent += performance.now() - started
    if (++steps % interval === 0) {
      const { user, system } = process.cpuUsage(used)
      if (steps > Number(values.warmup) * interval) {
        times.push(spent / interval)
        processor.push((user + system) / 1000 / interval)
      }
      spent = 0
      used = process.cpuUsage()
    }
  }
  if (steps === blocks * interval) break
  started = performance.now()
}
for (const own of [times, processor]) own.sort((a, b) => a - b)
console.log(
  JSON.stringify({
    medianMs: times[times.length >> 1],
    fastestMs: times[0],
    processorMs: processor[times.length >> 1],
    blocks: times.length,
    rssMiB: Math.round(process.memoryUsage().rss / 2 ** 20),
  }),
)
