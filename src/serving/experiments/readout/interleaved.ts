import { byName } from '../../../core/index.ts'
import {
  type Effect,
  meanOf,
  momentsOf,
  ratioMismatch,
  ratioValues,
  sequentialRatioMismatch,
} from '../../../statistics/index.ts'
import { readEarned } from '../../logged/earned.ts'
import { parseReward } from '../../rewards.ts'
import type { Store } from '../../store/store.ts'
import type { Experiment, Metric } from '../experiment.ts'
import { listedWithAnd, type Step, type Verdict } from './decision.ts'
import { listsOf, type ObserveOptions, spanOf } from './lists.ts'
import type { ObservedCourse } from './observe.ts'
import { intervalsOf, judgedTogether, type Reading, type Readings, type Unjudged } from './readings.ts'
import { daysOf, LEAST_USERS, PLANNED_USERS, type Readout } from './readout.ts'
import { CERTAIN, nothingJudged, type Soundness } from './sound.ts'

/** What users took of lists that two arms made together, in columns. */
export interface InterleavedColumns {
  readonly arms: readonly [control: string, treatment: string]
  readonly users: number
  readonly domains: readonly string[]
  /** Lists that each arm had the first pick of. */
  readonly started: readonly [control: number, treatment: number]
  /** Rewards of items that each arm picked, by the name of the metric. [domains][users] */
  readonly credits: ReadonlyMap<string, readonly [control: readonly Float64Array[], treatment: readonly Float64Array[]]>
}

interface ObservedInterleaved {
  readonly columns: InterleavedColumns
  /** Lists before this time are counted. */
  readonly until: number
}

/**
 * Reads the interleaved lists of an experiment, and what was taken of them.
 * @throws TributaryError `mismatch` for an experiment that was not started; `store-failed`, `interrupted`
 */
export async function observeInterleaved(
  store: Pick<Store, 'decisions' | 'events'>,
  experiment: Experiment,
  options: ObserveOptions,
): Promise<ObservedInterleaved> {
  const { at } = await observeInterleavedCourse(store, experiment, options)
  return at(options.now)
}

interface TakenList {
  readonly at: number
  readonly person: string
  readonly domain: string
  /** Place of the arm that had the first pick. */
  readonly starter: 0 | 1
  /** By metric: rewards of what each arm picked. */
  readonly credits: readonly (readonly [control: number, treatment: number])[]
}

/** As `observeInterleaved`, read once for every moment before. */
export async function observeInterleavedCourse(
  store: Pick<Store, 'decisions' | 'events'>,
  experiment: Experiment,
  options: ObserveOptions,
): Promise<ObservedCourse<ObservedInterleaved>> {
  const span = spanOf(experiment, options)
  const [control, treatment] = experiment.arms.map(({ name }) => name)
  const earners = await Promise.all(
    experiment.metrics.map(({ reward }) => readEarned(store, parseReward(reward), { ...span, signal: options.signal })),
  )
  const lists: TakenList[] = []
  for await (const decision of listsOf(store, experiment, span, options)) {
    const { user, session, domain, items, id, at } = decision
    const credits = earners.map((earnedBy) => {
      const { rewards } = earnedBy(decision)
      const of = (arm: string) => items.reduce((sum, { team }, i) => sum + (team === arm ? rewards[i] : 0), 0)
      return [of(control), of(treatment)] as const
    })
    const starter = decision.experiment?.arm === treatment ? 1 : 0
    lists.push({ at, person: user ?? session ?? id, domain, starter, credits })
  }
  const at = (now: number) => {
    const { until } = spanOf(experiment, { now })
    const counted = lists.filter((list) => list.at < until)
    const numbers = (names: readonly string[]) => new Map([...new Set(names)].map((name, number) => [name, number]))
    const users = numbers(counted.map(({ person }) => person))
    const domains = numbers(counted.map(({ domain }) => domain))
    const empty = () => Array.from(domains, () => new Float64Array(users.size))
    const sums = experiment.metrics.map(({ name }) => ({ name, sides: [empty(), empty()] as const }))
    const started: [number, number] = [0, 0]
    for (const { person, domain, starter, credits } of counted) {
      started[starter]++
      const [user, place] = [users.get(person) ?? 0, domains.get(domain) ?? 0]
      for (const [m, { sides }] of sums.entries())
        for (const side of [0, 1] as const) sides[side][place][user] += credits[m][side]
    }
    return {
      columns: {
        arms: [control, treatment] as const,
        users: users.size,
        domains: [...domains.keys()],
        started,
        credits: new Map(sums.map(({ name, sides }) => [name, sides])),
      },
      until,
    }
  }
  return { span, at }
}

