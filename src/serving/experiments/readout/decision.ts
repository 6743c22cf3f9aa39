import { type ByName, byName, listed } from '../../../core/index.ts'
import { anytimeErrors, normalQuantile } from '../../../statistics/index.ts'
import type { Experiment } from '../experiment.ts'
import type { GuardrailReading, Reading, Readings } from './readings.ts'
import { SIGNIFICANT } from './readings.ts'
import type { Check, Soundness } from './sound.ts'

const POWER = 0.8
const LONGEST_WAIT = 365

/** What to do in a service. `no difference`: none that would be worth finding. */
export type Step = 'ship' | 'roll back' | 'go on' | 'no difference'

export interface Verdict {
  /** `by service`: not the same in all of them. */
  readonly kind: Step | 'by service' | 'unsound'
  /** Such as `ship in music and games, twin in books`. */
  readonly says: string
  readonly byDomain: ByName<Step>
  readonly reasons: readonly string[]
  /** More days until it is likely to be decided, of what goes on; absent where none do, or where a year would not be enough. */
  readonly days?: number | undefined
}

export interface Judged {
  readonly experiment: Experiment
  readonly control: string
  readonly treatment: string
  readonly sound: Soundness
  readonly metrics: ByName<Readings<Reading>>
  readonly guardrails: ByName<Readings<GuardrailReading>>
  readonly days: number
  readonly planned: number
}

/** What to do, by service and in words. */
export function decide(judged: Judged): Verdict {
  const { sound, experiment, days, metrics } = judged
  const names = [...([...metrics.values()][0]?.domains.keys() ?? [])]
  const unsound = Object.values(sound as unknown as Record<string, Check>).filter(({ status }) => status === 'unsound')
  const least = experiment.minimumDays ?? 7
  if (unsound.length > 0) {
    const [reason] = unsound
    return {
      kind: 'unsound',
      says: `unsound: ${reason.says}`,
      byDomain: byName([]),
      reasons: unsound.map(({ says }) => says),
    }
  }
  if (names.length === 0)
    return {
      kind: 'go on',
      says: 'go on: nobody has had a list of it that is old enough to be judged',
      byDomain: byName([]),
      reasons: ['no list of it is counted yet'],
    }
  if (days < least && experiment.status === 'running') {
    const left = Math.ceil(least - days)
    return {
      kind: 'go on',
      says: `go on, about ${daysText(left)}`,
      byDomain: byName(names.map((name) => [name, 'go on'])),
      reasons: [`nothing is decided before ${daysText(least)}, as the experiment says`, ...seen(judged)],
      days: left,
    }
  }
  return experiment.mode === 'aa' ? alike(judged, names) : decided(judged, names)
}

/** Arms that are alike must look alike: what differs is the measuring. */
function alike(judged: Judged, names: readonly string[]): Verdict {
  const differ = [...judged.metrics.values()].some(({ overall, domains }) =>
    [overall, ...domains.values()].some(({ verdict }) => verdict === 'better' || verdict === 'worse'),
  )
  const reasons = seen(judged)
  return differ
    ? {
        kind: 'unsound',
        says: 'unsound: the arms are alike, and a difference is measured',
        byDomain: byName([]),
        reasons,
      }
    : {
        kind: 'no difference',
        says: 'no difference, as it should be: the arms are alike',
        byDomain: byName(names.map((name) => [name, 'no difference'])),
        reasons,
      }
}

function decided(judged: Judged, names: readonly string[]): Verdict {
  const { experiment, control, treatment, metrics, guardrails } = judged
  const overall = stepOf(judged)
  const own = names.map((name) => stepOf(judged, name))
  const steps = own.map((step, d) => (step === 'go on' && points(judged, names[d]) ? overall : step))
  const kinds = new Set(steps)
  const opposite = overall === 'ship' ? 'roll back' : overall === 'roll back' ? 'ship' : undefined
  const against = steps.length > 1 && steps.every((step) => step === opposite)
  const kind = kinds.size === 1 && !against ? steps[0] : 'by service'
  const open = steps.some((step) => step === 'go on')
  const left = open ? daysLeft(judged, steps, names) : Number.NaN
  const days = left <= LONGEST_WAIT ? left : undefined
  const openIn = (where: string) => openText(experiment, days, where)
  const says = kind === 'by service' ? byService(names, steps, control, openIn) : kind === 'go on' ? openIn('') : kind
  return {
    kind,
    // Each by itself gains of those who come there; whether that is a gain at all, one word cannot say.
    says: against ? `${says}, but all services together ${overall === 'ship' ? 'gain' : 'lose'}` : says,
    byDomain: byName(names.map((name, d) => [name, steps[d]])),
    reasons: [
      ...seen(judged),
      ...(against
        ? [
            `all services together say the opposite of each: what ${treatment} changed is which services its users and lists are in; read them one by one, and ask whether that is wanted`,
          ]
        : []),
      ...(left > LONGEST_WAIT ? [waitText(experiment, metrics)] : []),
      ...[...guardrails].flatMap(([name, { overall }]) =>
        overall.verdict === 'not shown' ? [`${name} is not yet shown to lose less than ${share(overall.margin)}`] : [],
      ),
    ],
    ...(days !== undefined && { days }),
  }
}

