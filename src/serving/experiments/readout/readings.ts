import { type ByName, byName, mapValues } from '../../../core/index.ts'
import type { Interval } from '../../../math/index.ts'
import {
  anytimeAbove,
  anytimeInterval,
  type Effect,
  fixedInterval,
  holm,
  type Tested,
  turned,
  winsorized,
} from '../../../statistics/index.ts'
import { parseReward } from '../../rewards.ts'
import type { Guardrail, Metric } from '../experiment.ts'
import { type Place, placesOf, type UserColumns, weighingOf } from './columns.ts'
import { type Contrast, contrastOf, effectOf, relativeOf } from './contrast.ts'

const LEVEL = 0.95
export const SIGNIFICANT = 0.05

export type Finding = 'better' | 'worse' | 'no difference' | 'too few users' | 'not judged'

/** A metric in a domain, or in all: two arms. */
export interface Reading {
  /** Mean of each arm, less what was to be expected of its users from before. */
  readonly control: number
  readonly treatment: number
  /** As if it were looked at once, at the end: 95 %. */
  readonly difference: Tested
  /** The anytime interval in shares of the control: .05 is 5 % more. */
  readonly relative: Interval
  /** 95 %, however often one looks. */
  readonly anytime: { readonly low: number; readonly high: number; readonly p: number }
  /** The anytime p, adjusted by Holm for all services and metrics looked at together; NaN where there is no verdict. */
  readonly p: number
  readonly verdict: Finding
  /** Of both arms. */
  readonly users: number
  /** Standard error of the difference. */
  readonly error: number
}

export interface Readings<T> {
  readonly overall: T
  readonly domains: ByName<T>
}

/** Whether a metric that must not get worse does not. */
export interface GuardrailReading extends Omit<Reading, 'p' | 'verdict'> {
  /** The largest loss that is borne, as a share of the control. */
  readonly margin: number
  /** Anytime p of a loss as large as the margin or larger: small where the guardrail holds. */
  readonly p: number
  readonly verdict: 'holds' | 'broken' | 'not shown' | 'too few users'
}

export interface ComparedArms {
  readonly columns: UserColumns
  readonly treatment: number
  /** Users of both arms that the interval is narrowest for. */
  readonly planned: number
  /** The fewest users of an arm that a verdict is given from. */
  readonly leastUsers: number
}

/** Metrics by the domains and all together, with verdicts that hold for all of them at once. */
export function metricReadings(
  metrics: readonly Metric[],
  comparisons: readonly ComparedArms[],
): ByName<Readings<Reading>>[] {
  return judgedTogether(
    comparisons.map((compared) =>
      byName(
        metrics.map((metric) => [metric.name, placed(compared.columns, (place) => reading(metric, place, compared))]),
      ),
    ),
  )
}

/** Verdicts that hold for all metrics of all arms in all places at once. */
export function judgedTogether(arms: readonly ByName<Readings<Unjudged>>[]): ByName<Readings<Reading>>[] {
  // What is there in one domain alone is the same as all together, and looked at once.
  const looks = arms.flatMap((metrics) =>
    [...metrics.values()].flatMap(({ overall, domains }) =>
      domains.size === 1 ? [overall] : [overall, ...domains.values()],
    ),
  )
  const judged = judge(looks)
  return arms.map((metrics) =>
    mapValues(metrics, ({ overall, domains }) => ({
      overall: judged(overall),
      domains: mapValues(domains, (one) => judged(domains.size === 1 ? overall : one)),
    })),
  )
}

/** What is read, before it is known what else is looked at. */
export type Unjudged = Figures & { readonly lessIsBetter: boolean; readonly enough: boolean }

function judge(all: readonly Unjudged[]): (one: Unjudged) => Reading {
  const looked = all.filter(({ enough }) => enough)
  const adjusted = holm(looked.map(({ anytime }) => anytime.p))
  return (one) => {
    const { lessIsBetter, enough, ...rest } = one
    const p = enough ? adjusted[looked.indexOf(one)] : Number.NaN
    return { ...rest, p, verdict: findingOf(one, p) }
  }
}

