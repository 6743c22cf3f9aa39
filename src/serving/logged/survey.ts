import { type ByName, byName, giveWay, TributaryError } from '../../core/index.ts'
import type { DrawPolicy } from '../../evaluation/decide.ts'
import type { Decision } from '../decision.ts'
import type { Reward } from '../rewards.ts'
import type { Store } from '../store/store.ts'
import type { Earned } from './earned.ts'
import { ExpectedRewards, foldOf } from './expected.ts'
import { drawnPlaces } from './redrawn.ts'

/** Which lists of a store. */
export interface Window {
  /** Milliseconds since 1970: lists from `since`, before `until`. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Of this place alone. */
  readonly placement?: string | undefined
  readonly signal?: AbortSignal | undefined
}

const PAGE = 200

export async function* pagesOf(
  store: Pick<Store, 'decisions'>,
  { since, until, placement, signal }: Window,
): AsyncGenerator<readonly Decision[]> {
  let after: string | undefined
  do {
    await giveWay(signal, () => 'stopped while lists were read')
    const page = await store.decisions({ since, until, after, limit: PAGE })
    yield placement === undefined ? page.rows : page.rows.filter((decision) => decision.placement === placement)
    after = page.next
  } while (after !== undefined)
}

/** Why a list tells nothing here. */
export type LeftOut =
  /** Nothing of it was drawn. */
  | 'nothing-drawn'
  /** Its rewards may still come. */
  | 'too-soon'
  /** Made by a model that is not at hand. */
  | 'other-weights'
  /** Put together by two models in turn. */
  | 'interleaved'
  /** Drawn of more items than a record keeps. */
  | 'not-kept'
  /** What it was drawn of cannot be made again. */
  | 'different'

/** After how many. */
export const LEFT_OUT: Readonly<Record<LeftOut, string>> = {
  'nothing-drawn': 'had no place that was drawn',
  'too-soon': 'may still be rewarded',
  'other-weights': 'were made by models whose runs are not at hand',
  interleaved: 'were put together by two models in turn',
  'not-kept': 'were drawn of more items than a record keeps',
  different: 'do not come out as they were recorded',
}

/** @param now milliseconds since 1970 */
export function tellsNothing(decision: Decision, { within }: Reward, now: number): LeftOut | undefined {
  if (decision.at + within > now) return 'too-soon'
  if (drawnPlaces(decision).length === 0) return 'nothing-drawn'
  if (decision.interleaved !== undefined) return 'interleaved'
  return decision.drawnOf === 'many' ? 'not-kept' : undefined
}

/** Lists that cannot be made again, of all, from which on what is left is not the log any more. */
const MOST_LOST = 0.01

/** Counts what is left out. */
export class LeftOuts {
  readonly #counts = new Map<LeftOut, number>()

  add(why: LeftOut): void {
    this.#counts.set(why, (this.#counts.get(why) ?? 0) + 1)
  }

  get byReason(): ByName<number> {
    return byName([...this.#counts])
  }

  /**
   * @param lists that were not left out
   * @throws TributaryError `mismatch`, `bad-dataset`
   */
  refuse(lists: number): void {
    const lost = (this.#counts.get('not-kept') ?? 0) + (this.#counts.get('different') ?? 0)
    if (lost > MOST_LOST * (lists + lost))
      throw new TributaryError(
        'mismatch',
        `${lost} of ${lists + lost} lists cannot be made again, more than one in a hundred, so that the others do not speak for all; were they made by these models, with the same --fallback, --new-users and --blend?`,
      )
    if (lists > 0) return
    const why = [...this.#counts].map(([reason, count]) => `${count} ${LEFT_OUT[reason]}`)
    const found = why.length === 0 ? 'the store has none of this time and place' : why.join(', ')
    const advice = this.#counts.has('other-weights') ? '; name each with --logger, or their folder with --runs' : ''
    throw new TributaryError('bad-dataset', `there is no list to judge by: ${found}${advice}`)
  }
}

/** A model with a way of drawing that answered. */
export interface Logger {
  readonly weights: string
  readonly policy: DrawPolicy
}

/** Policies that answered at one place, any of which could have got a list there, with how many they got. */
export type Cell = Map<string, Logger & { lists: number }>

/** What lists say before any model is asked. */
export interface Survey {
  /** All of them, those that tell nothing, too. */
  readonly lists: number
  readonly expected: ExpectedRewards
  readonly weights: ReadonlySet<string>
  /** By place and domain. */
  readonly cells: ReadonlyMap<string, Cell>
}

/** @throws TributaryError `store-failed`, `interrupted` */
export async function survey(
  store: Pick<Store, 'decisions'>,
  earnedBy: (decision: Decision) => Earned,
  options: Window & { readonly reward: Reward; readonly now: number },
): Promise<Survey> {
  const expected = new ExpectedRewards()
  const cells = new Map<string, Cell>()
  let lists = 0
  for await (const page of pagesOf(store, options))
    for (const decision of page) {
      lists++
      if (tellsNothing(decision, options.reward, options.now) !== undefined) continue
      const { domain, weights, policy } = decision
      const cell: Cell = cells.get(cellOf(decision)) ?? new Map()
      cells.set(cellOf(decision), cell)
      const key = loggerOf(decision)
      cell.set(key, { weights, policy, lists: (cell.get(key)?.lists ?? 0) + 1 })
      const fold = foldOf(userOf(decision))
      const { rewards } = earnedBy(decision)
      for (const { at, rank, item } of drawnPlaces(decision)) expected.add(fold, { domain, rank, item }, rewards[at])
    }
  const all = [...cells.values()].flatMap((cell) => [...cell.values()])
  return { lists, expected, cells, weights: new Set(all.map(({ weights }) => weights)) }
}

/** Who is counted as one user: a session where nobody is named, else the list by itself. */
export function userOf({ user, session, id }: Pick<Decision, 'user' | 'session' | 'id'>): string {
  return user !== undefined ? `user ${user}` : session !== undefined ? `session ${session}` : id
}

export function cellOf({ placement, domain }: Pick<Decision, 'placement' | 'domain'>): string {
  return JSON.stringify([placement, domain])
}

export function loggerOf({ weights, policy }: Logger): string {
  return JSON.stringify([weights, policy])
}
