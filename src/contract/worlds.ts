import type { Dataset, Split } from '../core/index.ts'
import { buildDataset, type PartName, splitDataset } from '../data/index.ts'
import { createRng, type Rng } from '../math/index.ts'

// Small logs whose right answer is known. Each documents what was planted and who must find it; the contract suite says, model
// by model, in which world it is examined. Item names tell the truth (`a7`, `left3`), so a failing test can be read.

export interface World {
  readonly dataset: Dataset
  readonly split: Split
}

/**
 * Planted: one secret cyclic order of the items; from wherever a user starts, the next item is the successor of the last.
 * Must be learned by: every sequence model, to a hit rate at 1 near 1. Popularity is at chance, since every item is as frequent.
 */
export function cycleWorld({ seed = 1, users = 80, items = 16, length = 10 } = {}): World {
  const rng = createRng(seed).split('cycle')
  const order = cyclicOrder(items, rng)
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    let place = user % items
    for (let t = 0; t < length; t++, place = (place + 1) % items) rows.add(user, 'service', `a${order[place]}`)
  }
  return rows.world('cycle', 'leave-two-out')
}

/**
 * Planted: a checkerboard. Users of two groups each take, in random order and never twice, all but a few items of their group's
 * set; the answer is one of the few. Must be learned by: whatever knows users or co-occurrence (matrix factorization, kNN) and
 * sequence models. With seen items masked, a group has fewer than five unseen items, so the right group is a hit at 5.
 */
export function blockWorld({ seed = 1, users = 60, itemsPerGroup = 12, length = 10 } = {}): World {
  const rng = createRng(seed).split('blocks')
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    const group = user % 2 === 0 ? 'left' : 'right'
    const order = rng.split(user).shuffle(Int32Array.from({ length: itemsPerGroup }, (_, i) => i))
    for (const item of order.subarray(0, length)) rows.add(user, 'service', `${group}${item}`)
  }
  return rows.world('blocks', 'leave-two-out')
}

/**
 * Planted: items are taken independently of user and past, the i-th most frequent with probability ∝ 1/i. Must be learned by:
 * popularity, which no model can beat here in expectation.
 */
export function popularityWorld({ seed = 1, users = 150, items = 40, length = 8 } = {}): World {
  const rng = createRng(seed).split('popularity')
  const cumulative: number[] = []
  for (let i = 0; i < items; i++) cumulative.push((cumulative[i - 1] ?? 0) + 1 / (i + 1))
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    for (let t = 0; t < length; t++) {
      const draw = rng.float() * cumulative[items - 1]
      rows.add(user, 'service', `a${cumulative.findIndex((bound) => draw < bound)}`)
    }
  }
  return rows.world('popularity', 'leave-two-out')
}

/**
 * Planted: domain `copy` repeats domain `source` with a delay of one event: after each random source item stands its twin
 * (`source7` → `copy7`). Valid and test rows are in `copy`. Must be learned by: every mixed sequence model, near-perfectly; a
 * model of `copy` alone stays at chance, so this is the world in which another domain helps.
 */
export function twoDomainCopyWorld({ seed = 1, users = 100, items = 12, pairs = 5 } = {}): World {
  const rng = createRng(seed).split('copy')
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    for (let pair = 0; pair < pairs; pair++) {
      const item = rng.below(items)
      const part = pair === pairs - 1 ? 'test' : pair === pairs - 2 ? 'valid' : 'train'
      rows.add(user, 'source', `source${item}`, part === 'train' ? 'train' : 'unused')
      rows.add(user, 'copy', `copy${item}`, part)
    }
  }
  return rows.world('copy', 'column')
}

/**
 * Planted: domain `signal` walks a secret cycle, domain `noise` is uniformly random, and they alternate. Must be learned by:
 * mixed sequence models in `signal`, past the noise between. In `noise` nothing can be learned: a model beyond chance there has
 * read the answer.
 */
export function noiseDomainWorld({ seed = 1, users = 100, items = 12, length = 6 } = {}): World {
  const rng = createRng(seed).split('noise')
  const order = cyclicOrder(items, rng)
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    for (let t = 0; t < length; t++) {
      const part = t === length - 1 ? 'test' : t === length - 2 ? 'valid' : 'train'
      rows.add(user, 'signal', `signal${order[(user + t) % items]}`, part)
      rows.add(user, 'noise', `noise${rng.below(items)}`, part)
    }
  }
  return rows.world('noise', 'column')
}

/**
 * Planted: in each `signal` domain a user has a taste of its own, one group of items, and takes only from that; `noise` is
 * uniformly random and crowds between. A window of the whole history holds all that a single-domain model sees, and more.
 * The twins must reach the best there is (an item of the right group, in random order). A naive mixed model must lose to them,
 * and by far less on the same log without its noise (`quiet`): with so few users it learns the noise by heart before it
 * learns what to overlook. A model that guards against negative transfer must not lose.
 */
export function crowdingNoiseWorld({
  seed = 1,
  users = 80,
  signals = 3,
  noise = 5,
  rounds = 6,
  quiet = false,
} = {}): World {
  const rng = createRng(seed).split('crowding noise')
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    const own = rng.split(user)
    const domains = Array.from({ length: signals }, (_, d) => ({
      domain: `signal${d + 1}`,
      events: 1,
      draw: tasteOf(own, own.below(GROUPS)),
    }))
    addRounds(rows, user, own, rounds, [
      ...domains,
      { domain: 'noise', events: noise, draw: () => `${own.below(60)}`, silent: quiet },
    ])
  }
  return rows.world('crowding noise', 'column')
}

