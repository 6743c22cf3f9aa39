import { choleskyFactor, choleskySolve, createRng } from '../math/index.ts'
import { userCount } from './by-user.ts'
import type { Logged } from './logged.ts'

/** What a reward model sees of a step: writes into a row of zeros. [width] */
export type Features = (step: number, row: Float64Array) => void

export interface RewardModelOptions {
  /** How many features there are; up to some hundreds. */
  readonly width: number
  /** Of the item that was shown. */
  readonly features: Features
  /** Parts of the users, each asked of a model that the others taught. Default 5. */
  readonly folds?: number | undefined
  /** As many rows as draw each weight to 0. Default 1. */
  readonly ridge?: number | undefined
  /** Of which user is in which part. Default 1. */
  readonly seed?: number | undefined
}

export interface RewardModel {
  /** q̂(x, a) of what was shown. [steps] */
  readonly predicted: Float64Array
  /**
   * Σ π(b|x) q̂(x, b) over all items b. [steps]
   * @param features of what the target would show: Σ π(b|x) φ(x, b), since the model is linear in them
   */
  readonly expected: (features: Features) => Float64Array
}

/**
 * A ridge regression of rewards on features, one for each domain, that has not seen the users it is asked about (cross-fitting:
 * Chernozhukov et al., 2018). Units are single items.
 */
export function fitRewards(
  { units, users, domains, domainNames, rewards }: Logged,
  { width, features, folds = 5, ridge = 1, seed = 1 }: RewardModelOptions,
): RewardModel {
  const rng = createRng(seed).split('folds')
  const foldOf = Int32Array.from({ length: userCount(users) }, (_, user) => rng.split(user).below(folds))
  const partOf = (unit: number) => domains[unit] * folds + foldOf[users[unit]]
  const parts = domainNames.length * folds
  const row = sparseRow(width)

  // Of each part: Σ φ φᵀ, Σ φ r, Σ φ, Σ r and the number of rows.
  const taught = Array.from({ length: parts }, () => new Float64Array(width * width + 2 * width + 2))
  const [right, sums, last] = [width * width, width * width + width, width * width + 2 * width]
  for (let unit = 0; unit < units; unit++) {
    const by = taught[partOf(unit)]
    const { places, values } = row(features, unit)
    by[last] += rewards[unit]
    by[last + 1]++
    for (const i of places) {
      by[right + i] += values[i] * rewards[unit]
      by[sums + i] += values[i]
      for (const j of places) by[i * width + j] += values[i] * values[j]
    }
  }
  // Weights are drawn to what tells nothing: the mean.
  const models = taught.map((_, part) => {
    const others = withoutPart(taught, part, folds)
    const mean = others[last + 1] === 0 ? 0 : others[last] / others[last + 1]
    const gram = others.subarray(0, right)
    const weights = others.slice(right, sums).map((sum, i) => sum - mean * others[sums + i])
    for (let i = 0; i < width; i++) gram[i * width + i] += ridge
    choleskyFactor(gram, width)
    choleskySolve(gram, width, weights)
    return { mean, weights }
  })
  const ask = (of: Features) =>
    Float64Array.from({ length: units }, (_, unit) => {
      const { mean, weights } = models[partOf(unit)]
      const { places, values } = row(of, unit)
      let sum = mean
      for (const i of places) sum += weights[i] * values[i]
      return sum
    })
  return { predicted: ask(features), expected: ask }
}

interface Row {
  /** Where a row is not 0. */
  readonly places: readonly number[]
  readonly values: Float64Array
}

/** The row of a step, until the next one is asked for. */
function sparseRow(width: number): (features: Features, step: number) => Row {
  const values = new Float64Array(width)
  return (features, step) => {
    values.fill(0)
    features(step, values)
    const places: number[] = []
    for (let i = 0; i < width; i++) if (values[i] !== 0) places.push(i)
    return { places, values }
  }
}

/** The sum over the other parts of a part's domain. */
function withoutPart(of: readonly Float64Array[], part: number, folds: number): Float64Array {
  const sum = new Float64Array(of[part].length)
  const first = part - (part % folds)
  for (let other = first; other < first + folds; other++)
    if (other !== part) for (let i = 0; i < sum.length; i++) sum[i] += of[other][i]
  return sum
}
