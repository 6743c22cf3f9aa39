// What BIAO adds to CoNet's epoch against the interval between upper steps, beside the paper's 1 + (K + 2) / interval, which counts
// backward passes of the size of a step and nothing for weighing. 'weights only' is an interval that never comes. All take turns, so that a busy
// neighbor slows them alike; the least of each counts. The last line is JSON.
import { parseArgs } from 'node:util'
import { startTraining } from './biao.ts'

const { values } = parseArgs({
  options: {
    epochs: { type: 'string', default: '2' },
    warmup: { type: 'string', default: '1' },
    threads: { type: 'string', default: '2' },
    adam: { type: 'string', default: 'lazy' },
  },
})
const NEVER = 2 ** 31
const intervals = [undefined, NEVER, 500, 100, 20]
const nameOf = (interval: number | undefined) =>
  interval === undefined ? 'CoNet' : interval === NEVER ? 'weights only' : `interval ${interval}`
const adam = values.adam === 'dense' ? 'dense' : 'lazy'
const trainings = intervals.map((interval) =>
  startTraining({ ...(interval !== undefined && { interval }), adam, threads: Number(values.threads) }),
)
const seconds = intervals.map((): number[] => [])
// Of the processor: what a busy machine leaves comparable, with one thread.
const processor = intervals.map((): number[] => [])
for (let epoch = 0; epoch < Number(values.warmup) + Number(values.epochs); epoch++)
  for (const [i, training] of trainings.entries()) {
    const used = process.cpuUsage()
    const spent = await epochSeconds(training)
    const { user, system } = process.cpuUsage(used)
    if (epoch < Number(values.warmup)) continue
    seconds[i].push(spent)
    processor[i].push((user + system) / 1e6)
  }
const least = (all: readonly number[][]) => all.map((own) => Math.min(...own))
const [wall, busy] = [least(seconds), least(processor)]
const results = intervals.map((interval, i) => ({
  name: nameOf(interval),
  seconds: wall[i],
  ratio: wall[i] / wall[0],
  processorSeconds: busy[i],
  processorRatio: busy[i] / busy[0],
  overWeightsOnly: busy[i] / busy[1],
  paper: interval === undefined || interval === NEVER ? 1 : 1 + 5 / interval,
}))
for (const { name, seconds, ratio, processorSeconds, processorRatio, overWeightsOnly, paper } of results)
  console.log(
    `${name.padEnd(13)} ${seconds.toFixed(2)} s an epoch, ${ratio.toFixed(2)} × CoNet's; of the processor ${processorSeconds.toFixed(2)} s, ` +
      `${processorRatio.toFixed(2)} × CoNet's, ${overWeightsOnly.toFixed(3)} × weights only; paper ${paper.toFixed(2)}`,
  )
console.log(JSON.stringify(results))

async function epochSeconds(training: (typeof trainings)[number]): Promise<number> {
  for (;;) {
    const { value, done } = await training.next()
    if (done) throw new Error('the training ended')
    if (value.type === 'epoch') return value.seconds
  }
}
