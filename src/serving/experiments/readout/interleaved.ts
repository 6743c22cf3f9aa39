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

/**
 * Reads the interleaved lists of an experiment, and what was taken of them.
 * @throws TributaryError `mismatch` for an experiment that was not started; `store-failed`, `interrupted`
 */
export async function observeInterleaved(
  store: Pick<Store, 'decisions' | 'events'>,
  experiment: Experiment,
  options: ObserveOptions,
): Promise<{ readonly columns: InterleavedColumns; readonly until: number }> {
  const span = spanOf(experiment, options)
  const [control, treatment] = experiment.arms.map(({ name }) => name)
  const metrics = await Promise.all(
    experiment.metrics.map(async ({ name, reward }) => {
      const earnedBy = await readEarned(store, parseReward(reward), { ...span, signal: options.signal })
      return { name, earnedBy, credits: [[], []] as [number[][], number[][]] }
    }),
  )
  const [users, domains] = [new Map<string, number>(), new Map<string, number>()]
  const numberOf = (numbers: Map<string, number>, name: string) => {
    const number = numbers.get(name) ?? numbers.size
    numbers.set(name, number)
    return number
  }
  const started: [number, number] = [0, 0]
  for await (const decision of listsOf(store, experiment, span, options)) {
    const { user, session, domain, items, id } = decision
    const person = numberOf(users, user ?? session ?? id)
    const place = numberOf(domains, domain)
    started[decision.experiment?.arm === treatment ? 1 : 0]++
    for (const { earnedBy, credits } of metrics) {
      const { rewards } = earnedBy(decision)
      for (const [i, { team }] of items.entries()) {
        if (rewards[i] === 0 || (team !== control && team !== treatment)) continue
        const sums = credits[team === treatment ? 1 : 0]
        sums[place] ??= []
        sums[place][person] = (sums[place][person] ?? 0) + rewards[i]
      }
    }
  }
  const columns = (sums: readonly number[][]) =>
    Array.from(domains, (_, place) => Float64Array.from({ length: users.size }, (_, user) => sums[place]?.[user] ?? 0))
  return {
    columns: {
      arms: [control, treatment],
      users: users.size,
      domains: [...domains.keys()],
      started,
      credits: new Map(metrics.map(({ name, credits: [c, t] }) => [name, [columns(c), columns(t)]])),
    },
    until: span.until,
  }
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