/**
 * Planted: three `related` domains share a user's taste, which only half of the events follow; `apart` has a taste of its own,
 * which all of its events follow, so that its sequences are noise to the others and theirs to it. Must be found: `related` gains
 * from mixing (each sees three times the evidence), `apart` loses by it, since its few events drown.
 */
export function unrelatedDomainWorld({ seed = 1, users = 60, related = 3, rounds = 6 } = {}): World {
  const rng = createRng(seed).split('unrelated')
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    const own = rng.split(user)
    const shared = own.below(GROUPS)
    const domains = Array.from({ length: related }, (_, d) => ({
      domain: `related${d + 1}`,
      events: 2,
      draw: tasteOf(own, shared, 0.5),
    }))
    addRounds(rows, user, own, rounds, [
      ...domains,
      { domain: 'apart', events: 1, draw: tasteOf(own, own.below(GROUPS)) },
    ])
  }
  return rows.world('unrelated', 'column')
}

/**
 * Planted: domain `copy` repeats `source` with a delay, behind none to two events of `noise`; noise stands before the next
 * `source` as well. Valid and test rows are in `copy`. Must gain: every model that reads the mixed sequence, far beyond
 * the twin of `copy`, which stays at chance.
 */
export function delayedCopyWorld({ seed = 1, users = 150, items = 12, rounds = 6 } = {}): World {
  const rng = createRng(seed).split('delayed copy')
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    for (let round = 0; round < rounds; round++) {
      const part = partOfRound(round, rounds)
      const unasked = part === 'train' ? 'train' : 'unused'
      const item = rng.below(items)
      const interrupt = () => {
        for (let n = rng.below(3); n > 0; n--) rows.add(user, 'noise', `noise${rng.below(items)}`, unasked)
      }
      rows.add(user, 'source', `source${item}`, unasked)
      interrupt()
      rows.add(user, 'copy', `copy${item}`, part)
      interrupt()
    }
  }
  return rows.world('delayed copy', 'column')
}

/**
 * Planted: users of two groups, each of which takes only its own items, in both domains. Half of the users have many rows in `home` and one
 * in `away`, of any group; only they are asked, in `away`. The others tell which items of `away` belong together. Must be learned by: whatever
 * knows a user of one domain in another. With four items a group, the right group is a hit at 4.
 */
export function tasteElsewhereWorld({ seed = 1, users = 160, rows: rowsEach = 8, items = 4 } = {}): World {
  const rng = createRng(seed).split('taste elsewhere')
  const rows = new Rows()
  for (let user = 0; user < users; user++) {
    const own = rng.split(user)
    const isAsked = user % 2 === 0
    const groups = own.float() < 0.5 ? ['left', 'right'] : ['right', 'left']
    const of = (domain: string, group: string, count: number) => `${domain}-${group}${own.below(count)}`
    const away = (group: string, part: PartName) => rows.add(user, 'away', of('away', group, items), part)
    for (let row = 0; row < rowsEach; row++) {
      rows.add(user, 'home', of('home', groups[0], 12), 'train')
      if (!isAsked) away(groups[0], 'train')
    }
    if (!isAsked) continue
    away(groups[own.below(2)], 'train')
    away(groups[0], 'valid')
    away(groups[0], 'test')
  }
  return rows.world('taste elsewhere', 'column')
}

/** Groups of items in a domain of tastes, and items in a group. */
const GROUPS = 4
const GROUP_ITEMS = 6

/** Draws names of items: of the group of the taste, or, where an event does not follow it, of any. */
function tasteOf(rng: Rng, taste: number, follows = 1): () => string {
  return () => {
    const group = rng.float() < follows ? taste : rng.below(GROUPS)
    return `group${group}-${rng.below(GROUP_ITEMS)}`
  }
}

interface RoundDomain {
  readonly domain: string
  /** In every round. */
  readonly events: number
  /** Left out of the log, which is otherwise the same. */
  readonly silent?: boolean
  draw(): string
}

/** Rounds of events in random order. Of the last two, valid and test, each domain is asked once; its other rows are history. */
function addRounds(rows: Rows, user: number, rng: Rng, rounds: number, domains: readonly RoundDomain[]): void {
  const events = domains.flatMap(({ events }, d) => new Array<number>(events).fill(d))
  for (let round = 0; round < rounds; round++) {
    const part = partOfRound(round, rounds)
    const asked = new Set<number>()
    for (const d of rng.shuffle(Int32Array.from(events))) {
      const { domain, silent, draw } = domains[d]
      const item = `${domain}-${draw()}`
      if (!silent) rows.add(user, domain, item, part !== 'train' && asked.has(d) ? 'unused' : part)
      asked.add(d)
    }
  }
}

function partOfRound(round: number, rounds: number): PartName {
  if (round === rounds - 1) return 'test'
  return round === rounds - 2 ? 'valid' : 'train'
}

/** A random order of 0 … n − 1, read as a cycle. */
function cyclicOrder(n: number, rng: Rng): Int32Array {
  return rng.split('order').shuffle(Int32Array.from({ length: n }, (_, i) => i))
}

class Rows {
  readonly user: string[] = []
  readonly item: string[] = []
  readonly domain: string[] = []
  readonly part: PartName[] = []

  add(user: number, domain: string, item: string, part?: PartName): void {
    this.user.push(`user${String(user).padStart(4, '0')}`)
    this.domain.push(domain)
    this.item.push(item)
    if (part !== undefined) this.part.push(part)
  }

  world(name: string, split: 'leave-two-out' | 'column'): World {
    const { user, item, domain, part } = this
    const dataset = buildDataset(name, { user, item, domain, ...(part.length > 0 && { part }) })
    return { dataset, split: splitDataset(dataset, split) }
  }
}
