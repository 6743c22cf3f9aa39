import { createRng } from '../../math/index.ts'

const FOLDS = 5

/** An item counts as much as if it had been shown so often before and earned what items at its places earn. */
const PRIOR = 10

/** Places after this one earn alike. */
const MOST_RANKS = 20

/** One item that was shown. */
export interface Shown {
  readonly domain: string
  /** 1 is first. */
  readonly rank: number
  readonly item: string
}

interface Sums {
  /** [folds] */
  readonly rewards: Float64Array
  /** Times shown. [folds, ranks] */
  readonly shown: Float64Array
}

/**
 * What an item earns at a place: what that place of its service earns, times how much more the item earned than the places where it was
 * shown, drawn towards 1 where it was shown seldom. Fitted without the fold of the user who is asked about. It reads no score, so that it
 * says the same of items of every policy.
 */
export class ExpectedRewards {
  readonly #domains = new Map<string, { readonly rewards: Float64Array; readonly shown: Float64Array }>()
  readonly #items = new Map<string, Sums>()
  // Found when first asked for, so nothing is added after that.
  readonly #bases = new Map<string, Float64Array>()
  readonly #lifts = new Map<string, Float64Array>()

  add(fold: number, { domain, rank, item }: Shown, reward: number): void {
    const cell = fold * MOST_RANKS + rowOf(rank)
    const places = entry(this.#domains, domain, () => ({ rewards: cells(), shown: cells() }))
    places.rewards[cell] += reward
    places.shown[cell]++
    const sums = entry(this.#items, item, () => ({ rewards: new Float64Array(FOLDS), shown: cells() }))
    sums.rewards[fold] += reward
    sums.shown[cell]++
  }

  /** What an item is expected to earn at a place, by what users of other folds did. */
  of(fold: number, { domain, rank, item }: Shown): number {
    return earnedAt(this.base(fold, domain, rank), this.lift(fold, domain, item))
  }

  /** What a place earns. */
  base(fold: number, domain: string, rank: number): number {
    return entry(this.#bases, domain, () => this.#basesOf(domain))[fold * MOST_RANKS + rowOf(rank)]
  }

  /** How many times as much an item earns. */
  lift(fold: number, domain: string, item: string): number {
    return entry(this.#lifts, item, () => this.#liftsOf(domain, item))[fold]
  }

  /** [folds, ranks] */
  #basesOf(domain: string): Float64Array {
    const { rewards, shown } = this.#domains.get(domain) ?? { rewards: cells(), shown: cells() }
    const bases = cells()
    for (let fold = 0; fold < FOLDS; fold++) {
      const others = rewards.map((_, cell) => Number(Math.floor(cell / MOST_RANKS) !== fold))
      const sumOf = (sums: Float64Array, row?: number) =>
        sums.reduce((sum, x, cell) => sum + (row === undefined || cell % MOST_RANKS === row ? others[cell] * x : 0), 0)
      const mean = sumOf(rewards) / Math.max(1, sumOf(shown))
      for (let row = 0; row < MOST_RANKS; row++) {
        const times = sumOf(shown, row)
        bases[fold * MOST_RANKS + row] = times > 0 ? sumOf(rewards, row) / times : mean
      }
    }
    return bases
  }

  /** [folds] */
  #liftsOf(domain: string, item: string): Float64Array {
    const bases = entry(this.#bases, domain, () => this.#basesOf(domain))
    const sums = this.#items.get(item)
    return Float64Array.from({ length: FOLDS }, (_, fold) => {
      let [earned, due, shown] = [0, 0, 0]
      for (let other = 0; sums !== undefined && other < FOLDS; other++) {
        if (other === fold) continue
        earned += sums.rewards[other]
        for (let row = 0; row < MOST_RANKS; row++) {
          const times = sums.shown[other * MOST_RANKS + row]
          shown += times
          due += times * bases[fold * MOST_RANKS + row]
        }
      }
      if (due <= 0) return 1
      const prior = (PRIOR * due) / shown
      return (earned + prior) / (due + prior)
    })
  }
}

export function earnedAt(base: number, lift: number): number {
  // Where a place costs, what is liked does not cost more.
  return base <= 0 ? base : base * lift
}

/** Which part of the users one is in, whatever else is asked. */
export function foldOf(user: string): number {
  return createRng(0).split('fold', user).below(FOLDS)
}

function rowOf(rank: number): number {
  return Math.min(rank, MOST_RANKS) - 1
}

function cells(): Float64Array {
  return new Float64Array(FOLDS * MOST_RANKS)
}

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const known = map.get(key)
  if (known !== undefined) return known
  const made = make()
  map.set(key, made)
  return made
}
