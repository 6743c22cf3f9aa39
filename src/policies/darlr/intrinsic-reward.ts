import type { DarlrConfig } from './options.ts'
import type { Preferences } from './preferences.ts'

/** Which of r̂, r_s and r_d count. */
const PARTS: Readonly<Record<DarlrConfig['selectorReward'], readonly [number, number, number]>> = {
  full: [1, 1, 1],
  reward: [1, 0, 0],
  'reward+similarity': [1, 1, 0],
  'reward+diversity': [1, 0, 1],
  gains: [0, 1, 1],
}

/** r^sel = r̂ + λ_s r_s + λ_d r_d (Eq. 12), or what an ablation leaves of it. */
export function intrinsicReward(
  { selectorReward, lambdaS, lambdaD }: Pick<DarlrConfig, 'selectorReward' | 'lambdaS' | 'lambdaD'>,
  {
    reward,
    similarity,
    diversity,
  }: { readonly reward: number; readonly similarity: number; readonly diversity: number },
): number {
  const [ofReward, ofSimilarity, ofDiversity] = PARTS[selectorReward]
  return ofReward * reward + ofSimilarity * lambdaS * similarity + ofDiversity * lambdaD * diversity
}

/** One selection as it grows: how alike each next user is to whom it is for, and how unlike those chosen before. */
export interface Gains {
  /** Begins a selection for a user. */
  begin(row: number): void
  /** r_s and r_d of the next user chosen (Eq. 10, 11). */
  add(row: number): { readonly similarity: number; readonly diversity: number }
}

export function createGains(preferences: Preferences): Gains {
  const { width, similarityOf } = preferences
  const own = new Float32Array(width)
  const next = new Float32Array(width)
  const chosen = new Float64Array(width) // Σ directions of those chosen
  let count = 0
  return {
    begin(row) {
      preferences.direction(row, own)
      chosen.fill(0)
      count = 0
    },
    add(row) {
      preferences.direction(row, next)
      let toOwn = 0
      let toChosen = 0
      for (let i = 0; i < width; i++) {
        toOwn += own[i] * next[i]
        toChosen += chosen[i] * next[i]
        chosen[i] += next[i]
      }
      // A mean of products is the product with the mean, so that one pass over the items serves any number of users chosen.
      const diversity = count === 0 ? 0 : 1 - similarityOf(toChosen / count)
      count++
      return { similarity: similarityOf(toOwn), diversity }
    },
  }
}
