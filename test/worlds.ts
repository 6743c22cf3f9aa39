import { createRng, type Dataset, type Rng, type Split } from '../src/core/index.ts'
import { buildDataset, type PartName, splitDataset } from '../src/data/index.ts'

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
      const draw = rng.float() * cumulative[items - 1]!
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
