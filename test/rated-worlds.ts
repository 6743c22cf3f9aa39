import { createRng, type Dataset, type Rng } from '../src/core/index.ts'
import { buildDataset, splitDataset } from '../src/data/index.ts'
import type { World } from './worlds.ts'

// Logs of ratings in two domains, with times, whose right answer is known: what a model of the target domain can learn from
// its own rows and from the source domain's. Ratings are 1 to 5, and those above 3 are positive.

/** Users take part in the target with the rows of the domains named. */
const SPLIT = 'cross-domain:source:target'

/**
 * Planted: in every domain half of the items are left and half are right, and half of the users like each kind, whatever the
 * domain: a rating is positive where the user likes the item's kind (`taste`). Users and items alone say nothing, so a model
 * of both must reach an AUC near 1, and an additive one stays at chance. With `quality` every user likes the left items,
 * which an additive model must learn. With `nothing` ratings are drawn: whoever is beyond chance has read the answer.
 *
 * Every tenth user comes to the source too late to be trained on there, every third item has no category, and domain
 * `elsewhere` is on neither side.
 */
export function ratedWorld({ seed = 1, users = 100, items = 16, follows = 'taste' as Follows } = {}): World {
  const rng = createRng(seed).split('rated', follows)
  const rows = new RatedRows()
  for (let user = 0; user < users; user++) {
    const own = rng.split(user)
    const rate = (domain: string, i: number) => {
      const left = i % 2 === 0
      const liked = { taste: left === (user % 2 === 0), quality: left, nothing: own.float() < 0.5 }[follows]
      const category = i % 3 === 0 ? '' : `${domain} shelf ${i % 3}`
      rows.add(
        user,
        domain,
        `${domain}-${left ? 'left' : 'right'}${i}`,
        liked ? 4 + own.below(2) : 1 + own.below(3),
        category,
      )
    }
    const target = drawn(own, items, 7)
    const source = drawn(own, items, 7)
    const late = user % 10 === 9
    for (let t = 0; t < 7; t++) {
      if (t === 6 && late) for (const i of source) rate('source', i)
      if (t === 3) rate('elsewhere', own.below(4))
      if (!late) rate('source', source[t]!)
      rate('target', target[t]!)
    }
  }
  return rows.world('rated')
}

type Follows = 'taste' | 'quality' | 'nothing'

export interface MixedSourceWorld extends World {
  /** 1 for the source items whose ratings mislead, by id, [V]. */
  readonly misleading: Uint8Array
}

/**
 * Planted: a user has a taste (a direction in three dimensions) and likes the target items that point along it. So it is with
 * half of the source items; the other half, as often rated, is `misleading`. …
 */
export function mixedSourceWorld({
  seed = 1,
  users = 400,
  targetItems = 20,
  sourceItems = 20,
  targetRows = 5,
  sourceRows = 10,
  dimensions = 3,
  harm = 'other' as 'other' | 'inverted' | 'drawn',
  marked = 'item' as 'item' | 'category',
  quiet = false,
} = {}): MixedSourceWorld {
  const rng = createRng(seed).split('mixed source')
  const directions = (label: string, count: number) => {
    const one = rng.split(label)
    return Array.from({ length: count }, () => direction(one, dimensions))
  }
  const ofTarget = directions('target', targetItems)
  const ofTeaching = directions('teaching', sourceItems)
  const ofMisleading = directions('misleading', sourceItems)
  const rows = new RatedRows()
  for (let user = 0; user < users; user++) {
    const own = rng.split(user)
    const taste = direction(own, dimensions)
    const other = harm === 'inverted' ? taste.map((x) => -x) : direction(own, dimensions)
    const category = (kind: string) => (marked === 'category' ? kind : '')
    const target = [...drawn(own, targetItems, targetRows + 2)].map((i) => () => {
      rows.add(user, 'target', `target${i}`, rating(affinity(taste, ofTarget[i]!)), '')
    })
    const teaching = [...drawn(own, sourceItems, sourceRows)].map((i) => () => {
      rows.add(user, 'source', `teaching${i}`, rating(affinity(taste, ofTeaching[i]!)), category('teaching'))
    })
    const misleading = [...drawn(own, sourceItems, sourceRows)].map((i) => {
      const a =
        harm === 'drawn' ? affinity(direction(own, dimensions), ofMisleading[i]!) : affinity(other, ofMisleading[i]!)
      return () => {
        if (!quiet) rows.add(user, 'source', `misleading${i}`, rating(a), category('misleading'))
      }
    })
    const before = [...target.slice(0, targetRows), ...teaching, ...misleading]
    for (const i of drawn(own, before.length, before.length)) before[i]!()
    for (const last of target.slice(targetRows)) last()
  }
  const world = rows.world('mixed source')
  const { items } = world.dataset
  return {
    ...world,
    misleading: Uint8Array.from({ length: items.size }, (_, i) =>
      i > 0 && items.name(i).startsWith('misleading') ? 1 : 0,
    ),
  }
}

function direction(rng: Rng, dimensions: number): number[] {
  const x = Array.from({ length: dimensions }, () => rng.normal())
  const norm = Math.hypot(...x)
  return x.map((value) => value / norm)
}

function affinity(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

/** Positive exactly where the affinity is. */
function rating(affinity: number): number {
  return [-0.6, -0.3, 0, 0.5].filter((bound) => affinity > bound).length + 1
}

/** `count` different numbers below `n`, in random order. */
function drawn(rng: Rng, n: number, count: number): Int32Array {
  return rng.shuffle(Int32Array.from({ length: n }, (_, i) => i)).subarray(0, count)
}

class RatedRows {
  readonly user: string[] = []
  readonly item: string[] = []
  readonly domain: string[] = []
  readonly timestamp: number[] = []
  readonly value: number[] = []
  readonly category: string[] = []

  /** A row of its own hour, an hour after the one before. */
  add(user: number, domain: string, item: string, value: number, category: string): void {
    this.user.push(`user${String(user).padStart(4, '0')}`)
    this.domain.push(domain)
    this.item.push(item)
    this.timestamp.push(1_600_000_000 + 3600 * this.timestamp.length)
    this.value.push(value)
    this.category.push(category)
  }

  world(name: string): World {
    const { user, item, domain, timestamp, value, category } = this
    const dataset: Dataset = buildDataset(name, { user, item, domain, timestamp, value, category })
    return { dataset, split: splitDataset(dataset, SPLIT) }
  }
}
