// Lists of a store read as a log: two policies asked again about each, and popularity. The store is made first, of lists that are drawn.
//   tsx bench/ope/lists.ts [lists = 20000] [items = 5000]
// One JSON line: processor seconds of reading, lists in such a second, peak resident bytes of all of it.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Scorer, scoringPairs } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { popularity } from '../../src/serving/logged/policies.ts'
import { readLog } from '../../src/serving/logged/read.ts'
import { parseReward } from '../../src/serving/rewards.ts'
import { openStore } from '../../src/serving/store/open.ts'
import { recordLists } from '../../test/worlds/recorded-lists.ts'

const lists = Number(process.argv[2] ?? 20_000)
const count = Number(process.argv[3] ?? 5_000)
const folder = await mkdtemp(join(tmpdir(), 'bench-ope-lists-'))
const store = await openStore(`sqlite:${join(folder, 'store.db')}`)

const names = Array.from({ length: count }, (_, i) => `i${i}`)
const dataset = buildDataset('bench', {
  user: names.map((_, i) => `u${i % 100}`),
  item: names,
  domain: names.map((_, i) => `d${i % 3}`),
})
const scorer = (slope: number): Scorer => scoringPairs((_, item) => Math.sin(slope * item))
const model = (name: string, slope: number) => ({
  name,
  model: scorer(slope),
  dataset,
  weights: name,
  policy: { kind: 'plackett-luce', temperature: 0.5, candidates: 200 } as const,
})

try {
  const old = model('old', 0.7)
  const since = Date.UTC(2026, 0, 1)
  const rounds = 10
  await recordLists(store, { models: [old], since, users: Math.ceil(lists / rounds), rounds, k: 10, buys: () => 0.05 })
  const before = process.cpuUsage()
  const read = await readLog(store, {
    reward: parseReward('purchase:1h'),
    now: Date.now() + 1e12,
    policies: async () => ({
      loggers: [old],
      targets: [{ name: 'new', model: model('new', 0.71) }, popularity(dataset)],
    }),
  })
  const { user, system } = process.cpuUsage(before)
  const processor = (user + system) / 1e6
  const peakBytes = process.resourceUsage().maxRSS * 1024
  console.log(
    JSON.stringify({ lists: read.lists, items: count, processor, listsPerSecond: read.lists / processor, peakBytes }),
  )
} finally {
  await store.close()
  await rm(folder, { recursive: true, force: true })
}
