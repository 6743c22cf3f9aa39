// What a filter over 100,000 items costs beside the scores of one query: processor time, medians. The filter is asked anew each time, since an item
// has changed; asked again it is answered from memory.
import { type Dataset, domainItems, parseConfig } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { recommend } from '../../src/evaluation/recommend.ts'
import { findModel } from '../../src/registry.ts'
import { Assortment } from '../../src/serving/assortment.ts'
import type { StoredItem } from '../../src/serving/store/store.ts'

const ITEMS = 100_000
const ROUNDS = 40

const names = Array.from({ length: ITEMS }, (_, i) => `item${i}`)
const dataset: Dataset = buildDataset('big', {
  user: [...names, ...names],
  item: [...names, ...names],
  domain: Array.from({ length: 2 * ITEMS }, () => 'books'),
})

function item(i: number): StoredItem {
  const categories = [`c${i % 50}`, `d${i % 7}`]
  const properties = { price: ((i * 7919) % 1000) / 10, brand: `b${i % 1000}` }
  return { item: names[i], domain: 'books', hidden: i % 100 === 0, categories, properties }
}

const filters = {
  narrow: {
    all: [
      { field: 'categories', has: 'd3' },
      { field: 'price', lte: 20 },
      { not: { field: 'brand', in: ['b3', 'b4'] } },
    ],
  },
  half: { field: 'price', lt: 50 },
  text: { field: 'brand', gt: 'b5' },
}

/** Milliseconds of processor time. */
async function cost(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

async function median(work: (round: number) => unknown): Promise<number> {
  const costs: number[] = []
  for (let round = 0; round < ROUNDS; round++) costs.push(await cost(() => work(round)))
  return Number(costs.sort((a, b) => a - b)[ROUNDS >> 1].toFixed(2))
}

const assortment = new Assortment(dataset)
const filling = await cost(() => {
  for (const i of names.keys()) assortment.apply({ revision: i, removed: false, item: item(i) })
})
console.log(`${ITEMS} items put: ${filling.toFixed(0)} ms`)

const spec = findModel('sasrec')
const split = splitDataset(dataset, 'leave-two-out')
const model = spec.create(parseConfig(spec, {}).config, dataset, split, { seed: 1, threads: 1 })
const query = { history: Int32Array.of(5, 9, 700, 3), domain: 0 }
await recommend(model, dataset, [query], { k: 10, maskSeen: true })
const scoring = await median(() => model.score([query], domainItems(dataset, 0)))
const listing = await median(() => recommend(model, dataset, [query], { k: 10, maskSeen: true }))
console.log(`scores of all for one query: ${scoring} ms; with the list: ${listing} ms`)
for (const [name, filter] of Object.entries(filters)) {
  const first = await cost(() => assortment.select('books', [filter], 0))
  const changed = await median((round) => {
    assortment.apply({ revision: round, removed: false, item: item(round) })
    assortment.select('books', [filter], 0)
  })
  const again = await median(() => assortment.select('books', [filter], 0))
  const { candidates } = assortment.select('books', [filter], 0)
  const filtered = await median(() =>
    recommend(model, dataset, [{ ...query, ...(candidates && { candidates }) }], { k: 10, maskSeen: true }),
  )
  console.log(
    `${name} (${candidates?.length} items): ${changed} ms after a change, ${again} ms again, ${first.toFixed(0)} ms where its fields are read first; list ${filtered} ms`,
  )
}
await model.dispose()
