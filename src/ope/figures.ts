import { type Logged, stepsOf, type Target } from './logged.ts'

/** What a log says of a target in one place (a domain, or all of them), before anything is estimated. */
export interface Figures {
  readonly units: number
  readonly steps: number
  readonly users: number
  /** Whether every propensity is 1: nothing was drawn. */
  readonly deterministic: boolean
  /** Steps whose propensity is no probability above 0, or whose target's is none. */
  readonly bad: number
  /** Steps at which the propensities of all that could have been shown do not sum to 1; NaN where sums are not known. */
  readonly badSums: number
  /** Of the weights of steps, π/π₀: 1 where the target shows nothing that the log could not have shown. */
  readonly meanWeight: number
  /** Of that mean, by users. */
  readonly meanWeightError: number
  /** What share of what the target would show has π₀ < 1e-4: of all items where that is known, else of those that were shown. */
  readonly hardlyShown: number
  /** Whether `hardlyShown` is of all items, and so has those that were never shown. */
  readonly supportKnown: boolean
  /** (Σw)²/Σw², the steps that weigh as much as all: with the product of weights down to each step. */
  readonly effectiveSteps: number
  /** The same of users, each with the sum of its weights. */
  readonly effectiveUsers: number
  /** Share of all weight that lies with the heaviest hundredth of users. */
  readonly heaviest: number
}

/** Below this an item is hardly ever shown, and a reward that it gets there weighs as much as ten thousand. */
export const HARDLY_SHOWN = 1e-4

/**
 * @param domain place in `domainNames`; absent: all
 */
export function figuresOf(logged: Logged, target: Target, domain?: number): Figures {
  const { propensities, sums, users, domains } = logged
  const { probabilities, unsupported } = target
  const { start, end } = stepsOf(logged)
  const most = users.reduce((highest, user) => Math.max(highest, user), -1) + 1
  const seen = new Uint8Array(most)
  // By user: steps, weights of steps, and products of weights.
  const stepsBy = new Float64Array(most)
  const weightsBy = new Float64Array(most)
  const productsBy = new Float64Array(most)
  let [units, steps, bad, badSums, ones, hardly] = [0, 0, 0, 0, 0, 0]
  let [weightSum, productSum, productSquares] = [0, 0, 0]
  for (let unit = 0; unit < logged.units; unit++) {
    if (domain !== undefined && domains[unit] !== domain) continue
    const user = users[unit]
    units++
    seen[user] = 1
    let product = 1
    for (let step = start(unit); step < end(unit); step++) {
      steps++
      const propensity = propensities[step]
      const probability = probabilities[step]
      if (sums !== undefined && !(Math.abs(sums[step] - 1) <= SUM_TOLERANCE)) badSums++
      if (!(propensity > 0 && propensity <= 1 && probability >= 0 && probability <= 1)) {
        bad++
        continue
      }
      const weight = probability / propensity
      product *= weight
      if (propensity === 1) ones++
      if (unsupported !== undefined) hardly += unsupported[step]
      else if (propensity < HARDLY_SHOWN) hardly += weight
      weightSum += weight
      productSum += product
      productSquares += product ** 2
      stepsBy[user]++
      weightsBy[user] += weight
      productsBy[user] += product
    }
  }
  const good = steps - bad
  const meanWeight = weightSum / good
  let [people, residuals, userSquares] = [0, 0, 0]
  for (let user = 0; user < most; user++) {
    people += seen[user]
    residuals += (weightsBy[user] - meanWeight * stepsBy[user]) ** 2
    userSquares += productsBy[user] ** 2
  }
  return {
    units,
    steps,
    users: people,
    deterministic: steps > 0 && ones === steps,
    bad,
    badSums: sums === undefined ? Number.NaN : badSums,
    meanWeight,
    meanWeightError: Math.sqrt((residuals * people) / (people - 1)) / good,
    hardlyShown: hardly / good,
    supportKnown: unsupported !== undefined,
    effectiveSteps: productSquares === 0 ? 0 : productSum ** 2 / productSquares,
    effectiveUsers: userSquares === 0 ? 0 : productSum ** 2 / userSquares,
    heaviest: shareOfHeaviest(productsBy, people),
  }
}

/** What single precision, and the sum of many small numbers, can be off by. */
const SUM_TOLERANCE = 1e-4

function shareOfHeaviest(weights: Float64Array, people: number): number {
  const ascending = Float64Array.from(weights).sort()
  const heaviest = Math.ceil(people / 100)
  let [all, top] = [0, 0]
  for (const [place, weight] of ascending.entries()) {
    all += weight
    if (place >= ascending.length - heaviest) top += weight
  }
  return all === 0 ? Number.NaN : top / all
}
