import type { Rng } from '../../math/index.ts'
import { createFenwick } from './fenwick.ts'

/** Where a drawn record stands: in the policy's own steps, or among the demonstrations. */
export interface Drawn {
  readonly own: boolean
  readonly place: number
}

/** Draws from the policy's own steps and from demonstrations together: an own step counts c, a demonstration its weight. */
export interface Replay {
  /** What demonstration `place` counts from now on. */
  weigh(place: number, weight: number): void
  weight(place: number): number
  /** Of the next draw: that it is one of the policy's own `own` steps. */
  ownShare(own: number): number
  /** `count` records, or as many as there are, without replacement, in random order. */
  draw(count: number, own: number, rng: Rng): Drawn[]
}

/**
 * Weights of demonstrations stand in a Fenwick tree, and own steps in no list at all: a draw takes as long with ten steps as with a million.
 * @param demonstrations how many there are; each counts 1 at first
 * @param ownPriority c, what an own step counts
 * @param ownChance the share of own steps, where it is fixed
 */
export function createReplay(demonstrations: number, ownPriority: number, ownChance?: number): Replay {
  const tree = createFenwick(demonstrations)
  for (let place = 0; place < demonstrations; place++) tree.set(place, 1)
  const share = (own: number) => {
    const mine = ownPriority * own
    const theirs = tree.total()
    return mine + theirs > 0 ? mine / (mine + theirs) : own > 0 ? 1 : 0
  }
  return {
    weigh: (place, weight) => tree.set(place, Math.max(0, weight)),
    weight: tree.weight,
    ownShare: share,
    draw(count, own, rng) {
      const drawn: Drawn[] = []
      const removed = new Map<number, number>()
      const ownDrawn = new Set<number>()
      /** A place of `size` that is not among those drawn. */
      const other = (size: number, seen: { has(place: number): boolean }) => {
        for (;;) {
          const place = rng.below(size)
          if (!seen.has(place)) return place
        }
      }
      while (drawn.length < Math.min(count, own + demonstrations)) {
        const ownLeft = own - ownDrawn.size
        const theirsLeft = demonstrations - removed.size
        const takesOwn = theirsLeft === 0 || (ownLeft > 0 && rng.float() < (ownChance ?? share(ownLeft)))
        if (takesOwn) {
          const place = other(own, ownDrawn)
          ownDrawn.add(place)
          drawn.push({ own: true, place })
          continue
        }
        const total = tree.total()
        const place = total > 0 ? tree.find(rng.float() * total) : other(demonstrations, removed)
        removed.set(place, tree.weight(place))
        tree.set(place, 0)
        drawn.push({ own: false, place })
      }
      for (const [place, weight] of removed) tree.set(place, weight)
      shuffle(drawn, rng)
      return drawn
    },
  }
}

function shuffle(drawn: Drawn[], rng: Rng): void {
  const order = rng.shuffle(Int32Array.from(drawn.keys()))
  const before = drawn.slice()
  for (const [i, place] of order.entries()) drawn[i] = before[place]
}
