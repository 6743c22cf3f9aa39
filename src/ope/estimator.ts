import type { Logged, Target } from './logged.ts'

/** What is judged as a whole. */
export type Level = 'item' | 'ranking' | 'episode'

/**
 * What each unit adds to an estimate, which is Σ top / Σ bottom. All that is drawn, clustered or split by domain sums these and
 * nothing else.
 */
export interface Terms {
  /** [units] */
  readonly top: Float64Array
  /** Absent: 1 a unit. [units] */
  readonly bottom?: Float64Array | undefined
}

/** One way to say from a log what another policy would have earned. One file each, a pure function of columns. */
export interface Estimator {
  /** As `--estimators` takes it. */
  readonly name: string
  /** In full. */
  readonly title: string
  readonly levels: readonly Level[]
  /** Columns without which there is no estimate. */
  readonly needs: readonly ('predicted' | 'groups')[]
  /** The paper. */
  readonly source: string
  readonly terms: (logged: Logged, target: Target) => Terms
}
