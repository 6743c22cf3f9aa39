import { type DrawPolicy, drawList, placeProbabilities } from '../../evaluation/decide.ts'
import { createRng } from '../../math/index.ts'
import type { Composed, ComposedItem } from '../compose.ts'
import { wasDrawn } from '../decisions.ts'

/** A model that picks items for a list. */
export interface Team {
  readonly arm: string
  readonly policy: DrawPolicy
  /** What it draws follows from it. */
  readonly seed: string
  /** Its own list of all that is asked for, with what that was drawn of. */
  readonly list: Pick<Composed, 'items' | 'pool'>
  /** What else there is to say of an item of the pool. */
  readonly about: (item: string) => Pick<ComposedItem, 'id' | 'source'>
}

/** Of the two teams, the one that picks first. */
export type Starter = 0 | 1

export interface TeamItem extends ComposedItem {
  /** The arm that picked it; absent of what nobody picked. */
  readonly team?: string
}

/** The seed of what one team draws, so that the teams draw independently. */
export function seedOf(id: string, arm: string): string {
  return `${id} ${arm}`
}

/** Drawn of the list's id, so that it is the same on each page. */
export function starterOf(id: string): Starter {
  return (createRng(0).split('interleave', id).uint32() & 1) as Starter
}

/**
 * One list of two models: they pick in turn, each the next of its own that is not there yet (team draft, Radlinski et al. 2008), and the one
 * that begins is drawn for each list. The propensity of an item is that of the mixture, given those above it: whoever looks at the list knows who
 * may have begun, and how each draws.
 * @param above what stands on the pages before
 * @param k places of this page
 */
export function teamDraft(
  teams: readonly [Team, Team],
  starter: Starter,
  { above = [], k }: { readonly above?: readonly Pick<TeamItem, 'item' | 'source' | 'filled'>[]; readonly k: number },
): TeamItem[] {
  const pools = [new Pool(teams[0]), new Pool(teams[1])] as const
  const belief = new Belief(pools)
  const list: TeamItem[] = []
  const place = (item: string) => {
    for (const pool of pools) pool.place(item)
  }
  for (const [i, one] of above.entries()) {
    if (wasDrawn(one)) belief.probability(one.item, i + 1)
    place(one.item)
  }
  for (const pinned of teams[0].list.items)
    if (pinned.source === 'pinned' && list.length < k) {
      list.push(pinned)
      place(pinned.item)
    }
  while (list.length < k) {
    const rank = above.length + list.length + 1
    const turn = (starter + belief.picks) % 2
    const [by, pick] =
      [turn, 1 - turn].map((team) => [team, pools[team].next(rank)] as const).find(([, one]) => one) ?? []
    if (by === undefined || pick === undefined) break
    list.push({ ...pick, rank, propensity: belief.probability(pick.item, rank), team: teams[by].arm })
    place(pick.item)
  }
  for (const filled of teams[0].list.items)
    if (filled.filled && list.length < k && !pools[0].taken.has(filled.item))
      list.push({ ...filled, rank: above.length + list.length + 1 })
  return list
}

/** What a team has left to pick of. */
class Pool {
  readonly taken = new Set<string>()
  readonly #team: Team
  readonly #places: ReadonlyMap<string, number>
  readonly #placed = new Set<number>()

  constructor(team: Team) {
    this.#team = team
    this.#places = new Map(team.list.pool.map(({ item }, at) => [item, at]))
  }

  place(item: string): void {
    this.taken.add(item)
    const at = this.#places.get(item)
    if (at !== undefined) this.#placed.add(at)
  }

  /** What it draws at a place, given all that stand above it. */
  next(rank: number): Omit<ComposedItem, 'rank' | 'propensity'> | undefined {
    const { list, policy, seed, about } = this.#team
    const best = list.pool.map(({ score }, item) => ({ item, score }))
    // As many stand above as the place says, also those of whom this team does not know.
    const above = [...this.#placed]
    while (above.length < rank - 1) above.push(-1 - above.length)
    const { items } = drawList(best, { policy, seed, k: 1, above })
    // Behind all that it draws of, its items stand in their order.
    if (items.length === 0) return list.items.find((one) => wasDrawn(one) && !this.taken.has(one.item))
    const [{ item: at, explored }] = items
    const { item, score } = list.pool[at]
    const { id, source } = about(item)
    return { item, id, score, source: explored ? 'explored' : source }
  }

  probability(item: string, rank: number): number {
    const { list, policy } = this.#team
    const at = this.#places.get(item)
    if (at !== undefined) return placeProbabilities(list.pool, policy, rank, this.#placed)[at]
    return this.#placed.size === list.pool.length && this.next(rank)?.item === item ? 1 : 0
  }
}

/** What somebody who sees a list from the top knows of who began. */
class Belief {
  picks = 0
  readonly #pools: readonly [Pool, Pool]
  /** That the first team began, and the second. */
  #began = [0.5, 0.5]

  constructor(pools: readonly [Pool, Pool]) {
    this.#pools = pools
  }

  /** Of an item at a place, given those above it; it is then known to stand there. */
  probability(item: string, rank: number): number {
    const byTeam = this.#pools.map((pool) => pool.probability(item, rank))
    const likely = this.#began.map((share, starter) => share * byTeam[(starter + this.picks) % 2])
    this.picks++
    const sum = likely[0] + likely[1]
    // What stands there since the other team had nothing left tells nothing of who began.
    if (sum === 0) return 1
    this.#began = likely.map((one) => one / sum)
    return sum
  }
}
