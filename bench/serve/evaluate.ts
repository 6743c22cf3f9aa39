// Full ranking of 100,000 users × 100,000 items, nothing sampled. The scorer is BPR-MF with random vectors: one dot product of
// `--width` numbers an item, which is the least that a model can do, so the figure is a ceiling for the evaluation and not for a
// model. Prints the rate of `--cases` users (`--all` ranks every one) and the peak memory, which does not depend on their number.
// Last line: one JSON object.
import { parseArgs } from 'node:util'
import { buildDataset, evaluationCases } from '../../src/data/index.ts'
import { evaluate } from '../../src/evaluation/measures/ranking.ts'
import { bprmf } from '../../src/models/factors/bprmf.ts'

const { values } = parseArgs({
  options: {
    users: { type: 'string', default: '100000' },
    items: { type: 'string', default: '100000' },
    cases: { type: 'string', default: '10000' },
    all: { type: 'boolean', default: false },
    width: { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
  },
})
const users = Number(values.users)
const items = Number(values.items)
const wanted = values.all ? users : Math.min(users, Number(values.cases))

// Each item once, and one row a user: which items they are does not matter to the speed.
const rows = Math.max(users, items)
const dataset = buildDataset('bench', {
  user: Array.from({ length: rows }, (_, i) => `user${i % users}`),
  item: Array.from({ length: rows }, (_, i) => `item${i % items}`),
  domain: new Array<string>(rows).fill('all'),
})
const part = new Uint8Array(rows)
for (let i = 0; i < wanted; i++) part[dataset.log.userStart[i]] = 2
const split = { name: 'bench', part }
const cases = evaluationCases(dataset, split, 2)
const config = bprmf.config.parse({ width: Number(values.width) })
const model = bprmf.create(config, dataset, split, { seed: 1, threads: Number(values.threads) })
await model.score(cases.queries.slice(0, 1), { start: 1, end: 2 }) // compiles

const before = process.memoryUsage.rss()
let peak = before
let reported = performance.now()
const started = performance.now()
const { overall } = await evaluate(model, dataset, cases, {
  candidates: { kind: 'full' },
  maskSeen: false,
  seed: 0,
  onProgress(done, total) {
    peak = Math.max(peak, process.memoryUsage.rss())
    if (performance.now() - reported < 10_000) return
    reported = performance.now()
    console.error(`${done} of ${total} cases`)
  },
})
const seconds = (performance.now() - started) / 1000
await model.dispose()

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20)
const rate = cases.queries.length / seconds
console.log(
  `full ranking of ${cases.queries.length} users × ${items} items, BPR-MF width ${values.width}, ${values.threads} threads: ` +
    `${seconds.toFixed(1)} s, ${rate.toFixed(0)} cases/s; ` +
    `resident memory ${megabytes(before)} MB before, ${megabytes(peak)} MB at its highest`,
)
if (cases.queries.length < users)
  console.log(`at this rate ${users} users take ${((users / rate) * (1 / 60)).toFixed(1)} minutes; --all measures it`)
console.log(
  JSON.stringify({
    cases: cases.queries.length,
    items,
    seconds,
    casesPerSecond: rate,
    rssBeforeMB: megabytes(before),
    rssPeakMB: megabytes(peak),
    hr10: overall['hr@10'],
  }),
)
