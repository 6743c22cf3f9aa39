import type { ErrorCode, ItemRange, ListOptions, Policy, Query } from '../../core/index.ts'
import type { SharedDataset } from '../../data/index.ts'
import type { ServingOptions } from '../open-model.ts'

/** What a thread is started with. */
export interface Opening {
  readonly folder: string
  readonly options: Omit<ServingOptions, 'dataset'>
  /** Absent where the thread opens it itself. */
  readonly dataset: SharedDataset | undefined
}

/** What a thread has opened; names of domains and folders in pairs. */
export interface Opened {
  readonly fallbacks: readonly (readonly [string, string])[]
  readonly newUsers: readonly (readonly [string, string])[]
  readonly blends: readonly (readonly [string, number])[]
  /** Whether it can be asked for `pairs`, and for `sources`. */
  readonly pairs: boolean
  readonly sources: boolean
  /** Of a policy. */
  readonly acts: Pick<Policy, 'acting' | 'remembers' | 'avoidsLeaving'> | undefined
}

/** What a thread is told. `close`: answer what was asked, free the model, and end. */
export type Message =
  | { readonly kind: 'ask'; readonly number: number; readonly question: Question }
  | { readonly kind: 'close' }

export type Question =
  | { readonly kind: 'lists'; readonly queries: readonly Query[]; readonly options: ListOptions }
  | { readonly kind: 'score'; readonly queries: readonly Query[]; readonly range: ItemRange }
  | { readonly kind: 'pairs'; readonly queries: readonly Query[]; readonly items: Int32Array }
  | { readonly kind: 'sources'; readonly queries: readonly Query[]; readonly items: Int32Array }

/** Lists one after the other. */
export interface SentLists {
  /** Of each list. */
  readonly lengths: Int32Array
  readonly items: Int32Array
  readonly scores: Float64Array
}

export interface Failure {
  /** Absent for what is a defect. */
  readonly code: ErrorCode | undefined
  readonly message: string
  readonly stack: string | undefined
}

/** To a question, by its number; to 0, which nobody asked, what was opened. */
export interface Answer {
  readonly number: number
  readonly result?: Opened | SentLists | Float32Array | undefined
  readonly failure?: Failure
}
