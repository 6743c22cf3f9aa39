// What BIAO adds to CoNet's epoch against the interval between upper steps, beside the paper's 1 + (K + 2) / interval, which counts
// backward passes of the size of a step and nothing for weighing. 'weights only' is an interval that never comes. All take turns, so that a busy
// neighbor slows them alike; the medians are compared. The last line is JSON.
import { parseArgs } from 'node:util'
import { startTraining } from './biao.ts'

const { values } = parseArgs({
  options: {
    epochs: { type: 'string', default: '3' },
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
for (let epoch = 0; epoch < Number(values.warmup) + Number(values.epochs); epoch++)
  for (const [i, training] of trainings.entries()) {
    const spent = await epochSeconds(training)
    if (epoch >= Number(values.warmup)) seconds[i]!.push(spent)
  }
const medians = seconds.map((own) => own.sort((a, b) => a - b)[own.length >> 1]!)
const results = intervals.map((interval, i) => {
  const paper = interval === undefined || interval === NEVER ? 1 : 1 + 5 / interval
  return {
    name: nameOf(interval),
    seconds: medians[i]!,
    ratio: medians[i]! / medians[0]!,
    aboveWeights: medians[i]! / medians[1]!,
    paper,
  }
})
for (const { name, seconds, ratio, aboveWeights, paper } of results)
  console.log(
    `${name.padEnd(13)} ${seconds.toFixed(2)} s an epoch, ${ratio.toFixed(3)} × CoNet's, ${aboveWeights.toFixed(3)} × weights only, paper ${paper.toFixed(3)}`,
  )
console.log(JSON.stringify(results))

async function epochSeconds(training: (typeof trainings)[number]): Promise<number> {
  for (;;) {
    const { value, done } = await training.next()
    if (done) throw new Error('the training ended')
    if (value.type === 'epoch') return value.seconds
  }
}