function findingOf({ enough, lessIsBetter, difference }: Unjudged, p: number): Finding {
  if (!enough) return 'too few users'
  if (Number.isNaN(p)) return 'not judged'
  if (p > SIGNIFICANT) return 'no difference'
  return difference.mean > 0 !== lessIsBetter ? 'better' : 'worse'
}

export function guardrailReadings(
  guardrails: readonly Guardrail[],
  compared: ComparedArms,
): ByName<Readings<GuardrailReading>> {
  return byName(
    guardrails.map((guardrail) => [
      guardrail.name,
      placed(compared.columns, (place) => guarded(guardrail, place, compared)),
    ]),
  )
}

function guarded(guardrail: Guardrail, place: Place, compared: ComparedArms): GuardrailReading {
  const { margin, lessIsBetter = false } = guardrail
  const contrast = contrastIn(guardrail, place, compared)
  const { planned, leastUsers } = compared
  // T − (1 − m) C > 0, or (1 + m) C − T > 0.
  const borne = lessIsBetter ? turned(effectOf(contrast, 1 + margin)) : effectOf(contrast, 1 - margin)
  const { p } = anytimeAbove(borne, 0, { planned, level: LEVEL })
  const against = anytimeAbove(turned(borne), 0, { planned, level: LEVEL }).p
  const few = smallest(contrast) < leastUsers
  const verdict = few ? 'too few users' : p <= SIGNIFICANT ? 'holds' : against <= SIGNIFICANT ? 'broken' : 'not shown'
  return { ...figuresOf(contrast, planned), margin, p, verdict }
}

function reading(metric: Metric, place: Place, compared: ComparedArms): Unjudged {
  const contrast = contrastIn(metric, place, compared)
  const { lessIsBetter = false } = metric
  return { ...figuresOf(contrast, compared.planned), lessIsBetter, enough: smallest(contrast) >= compared.leastUsers }
}

const smallest = ({ control, treatment }: Contrast) => Math.min(control.users, treatment.users)

function figuresOf(contrast: Contrast, planned: number): Figures {
  const means = { control: contrast.control.mean, treatment: contrast.treatment.mean }
  return { ...means, ...intervalsOf(effectOf(contrast), relativeOf(contrast), planned) }
}

type Figures = Omit<Reading, 'p' | 'verdict'>

/** @param relative the same effect in shares of the control */
export function intervalsOf(effect: Effect, relative: Effect, planned: number): Omit<Figures, 'control' | 'treatment'> {
  const { low, high, p } = anytimeInterval(effect, { planned, level: LEVEL })
  const shares = anytimeInterval(relative, { planned, level: LEVEL })
  return {
    difference: fixedInterval(effect, LEVEL),
    relative: { mean: shares.mean, low: shares.low, high: shares.high },
    anytime: { low, high, p },
    users: effect.n,
    error: effect.error,
  }
}

/** The two arms of a metric in a place, by the users who were there. */
function contrastIn(metric: Metric, place: Place, { columns, treatment }: ComparedArms): Contrast {
  const after = place.after(metric.name)
  const { lists } = place
  return contrastOf(
    {
      value: parseReward(metric.reward).of === 'value' ? capped(after, lists) : after,
      size: metric.per === 'recommendation' ? lists : undefined,
      before: place.before(metric.name),
    },
    { counts: (user) => lists[user] > 0, arm: columns.arm, weighing: weighingOf(columns), control: 0, treatment },
  )
}

/** Values above what 99.9 % of the users have become that much, so that one who buys a thousand does not decide. */
function capped(values: Float64Array, lists: Float64Array): Float64Array {
  const { limit } = winsorized([values.filter((_, user) => lists[user] > 0)])
  // Where fewer than one in a thousand paid at all, all who did would be cut to nothing.
  return limit > 0 ? values.map((value) => Math.min(value, limit)) : values
}

function placed<T>(columns: UserColumns, read: (place: Place) => T): Readings<T> {
  const { overall, domains } = placesOf(columns)
  return {
    overall: read(overall),
    domains: byName(domains.map((place, d) => [columns.domains[d], read(place)])),
  }
}
