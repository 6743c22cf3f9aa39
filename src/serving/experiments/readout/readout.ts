import { type ByName, byName } from '../../../core/index.ts'
import { DAY } from '../../span.ts'
import type { Experiment } from '../experiment.ts'
import type { UserColumns } from './columns.ts'
import { decide, type Verdict } from './decision.ts'
import { type Forecast, forecastIn } from './forecast.ts'
import {
  type ComparedArms,
  type GuardrailReading,
  guardrailReadings,
  metricReadings,
  type Reading,
  type Readings,
} from './readings.ts'
import type { Agreement } from './shadow.ts'
import { type Soundness, soundnessOf } from './sound.ts'

export const PLANNED_USERS = 5000
/** Of an arm: below, a mean of something rare is not yet nearly normal, on which the intervals stand. */
export const LEAST_USERS = 100

export interface ReadoutOptions {
  /** Until when lists are counted, milliseconds since 1970. */
  readonly until: number
  /** Looked at again and again. Default: while it runs. */
  readonly watched?: boolean | undefined
  readonly leastUsers?: number | undefined
}

/** One arm against the control. */
export interface ArmReadout {
  readonly treatment: string
  readonly metrics: ByName<Readings<Reading>>
  readonly guardrails: ByName<Readings<GuardrailReading>>
  readonly decision: Verdict
}

/** What an experiment says, in the order in which it is to be read: is it sound, what happened, what to do, was the forecast right. */
export interface Readout extends ArmReadout {
  readonly experiment: string
  readonly mode: NonNullable<Experiment['mode']>
  readonly status: Experiment['status']
  readonly control: string
  /** Days that were observed. */
  readonly days: number
  readonly sound: Soundness
  /** By arm. */
  readonly users: ByName<number>
  /** Whether the experiment has run as long and as far as planned: before, an interval for one look is not to be read. */
  readonly due: boolean
  /** Of a shadow: how far the lists that nobody saw agree with those that were shown, by arm. */
  readonly agreement?: ByName<Readings<Agreement>> | undefined
  /** Arms beyond the second. */
  readonly others: readonly ArmReadout[]
  readonly forecast?: Forecast | undefined
}

/** Days from the start until what is counted ends. */
export function daysOf({ startedAt }: Experiment, until: number): number {
  return Math.max(0, (until - (startedAt ?? until)) / DAY)
}

/** A pure function of what was observed of each user. */
export function readout(columns: UserColumns, experiment: Experiment, options: ReadoutOptions): Readout {
  const { arms, arm } = columns
  const planned = 2 * (experiment.plannedUsers ?? PLANNED_USERS)
  const days = daysOf(experiment, options.until)
  const watched = options.watched ?? experiment.status === 'running'
  const sound = soundnessOf(columns, experiment.metrics, { watched, days, planned })
  const compared = arms.slice(1).map(
    (_, a): ComparedArms => ({
      columns,
      treatment: a + 1,
      planned,
      leastUsers: options.leastUsers ?? LEAST_USERS,
    }),
  )
  const metrics = metricReadings(experiment.metrics, compared)
  const [first, ...others] = compared.map((one, i): ArmReadout => {
    const guardrails = guardrailReadings(experiment.guardrails ?? [], one)
    const [control, treatment] = [arms[0], arms[one.treatment]]
    const judged = { experiment, control, treatment, sound, metrics: metrics[i], guardrails, days, planned }
    return { treatment, metrics: metrics[i], guardrails, decision: decide(judged) }
  })
  const counted = arms.map(() => 0)
  for (const one of arm) counted[one]++
  const [firstMetric] = first.metrics.values()
  return {
    experiment: experiment.name,
    mode: experiment.mode ?? 'ab',
    status: experiment.status,
    control: arms[0],
    days,
    sound,
    users: byName(arms.map((name, a) => [name, counted[a]])),
    due: days >= (experiment.minimumDays ?? 7) && firstMetric.overall.users >= planned,
    ...first,
    others,
    ...forecastIn(experiment, firstMetric.overall),
  }
}
