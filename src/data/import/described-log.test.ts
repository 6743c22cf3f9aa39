import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { itemTitle } from '../../core/index.ts'
import { openDataset } from '../store/store.ts'
import { literal, withDatabase } from '../tables/duckdb.ts'
import { parseEventTypes } from './event-types.ts'
import { type ImportOptions, importDataset } from './import.ts'
import { parseItemColumns } from './item-columns.ts'

let folder: string
let out: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-described-log-'))
  out = join(folder, 'dataset')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function imported(name: string, text: string, options: Partial<ImportOptions>) {
  const file = join(folder, name)
  if (text !== '') await writeFile(file, text)
  const reader = name.split('.').pop() ?? ''
  const report = await importDataset({ reader, files: [file], out, overwrite: true, ...options })
  return { report, dataset: await openDataset(out) }
}

/** What is known of each item, by name. */
function known({ items, itemFeatures = [] }: Awaited<ReturnType<typeof openDataset>>) {
  return Object.fromEntries(
    Array.from({ length: items.size - 1 }, (_, i) => [
      items.name(i + 1),
      Object.fromEntries(
        itemFeatures.map((feature) => [
          feature.name,
          feature.kind === 'number'
            ? feature.values[i + 1]
            : Array.from(feature.ids.subarray(feature.start[i + 1], feature.start[i + 2]), (id) => feature.labels[id]),
        ]),
      ),
    ]),
  )
}

const FILMS = {
  '7': { title: ['A "title", with | signs'], price: 4.5, genres: ['love', 'war'] },
  '8': { title: ['Two'], price: Number.NaN, genres: [] },
}

// The last price of 7 by time is that of its second row; the third says nothing of genres.
const CSV = `user,item,domain,time,product_name,price,genres
u,7,films,3,Old title,3,war
u,7,films,9,"A ""title"", with | signs",4.5,war|love
v,7,films,5,Old title,3,
v,8,films,1,Two,,
`
const JSON_LINES = [
  { user: 'u', item: 7, domain: 'films', time: 3, product_name: 'Old title', price: 3, genres: ['war'] },
  {
    user: 'u',
    item: 7,
    domain: 'films',
    time: 9,
    product_name: 'A "title", with | signs',
    price: 4.5,
    genres: ['war', 'love'],
  },
  { user: 'v', item: 7, domain: 'films', time: 5, product_name: 'Old title', price: 3 },
  { user: 'v', item: 8, domain: 'films', time: 1, product_name: 'Two', price: null, genres: [] },
]

const columns = parseItemColumns('title=product_name,price,genres')

test.each([
  ['log.csv', CSV],
  ['log.jsonl', JSON_LINES.map((row) => JSON.stringify(row)).join('\n')],
  ['log.parquet', ''],
])('%s keeps what its columns say of items, as the last row says it', async (name, text) => {
  if (name === 'log.parquet') {
    await writeFile(join(folder, 'rows.json'), JSON.stringify(JSON_LINES))
    await withDatabase(':memory:', async (connection) => {
      const rows = `read_json(${literal(join(folder, 'rows.json'))})`
      await connection.run(`COPY (SELECT * FROM ${rows}) TO ${literal(join(folder, name))}`)
    })
  }
  const { dataset, report } = await imported(name, text, { itemColumns: columns })
  expect(known(dataset)).toEqual(FILMS)
  expect(itemTitle(dataset, dataset.items.id('7') ?? 0)).toBe('A "title", with | signs')
  expect(report.itemFeatures).toEqual(['title', 'price', 'genres'])
  expect(report.files[0]?.passedOver).toEqual([])
  expect(report.itemColumns).toEqual([
    { name: 'title', column: 'product_name', kind: 'labels', items: 2, differing: 1, noNumber: 0 },
    { name: 'price', column: 'price', kind: 'number', items: 1, differing: 1, noNumber: 0 },
    { name: 'genres', column: 'genres', kind: 'labels', items: 1, differing: 1, noNumber: 0 },
  ])
  expect(JSON.parse(await readFile(join(out, 'dataset.json'), 'utf8')).origin.itemColumns).toEqual(report.itemColumns)
})

