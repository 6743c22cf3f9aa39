// The figures of reproduce/darlr.ts: of one run over its epochs as the papers have them, and of several runs at the end of training.
import { type Interval, mean, pairedBootstrap, standardDeviation } from '../../src/math/bootstrap.ts'
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

/** What each episode of the last simulation paid, in the mean over runs: they all had the same episodes. */
export function episodesOf(finals: readonly Final[], acting: 'rewards' | 'greedy' = 'rewards'): Float64Array {
  const rewards = finals.map((final) => final[acting] ?? final.rewards)
  return Float64Array.from(rewards[0], (_, e) => mean(rewards.map((one) => one[e])))
}

/** How much more an episode pays with one than with the other, with a 95 % interval over users. */
export function difference(
  ours: readonly Final[],
  other: readonly Final[],
  acting: 'rewards' | 'greedy' = 'rewards',
): Interval {
  const users = Int32Array.from(ours[0].users)
  return pairedBootstrap(episodesOf(ours, acting), episodesOf(other), { seed: 1, users })
}
