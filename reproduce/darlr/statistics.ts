// The figures of reproduce/darlr.ts: of one run over its epochs as the papers have them, and of several runs at the end of training.
import { type Interval, mean, pairedBootstrapOverSeeds, standardDeviation } from '../../src/math/bootstrap.ts'
import { studentLimit } from '../shared/student.ts'
import type { Final, Result } from './job.ts'

export interface Spread {
  readonly mean: number
  readonly sd: number
  readonly count: number
}

export function spread(values: readonly number[]): Spread {
  return { mean: mean(values), sd: values.length > 1 ? standardDeviation(values) : 0, count: values.length }
}

/** One figure of one mode by epoch, of the epochs that have it. */
export function curveOf({ epochs }: Result, figure = 'rTra', mode = 'noRepeat'): number[] {
  return epochs.flatMap((epoch) => epoch.mode[mode]?.[figure] ?? [])
}

/** The first epochs of a curve that is a whole training, up to a share of it. */
export function beginning(curve: readonly number[], share: number): number[] {
  return curve.slice(0, Math.max(1, Math.round(share * curve.length)))
}

/** The last fourth of the epochs. */
export function lastQuarter(curve: readonly number[]): number[] {
  return curve.slice(-Math.max(1, Math.ceil(curve.length / 4)))
}

/** Mean of the last quarter of the epochs, one a run. */
export function endOf(results: readonly Result[], figure = 'rTra', mode = 'noRepeat'): number[] {
  return results.flatMap((result) => {
    const curve = curveOf(result, figure, mode)
    return curve.length === 0 ? [] : [mean(lastQuarter(curve))]
  })
}

/** The last simulations of the runs that have one. */
export const finalsOf = (results: readonly Result[]): Final[] => results.flatMap(({ final }) => final ?? [])

/** Half the width of the 95 % interval of the mean of a few runs (Student); NaN for one run. */
export function halfWidth({ sd, count }: Spread): number {
  return (studentLimit(count) * sd) / Math.sqrt(count)
}

/** What each episode of the last simulation paid, by run: they all had the same episodes. */
function episodesOf(finals: readonly Final[], acting: 'rewards' | 'greedy'): Float64Array[] {
  return finals.map((final) => Float64Array.from(final[acting] ?? final.rewards))
}

/** How much more an episode pays with one than with the other, with a 95 % interval over users, and over seeds where there are several. */
export function difference(
  ours: readonly Final[],
  other: readonly Final[],
  acting: 'rewards' | 'greedy' = 'rewards',
): Interval {
  const users = Int32Array.from(ours[0].users)
  const options = { seed: 1, users }
  return pairedBootstrapOverSeeds(episodesOf(ours, acting), episodesOf(other, 'rewards'), options)
}

/** A difference of means in points, and its standard error. */
export interface Points {
  readonly difference: number
  readonly error: number
}

/**
 * How far the mean over epochs is from the published one. The standard error is that of our seeds and of the published mean over its
 * epochs; what another seed would have published nobody knows. NaN for one seed.
 */
export function pointsAway({ mean, sd, count }: Spread, paper: { readonly rTra: number; readonly sd: number }): Points {
  const ours = count > 1 ? sd ** 2 / count : Number.NaN
  return { difference: mean - paper.rTra, error: Math.sqrt(ours + paper.sd ** 2 / PUBLISHED_EPOCHS) }
}

/** Epochs that a published mean and deviation are over. */
const PUBLISHED_EPOCHS = 200
