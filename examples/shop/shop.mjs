// A shop goes live: node examples/shop/shop.mjs [FOLDER] [USERS] makes a log with broken rows, imports it, trains a model, asks whom it helps,
// serves it, tells it what happens, and looks whether the answers follow. Node 22.13 or newer, for the embedded store.
// The same by hand, and what comes after it, is in docs/going-live.md.
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { itemOf, visits, writeLog } from './log.mjs'
import { call, serve, step, tributary, until, verify } from './steps.mjs'

const [folder = '.tributary/shop', users = '4000'] = process.argv.slice(2)
mkdirSync(folder, { recursive: true })
process.chdir(resolve(folder))
// What an earlier run of this script told the store would be told twice.
for (const suffix of ['', '-wal', '-shm']) rmSync(`shop.db${suffix}`, { force: true })

step('A log of four services, as it comes: about fifty events a user, one row of a thousand is broken')
const log = await writeLog('events.csv', Number(users))
console.log(log)

step('Import: views and purchases, titles and prices; what cannot be read is left out and told')
const columns = ['--domain', 'service', '--item', 'sku', '--timestamp', 'at', '--item-column', 'title,price,categories']
const types = ['--event-type', 'view=1,purchase=5', '--max-bad-rows', '1000']
const imported = await tributary('import', 'csv', 'events.csv', '--out', 'dataset', '--overwrite', ...columns, ...types)
verify('every broken row was found, and nothing else', imported.sum.badRows === log.broken)

step('Train one model for all services')
const size = ['width=32', 'inner=32', 'heads=1', 'layers=1', 'maxLength=20', 'dropout=0.2']
const pace = ['learningRate=0.005', 'epochs=20', 'patience=1']
const options = [...size, ...pace].flatMap((option) => ['--set', option])
await tributary('train', 'sasrec', 'dataset', '--out', 'runs/first', ...options, '--overwrite')

step('The verdict: does each service gain from the others, or lose?')
const report = await tributary('transfer', 'runs/first')
for (const [name, { verdict }] of Object.entries(report.domains)) console.log(`  ${name}: ${verdict}`)

step('The store: the log becomes everybody’s history, and what it says of items the catalogue')
const store = ['--store', 'sqlite:shop.db']
await tributary('store', 'load', 'dataset', ...store)

step('Serve it; a service that the others harm is answered by its own model')
const server = await serve('first=runs/first', ...store, '--fallback', 'auto', '--runs', 'runs')

try {
  step('Live: a visitor looks at a film of space, and the next list knows it')
  const ask = { user: 'ada', domain: 'films', k: 5 }
  const before = await call('POST', '/v1/recommendations', ask)
  const film = itemOf('films', 42)
  const event = { source: 'shop', id: 'e-1', type: 'view', user: 'ada', item: film.item, domain: 'films' }
  const told = await call('POST', '/v1/events', { events: [event] })
  const again = await call('POST', '/v1/events', { events: [event] })
  verify(
    'an event that is told twice counts once',
    told.accepted === 1 && again.accepted === 0 && again.duplicates === 1,
  )
  const after = await call('POST', '/v1/recommendations', ask)
  console.log(names(before), '→', names(after))
  verify('the list is another one', names(before).join() !== names(after).join())

  step('Other visitors: a stream of events, a line each')
  const stream = visits(Math.ceil(Number(users) / 20))
  const taken = await call('POST', '/v1/events', stream)
  verify('all are on disk', taken.accepted === stream.length)

  step(
    'A new item is listed before any training, since it is like others; a place in the product says what may stand there',
  )
  const arrival = itemOf('films', 442)
  const { title, categories } = arrival
  const properties = { price: 9.99, shelf: 'arrivals' }
  await call('PUT', `/v1/items/${arrival.item}`, { domain: 'films', title, categories, properties })
  const shelf = { field: 'shelf', equals: 'arrivals' }
  const fresh = await call('POST', '/v1/recommendations', { ...ask, filter: shelf })
  verify('it is the only new arrival', names(fresh).join() === arrival.item && fresh.items[0].source === 'fresh')
  const cheap = { all: [{ field: 'price', lte: 20 }, { not: { field: 'categories', has: 'crime' } }] }
  await call('PUT', '/v1/placements/bargains', { domain: 'films', filter: cheap, pin: [arrival.item] })
  const bargains = await call('POST', '/v1/recommendations', {
    placement: 'bargains',
    user: 'ada',
    k: 5,
    explain: true,
  })
  for (const { item, source, because = [] } of bargains.items)
    console.log(`  ${item} (${source})${because.length === 0 ? '' : `, because of ${because[0].item}`}`)
  const items = await Promise.all(names(bargains).map((item) => call('GET', `/v1/items/${item}`)))
  verify('all cost at most 20 and none is of crime', items.every(fits))
  verify('what is pinned stands first', names(bargains)[0] === arrival.item)

  step('Out of stock: hidden, and gone from the next list')
  const [best = ''] = names(after)
  await call('PATCH', `/v1/items/${best}`, { hidden: true })
  verify(`${best} is gone`, !names(await call('POST', '/v1/recommendations', ask)).includes(best))

  step(
    'The next night: train on what the store has, beginning with today’s weights; the new model answers only if it is not worse',
  )
  const night = await tributary(
    'retrain',
    ...store,
    '--runs',
    'runs',
    '--name',
    'second',
    '--champion',
    'first=runs/first',
  )
  console.log(`  ${night.status}: ${night.reason}`)
  const answering = night.status === 'promoted' ? 'second@' : 'first@'
  await until(`${answering} answers`, async () =>
    (await call('POST', '/v1/recommendations', ask)).model.startsWith(answering),
  )
  if (night.status === 'promoted') {
    await call('POST', '/v1/aliases/champion/rollback')
    verify(
      'the old model is one request away',
      (await call('POST', '/v1/recommendations', ask)).model.startsWith('first@'),
    )
  }
} finally {
  await server.end()
}

/** @param {{ items: { item: string }[] }} list */
function names({ items }) {
  return items.map(({ item }) => item)
}

/** @param {{ properties: { price: number }, categories: string[] }} item */
function fits({ properties, categories }) {
  return properties.price <= 20 && !categories.includes('crime')
}
