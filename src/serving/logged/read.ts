import type { ByName } from '../../core/index.ts'
import type { DrawPolicy } from '../../evaluation/decide.ts'
import type { Level } from '../../ope/index.ts'
import type { Decision } from '../decision.ts'
import type { Ask } from '../fold.ts'
import type { Histories } from '../histories.ts'
import type { ServedModel } from '../models.ts'
import type { Reward } from '../rewards.ts'
import type { Store } from '../store/store.ts'
import { readEarned } from './earned.ts'
import { type AskedModel, drawOf, type TargetPolicy } from './policies.ts'
import { type Again, askingTogether, historiesOf, type Kept, redraw } from './redrawn.ts'
import { type LogColumns, Rows } from './rows.ts'
import { cellOf, LeftOuts, loggerOf, pagesOf, survey, tellsNothing, type Window } from './survey.ts'

/** A model that answered. */
export type AnsweringModel = AskedModel & Pick<ServedModel, 'weights'>

/** Whose probabilities are wanted. */
export interface Policies {
  /** The models that answered; lists of others are left out. */
  readonly loggers: readonly AnsweringModel[]
  readonly targets: readonly TargetPolicy[]
}

export interface ReadOptions extends Window {
  readonly reward: Reward
  /** What is judged as a whole. Default: lists where any has several places, else items. */
  readonly level?: Level | undefined
  /** What answers are split by. Default `domain`. */
  readonly per?: 'domain' | 'placement' | undefined
  /** Milliseconds since 1970: lists whose rewards may still come then are left out. */
  readonly now: number
  /** Given the hashes of weights that the lists have. */
  readonly policies: (weights: ReadonlySet<string>) => Promise<Policies>
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

export interface LogRead extends LogColumns {
  readonly lists: number
  /**
   * Of those, whose items a catalogue, a filter or a placement had chosen: each policy orders what the one that answered drew of, and brings
   * nothing else.
   */
  readonly narrowed: number
  /** How many lists tell nothing, by the reason. */
  readonly leftOut: ByName<number>
  /** Events that counted, those that came after their window, and those that name no item of their list. */
  readonly events: { readonly counted: number; readonly late: number; readonly unplaced: number }
}

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
  const earnedBy = await readEarned(store, options.reward, options)
  const { lists, expected, cells, weights } = await survey(store, earnedBy, options)
  const { loggers, targets } = await options.policies(weights)
  const asked = new Asked(loggers, targets)
  const left = new LeftOuts()
  const groups = await groupsOf(store, loggers)
  const rows = new Rows({ ...options, targets: targets.map(({ name }) => name), expected, groups })
  const events = { counted: 0, late: 0, unplaced: 0 }
  let narrowed = 0
  let done = 0
  for await (const page of pagesOf(store, options)) {
    const kept = page.filter((decision) => {
      const why =
        tellsNothing(decision, options.reward, options.now) ?? (asked.has(decision) ? undefined : 'other-weights')
      if (why !== undefined) left.add(why)
      return why === undefined
    })
    const histories = await historiesOf(store, kept)
    const made = await Promise.all(
      kept.map((decision) => {
        const rivals = [...(cells.get(cellOf(decision))?.values() ?? [])].filter((one) => asked.has(one))
        return asked.again(decision as Kept, rivals, histories)
      }),
    )
    for (const [i, decision] of kept.entries()) {
      const redrawn = made[i]
      if (redrawn === undefined) left.add('different')
      else {
        const earned = earnedBy(decision)
        rows.add(decision, earned.rewards, redrawn)
        if (decision.drawnOf !== undefined) narrowed++
        for (const which of ['counted', 'late', 'unplaced'] as const) events[which] += earned[which]
      }
    }
    done += page.length
    options.onProgress?.(done, lists)
  }
  left.refuse(rows.lists)
  const { logged, ...columns } = rows.columns()
  const late = events.late / Math.max(1, events.counted + events.late)
  return { ...columns, logged: { ...logged, late }, lists: rows.lists, narrowed, leftOut: left.byReason, events }
}

/** Models that are asked, all lists of a page together. */
class Asked {
  readonly #byWeights: ReadonlyMap<string, AnsweringModel>
  readonly #targets: readonly TargetPolicy[]
  readonly #asks: ReadonlyMap<AskedModel, Ask>

  constructor(loggers: readonly AnsweringModel[], targets: readonly TargetPolicy[]) {
    this.#byWeights = new Map(loggers.map((logger) => [logger.weights ?? '', logger]))
    this.#targets = targets
    const all = [...loggers, ...targets.map(({ model }) => model)]
    this.#asks = new Map(all.map((model) => [model, askingTogether(model)]))
  }

  has({ weights }: Pick<Decision, 'weights'>): boolean {
    return this.#byWeights.has(weights)
  }

  /** Undefined where the list does not come out as it was. */
  async again(
    decision: Kept,
    rivals: readonly { readonly weights: string; readonly policy: DrawPolicy; readonly lists: number }[],
    histories: Histories,
  ): Promise<Again | undefined> {
    const by = (model: AskedModel, policy: DrawPolicy) =>
      redraw(decision, policy, model, histories, this.#asks.get(model) as Ask)
    const answering = (weights: string) => this.#byWeights.get(weights) as AnsweringModel
    const all = rivals.reduce((sum, { lists }) => sum + lists, 0)
    const me = loggerOf(decision)
    const [own, targets, others] = await Promise.all([
      by(answering(decision.weights), decision.policy),
      Promise.all(this.#targets.map((target) => by(target.model, drawOf(target, decision.policy)))),
      Promise.all(
        rivals.map(async (rival) => ({
          share: rival.lists / all,
          redrawn: loggerOf(rival) === me ? undefined : await by(answering(rival.weights), rival.policy),
        })),
      ),
    ])
    // Where nothing was drawn there is nothing else that could have come of it.
    if (decision.policy.kind !== 'greedy' && own.hash() !== decision.candidatesHash) return undefined
    return { own, targets, rivals: others }
  }
}

const PAGE = 1000

/** The first category of each item, as the store has it, else the datasets of the models; undefined where nobody says any. */
async function groupsOf(
  store: Pick<Store, 'items'>,
  models: readonly AskedModel[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const groups = new Map<string, string>()
  for (const { dataset } of models) {
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