/**
 * Which arm users prefer, from lists that both made: of what they took, the share that the treatment had picked, less that of the control. It sees a
 * difference with far fewer users than an A/B does, and says which list is better, not what a service gains.
 */
export function interleavedReadout(
  columns: InterleavedColumns,
  experiment: Experiment,
  { until, leastUsers = LEAST_USERS }: { readonly until: number; readonly leastUsers?: number | undefined },
): Readout {
  const { arms, users } = columns
  const [control, treatment] = arms
  const planned = experiment.plannedUsers ?? PLANNED_USERS
  const days = daysOf(experiment, until)
  const read = byName(
    experiment.metrics.map((metric) => [metric.name, preferences(metric, columns, planned, leastUsers)] as const),
  )
  const [metrics] = judgedTogether([read])
  const sound = soundnessOf(columns, experiment)
  return {
    experiment: experiment.name,
    mode: 'interleave',
    status: experiment.status,
    control,
    treatment,
    days,
    sound,
    users: byName(arms.map((arm) => [arm, users])),
    due: days >= (experiment.minimumDays ?? 7) && users >= planned,
    metrics,
    guardrails: byName([]),
    decision: decisionOf(columns, metrics.values(), sound),
    others: [],
  }
}

function preferences(
  { name, lessIsBetter = false }: Metric,
  { credits, domains, users }: InterleavedColumns,
  planned: number,
  leastUsers: number,
): Readings<Unjudged> {
  const [control, treatment] = credits.get(name) ?? [[], []]
  const preference = (places: readonly number[]): Unjudged => {
    const [less, all] = [new Float64Array(users), new Float64Array(users)]
    for (const place of places)
      for (let user = 0; user < users; user++) {
        less[user] += treatment[place][user] - control[place][user]
        all[user] += treatment[place][user] + control[place][user]
      }
    const took = all.reduce((count, sum) => count + Number(sum > 0), 0)
    const effect: Effect = meanOf(momentsOf(ratioValues(less, all)))
    const [c, t] = [(1 - effect.mean) / 2, (1 + effect.mean) / 2]
    return {
      control: c,
      treatment: t,
      ...intervalsOf(effect, effect, planned),
      lessIsBetter,
      enough: took >= leastUsers,
    }
  }
  return {
    overall: preference([...domains.keys()]),
    domains: byName(domains.map((domain, place) => [domain, preference([place])])),
  }
}

function soundnessOf({ started, arms }: InterleavedColumns, { status }: Experiment): Soundness {
  const periods = [{ counts: started, weights: [1, 1] }]
  const { p } = ratioMismatch(periods)
  const sequential = sequentialRatioMismatch(periods)
  const wrong = sequential < CERTAIN || (status !== 'running' && p < CERTAIN)
  const picks = arms.map((arm, a) => `${arm} ${started[a].toLocaleString('en-US')}`).join(', ')
  return {
    ...nothingJudged('every list has items of both arms', arms.length),
    srm: {
      status: wrong ? 'unsound' : 'sound',
      says: `the first pick of lists was ${wrong ? 'not given by chance' : 'given by chance'}: ${picks}`,
      p,
      sequential,
      observed: started,
      expected: started.map(() => (started[0] + started[1]) / 2),
    },
  }
}

function decisionOf(
  { domains, arms: [control, treatment] }: InterleavedColumns,
  metrics: Iterable<Readings<Reading>>,
  { srm }: Soundness,
): Verdict {
  if (srm.status === 'unsound')
    return { kind: 'unsound', says: `unsound: ${srm.says}`, byDomain: byName([]), reasons: [srm.says] }
  const [first] = metrics
  const found = (verdict: Reading['verdict']) =>
    domains.filter((domain) => first.domains.get(domain)?.verdict === verdict)
  const [better, worse] = [found('better'), found('worse')]
  const parts = [
    ...(better.length > 0 ? [`${treatment} is preferred in ${listedWithAnd(better)}`] : []),
    ...(worse.length > 0 ? [`${control} is preferred in ${listedWithAnd(worse)}`] : []),
  ]
  const all = first.overall.verdict === 'better' ? treatment : first.overall.verdict === 'worse' ? control : undefined
  if (parts.length === 0 && all !== undefined) parts.push(`${all} is preferred over all services`)
  const lost = worse.length > 0 && worse.length === domains.length
  const next = lost ? 'an A/B is not worth its users' : 'prove it by an A/B'
  return {
    kind: lost ? 'roll back' : 'go on',
    says: parts.length === 0 ? 'go on: no preference is shown' : `${parts.join(', ')}: ${next}`,
    byDomain: byName(domains.map((domain): [string, Step] => [domain, worse.includes(domain) ? 'roll back' : 'go on'])),
    reasons: ['an interleaved list says which arm users prefer, not what a service gains'],
  }
}
