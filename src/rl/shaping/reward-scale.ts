import type { Dataset } from '../../core/index.ts'
import { trainingRows } from '../simulator/episode-metrics.ts'

/** From what is paid to 0 … 1 by some range; itself where that is empty. */
export type RewardScale = (reward: number) => number

/** To 0 … 1 by the range of the training values: what is paid outside the believed world, of which nothing else is known. */
export function rewardScale(dataset: Dataset): RewardScale {
  const { value } = dataset.log
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  if (value !== undefined)
    for (const row of trainingRows(dataset)) {
      min = Math.min(min, value[row])
      max = Math.max(max, value[row])
    }
  return rangeScale({ min, max })
}

/** As `rangeScale`, and what lies outside of the range is as its nearest end: no value is seen that was never learned with. */
export function clampedScale(range: Parameters<typeof rangeScale>[0]): RewardScale {
  const scale = rangeScale(range)
  const { min, max } = range
  return (reward) => scale(Math.min(max, Math.max(min, reward)))
}

export function rangeScale({ min, max }: { readonly min: number; readonly max: number }): RewardScale {
  return max > min ? (reward) => (reward - min) / (max - min) : (reward) => reward
}
