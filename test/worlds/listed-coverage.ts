import { evaluate, type Level } from '../../src/ope/index.ts'
import type { KnownLog } from './listed-worlds.ts'
import type { Covered } from './logged-coverage.ts'

export interface ListedCoverage {
  /** Of target less served, by estimator. */
  readonly difference: ReadonlyMap<string, Covered>
  /** Logs of which nothing was said. */
  readonly refused: number
  /** Logs of which it was said that estimators disagree. */
  readonly disagree: number
}

/** Draws logs of a world of lists or episodes and counts whose 95 % intervals, by the delta method, hold what is true. */
export function listedCoverage(level: Level, world: (seed: number) => KnownLog, seeds: number): ListedCoverage {
  const counts = new Map<string, Covered>()
  let [refused, disagree] = [0, 0]
  for (let seed = 1; seed <= seeds; seed++) {
    const { logged, target, truth, served } = world(seed)
    const [{ overall }] = evaluate(logged, [target], { level, seed, drawnBelow: 0 }).targets
    if (overall.refusal !== undefined) refused++
    if (overall.verdict === 'estimators disagree') disagree++
    for (const { estimator, difference } of overall.estimates) {
      const covered = counts.get(estimator) ?? { held: 0, given: 0 }
      counts.set(estimator, covered)
      covered.given++
      if (difference.low <= truth - served && truth - served <= difference.high) covered.held++
    }
  }
  return { difference: counts, refused, disagree }
}
