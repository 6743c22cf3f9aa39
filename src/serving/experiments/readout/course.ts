import { giveWay, mapValues, quoted, TributaryError } from '../../../core/index.ts'
import type { Store } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'
import { findExperiment } from '../lifecycle.ts'
import { interleavedReadout, observeInterleavedCourse } from './interleaved.ts'
import type { ObserveOptions } from './lists.ts'
import { observeCourse } from './observe.ts'
import type { Reading } from './readings.ts'
import { type ArmReadout, type Readout, readout } from './readout.ts'

/** What was to be read of an experiment at a moment. */
export interface CourseMoment {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly readout: Readout
}

export interface CourseOptions extends ObserveOptions {
  /** How many moments. Default 24. */
  readonly points?: number | undefined
}

/**
 * What an experiment said at moments from its start until now, evenly apart: each as if it had been read then. The store is read once.
 * @throws TributaryError `unknown-name`; `mismatch` for one that was not started, and for a shadow, of which nothing is judged;
 * `store-failed`, `interrupted`
 */
export async function readCourse(
  store: Pick<Store, 'decisions' | 'events' | 'documents' | 'document'>,
  name: string,
  { points = 24, ...options }: CourseOptions,
): Promise<readonly CourseMoment[]> {
  const experiment = await findExperiment(store, name)
  if (experiment.mode === 'shadow')
    throw new TributaryError(
      'mismatch',
      `${quoted(name)} is a shadow: nobody saw its lists, so nothing came of them over time; its readout says how far they agree`,
    )
  const { span, readAt } = await observed(store, experiment, options)
  // Before that, no window had closed; when the last one has, nothing is added any more.
  const [from, to] = [span.since + span.longest, Math.max(span.until, span.since) + span.longest]
  const count = to > from ? points : 1
  const moments: CourseMoment[] = []
  for (let point = 1; point <= count; point++) {
    await giveWay(options.signal, () => 'stopped while the course was read')
    const at = Math.round(from + ((to - from) * point) / count)
    moments.push({ at, readout: readAt(at) })
  }
  return moments
}

async function observed(store: Pick<Store, 'decisions' | 'events'>, experiment: Experiment, options: ObserveOptions) {
  if (experiment.mode === 'interleave') {
    const { span, at } = await observeInterleavedCourse(store, experiment, options)
    const readAt = (now: number) => {
      const { columns, until } = at(now)
      return interleavedReadout(columns, asOf(experiment, now), { until })
    }
    return { span, readAt }
  }
  const { span, at } = await observeCourse(store, experiment, options)
  const readAt = (now: number) => {
    const { columns, until } = at(now)
    return readout(columns, asOf(experiment, now), { until })
  }
  return { span, readAt }
}

/** While it ran, it was looked at again and again, whatever has become of it. */
function asOf(experiment: Experiment, now: number): Experiment {
  const { stoppedAt } = experiment
  return stoppedAt !== undefined && now < stoppedAt
    ? { ...experiment, status: 'running', stoppedAt: undefined }
    : experiment
}

const STATUSES = ['not judged', 'sound', 'caution', 'unsound'] as const

/** A course in short, as it is told: of each moment who was counted, the worst of all checks, and the differences with their intervals. */
export function courseOf(experiment: string, moments: readonly CourseMoment[]) {
  return { experiment, control: moments[0]?.readout.control ?? '', moments: moments.map(momentOf) }
}

export type Course = ReturnType<typeof courseOf>

function momentOf({ at, readout }: CourseMoment) {
  const { days, users, sound, others } = readout
  const { p, sequential } = sound.srm
  const worst = Math.max(...Object.values(sound).map(({ status }) => STATUSES.indexOf(status)))
  return { at, days, users, sound: STATUSES[worst], srm: { p, sequential }, arms: [readout, ...others].map(armOf) }
}

function armOf({ treatment, decision: { kind, says }, metrics }: ArmReadout) {
  return {
    ...{ treatment, decision: { kind, says } },
    metrics: mapValues(metrics, ({ overall, domains }) => ({
      overall: brief(overall),
      domains: mapValues(domains, brief),
    })),
  }
}

function brief({ difference, anytime, users, verdict }: Reading) {
  return { mean: difference.mean, low: anytime.low, high: anytime.high, users, verdict }
}
