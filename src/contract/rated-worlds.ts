import type { Dataset } from '../core/index.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { createRng, type Rng } from '../math/index.ts'
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
      if (!late) rate('source', source[t])
      rate('target', target[t])
    }
  }
  return rows.world('rated')
}

/**
 * Planted: in three domains half of the items are left and half are right, and half of the users like each kind in all of them. Every third user
 * has no rows in one domain. A fifth of those who know several are new in one of these: they have no training rows there, and what they
 * like there is known from elsewhere alone. With `nothing` ratings are drawn.
 */
export function coldUsersWorld({ seed = 1, users = 120, items = 12, follows = 'taste' as Follows } = {}): World {
  const rng = createRng(seed).split('cold users', follows)
  const rows = new RatedRows()
  for (let user = 0; user < users; user++) {
    const own = rng.split(user)
    for (const [d, domain] of ['books', 'films', 'music'].entries()) {
      if (user % 9 === 3 * d) continue
      for (const i of drawn(own, items, 6)) {
        const left = i % 2 === 0
        const liked = { taste: left === (user % 2 === 0), quality: left, nothing: own.float() < 0.5 }[follows]
        rows.add(
          user,
          domain,
          `${domain}-${left ? 'left' : 'right'}${i}`,
          liked ? 4 + own.below(2) : 1 + own.below(3),
          '',
        )
      }
    }
  }
  return rows.world('cold users', 'cold-users:0.2')
}

type Follows = 'taste' | 'quality' | 'nothing'

/** The rows of a world of ratings, where a fifth of the users are new in the target, so that only their source rows train. */
export function newInTarget({ dataset }: World): World {
  return { dataset, split: splitDataset(dataset, 'cold-users:0.2:target') }
}

export interface MixedSourceWorld extends World {
  /** 1 for the source items whose ratings mislead, by id, [V]. */
  readonly misleading: Uint8Array
}

/**
 * Planted: a user is generous or severe, and rates target items accordingly, more often than not; one training row there does
 * not tell which. Half of the source items, the teaching ones, are rated in the same way, often enough to tell. The other
 * half, rated as often, are misleading: how generous a user is to them was drawn by itself, so that it contradicts the target
 * for half of the users. (Turned round for all users it would teach as much: a model learns the sign.) With
 * `marked: 'category'` the two kinds are categories. With `quiet` the misleading half is left out of the log, which is
 * otherwise the same. Must lose by the misleading half: who trains on all source rows alike. Must tell the kinds apart: who
 * weighs source rows by what they do for the target.
 */
export function mixedSourceWorld({
  seed = 1,
  users = 800,
  items = 20,
  targetRows = 1,
  sourceRows = 20,
  strength = 2,
  marked = 'item' as 'item' | 'category',
  quiet = false,
} = {}): MixedSourceWorld {
  const rng = createRng(seed).split('mixed source')
  const rows = new RatedRows()
  const kinds = { target: targetRows + 2, teaching: sourceRows, misleading: sourceRows }
  const quality = (kind: string) => {
    const own = rng.split(kind)
    return Array.from({ length: items }, () => own.normal() / 2)
  }
  const qualities = { target: quality('target'), teaching: quality('teaching'), misleading: quality('misleading') }
  for (let user = 0; user < users; user++) {
    const own = rng.split('user', user)
    const [inTarget, elsewhere] = [0, 1].map(() => (own.float() < 0.5 ? strength : -strength)) as [number, number]
    const rate = (kind: keyof typeof kinds) =>
      Array.from(drawn(own, items, kinds[kind]), (i) => {
        const logit = (kind === 'misleading' ? elsewhere : inTarget) + qualities[kind][i]
        const liked = own.float() < 1 / (1 + Math.exp(-logit))
        const value = liked ? 4 + own.below(2) : 1 + own.below(3)
        const domain = kind === 'target' ? 'target' : 'source'
        const category = marked === 'category' && kind !== 'target' ? kind : ''
        return () => {
          if (!(quiet && kind === 'misleading')) rows.add(user, domain, `${kind}${i}`, value, category)
        }
      })
    const target = rate('target')
    const before = [...target.splice(0, targetRows), ...rate('teaching'), ...rate('misleading')]
    for (const i of drawn(own, before.length, before.length)) before[i]()
    for (const add of target) add()
  }
  const world = rows.world('mixed source')
  const { items: names } = world.dataset
  const misleading = Uint8Array.from({ length: names.size }, (_, id) =>
    id > 0 && names.name(id).startsWith('misleading') ? 1 : 0,
  )
  return { ...world, misleading }
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

  world(name: string, splitName = SPLIT): World {
    const { user, item, domain, timestamp, value, category } = this
    const dataset: Dataset = buildDataset(name, { user, item, domain, timestamp, value, category })
    return { dataset, split: splitDataset(dataset, splitName) }
  }
}
