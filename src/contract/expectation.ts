import type { World } from './worlds.ts'

/** What is expected of a model beside what all owe. */
interface SharedExpectation {
  /** Told apart from other expectations of the same model. */
  readonly variant?: string
  /** Options small enough that the contract suite stays fast. */
  readonly set?: Readonly<Record<string, unknown>>
  /** Why another seed gives the same bits; absent where it must give others. */
  readonly seedless?: string
  /** Weights that training does not change, each with its reason. */
  readonly fixed?: Readonly<Record<string, string>>
  /** Weights that matter to no score, each with its reason. */
  readonly inert?: Readonly<Record<string, string>>
}

/** Of a model that ranks, or predicts labels or ratings. */
export interface ModelExpectation extends SharedExpectation {
  /** What it must learn; a reason where there is nothing to learn. */
  readonly learns: Lesson | LabelLesson | RatingLesson | string
  /** It is held in a world of users who are new in one of three domains, not in one of a source and a target. */
  readonly coldUsers?: true
  /** Why a model that predicts labels needs no target; absent where it refuses a split without one. */
  readonly anySplit?: string
}

/** Of a policy. */
export interface PolicyExpectation extends SharedExpectation {
  /**
   * What it must earn in `policyWorld`, where it may repeat itself, as a share of the way from what items at random earn (0) to what
   * the best item of each user earns (1); a reason where it is not meant to earn.
   */
  readonly earns: number | string
  /** How much of that way it must have gone since its own first epoch; absent where it has learned all by then. */
  readonly gains?: number
  /** The world model that it asks for is one of weighted rows. */
  readonly inversePropensity?: true
}

/** What one model must learn, and how small it is run; more than one for options that change what it is. */
export type Expectation = ModelExpectation | PolicyExpectation

/** For models that rank. */
export interface Lesson {
  readonly world: () => World
  /** The hit rate at k on the test part must reach `atLeast` and be ahead of `against` by `margin`. */
  readonly k: number
  readonly atLeast: number
  readonly margin: number
  /** Default `popularity`. */
  readonly against?: string
  readonly maskSeen?: boolean
  /** Examine only the answers of this domain. */
  readonly domain?: string
}

/** For models that predict labels. */
export interface LabelLesson {
  readonly world: () => World
  /** Which the AUC on the test part must reach; chance is .5. */
  readonly auc: number
}

/** For models that predict ratings. */
export interface RatingLesson {
  readonly world: () => World
  /** Which the RMSE on the test part must not exceed. */
  readonly rmse: number
}
