// A shop goes live: node examples/shop/shop.mjs [FOLDER] [USERS] makes a log with broken rows, imports it, trains a model, asks whom it helps,
// serves it, tells it what happens, and looks whether the answers follow. Node 22.13 or newer, for the embedded store.
// What each step prints is in docs/going-live.md.
import { mkdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { itemOf, writeLog } from './log.mjs'
import { call, serve, step, tributary, verify } from './steps.mjs'

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

  step('A night later: train from the store, begin with the weights of yesterday, switch without a restart, and back')
  await tributary('import', 'store', 'sqlite:shop.db', '--out', 'tonight', '--overwrite')
  await tributary(
    'train',
    'sasrec',
    'tonight',
    '--warm-start',
    'runs/first',
    '--out',
    'runs/second',
    ...options,
    '--overwrite',
  )
  await tributary('transfer', 'runs/second')
  await call('POST', '/v1/models', { run: 'second' })
  await call('PUT', '/v1/aliases/champion', { model: 'second' })
  verify('the new model answers', (await call('POST', '/v1/recommendations', ask)).model.startsWith('second@'))
  await call('POST', '/v1/aliases/champion/rollback')
  verify('and the old one again', (await call('POST', '/v1/recommendations', ask)).model.startsWith('first@'))
} finally {
  await server.end()
}

/** @param {{ items: { item: string }[] }} list */
function names({ items }) {
  return items.map(({ item }) => item)
}
