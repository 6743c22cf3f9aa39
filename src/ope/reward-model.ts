import { choleskyFactor, choleskySolve, createRng } from '../math/index.ts'
import { userCount } from './by-user.ts'
import { type Features, type Logged, neededColumn, type Target } from './logged.ts'

export interface RewardModelOptions {
  /** Parts of the users, each asked of a model that the others taught. Default 5. */
  readonly folds?: number | undefined
  /** As many rows as draw each coefficient to 0. Default 1. */
  readonly ridge?: number | undefined
  /** Of which user is in which part. Default 1. */
  readonly seed?: number | undefined
}

/**
 * A log of single items with what a reward model says of them: a ridge regression of rewards on features, one for each domain, which
 * has not seen the users it is asked about (cross-fitting: Chernozhukov et al., 2018).
 * @throws TributaryError `bad-argument` where the log or a target has no features
 */
export function withRewardModel(
  logged: Logged,
  targets: readonly Target[],
  options: RewardModelOptions = {},
): { readonly logged: Logged; readonly targets: readonly Target[] } {
  const features = neededColumn(logged.features, 'features')
  const ask = fitted(logged, features, options)
  return {
    logged: { ...logged, predicted: ask(features) }, // q̂(x, a) = θᵀφ(x, a)
    targets: targets.map((target) => ({
      ...target,
      expected: ask(neededColumn(target.features, `features of ${target.name}`)), // q̂(x, π) = θᵀφ(x, π)
    })),
  }
}

/** What the model says of rows of features, each by the model of its user's part and its domain. */
function fitted(
  { units, users, domains, domainNames, rewards }: Logged,
  { width, data }: Features,
  { folds = 5, ridge = 1, seed = 1 }: RewardModelOptions,
): (features: Features) => Float64Array {
  const rng = createRng(seed).split('folds')
  const foldOf = Int32Array.from({ length: userCount(users) }, (_, user) => rng.split(user).below(folds))
  const partOf = (unit: number) => domains[unit] * folds + foldOf[users[unit]]

  // Of each part, one after another: the lower triangle of Σ φφᵀ, Σ φr, Σ φ, Σ r and the number of rows.
  const [right, sums, last] = [width * width, width * width + width, width * width + 2 * width]
  const taught = Array.from({ length: domainNames.length * folds }, () => new Float64Array(last + 2))
  for (let unit = 0; unit < units; unit++) {
    const by = taught[partOf(unit)]
    const row = data.subarray(unit * width, (unit + 1) * width)
    by[last] += rewards[unit]
    by[last + 1]++
    for (let i = 0; i < width; i++) {
      if (row[i] === 0) continue
      by[right + i] += row[i] * rewards[unit]
      by[sums + i] += row[i]
      for (let j = 0; j <= i; j++) by[i * width + j] += row[i] * row[j]
    }
  }
  // What tells nothing is expected to earn the mean.
  const models = taught.map((_, part) => {
    const others = withoutPart(taught, part, folds)
    const mean = others[last + 1] === 0 ? 0 : others[last] / others[last + 1]
    const factor = others.subarray(0, right)
    const coefficients = others.slice(right, sums).map((sum, i) => sum - mean * others[sums + i])
    for (let i = 0; i < width; i++) factor[i * width + i] += ridge
    choleskyFactor(factor, width)
    choleskySolve(factor, width, coefficients)
    return { mean, coefficients }
  })
  return (asked) =>
    Float64Array.from({ length: units }, (_, unit) => {
      const { mean, coefficients } = models[partOf(unit)]
      let sum = mean
      for (let i = 0; i < width; i++) sum += coefficients[i] * asked.data[unit * width + i]
      return sum
    })
}

/** The sum over the other parts of a part's domain. */
function withoutPart(of: readonly Float64Array[], part: number, folds: number): Float64Array {
  const sum = new Float64Array(of[part].length)
  const first = part - (part % folds)
  for (let other = first; other < first + folds; other++)
    if (other !== part) for (let i = 0; i < sum.length; i++) sum[i] += of[other][i]
  return sum
}
