import { type Dataset, type LearnedIds, learnedIds, learnedQuery, type Query, type Split } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { minimum, type Programs, runWith, sigmoid } from '../../tensor/index.ts'
import type { RunFeeds } from './feeds.ts'
import type { BehaviorIds, LabelGraph } from './graph.ts'
import type { TwoSidedLog } from './log.ts'
import type { Entity, Side } from './network.ts'

/** Pairs of a query and an item that are scored in one run. */
const PAIRS_A_RUN = 2048

/** What answers queries: a network that is not trained, over the weights of the model. */
export interface Serving {
  readonly graph: LabelGraph
  readonly sides: TwoSidedLog
  readonly learned: LearnedEntities
  readonly programs: Programs
  readonly feeds: RunFeeds
}

/** Probabilities of a positive label for pairs of a query and an item, each by the head of the item's side, [n]. */
export async function scorePairs(
  serving: Serving,
  queries: readonly Query[],
  items: Int32Array,
): Promise<Float32Array<ArrayBuffer>> {
  const scores = new Float32Array(items.length)
  for (const side of ['target', 'source'] as const) {
    const places = [...items.keys()].filter((i) => headOf(serving, items[i]) === side)
    const known = knownOf(serving, side)
    for (let start = 0; start < places.length; start += PAIRS_A_RUN) {
      const chosen = places.slice(start, start + PAIRS_A_RUN)
      const found = await scoreSide(
        serving,
        side,
        chosen.map((i) => known(queries[i])),
        Int32Array.from(chosen, (i) => items[i]),
      )
      for (const [k, i] of chosen.entries()) scores[i] = found[k]
    }
  }
  return scores
}

/** A network without a source side takes every item for one of the target. */
function headOf({ graph, sides }: Serving, item: number): Side {
  return graph.network.source !== undefined && sides.sideOf(item) !== 'target' ? 'source' : 'target'
}

/** What a query says to a network. */
interface Known {
  readonly user: number
  readonly liked: Readonly<Record<Side, Int32Array>>
  /** On the side that is not asked about. */
  readonly last: number
}

/** Each query is read once. */
function knownOf({ sides, learned }: Serving, side: Side): (query: Query) => Known {
  const found = new Map<Query, Known>()
  const read = (query: Query): Known => {
    const own = learnedQuery(query, learned.ids)
    return {
      user: query.user === undefined ? 0 : query.user + 1,
      liked: { target: sides.likedIn(own, 'target'), source: sides.likedIn(own, 'source') },
      last: sides.lastIn(own, side === 'target' ? 'source' : 'target'),
    }
  }
  return (query) => {
    const known = found.get(query) ?? read(query)
    found.set(query, known)
    return known
  }
}

/** One run, [n]. */
async function scoreSide(
  { graph, learned, programs, feeds }: Serving,
  side: Side,
  known: readonly Known[],
  items: Int32Array,
): Promise<Float32Array> {
  const logits = graph.network[side] ?? graph.network.target
  // onnxruntime's sigmoid may pass 1 by a rounding.
  const program = await programs.compile({ probability: minimum(sigmoid(logits), 1) }, side)
  const behaviors: BehaviorIds = {
    user: Int32Array.from(known, ({ user }) => user),
    item: items,
    partner: Int32Array.from(known, ({ last }) => last),
    liked: (i, of) => known[i].liked[of],
  }
  const unlabelled = { ids: behaviors, labels: new Float32Array(items.length) }
  const asked = { target: unlabelled, source: { ...unlabelled, real: new Uint8Array(items.length) } }
  // No dropout is drawn.
  const fed = feeds((ids) => graph.feeds(asked, ids, createRng(0)), learned.rows)
  return (await runWith(program, fed)).probability.data as Float32Array
}

/** Which ids have vectors that learned, and the same by rows of the tables, where users stand one place behind. */
export interface LearnedEntities {
  readonly ids: LearnedIds
  readonly rows: Readonly<Record<Entity, Uint8Array>>
}

export function learnedEntities(
  dataset: Dataset,
  split: Split,
  sides: TwoSidedLog,
  trainsSource: boolean,
): LearnedEntities {
  const sideOfRow = (row: number) => sides.sideOf(dataset.log.item[row])
  // Without a source loss, source items are still read in histories, but users are met in the target alone.
  const { items } = learnedIds(dataset, split, (row) => sideOfRow(row) !== undefined)
  const { users } = learnedIds(dataset, split, (row) =>
    trainsSource ? sideOfRow(row) !== undefined : sideOfRow(row) === 'target',
  )
  const user = new Uint8Array(users.length + 1)
  user.set(users, 1)
  const category = new Uint8Array(sides.categories)
  for (const [item, known] of items.entries()) if (known === 1) category[sides.categoryOfItem[item]] = 1
  return { ids: { users, items }, rows: { user, item: items, category } }
}