/** Of a service, or of all together. */
function stepOf({ metrics, guardrails, experiment }: Judged, domain?: string): Step {
  const at = <T>({ overall, domains }: Readings<T>) => (domain === undefined ? overall : (domains.get(domain) as T))
  const found = [...metrics.values()].map(at)
  const guarded = [...guardrails.values()]
  if (found.some(({ verdict }) => verdict === 'worse')) return 'roll back'
  if (guarded.some((one) => at(one).verdict === 'broken' || one.overall.verdict === 'broken')) return 'roll back'
  if (found.some(({ verdict }) => verdict === 'better'))
    // A small service cannot show alone that little is lost; all together must.
    return guarded.every(({ overall }) => overall.verdict === 'holds') ? 'ship' : 'go on'
  const { effect } = experiment
  const [first] = found
  const within = effect !== undefined && Math.max(-first.anytime.low, first.anytime.high) < Math.abs(effect)
  return within && found.length === 1 && first.verdict === 'no difference' ? 'no difference' : 'go on'
}

/** What no service shows by itself, all together may; one that points the other way waits for its own. */
function points({ metrics }: Judged, domain: string): boolean {
  return [...metrics.values()].every(({ overall, domains }) => {
    const own = domains.get(domain) as Reading
    return own.verdict === 'no difference' && own.difference.mean > 0 === overall.difference.mean > 0
  })
}

function byService(
  names: readonly string[],
  steps: readonly Step[],
  control: string,
  open: (where: string) => string,
): string {
  const those = (step: Step) => listedWithAnd(names.filter((_, d) => steps[d] === step))
  const parts: string[] = []
  if (steps.includes('ship')) parts.push(`ship in ${those('ship')}`)
  if (steps.includes('roll back')) parts.push(`${control} in ${those('roll back')}`)
  if (steps.includes('no difference')) parts.push(`no difference in ${those('no difference')}`)
  if (steps.includes('go on')) parts.push(open(` in ${those('go on')}`))
  return parts.join(', ')
}

/** What is still open, in a service or in all. */
function openText({ status }: Experiment, days: number | undefined, where = ''): string {
  const about = days === undefined ? '' : `, about ${daysText(days)}`
  return status === 'stopped'
    ? `undecided${where}${about === '' ? '' : `${about} more were needed`}`
    : `go on${where}${about}`
}

const daysText = (days: number) => (days === 1 ? '1 day' : `${days} days`)

export function listedWithAnd(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? '') : `${listed(names.slice(0, -1))} and ${names.at(-1)}`
}

/** What is shown so far. */
function seen({ metrics, guardrails }: Judged): string[] {
  const shown = [...metrics].flatMap(([name, { overall, domains }]) => {
    const places = [...domains].filter(([, { verdict }]) => verdict === 'better' || verdict === 'worse')
    const own = places.map(([domain, one]) => `${name} is ${one.verdict} in ${domain}: ${range(one)}`)
    const all = overall.verdict === 'better' || overall.verdict === 'worse'
    return [
      ...own,
      ...(all && domains.size > 1 ? [`${name} is ${overall.verdict} over all services: ${range(overall)}`] : []),
    ]
  })
  const broken = [...guardrails].flatMap(([name, { overall, domains }]) => [
    ...(overall.verdict === 'broken' && domains.size !== 1
      ? [`${name} loses more than ${share(overall.margin)}: ${range(overall)}`]
      : []),
    ...[...domains].flatMap(([domain, one]) =>
      one.verdict === 'broken' ? [`${name} loses more than ${share(one.margin)} in ${domain}: ${range(one)}`] : [],
    ),
  ])
  return shown.length + broken.length > 0 ? [...shown, ...broken] : ['no metric is shown to differ']
}

function range({ relative, anytime }: Pick<Reading, 'relative' | 'anytime'>): string {
  return Number.isFinite(relative.mean) && Number.isFinite(relative.low)
    ? `${signedShare(relative.mean)} (${signedShare(relative.low)} to ${signedShare(relative.high)})`
    : `${anytime.low.toPrecision(3)} to ${anytime.high.toPrecision(3)}`
}

const share = (value: number) => `${Number((100 * value).toPrecision(2))} %`
const signedShare = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)} %`

/** Until the service that needs longest is likely to show the effect worth finding, or else the one that it shows now; NaN where nobody knows. */
function daysLeft({ metrics, experiment, days, planned }: Judged, steps: readonly Step[], names: readonly string[]) {
  const looks = [...metrics.values()].reduce((sum, { domains }) => sum + domains.size, 0)
  const waits = names.flatMap((name, d) => {
    if (steps[d] !== 'go on') return []
    return [...metrics.values()].map(({ domains }, m) => {
      const reading = domains.get(name) as Reading
      const effect = m === 0 && experiment.effect !== undefined ? experiment.effect : reading.difference.mean
      return (usersUntil(effect, reading, planned, looks) / reading.users - 1) * days
    })
  })
  return waits.length === 0 ? Number.NaN : Math.ceil(Math.max(...waits, 1))
}

/** Users of both arms at which an effect is seen four times in five. */
function usersUntil(effect: number, { error, users }: Reading, planned: number, looks: number): number {
  // Where nobody has done anything yet, nobody knows how far users differ.
  if (!(error > 0)) return Number.NaN
  const one = error * Math.sqrt(users)
  let needed = users
  while (
    needed < 1e12 &&
    Math.abs(effect) <
      ((anytimeErrors(needed / planned, SIGNIFICANT / looks) + normalQuantile(POWER)) * one) / Math.sqrt(needed)
  )
    needed *= 1.05
  return needed
}

function waitText({ effect }: Experiment, metrics: ByName<unknown>): string {
  const [first] = metrics.keys()
  return effect === undefined
    ? `what is seen is so small that a year would not show it; say with 'effect' which difference of ${first} is worth finding`
    : `a difference of ${effect} in ${first} would take more than a year to see`
}