test('without times the last row in the order of the files counts; one wrong cell of twenty leaves a number a number', async () => {
  const rows = Array.from({ length: 20 }, (_, i) => `u,${i},films,${i === 0 ? 'sold out' : i}`)
  const log = `user,item,domain,price\n${rows.join('\n')}\nu,1,films,100\n`
  const { dataset, report } = await imported('log.csv', log, { itemColumns: parseItemColumns('price') })
  const { '0': none, '1': last } = known(dataset)
  expect([none, last]).toEqual([{ price: Number.NaN }, { price: 100 }])
  expect(report.itemColumns).toEqual([
    { name: 'price', column: 'price', kind: 'number', items: 19, differing: 1, noNumber: 1 },
  ])
})

const EVENTS = `user,item,domain,event_type,value,time
u,a,shop,view,.5,1
u,b,shop,purchase,.5,2
u,b,shop,hover,.5,3
v,c,shop,cart,.5,4
v,a,shop,view,,5
v,a,shop,hover,.5,6
w,a,shop,,.5,7
`

test('types with weights become values, others are left out and counted', async () => {
  const eventTypes = parseEventTypes('view=1,purchase=5')
  const { dataset, report } = await imported('log.csv', EVENTS, { eventTypes, maxBadRows: 1 })
  expect(dataset.log.value).toEqual(Float32Array.of(1, 5, 1))
  expect(dataset.items.id('c')).toBeUndefined()
  // A type that is missing is a cell that cannot be read; an empty value is passed over like the others.
  expect(report.sum).toEqual({ read: 7, kept: 3, badRows: 1, filtered: 0, otherTypes: 3, blankLines: 0 })
  expect(report.badRows.first).toMatchObject([{ line: 8, column: 'event_type' }])
  expect(report.otherTypes).toEqual([
    { type: 'hover', rows: 2 },
    { type: 'cart', rows: 1 },
  ])
  expect(report.files[0]?.passedOver).toEqual(['value'])
})

test('types without weights choose rows, which keep their values', async () => {
  const eventTypes = parseEventTypes('view,purchase')
  const log = EVENTS.replace('v,a,shop,view,,5', 'v,a,shop,view,2,5')
  const { dataset } = await imported('log.csv', log, { eventTypes, maxBadRows: 1 })
  expect(dataset.log.value).toEqual(Float32Array.of(0.5, 0.5, 2))
})

test.each([
  [{ eventTypes: parseEventTypes('buy=1') }, 'file-empty', "it has 'hover', 'view', 'cart', 'purchase'"],
  [{ eventTypes: parseEventTypes('view=1'), columns: { value: 'value' } }, 'bad-argument', 'which are the values'],
  [{ columns: { event: 'event_type' } }, 'bad-argument', '--event-type'],
  [
    { eventTypes: parseEventTypes('view=1'), columns: { event: 'evnt_type' } },
    'bad-column',
    "did you mean 'event_type'?",
  ],
  [{ itemColumns: parseItemColumns('vale') }, 'bad-column', "did you mean 'value'?"],
] as const)('%j is refused', async (options, code, message) => {
  await expect(imported('log.csv', EVENTS, { maxBadRows: 2, ...options })).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  })
})

test('a feature is kept once', async () => {
  const table = join(folder, 'items.csv')
  await writeFile(table, 'item,price\na,3\n')
  const attempt = imported('log.csv', 'user,item,domain,price\nu,a,shop,4\n', {
    itemFeatures: table,
    itemColumns: parseItemColumns('price'),
  })
  await expect(attempt).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('price_logged=price'),
  })
})

test.each(['view=', 'view=x', '=1', 'view=1,cart', 'view,view', 'view=1,', 'view=Infinity'])(
  'types %j are refused',
  (text) => {
    expect(() => parseEventTypes(text)).toThrow(/write them as view=1,purchase=5/)
  },
)

test.each(['title,', '=x', 'title=', 'a,a', 'a=x,a=y'])('columns %j are refused', (text) => {
  expect(() => parseItemColumns(text)).toThrow(/title=product_name/)
})
