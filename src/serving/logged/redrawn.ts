import type { Query } from '../../core/index.ts'
import { type Draw, type DrawnList, type DrawPolicy, decide, placeProbabilities } from '../../evaluation/decide.ts'
import type { DecidedItem, Decision } from '../decision.ts'
import { drawAgain, hashOf, wasDrawn } from '../decisions.ts'
import type { Ask } from '../fold.ts'
import { type Histories, MOST_PAST, storeHistories } from '../histories.ts'
import type { Store } from '../store/store.ts'
import type { AskedModel } from './policies.ts'

/** A place of a list that was drawn. */
export interface DrawnPlace extends DecidedItem {
  /** In the list, from 0. */
  readonly at: number
}

export function drawnPlaces({ items }: Pick<Decision, 'items'>): readonly DrawnPlace[] {
  return items.flatMap((item, at) => (wasDrawn(item) ? [{ ...item, at }] : []))
}

/** What a policy would have drawn of, and how probable it makes each at the places of a list, given what that list has above. */
export interface Redrawn {
  /** Of what it was drawn of. */
  hash(): string
  readonly pool: readonly string[]
  /** The place of an item in the pool; undefined where it is not in it. */
  placeOf(item: string): number | undefined
  /** One a drawn place: [pool]. */
  readonly probabilities: readonly Float64Array[]
}

/** A list by whoever answered, and by all others. */
export interface Again {
  readonly own: Redrawn
  readonly targets: readonly Redrawn[]
  /** By each that answered at the same place, with how much of the lists there it got; `redrawn` is absent of the one that got this. */
  readonly rivals: readonly { readonly share: number; readonly redrawn: Redrawn | undefined }[]
}

/** A record that has all that it was drawn of. */
export type Kept = Decision & { readonly drawnOf?: readonly string[] | undefined }

/** @throws whatever the model throws */
export async function redraw(
  decision: Kept,
  policy: DrawPolicy,
  model: AskedModel,
  histories: Histories,
  ask: Ask,
): Promise<Redrawn> {
  const places = drawnPlaces(decision)
  const { pool } = await drawAgain(
    decision,
    { policy, k: places.length, kept: decision.drawnOf },
    model,
    histories,
    ask,
  )
  const inPool = new Map(pool.map(({ item }, at) => [item, at]))
  const placed = new Set<number>()
  const place = (item: string) => {
    const at = inPool.get(item)
    if (at !== undefined) placed.add(at)
  }
  for (const { item, source } of decision.items) if (source === 'pinned') place(item)
  return {
    hash: () => hashOf(pool),
    pool: pool.map(({ item }) => item),
    placeOf: (item) => inPool.get(item),
    probabilities: places.map(({ item, rank }) => {
      const probabilities = placeProbabilities(pool, policy, rank, placed)
      place(item)
      return probabilities
    }),
  }
}

/** Asks a model at once what is asked in one turn. */
export function askingTogether({ model, dataset }: AskedModel): Ask {
  type Waiting = {
    readonly query: Query
    readonly draw: Draw
    readonly maskSeen: boolean
    readonly resolve: (list: DrawnList) => void
    readonly reject: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  const askAll = () => {
    const all = waiting
    waiting = []
    for (const masked of [true, false]) {
      const some = all.filter(({ maskSeen }) => maskSeen === masked)
      const queries = some.map(({ query }) => query)
      const draws = some.map(({ draw }) => draw)
      decide(model, dataset, queries, draws, { maskSeen: masked }).then(
        (lists) => {
          for (const [i, { resolve }] of some.entries()) resolve(lists[i])
        },
        (error: unknown) => {
          for (const { reject } of some) reject(error)
        },
      )
    }
  }
  return (query, draw, maskSeen) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(askAll)
      waiting.push({ query, draw, maskSeen, resolve, reject })
    })
}

/** Histories of some lists, read once for all models that are asked about them. */
export async function historiesOf(
  store: Pick<Store, 'history' | 'historySequence'>,
  decisions: readonly Decision[],
): Promise<Histories> {
  const read = new Map<string, ReturnType<Store['history']>>()
  const history: Store['history'] = (user, limit, upTo) => {
    const key = JSON.stringify([user, limit, upTo])
    const before = read.get(key)
    if (before !== undefined) return before
    const now = store.history(user, limit, upTo)
    read.set(key, now)
    return now
  }
  const asked = decisions.flatMap(({ user, history: sent, historySequence }) =>
    user === undefined || sent !== undefined ? [] : [history(user, MOST_PAST, historySequence ?? 0)],
  )
  await Promise.all(asked)
  return storeHistories({ history, historySequence: (user) => store.historySequence(user) })
}
