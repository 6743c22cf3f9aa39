import { createRng, type Rng } from '../../math/index.ts'
import type { InteractionColumns } from './build.ts'
import type { NamedSideData } from './side-data.ts'

// The rule, in full. 480 users and 60 shop items in 6 kinds of 10; film f is of the kind f mod 6, too, of 30 films. User u likes the kind
// u mod 6, for good. A shop item of rank q in its kind (0 … 9) has the quality q / 9, and pays a user
//
//   1 + 3 · (its kind is the one that the user likes) + its quality
//
// which is the truth, and what the log says of a row. The log of a user: 12 events in the shop and 6 in Video, in a drawn order, an hour
// apart. Half of the events are drawn from the kind that the user likes, half from all. What is drawn among is drawn by how prominent it
// is, ∝ 1 / place, where an item of rank q has the place 1 + (3 q + 2) mod 10 in its kind: what is prominent is neither good nor bad.
//
// What follows, of 10 different items an episode: at random an item pays 1 + 3/6 + 1/2 = 2, so an episode 20. One list for all can do no
// better than the best items of all kinds, 10 · 1.5 + 6 · 1 + 4 · 8/9 = 24.56. Who knows the user's kind takes its ten items: 45.

const USERS = 480
const KINDS = 6
const RANKS = 10
const FILMS = 30
const SHOP_EVENTS = 12
const FILM_EVENTS = 6
const LIKED = 3
const FIRST_DAY = 1_704_067_200 // 2024-01-01
const NAMES = ['books', 'garden', 'kitchen', 'music', 'sports', 'toys']

/** What episodes of ten different items earn in this world, by its rule. */
export const DEMO_TRUTH_EARNS = { random: 20, oneList: 15 + 6 + 32 / 9, oracle: 45 } as const

/**
 * A log of two services, one of which has a truth: what each user would be paid for each item. Rows and truth for `buildDataset`. The rule
 * stands at the top of this file and in docs/simulation.md. Same seed, same rows; the truth is the same for all seeds.
 */
export function demoTruthWorld(seed: number): { readonly columns: InteractionColumns; readonly side: NamedSideData } {
  const rng = createRng(seed).split('demo-truth')
  const rows = Array.from({ length: USERS }, (_, user) => eventsOf(user, rng.split('user', user))).flat()
  const column = <K extends keyof Row>(name: K): Row[K][] => rows.map((row) => row[name])
  const items = Array.from({ length: KINDS * RANKS }, (_, item) => item)
  return {
    columns: {
      user: column('user'),
      item: column('item'),
      domain: column('domain'),
      timestamp: column('timestamp'),
      value: column('value'),
      category: column('category'),
    },
    side: {
      truth: {
        users: Array.from({ length: USERS }, (_, user) => nameOfUser(user)),
        items: items.map(nameOfItem),
        values: Array.from({ length: USERS }, (_, user) => items.map((item) => reward(user, item))).flat(),
      },
    },
  }
}

interface Row {
  readonly user: string
  readonly item: string
  readonly domain: string
  readonly timestamp: number
  readonly value: number
  readonly category: string
}

const nameOfUser = (user: number) => `user-${String(user + 1).padStart(3, '0')}`
const nameOfItem = (item: number) => `${NAMES[item % KINDS]}-${Math.floor(item / KINDS) + 1}`

function reward(user: number, item: number): number {
  const liked = item % KINDS === user % KINDS ? LIKED : 0
  return 1 + liked + Math.floor(item / KINDS) / (RANKS - 1)
}

function eventsOf(user: number, rng: Rng): Row[] {
  const services = Uint8Array.from({ length: SHOP_EVENTS + FILM_EVENTS }, (_, i) => Number(i < SHOP_EVENTS))
  return Array.from(rng.split('order').shuffle(services), (isShop, event) => {
    const kinds = rng.float() < 0.5 ? [user % KINDS] : [...NAMES.keys()]
    const kind = kinds[rng.below(kinds.length)]
    const item = isShop ? kind + KINDS * rankByPlace(rng) : kind + KINDS * rng.below(FILMS / KINDS)
    return {
      user: nameOfUser(user),
      item: isShop ? nameOfItem(item) : `film-${item + 1}`,
      domain: isShop ? 'shop' : 'video',
      timestamp: FIRST_DAY + 86_400 * user + 3600 * event,
      value: isShop ? reward(user, item) : 1 + (kind === user % KINDS ? LIKED : 0) + 0.5,
      category: NAMES[kind],
    }
  })
}

/** The rank of an item, drawn by its place. */
function rankByPlace(rng: Rng): number {
  const weights = Array.from({ length: RANKS }, (_, rank) => 1 / (1 + ((3 * rank + 2) % RANKS)))
  let left = rng.float() * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [rank, weight] of weights.entries()) {
    left -= weight
    if (left < 0) return rank
  }
  return RANKS - 1
}
