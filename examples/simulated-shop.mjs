// A shop whose users can be simulated: node examples/simulated-shop.mjs FOLDER writes FOLDER/log.csv, what its users rated, and
// FOLDER/truth.csv, what each of them would rate each item. The way on is in docs/simulation.md.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const USERS = 60
const ITEMS = 48
const KINDS = 4

/**
 * A user likes one kind of four (2 more), and some items are better than others (up to 1 more).
 * @param {number} user
 * @param {number} item
 */
const reward = (user, item) => 1 + (user % KINDS === item % KINDS ? 2 : 0) + ((item * 7) % 5) / 4

/** Park and Miller's minimal generator, so that the files are the same each time. */
let state = 1
const below = (/** @type {number} */ n) => {
  state = (state * 16807) % 2147483647
  return state % n
}

const folder = process.argv[2] ?? '.'
const users = Array.from({ length: USERS }, (_, user) => user)
const items = Array.from({ length: ITEMS }, (_, item) => item)
const log = ['user,item,domain,value']
const truth = ['user,item,reward']
for (const user of users) {
  // About seven of the ten items that each user had are of the kind that it likes.
  for (let row = 0; row < 10; row++) {
    const item = below(10) < 7 ? KINDS * below(ITEMS / KINDS) + (user % KINDS) : below(ITEMS)
    log.push(`user-${user},item-${item},shop,${reward(user, item)}`)
  }
  for (const item of items) truth.push(`user-${user},item-${item},${reward(user, item)}`)
}
mkdirSync(folder, { recursive: true })
writeFileSync(join(folder, 'log.csv'), `${log.join('\n')}\n`)
writeFileSync(join(folder, 'truth.csv'), `${truth.join('\n')}\n`)
