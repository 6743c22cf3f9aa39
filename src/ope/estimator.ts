import type { Logged, Target } from './logged.ts'

/** What is judged as a whole. */
export const LEVELS = ['item', 'ranking', 'episode'] as const
export type Level = (typeof LEVELS)[number]

/** How sentences call what is judged as a whole: one of them, and several. */
export const UNITS: Readonly<Record<Level, readonly [string, string]>> = {
  item: ['shown item', 'shown items'],
  ranking: ['list', 'lists'],
  episode: ['episode', 'episodes'],
}

/**
 * What each unit adds to an estimate, which is Σ top / Σ bottom, added over the parts. All that is drawn, clustered or split by domain
 * sums these and nothing else.
 */
export interface Terms {
  /** Default 1; as many as the longest unit has steps where each rank, or turn, is divided by its own weights. */
  readonly parts?: number | undefined
  /** [units × parts] */
  readonly top: Float64Array
  /** Absent: 1 each. [units × parts] */
  readonly bottom?: Float64Array | undefined
}

/** Columns beside probabilities and rewards: see `Logged` and `Target`. */
export type Need = 'predicted' | 'groups' | 'mixture' | 'ranks' | 'states' | 'features'

/** One way to say from a log what another policy would have earned. One file each, a pure function of columns. */
export interface Estimator {
  /** As `--estimators` takes it. */
  readonly name: string
  /** In full. */
  readonly title: string
  readonly levels: readonly Level[]
  /** Columns without which there is no estimate. */
  readonly needs: readonly Need[]
  /** The paper. */
  readonly source: string
  /**
   * Of which estimator this one is a form that takes on a bias for less spread. Its interval then holds both: how large such a bias is
   * can be known no better than the estimate without it is (Low, 1997).
   */
  readonly shrinks?: Estimator | undefined
  readonly terms: (logged: Logged, target: Target) => Terms
}
