import type { DrawPolicy } from '../evaluation/decide.ts'
import type { Filter } from './filters.ts'

export type { DrawPolicy } from '../evaluation/decide.ts'

/** Where an item of a list comes from. What is `pinned` or was filled in was not drawn, and tells nothing about a policy. */
export type ItemSource = 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'

export interface DecidedItem {
  readonly item: string
  readonly score: number
  /** 1 is first. */
  readonly rank: number
  /** The probability of this item at this rank given those above it; 1 where nothing was drawn. */
  readonly propensity: number
  readonly source: ItemSource
  /** Put in because the list was too short: not drawn, whatever its source. */
  readonly filled?: true
  /** Of an interleaved list: the arm that picked it. */
  readonly team?: string | undefined
}

/** What a list is to an experiment. */
export interface DecidedExperiment {
  readonly name: string
  /** Of an interleaved list: the arm that had the first pick. */
  readonly arm: string
  /** Absent: `ab` or `aa`, where the arm answers alone. */
  readonly mode?: 'interleave' | 'shadow' | undefined
  /** Whom the arm was given to. Absent: the user. */
  readonly unit?: 'session' | undefined
  /** The arm was said for a tester, who is not counted. */
  readonly override?: true | undefined
  /** By whose settings the list was put together, where it is not the placement that was asked for. */
  readonly placement?: string | undefined
}

/** A model that took part in a list, with what it drew of. */
export interface DecidingModel extends Pick<Decision, 'model' | 'weights' | 'policy' | 'candidatesHash'> {
  readonly arm: string
}

/** What another model would have answered, which nobody saw. */
export interface ShadowList extends DecidingModel {
  readonly items: readonly DecidedItem[]
}

/** A new item that a list was drawn of: its score is the mean of the scores of those that it is like, by weight. */
export interface DecidedNews {
  readonly item: string
  readonly like: readonly { readonly item: string; readonly weight: number }[]
}

/** The question of a list, as far as the answer depends on it. */
export interface AskedList {
  readonly k: number
  readonly maskSeen: boolean
  /** Items that must not appear, known ones alone. */
  readonly exclude?: readonly string[] | undefined
  /** The only items that may appear. */
  readonly candidates?: readonly string[] | undefined
  /** Which items may appear, beside what the placement says. */
  readonly filter?: Filter | undefined
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
  /** Milliseconds from the request to the list, reasons not counted; absent in records of before this was measured. */
  readonly took?: number | undefined
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
  /**
   * Where a catalogue, a filter or a placement said what could be drawn, which they would not say again later: what it was. `many`: more than is
   * kept.
   */
  readonly drawnOf?: readonly string[] | 'many' | undefined
  /** The new items among them. */
  readonly news?: readonly DecidedNews[] | undefined
  /** The last event of the user that the answer has seen; absent where the caller sent the history. */
  readonly historySequence?: number | undefined
  /** The history that the caller sent, and its values, so that the answer can be made again. */
  readonly history?: readonly string[] | undefined
  readonly values?: readonly number[] | undefined
  readonly experiment?: DecidedExperiment | undefined
  /** Of an interleaved list: both models, the control first, which is also that of the record. Propensities are those of the mixture. */
  readonly interleaved?: readonly DecidingModel[] | undefined
  /** Beside a list that was shown. */
  readonly shadow?: readonly ShadowList[] | undefined
  readonly items: readonly DecidedItem[]
}
