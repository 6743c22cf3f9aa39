import {
  type Dataset,
  domainOfItem,
  itemCategories,
  Part,
  type Query,
  type Split,
  valuesToLearn,
} from '../../core/index.ts'
import { crossDomainRoles } from '../../data/index.ts'
import type { Side } from './network.ts'

/** A log of two sideOfRow: which items stand on which side, what is positive, what a user had liked when. */
export interface TwoSidedLog {
  readonly dataset: Dataset
  /** [V] */
  readonly categoryOfItem: Int32Array
  /** Categories, PAD included. */
  readonly categories: number
  /** Log rows to be trained on, in log order. */
  readonly rows: Readonly<Record<Side, Int32Array>>
  /** Target rows that weights are selected by. */
  readonly validationRows: Int32Array
  sideOf(item: number): Side | undefined
  /** 1 where a row's value is positive, else 0. */
  label(row: number): number
  /** The items that the row's user had liked before it on one side, oldest first: a view. */
  likedBefore(row: number, side: Side): Int32Array
  /** Rows of the user's training behaviors on the source side, in order: a view. */
  sourceRowsOf(user: number): Int32Array
  /** The user's last item on one side before the row, whatever its value; PAD where there is none. */
  lastBefore(row: number, side: Side): number
  /** The same of a query's history. */
  likedIn(query: Query, side: Side): Int32Array
  lastIn(query: Query, side: Side): number
}

const SIDES: readonly Side[] = ['target', 'source']

/** @throws TributaryError `bad-argument` for a split without a target, `bad-dataset` for a log without values */
export function twoSidedLog(dataset: Dataset, split: Split, positiveAbove: number): TwoSidedLog {
  const { log } = dataset
  const { target, sources } = crossDomainRoles(dataset, split)
  const values = valuesToLearn(dataset, 'labels')
  const sideOfDomain = dataset.domains.map((_, d): Side | undefined =>
    d === target ? 'target' : sources.includes(d) ? 'source' : undefined,
  )
  const sideOf = (item: number) => sideOfDomain[domainOfItem(dataset, item)]
  const { ofItem, names } = itemCategories(dataset)
  const isPositive = (value: number) => value > positiveAbove

  const sideOfRow: (Side | undefined)[] = Array.from(log.item, sideOf)
  const rowsOf = (side: Side, part: Part) =>
    Int32Array.from([...sideOfRow.keys()].filter((row) => sideOfRow[row] === side && split.part[row] === part))
  const rows = { target: rowsOf('target', Part.train), source: rowsOf('source', Part.train) }
  /** Counted from the log's start, so that a user's share is found by two look-ups. */
  const columns = (keep: (row: number, side: Side) => boolean) =>
    Object.fromEntries(
      SIDES.map((side) => [side, prefixColumn(log.length, (row) => sideOfRow[row] === side && keep(row, side))]),
    ) as Record<Side, PrefixColumn>
  const liked = columns((row) => isPositive(values[row]))
  const all = columns(() => true)
  const sourceTrained = prefixColumn(log.length, (row) => sideOfRow[row] === 'source' && split.part[row] === Part.train)
  const likedItems = { target: itemsOf(log.item, liked.target), source: itemsOf(log.item, liked.source) }

  return {
    dataset,
    categoryOfItem: ofItem,
    categories: names.length,
    rows,
    validationRows: rowsOf('target', Part.valid),
    sideOf,
    label: (row) => (isPositive(values[row]) ? 1 : 0),
    likedBefore(row, side) {
      const { before } = liked[side]
      return likedItems[side].subarray(before[log.userStart[log.user[row]]], before[row])
    },
    sourceRowsOf(user) {
      const { before, rows } = sourceTrained
      return rows.subarray(before[log.userStart[user]], before[log.userStart[user + 1]])
    },
    lastBefore(row, side) {
      const { before, rows } = all[side]
      const place = before[row] - 1
      return place < before[log.userStart[log.user[row]]] ? 0 : log.item[rows[place]]
    },
    likedIn: ({ history, values }, side) =>
      history.filter((item, i) => sideOf(item) === side && (values === undefined || isPositive(values[i]))),
    lastIn: ({ history }, side) => history.findLast((item) => sideOf(item) === side) ?? 0,
  }
}

interface PrefixColumn {
  /** Rows kept, in order. */
  readonly rows: Int32Array
  /** How many of them stand before each row; length of the log + 1. */
  readonly before: Int32Array
}

function prefixColumn(length: number, keep: (row: number) => boolean): PrefixColumn {
  const rows: number[] = []
  const before = new Int32Array(length + 1)
  for (let row = 0; row < length; row++) {
    if (keep(row)) rows.push(row)
    before[row + 1] = rows.length
  }
  return { rows: Int32Array.from(rows), before }
}

function itemsOf(item: Int32Array, { rows }: PrefixColumn): Int32Array {
  return rows.map((row) => item[row])
}
