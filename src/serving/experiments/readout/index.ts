import type { Store } from '../../store/store.ts'
import { findExperiment } from '../lifecycle.ts'
import { interleavedReadout, observeInterleaved } from './interleaved.ts'
import type { ObserveOptions } from './lists.ts'
import { observe } from './observe.ts'
import { type Readout, readout } from './readout.ts'
import { shadowReadout } from './shadow.ts'

export type { UserColumns } from './columns.ts'
export type { Forecast } from './forecast.ts'
export type { Readings } from './readings.ts'
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
