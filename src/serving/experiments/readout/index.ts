import type { Store } from '../../store/store.ts'
import { findExperiment, listExperiments } from '../lifecycle.ts'
import { type Calibration, calibrationOf, type Forecast } from './forecast.ts'
import { interleavedReadout, observeInterleaved } from './interleaved.ts'
import type { ObserveOptions } from './lists.ts'
import { observe } from './observe.ts'
import { type Readout, readout } from './readout.ts'
import { shadowReadout } from './shadow.ts'

export type { UserColumns } from './columns.ts'
export { type Course, type CourseMoment, type CourseOptions, courseOf, readCourse } from './course.ts'
export type { Calibration, Forecast } from './forecast.ts'
export type { Reading, Readings } from './readings.ts'
export type { ArmReadout, Readout } from './readout.ts'
export { readout } from './readout.ts'
export type { Agreement } from './shadow.ts'
export type { Soundness } from './sound.ts'

/**
 * Reads an experiment out of a store.
 * @throws TributaryError `unknown-name` for one that is not there; `mismatch` for one that was not started; `store-failed`, `interrupted`
 */
export async function readExperimentOut(
  store: Pick<Store, 'decisions' | 'events' | 'documents' | 'document'>,
  name: string,
  options: ObserveOptions,
): Promise<Readout> {
  const experiment = await findExperiment(store, name)
  if (experiment.mode === 'shadow') return shadowReadout(store, experiment, options)
  if (experiment.mode === 'interleave') {
    const { columns, until } = await observeInterleaved(store, experiment, options)
    return interleavedReadout(columns, experiment, { until })
  }
  const { columns, until } = await observe(store, experiment, options)
  return readout(columns, experiment, { until })
}

/** What was expected of experiments before they were started, beside what they found. */
export interface Forecasts {
  readonly forecasts: readonly (Forecast & { readonly experiment: string })[]
  readonly calibration: Calibration
}

/**
 * Reads all experiments of a store that have a forecast, and were stopped: whether off-policy evaluation is as good as it says.
 * @throws TributaryError `store-failed`, `interrupted`
 */
export async function readForecasts(
  store: Pick<Store, 'decisions' | 'events' | 'documents' | 'document'>,
  options: ObserveOptions,
): Promise<Forecasts> {
  const forecasts: (Forecast & { readonly experiment: string })[] = []
  for (const { name, forecast, status } of await listExperiments(store)) {
    if (forecast === undefined || status !== 'stopped') continue
    const { forecast: read, sound } = await readExperimentOut(store, name, options)
    // What is unsound says nothing of a forecast.
    const unsound = Object.values(sound).some(({ status }) => status === 'unsound')
    if (read !== undefined && !unsound && Number.isFinite(read.apart)) forecasts.push({ experiment: name, ...read })
  }
  return { forecasts, calibration: calibrationOf(forecasts) }
}
