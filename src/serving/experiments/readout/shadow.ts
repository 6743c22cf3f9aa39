import { type ByName, byName, mapValues } from '../../../core/index.ts'
import type { DecidedItem } from '../../decision.ts'
import { readEarned } from '../../logged/earned.ts'
import { parseReward } from '../../rewards.ts'
import type { Store } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'
import { listsOf, type ObserveOptions, spanOf } from './lists.ts'
import type { Readings } from './readings.ts'
import { daysOf, type Readout } from './readout.ts'
import { nothingJudged } from './sound.ts'

/** How far lists that nobody saw agree with those that were shown in their place. */
export interface Agreement {
  readonly lists: number
  /** Share of the shown items that the other list has, too. */
  readonly overlap: number
  /** Share of lists that begin with the same item. */
  readonly first: number
  /** By metric: of what the shown items earned, the share of items that the other list has, too. NaN where they earned nothing. */
  readonly kept: ByName<number>
}

interface Counts {
  lists: number
  items: number
  shared: number
  first: number
  readonly earned: number[]
  readonly kept: number[]
}

/**
 * Reads what challengers would have shown beside what was. It says how often an A/B would show anything else, and no more: what would have come of
 * other lists is a question for `tributary ope`.
 * @throws TributaryError `mismatch` for an experiment that was not started; `store-failed`, `interrupted`
 */
export async function shadowReadout(
  store: Pick<Store, 'decisions' | 'events'>,
  experiment: Experiment,
  options: ObserveOptions,
): Promise<Readout> {
  const span = spanOf(experiment, options)
  const { metrics, arms } = experiment
  const earners = await Promise.all(
    metrics.map(({ reward }) => readEarned(store, parseReward(reward), { ...span, signal: options.signal })),
  )
  const counts = new Map<string, Map<string, Counts>>()
  const users = new Set<string>()
  for await (const decision of listsOf(store, experiment, span, options)) {
    const { user, session, id, domain, items, shadow = [] } = decision
    users.add(user ?? session ?? id)
    const rewards = earners.map((earnedBy) => earnedBy(decision).rewards)
    for (const other of shadow) {
      const ofArm = counts.get(other.arm) ?? new Map<string, Counts>()
      counts.set(other.arm, ofArm)
      const count = ofArm.get(domain) ?? none(metrics.length)
      ofArm.set(domain, count)
      add(count, items, other.items, rewards)
    }
  }
  const names = metrics.map(({ name }) => name)
  const agreement = byName([...counts].map(([arm, byDomain]) => [arm, agreementOf(byDomain, names)] as const))
  const [control, treatment = control] = arms.map(({ name }) => name)
  const first = agreement.get(treatment)?.overall
  return {
    experiment: experiment.name,
    mode: 'shadow',
    status: experiment.status,
    control,
    treatment,
    days: daysOf(experiment, span.until),
    sound: nothingJudged('only the control was seen', arms.length),
    users: byName([[control, users.size]]),
    due: false,
    metrics: byName([]),
    guardrails: byName([]),
    agreement,
    decision: {
      kind: 'go on',
      says:
        first === undefined
          ? 'go on: no list beside a shown one is old enough to be judged'
          : `${treatment} would have shown ${Math.round(100 * first.overlap)} % of the same items: judge the others with tributary ope`,
      byDomain: byName([]),
      reasons: [],
    },
    others: [],
  }
}

function none(metrics: number): Counts {
  const zeros = () => Array.from({ length: metrics }, () => 0)
  return { lists: 0, items: 0, shared: 0, first: 0, earned: zeros(), kept: zeros() }
}

function add(
  count: Counts,
  shown: readonly DecidedItem[],
  other: readonly DecidedItem[],
  rewards: readonly Float64Array[],
): void {
  const names = new Set(other.map(({ item }) => item))
  count.lists++
  count.items += shown.length
  count.first += Number(shown[0]?.item === other[0]?.item)
  for (const [place, { item }] of shown.entries()) {
    if (names.has(item)) count.shared++
    for (const [m, column] of rewards.entries()) {
      count.earned[m] += column[place]
      if (names.has(item)) count.kept[m] += column[place]
    }
  }
}

function agreementOf(byDomain: ReadonlyMap<string, Counts>, metrics: readonly string[]): Readings<Agreement> {
  const all = none(metrics.length)
  for (const { lists, items, shared, first, earned, kept } of byDomain.values()) {
    all.lists += lists
    all.items += items
    all.shared += shared
    all.first += first
    for (const m of metrics.keys()) {
      all.earned[m] += earned[m]
      all.kept[m] += kept[m]
    }
  }
  const shares = ({ lists, items, shared, first, earned, kept }: Counts): Agreement => ({
    lists,
    overlap: shared / items,
    first: first / lists,
    kept: byName(metrics.map((name, m) => [name, kept[m] / earned[m]])),
  })
  return { overall: shares(all), domains: mapValues(byDomain, shares) }
}
