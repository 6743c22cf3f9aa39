import { type ByName, byName, giveWay, TributaryError } from '../../core/index.ts'
import type { Level } from '../../ope/index.ts'
import type { Decision } from '../decision.ts'
import type { Ask } from '../fold.ts'
import type { Histories } from '../histories.ts'
import type { ServedModel } from '../models.ts'
import type { Reward } from '../rewards.ts'
import type { Store } from '../store/store.ts'
import { readEarned } from './earned.ts'
import { ExpectedRewards, foldOf } from './expected.ts'
import { drawOf, type TargetPolicy } from './policies.ts'
import { askingTogether, drawnPlaces, historiesOf, type Kept, type Redrawn, redraw } from './redrawn.ts'
import { type LogColumns, Rows, userOf } from './rows.ts'

/** Why a list tells nothing here. */
export type LeftOut =
  /** Nothing of it was drawn. */
  | 'nothing-drawn'
  /** Its rewards may still come. */
  | 'too-soon'
  /** Made by a model that is not at hand. */
  | 'other-weights'
  /** Drawn of more items than a record keeps. */
  | 'not-kept'
  /** What it was drawn of cannot be made again. */
  | 'different'

export interface ReadOptions {
  readonly reward: Reward
  readonly level: Level
  /** What answers are split by. Default `domain`. */
  readonly per?: 'domain' | 'placement' | undefined
  /** Of this place alone. */
  readonly placement?: string | undefined
  /** Milliseconds since 1970: lists from `since`, before `until`. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Milliseconds since 1970: lists whose rewards may still come then are left out. */
  readonly now: number
  /** The models that answered; lists of others are left out. */
  readonly loggers: readonly Pick<ServedModel, 'model' | 'dataset' | 'weights' | 'remembers' | 'policy'>[]
  readonly targets: readonly TargetPolicy[]
  readonly onProgress?: ((done: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface LogRead extends LogColumns {
  readonly lists: number
  readonly leftOut: ByName<number>
  /** Events that counted, those that came after their window, and those that name no item of their list. */
  readonly events: { readonly counted: number; readonly late: number; readonly unplaced: number }
}

const PAGE = 500

/** Lists that cannot be made again, of all, from which on what is left is not the log any more. */
const MOST_LOST = 0.01

/**
 * Reads the lists of a store as a log for off-policy evaluation, and asks every policy how probable it would have made what was shown: with
 * the history that each list had, the items that there were to draw of, and what stood above. Places that were not drawn are left out. Memory grows
 * with what is kept of a list, which is some numbers a place, and with the events that are rewards.
 * @throws TributaryError `mismatch` where more than a hundredth of the lists cannot be made again; `bad-dataset` where no list is left;
 * `store-failed`, `interrupted`, and whatever the models throw
 */
export async function readLog(
  store: Pick<Store, 'decisions' | 'events' | 'history' | 'historySequence' | 'items'>,
  options: ReadOptions,
): Promise<LogRead> {
  const { reward, since, until, loggers, targets, signal, onProgress } = options
  const earnedBy = await readEarned(store, reward, { since, until, signal })
  const leftOut = new Map<LeftOut, number>()
  const leave = (why: LeftOut) => leftOut.set(why, (leftOut.get(why) ?? 0) + 1)
  const byWeights = new Map(loggers.map((logger) => [logger.weights ?? '', logger]))
  const usable = (decision: Decision): LeftOut | undefined => {
    if (decision.at + reward.within > options.now) return 'too-soon'
    if (drawnPlaces(decision).length === 0) return 'nothing-drawn'
    if (!byWeights.has(decision.weights)) return 'other-weights'
    return decision.drawnOf === 'many' ? 'not-kept' : undefined
  }

  const expected = new ExpectedRewards()
  for await (const page of pagesOf(store, options))
    for (const decision of page) {
      if (usable(decision) !== undefined) continue
      const fold = foldOf(userOf(decision))
      const { rewards } = earnedBy(decision)
      const { domain } = decision
      for (const { at, rank, item } of drawnPlaces(decision)) expected.add(fold, { domain, rank, item }, rewards[at])
    }

  const groups = await groupsOf(store, loggers)
  const asks = new Map<object, Ask>(
    [...loggers, ...targets.map(({ model }) => model)].map((model) => [model, askingTogether(model)]),
  )
  const askOf = (model: object) => asks.get(model) as Ask
  const rows = new Rows({ ...options, targets: targets.map(({ name }) => name), expected, groups })
  const events = { counted: 0, late: 0, unplaced: 0 }
  let done = 0
  for await (const page of pagesOf(store, options)) {
    await giveWay(signal, () => `stopped after ${done} lists`)
    const kept = page.filter((decision) => {
      const why = usable(decision)
      if (why !== undefined) leave(why)
      return why === undefined
    })
    const histories = await historiesOf(store, kept)
    const made = await Promise.all(
      kept.map((decision) => {
        const logger = byWeights.get(decision.weights) as (typeof loggers)[number]
        return again(decision as Kept, { logger, targets, histories, askOf })
      }),
    )
    for (const [i, decision] of kept.entries()) {
      const redrawn = made[i]
      if (redrawn === undefined) leave('different')
      else {
        const earned = earnedBy(decision)
        rows.add(decision, earned.rewards, redrawn.own, redrawn.others)
        for (const which of ['counted', 'late', 'unplaced'] as const) events[which] += earned[which]
      }
    }
    done += page.length
    onProgress?.(done)
  }
  refuseLost(rows.lists, leftOut)
  return { ...rows.columns(), lists: rows.lists, leftOut: byName([...leftOut]), events }
}

async function* pagesOf(
  store: Pick<Store, 'decisions'>,
  { since, until, placement }: ReadOptions,
): AsyncGenerator<readonly Decision[]> {
  let after: string | undefined
  do {
    const page = await store.decisions({ since, until, after, limit: PAGE })
    yield placement === undefined ? page.rows : page.rows.filter((decision) => decision.placement === placement)
    after = page.next
  } while (after !== undefined)
}

/** By whoever answered, and by each that is asked about; undefined where it does not come out as it was. */
async function again(
  decision: Kept,
  {
    logger,
    targets,
    histories,
    askOf,
  }: Pick<ReadOptions, 'targets'> & {
    readonly logger: ReadOptions['loggers'][number]
    readonly histories: Histories
    readonly askOf: (model: object) => Ask
  },
): Promise<{ readonly own: Redrawn; readonly others: readonly Redrawn[] } | undefined> {
  const { policy } = decision
  const [own, ...others] = await Promise.all([
    redraw(decision, policy, logger, histories, askOf(logger)),
    ...targets.map((target) => redraw(decision, drawOf(target, policy), target.model, histories, askOf(target.model))),
  ])
  // Where nothing was drawn there is nothing else that could have come of it.
  if (policy.kind !== 'greedy' && own.hash !== decision.candidatesHash) return undefined
  return { own, others }
}

function refuseLost(lists: number, leftOut: ReadonlyMap<LeftOut, number>): void {
  const lost = (leftOut.get('not-kept') ?? 0) + (leftOut.get('different') ?? 0)
  if (lost > MOST_LOST * (lists + lost))
    throw new TributaryError(
      'mismatch',
      `${lost} of ${lists + lost} lists cannot be made again, more than one in a hundred, so that the others say nothing of all; were they made by these models, with the same --fallback, --new-users and --blend?`,
    )
  if (lists > 0) return
  const why = [...leftOut].map(([reason, count]) => `${count} ${REASONS[reason]}`)
  const found = why.length === 0 ? 'the store has none in this time' : why.join(', ')
  throw new TributaryError('bad-dataset', `there is no list to judge by: ${found}`)
}

/** After how many. */
export const REASONS: Readonly<Record<LeftOut, string>> = {
  'nothing-drawn': 'had no place that was drawn',
  'too-soon': 'may still be rewarded',
  'other-weights': 'were made by models that are not at hand',
  'not-kept': 'were drawn of more items than a record keeps',
  different: 'do not come out as they were recorded',
}

/** The first category of each item, as the store has it, else the datasets of the models; undefined where nobody says any. */
async function groupsOf(
  store: Pick<Store, 'items'>,
  loggers: ReadOptions['loggers'],
): Promise<ReadonlyMap<string, string> | undefined> {
  const groups = new Map<string, string>()
  for (const { dataset } of loggers) {
    const { names, ofItem } = dataset.categories ?? { names: [], ofItem: new Int32Array() }
    for (const [id, category] of ofItem.entries()) if (category > 0) groups.set(dataset.items.name(id), names[category])
  }
  let after: string | undefined
  do {
    const page = await store.items({ after, limit: PAGE })
    for (const { item, categories } of page.rows) if (categories.length > 0) groups.set(item, categories[0])
    after = page.next
  } while (after !== undefined)
  return groups.size > 0 ? groups : undefined
}
