// A shop whose users are made up, so that a week takes seconds: what it logged before, and what its users do once they are given lists.
import { writeFile } from 'node:fs/promises'
import { createRng } from 'tributary-rec'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const SERVICES = ['books', 'games', 'music']
const KINDS = 4
const OF_A_KIND = 3
/** How long lists are. */
const PLACES = 2

/**
 * How probable it is that an item is bought that is shown, by whether it is of the kind that the user had in the log: tastes in books have
 * changed since.
 * @type {Record<string, { own: number, other: number }>}
 */
const BUYS = {
  books: { own: 0.05, other: 0.22 },
  games: { own: 0.35, other: 0.06 },
  music: { own: 0.35, other: 0.08 },
}

/** @param {number} user */
const nameOf = (user) => `u${String(user).padStart(4, '0')}`
/** @param {string} item */
const kindOf = (item) => Math.floor(Number(item.slice(item.indexOf('-') + 1)) / OF_A_KIND)

/**
 * Users like one of four kinds of items, the same in each service, and had fifteen items before a day.
 * @param {string} file
 * @param {{ users: number, before: number, seed?: number }} options
 */
export async function writeLog(file, { users, before, seed = 1 }) {
  const rows = ['user,item,domain,timestamp']
  for (let user = 0; user < users; user++) {
    const rng = createRng(seed).split('log', user)
    for (let row = 0; row < 15; row++) {
      const service = SERVICES[rng.below(SERVICES.length)]
      const kind = rng.float() < 0.8 ? user % KINDS : rng.below(KINDS)
      const item = `${service}-${kind * OF_A_KIND + rng.below(OF_A_KIND)}`
      rows.push([nameOf(user), item, service, new Date(before - (20 - row) * DAY + user * 1000).toISOString()].join())
    }
  }
  await writeFile(file, `${rows.join('\n')}\n`)
}

/**
 * @typedef {object} Live
 * @property {(path: string, body: object) => Promise<any>} post to the server
 * @property {{ now: number }} clock of the server
 * @property {number} from a midnight
 * @property {number} days
 * @property {number} users
 * @property {number} [seed]
 */

/**
 * Every user comes on half of the days, gets a list in one service or two, and buys of what is shown. What happened is told when a day ends.
 * @param {Live} live
 * @returns {Promise<Record<string, { lists: number, purchases: number }>>} by arm, where there are some, and service
 */
export async function liveThrough({ post, clock, from, days, users, seed = 1 }) {
  /** @type {Record<string, { lists: number, purchases: number }>} */
  const sold = {}
  for (let day = 0; day < days; day++) {
    const midnight = from + day * DAY
    const events = []
    for (const { at, user, service, rng } of visitsOf(midnight, users, seed)) {
      clock.now = at
      const list = await post('/v1/recommendations', {
        placement: `home-${service}`,
        user: nameOf(user),
        k: PLACES,
        maskSeen: false,
      })
      const key = list.experiment === undefined ? service : `${list.experiment.arm} ${service}`
      sold[key] ??= { lists: 0, purchases: 0 }
      sold[key].lists++
      const about = { source: 'shop', user: nameOf(user), recommendation: list.id }
      /** @type {{ item: string, rank: number }[]} */
      const items = list.items
      const shown = items.map(({ item }) => item)
      events.push({ ...about, id: `${list.id} seen`, type: 'impression', timestamp: at + 1000, shown })
      for (const { item, rank } of items) {
        const { own, other } = BUYS[service]
        if (rng.float() >= (kindOf(item) === user % KINDS ? own : other)) continue
        sold[key].purchases++
        events.push({ ...about, id: `${list.id} ${rank}`, type: 'purchase', timestamp: at + rank * 30_000, item })
      }
    }
    clock.now = midnight + DAY - 1
    for (let first = 0; first < events.length; first += 1000)
      await post('/v1/events', { events: events.slice(first, first + 1000) })
  }
  return sold
}

/** @param {number} midnight @param {number} users @param {number} seed */
function visitsOf(midnight, users, seed) {
  const visits = []
  for (let user = 0; user < users; user++) {
    const rng = createRng(seed).split('visits', midnight, user)
    if (rng.float() < 0.5) continue
    const at = midnight + 6 * HOUR + Math.floor(rng.float() * 16 * HOUR)
    const first = rng.below(SERVICES.length)
    visits.push({ at, user, rng, service: SERVICES[first] })
    if (rng.float() < 0.6) visits.push({ at: at + 60_000, user, rng, service: SERVICES[(first + 1) % SERVICES.length] })
  }
  return visits.sort((a, b) => a.at - b.at || a.user - b.user)
}
