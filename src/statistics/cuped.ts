import { momentsOf } from './moments.ts'

export interface Adjusted {
  /** The same means but for what chance gave an arm before it began, with less variance. By arm, as given. */
  readonly arms: readonly Float64Array[]
  /** How much of what a user did before is taken off. */
  readonly slope: number
  /** Which share of the variance within arms is gone. */
  readonly removed: number
}

/**
 * What users did, less what was to be expected of them from before the experiment: y − θ (x − x̄), with one θ for all arms (CUPED;
 * Deng, Xu, Kohavi and Walker, 2013). Since no arm can change what came before, the difference stays what it was, and is seen with
 * fewer users. A user without a past (NaN) stays as they are.
 */
export function cuped(arms: readonly { readonly values: Float64Array; readonly before: Float64Array }[]): Adjusted {
  let [together, squares, all] = [0, 0, 0]
  for (const { values, before } of arms) {
    const known = [...before.keys()].filter((i) => !Number.isNaN(before[i]))
    const x = momentsOf(known.map((i) => before[i])).mean
    const y = momentsOf(known.map((i) => values[i])).mean
    for (const i of known) {
      together += (before[i] - x) * (values[i] - y)
      squares += (before[i] - x) ** 2
    }
    all += sumOfSquares(values)
  }
  const slope = squares > 0 ? together / squares : 0 // θ, Eq. 4
  const center = momentsOf(arms.flatMap(({ before }) => [...before.filter((x) => !Number.isNaN(x))])).mean
  const adjusted = arms.map(({ values, before }) =>
    values.map((y, i) => (Number.isNaN(before[i]) ? y : y - slope * (before[i] - center))),
  )
  const left = adjusted.reduce((sum, values) => sum + sumOfSquares(values), 0)
  return { arms: adjusted, slope, removed: all > 0 ? 1 - left / all : 0 }
}

function sumOfSquares(values: Float64Array): number {
  const { n, variance } = momentsOf(values)
  return n > 1 ? variance * (n - 1) : 0
}
