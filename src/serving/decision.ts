import type { DrawPolicy } from '../evaluation/decide.ts'

export type { DrawPolicy } from '../evaluation/decide.ts'

/** Where an item of a list comes from. Places that were not drawn (all but `model` and `explored`) tell nothing about a policy. */
export type ItemSource = 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'

export interface DecidedItem {
  readonly item: string
  readonly score: number
  /** 1 is first. */
  readonly rank: number
  /** The probability of this item at this rank given those above it; 1 where nothing was drawn. */
  readonly propensity: number
  readonly source: ItemSource
}

/** The question of a list, as far as the answer depends on it. */
export interface AskedList {
  readonly k: number
  readonly maskSeen: boolean
  /** Items that must not appear, known ones alone. */
  readonly exclude?: readonly string[] | undefined
  /** The only items that may appear. */
  readonly candidates?: readonly string[] | undefined
}

/**
 * An answer that can be judged later: which list a user got, with which probability, from which model, and what that model had
 * seen. Whatever evaluates, explains or trains reads this record and nothing else.
 */
export interface Decision {
  /** `r_` and 26 characters that grow with time; also the seed of what was drawn. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly user?: string | undefined
  readonly session?: string | undefined
  readonly domain: string
  readonly placement?: string | undefined
  /** The name that the model is served by, and the hash of its weights. */
  readonly model: string
  readonly weights: string
  readonly policy: DrawPolicy
  /** What was asked for beside the history. */
  readonly asked: AskedList
  /** Of the items that could be drawn, in their order, with their scores. */
  readonly candidatesHash: string
  /** The last event of the user that the answer has seen; absent where the caller sent the history. */
  readonly historySequence?: number | undefined
  /** The history that the caller sent, and its values, so that the answer can be made again. */
  readonly history?: readonly string[] | undefined
  readonly values?: readonly number[] | undefined
  readonly experiment?: { readonly name: string; readonly arm: string } | undefined
  readonly items: readonly DecidedItem[]
}
