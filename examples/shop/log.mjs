// What a shop of four services logs: node examples/shop/log.mjs FILE [USERS] writes a row an event, about fifty a user, some of them
// broken as logs are. Whoever saw a film often wants its book next: the services have something to tell one another.

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'

const SERVICES = /** @type {const} */ ([
  { name: 'films', share: 0.4, word: 'Film' },
  { name: 'games', share: 0.3, word: 'Game' },
  { name: 'music', share: 0.24, word: 'Record' },
  { name: 'books', share: 0.06, word: 'Book' },
])
const BOOKS = SERVICES[3]
const ITEMS = 400
const TASTES = ['history', 'crime', 'space', 'nature', 'sport', 'family', 'travel', 'fantasy']
const FIRST = Date.UTC(2026, 0, 1)
const DAY = 86_400_000

/** Park and Miller's minimal generator, so that the file is the same each time. */
let state = 1
const chance = () => {
  state = (state * 16807) % 2147483647
  return state / 2147483647
}
const below = (/** @type {number} */ n) => Math.floor(chance() * n)

/** An item of a service: the first ones are met most. @param {number} taste */
const ofTaste = (taste) => Math.floor((ITEMS / TASTES.length) * chance() ** 2) * TASTES.length + taste
/** @param {number} item */
const price = (item) => 4 + ((item * 37) % 60) + 0.99

/** @param {string} service @param {number} item */
export function itemOf(service, item) {
  const { word } = SERVICES.find(({ name }) => name === service) ?? SERVICES[0]
  const taste = TASTES[item % TASTES.length]
  return {
    item: `${service}-${item + 1}`,
    title: `${word} ${item + 1}, of ${taste}`,
    price: price(item),
    categories: [taste],
  }
}

/** One service, by their shares. @param {typeof SERVICES} services */
function drawn(services) {
  let left = chance()
  for (const service of services) {
    if (left < service.share) return service
    left -= service.share
  }
  return services[0]
}

function* eventsOf(/** @type {number} */ user) {
  const taste = below(TASTES.length)
  let time = FIRST + below(120 * DAY)
  let film = -1
  for (let events = 25 + below(51); events > 0; events--) {
    const wantsBook = film >= 0 && chance() < 0.25
    const { name } = wantsBook ? BOOKS : drawn(SERVICES)
    const item = wantsBook ? film : ofTaste(chance() < 0.7 ? taste : below(TASTES.length))
    film = name === 'films' ? item : -1
    const type = chance() < 0.15 ? 'purchase' : chance() < 0.1 ? 'hover' : 'view'
    yield { user: `u${user + 1}`, service: name, item, type, time }
    time += 60_000 + below(DAY)
  }
}

/** What other visitors do while the server runs, as it is told. @param {number} visitors */
export function visits(visitors) {
  return Array.from({ length: visitors }, (_, visitor) => [...eventsOf(visitor)]).flatMap((events, visitor) =>
    events.map(({ service, item, type, time }, n) => ({
      source: 'shop',
      id: `v${visitor}-${n}`,
      type,
      user: `visitor-${visitor}`,
      item: itemOf(service, item).item,
      domain: service,
      timestamp: time,
    })),
  )
}

/** What goes wrong on the way into a log. */
const BROKEN = [
  (/** @type {string} */ row) => row.slice(0, row.indexOf(',', 30)), // the process ended in the middle of a line
  (/** @type {string} */ row) => row.replace(/^u\d+/, ''), // nobody was logged in
  (/** @type {string} */ row) => row.replace(/,20\d\d-/, ',yesterday-'),
  () => HEADER, // two files were joined
]
const HEADER = 'user,service,sku,event,at,title,price,categories'

/**
 * @param {string} file
 * @param {number} users
 * @returns how many rows were written, and how many of them are broken
 */
export async function writeLog(file, users) {
  const out = createWriteStream(file)
  const rows = [HEADER]
  let written = 0
  let broken = 0
  for (let user = 0; user < users; user++) {
    for (const { service, item, type, time, user: name } of eventsOf(user)) {
      const { title, categories, price, item: sku } = itemOf(service, item)
      const row = `${name},${service},${sku},${type},${new Date(time).toISOString()},"${title}",${price},${categories}`
      const isBroken = chance() < 0.001
      rows.push(isBroken ? BROKEN[broken++ % BROKEN.length](row) : row)
      written++
    }
    if (rows.length < 10_000 && user < users - 1) continue
    if (!out.write(`${rows.join('\n')}\n`)) await once(out, 'drain')
    rows.length = 0
  }
  out.end()
  await once(out, 'finish')
  return { rows: written, broken }
}

if (process.argv[1] === import.meta.filename) {
  const [file = 'events.csv', users = '4000'] = process.argv.slice(2)
  console.log(await writeLog(file, Number(users)))
}
