import { giveWay, type ItemRange, type Policy, type Trajectories, TributaryError } from '../../core/index.ts'
import { probabilitiesOf } from './act.ts'
import { createMemory, scoresOf } from './memory.ts'
import type { Environment, Mode } from './simulator.ts'

/** Episodes that were played, by whomever. */
export type Played = Pick<Trajectories, 'users' | 'lengths' | 'maxLength' | 'items' | 'rewards'>

/** One turn of one of them: what a policy would have done in its place. */
export interface AskedAgain {
  readonly episode: number
  readonly turn: number
  /** Of each item that may be recommended, with which probability; good until the next turn. [items] */
  readonly probabilities: Float64Array
  /** The place of the item that was recommended. */
  readonly taken: number
}

export interface ReplayOptions {
  readonly mode: Mode
  /** What may be recommended: item ids. */
  readonly items: Int32Array
  /** Episodes at a time; no result depends on it. Default 256. */
  readonly parallel?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks a policy along episodes that were played, each turn with what was recommended and paid before it, and tells with which probabilities it
 * would recommend what. Turns of an episode come in their order.
 * @throws TributaryError `bad-argument` for a policy that knows when users leave, which episodes do not say, and for items that are not among
 * those that may be recommended; and as `rollOut`
 */
export async function replay(
  policy: Policy,
  { dataset, domain }: Pick<Environment, 'dataset' | 'domain'>,
  played: Played,
  { mode, items, parallel = 256, signal }: ReplayOptions,
  tell: (turn: AskedAgain) => void,
): Promise<void> {
  if (policy.avoidsLeaving && mode !== 'noRepeat10')
    throw new TributaryError(
      'bad-argument',
      'this policy looks at when users leave, which episodes that were played do not say; only policies that do not can be asked again',
    )
  const { users, lengths, maxLength } = played
  const range: ItemRange = {
    start: items.reduce((a, b) => Math.min(a, b)),
    end: 1 + items.reduce((a, b) => Math.max(a, b)),
  }
  const places = new Map(Array.from(items, (item, place) => [item, place]))
  const positions = items.map((item) => item - range.start)
  const marks = new Uint8Array(items.length)
  const probabilities = new Float64Array(items.length)
  const placeOf = (episode: number, turn: number): number => {
    const item = played.items[episode * maxLength + turn]
    const place = places.get(item)
    if (place !== undefined) return place
    throw new TributaryError(
      'bad-argument',
      `episode ${episode} recommends item ${item}, which is not among the ${items.length} that may be recommended`,
    )
  }
  for (let first = 0; first < users.length; first += parallel) {
    const batch = Array.from({ length: Math.min(parallel, users.length - first) }, (_, index) => first + index)
    const memories = batch.map((episode) => {
      const memory = createMemory(policy, { dataset, domain }, { mode, maxLength })
      memory.begin(users[episode])
      return memory
    })
    for (let turn = 0; ; turn++) {
      await giveWay(signal, () => `stopped after ${first} of ${users.length} episodes`)
      const busy = batch.filter((episode) => turn < lengths[episode])
      if (busy.length === 0) break
      const queries = busy.map((episode) => memories[episode - first].query())
      const scores = await scoresOf(policy, queries, { range })
      for (const [index, episode] of busy.entries()) {
        marks.fill(0)
        if (mode !== 'free') for (let before = 0; before < turn; before++) marks[placeOf(episode, before)] = 1
        const given = { scores, offset: index * (range.end - range.start), positions }
        probabilitiesOf(given, marks, policy.acting, probabilities)
        const taken = placeOf(episode, turn)
        tell({ episode, turn, probabilities, taken })
        memories[episode - first].append(items[taken], played.rewards[episode * maxLength + turn])
      }
    }
  }
}
