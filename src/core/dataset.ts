import { TributaryError } from './errors.ts'
import type { RewardMatrix } from './policy.ts'

/** Dense ids for names. Item id 0 is PAD everywhere and has no name; users and domains start at 0. */
export interface Vocabulary {
  /** Number of ids, PAD included for items. */
  readonly size: number
  name(id: number): string
  id(name: string): number | undefined
}

/** The log as columns. Rows are grouped by user; within a user they stand in sequence order (time, ties in file order). */
export interface InteractionLog {
  readonly length: number
  readonly user: Int32Array
  readonly item: Int32Array
  /** Seconds since 1970; absent where the log has no times. */
  readonly timestamp: Float64Array | undefined
  /** Rating, watch ratio, reward; absent where every interaction counts the same. */
  readonly value: Float32Array | undefined
  /** The part given by the file itself (`Part` codes); absent where splits are computed. */
  readonly part: Uint8Array | undefined
  /** Rows of user u are userStart[u] … userStart[u + 1] − 1. Length users + 1. */
  readonly userStart: Int32Array
}

/** A half-open range of item ids. */
export interface ItemRange {
  readonly start: number
  readonly end: number
}

/** One log of several services. Every item belongs to exactly one domain, and the ids of a domain are contiguous. */
export interface Dataset {
  readonly name: string
  /** Hash over every column: two datasets with the same hash train the same model. */
  readonly hash: string
  readonly users: Vocabulary
  readonly items: Vocabulary
  readonly domains: readonly string[]
  /** Items of domain d are domainStart[d] … domainStart[d + 1] − 1; domainStart[0] is 1. Length domains + 1. */
  readonly domainStart: Int32Array
  readonly log: InteractionLog
  /** What kinds of items there are; absent where the log says nothing about it. `itemCategories` always answers. */
  readonly categories?: Categories | undefined
  /** What is known of users besides the log; absent where nothing is. */
  readonly userFeatures?: readonly Feature[] | undefined
  /** What is known of items besides the log. A simulator's leave rule looks at the labels of the feature `category`. */
  readonly itemFeatures?: readonly Feature[] | undefined
  /** What each pair of a simulator pays, apart from the log; a judge only. */
  readonly truth?: RewardMatrix | undefined
}

/** One property of every user or every item. */
export type Feature = LabelFeature | NumberFeature

/** Any number of labels an entity: a gender, the tags of a video. */
export interface LabelFeature {
  readonly name: string
  readonly kind: 'labels'
  /** By label id, in the order of their names. */
  readonly labels: readonly string[]
  /** Label ids of entity e are ids[start[e]] … ids[start[e + 1] − 1], ascending. Length entities + 1, PAD counted for items. */
  readonly start: Int32Array
  readonly ids: Int32Array
}

/** A duration, a price. */
export interface NumberFeature {
  readonly name: string
  readonly kind: 'number'
  /** NaN where it is not known. [entities] */
  readonly values: Float32Array
}

/** A name that many items of one domain share. A name that occurs in two domains has an id in each. */
export interface Categories {
  /** By id; names[0] is empty and stands for PAD and for items without a category. */
  readonly names: readonly string[]
  /** Category of each item, 0 where it has none. [V] */
  readonly ofItem: Int32Array
}

/** All real items, PAD excluded. */
export function allItems(dataset: Dataset): ItemRange {
  return { start: 1, end: dataset.items.size }
}

export function domainItems(dataset: Pick<Dataset, 'domainStart'>, domain: number): ItemRange {
  return { start: dataset.domainStart[domain], end: dataset.domainStart[domain + 1] }
}

/** The domain of a real item (1 … V − 1), by binary search over the domains' ranges. */
export function domainOfItem(dataset: Pick<Dataset, 'domainStart'>, item: number): number {
  const starts = dataset.domainStart
  let low = 0
  let high = starts.length - 2
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (starts[middle] <= item) low = middle
    else high = middle - 1
  }
  return low
}

/** What a row is for. `unused` rows are in nobody's training data, but still history for later rows. */
export const Part = { train: 0, valid: 1, test: 2, unused: 3 } as const
export type Part = (typeof Part)[keyof typeof Part]

/** Which rows train and which are questions. `part` has one code a log row. */
export interface Split {
  readonly name: string
  readonly part: Uint8Array
}

/**
 * What the log says of each row.
 * @param what is learned from it, named in the error
 * @throws TributaryError `bad-dataset` for a log without values
 */
export function valuesToLearn({ name, log }: Dataset, what: 'labels' | 'ratings' | 'rewards'): Float32Array {
  if (log.value !== undefined) return log.value
  throw new TributaryError('bad-dataset', `'${name}' has no values to learn ${what} from; import it with --value`)
}
