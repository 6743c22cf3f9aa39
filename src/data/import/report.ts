import { type Dataset, quoted, shortened, TributaryError, type Vocabulary } from '../../core/index.ts'
import type { FilterReport } from '../build/filter.ts'
import type { ColumnNames, Role, Source } from '../readers/reader.ts'
import type { TimestampUnit } from '../store/timestamps.ts'
import type { BadRow } from './bad-rows.ts'
import type { EventType, TypeCount } from './event-types.ts'
import type { KeptItemColumn } from './item-columns.ts'
import type { SharedItems } from './item-domains.ts'
import type { StagedFile } from './staging.ts'

export interface CappedValues {
  readonly maxValue: number
  readonly rows: number
}

export interface ImportReport {
  readonly name: string
  readonly out: string
  readonly hash: string
  /** Interactions in the dataset, after bad rows and filters. */
  readonly rows: number
  readonly users: number
  readonly items: number
  readonly domains: readonly string[]
  /** Distinct categories of items; absent where no column was said to hold them. */
  readonly categories?: number
  readonly files: readonly {
    readonly file: string
    readonly rows: number
    readonly columns: { readonly [role in Role]?: string }
    /** Columns that nothing was read from; absent where the reader knows the files. */
    readonly passedOver?: readonly string[]
    /** As the magnitude of most times tells; stored are seconds. Absent without times. */
    readonly timestampUnit?: TimestampUnit
    /** What was guessed and might be meant otherwise, a sentence each. */
    readonly notes: readonly string[]
  }[]
  /** What is odd about the names, a sentence each. */
  readonly notes: readonly string[]
  /** What became of the rows of the files: `read` is the sum of the others, or the import fails. Blank lines are no rows. */
  readonly sum: {
    readonly read: number
    readonly kept: number
    readonly badRows: number
    readonly filtered: number
    /** Of types of events that were not asked for; absent where all were. */
    readonly otherTypes?: number
    readonly blankLines: number
  }
  readonly badRows: { readonly count: number; readonly first: readonly BadRow[] }
  /** Rows whose value was above the largest that was to count; absent where none was given. */
  readonly capped?: CappedValues
  /** Items that the files list in several domains; absent where no rule for them was given, since there were none then. */
  readonly sharedItems?: SharedItems
  readonly filter?: FilterReport
  /** Rows of types of events that were left out, most frequent first; absent where no types were chosen. */
  readonly otherTypes?: readonly TypeCount[]
  /** What became of the columns that say what items are; absent where none were named. */
  readonly itemColumns?: readonly KeptItemColumn[]
  /** What is known of items, by name; absent where nothing is. */
  readonly itemFeatures?: readonly string[]
  /** The truth's size, with the width of its factors where it has such, and how it was made. */
  readonly truth?: {
    readonly users: number
    readonly items: number
    readonly factors?: number
    readonly notes: readonly string[]
  }
}

export interface Filtered {
  readonly dataset: Dataset
  readonly report?: FilterReport
}

export interface Staged {
  readonly stagedFiles: readonly StagedFile[]
  readonly badRows: ImportReport['badRows']
  readonly capped?: CappedValues | undefined
  readonly shared?: SharedItems | undefined
  readonly otherTypes: readonly TypeCount[]
  readonly kept?: readonly KeptItemColumn[] | undefined
  readonly notes: readonly string[]
}

/** What was asked for, as far as the report says it. */
interface Asked {
  readonly out: string
  readonly columns?: ColumnNames | undefined
  readonly eventTypes?: readonly EventType[] | undefined
}

/** @throws TributaryError `mismatch` where rows were lost, or came from nowhere, between the files and the dataset */
export function reportOf(
  { stagedFiles: files, badRows, capped, shared, otherTypes, kept, notes }: Staged,
  { dataset, report }: Filtered,
  { out, columns = {}, eventTypes }: Asked,
): ImportReport {
  const { truth } = dataset
  return {
    name: dataset.name,
    out,
    hash: dataset.hash,
    rows: dataset.log.length,
    users: dataset.users.size,
    items: dataset.items.size - 1,
    domains: dataset.domains,
    ...(files[0].source.columns.category && { categories: (dataset.categories?.names.length ?? 1) - 1 }),
    files: files.map(({ file, rows, source, times }) => ({
      file,
      rows,
      columns: Object.fromEntries(Object.entries(source.columns).map(([role, { label }]) => [role, label])),
      ...(source.passedOver && { passedOver: source.passedOver }),
      ...(times && { timestampUnit: times.unit }),
      notes: [...(source.notes ?? []), ...columnNotes(source, columns), ...(times?.notes ?? [])],
    })),
    notes: nameNotes(dataset),
    sum: sumOf(files, badRows.count, report?.removed.interactions ?? 0, dataset.log.length, eventTypes && otherTypes),
    badRows,
    ...(capped && { capped }),
    ...(shared && { sharedItems: shared }),
    ...(report !== undefined && { filter: report }),
    ...(eventTypes && { otherTypes }),
    ...(kept && { itemColumns: kept }),
    ...(dataset.itemFeatures && { itemFeatures: dataset.itemFeatures.map((feature) => feature.name) }),
    ...(truth && {
      truth: {
        users: truth.users.length,
        items: truth.items.length,
        ...(truth.factors && { factors: truth.factors.width }),
        notes: [...notes, ...rangeNotes(dataset)],
      },
    }),
  }
}

/** The log and the truth should speak of one scale: policies learn from one and are judged by the other. */
function rangeNotes({ log, truth }: Dataset): string[] {
  if (truth === undefined || truth.factors !== undefined || log.value === undefined) return []
  const highest = log.value.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  if (!(truth.max > 0 && highest > 2 * truth.max)) return []
  return [
    `values of the log go up to ${highest} and those of the truth to ${truth.max}; --max-value ${truth.max} brings both to one range`,
  ]
}

/** An id of a text file stays as it is written; that it was a number once is only said. */
function nameNotes({ users, items }: Dataset): string[] {
  const floating = (names: Vocabulary, first: number) => {
    for (let id = first; id < names.size; id++) if (!/^\d+\.0$/.test(names.name(id))) return false
    return true
  }
  return [floating(users, 0) && 'user', floating(items, 1) && 'item'].flatMap((what) =>
    what === false
      ? []
      : `the ids of all ${what}s end in .0, as integers do that became floating numbers on their way; they are kept as they are written`,
  )
}

/** That the order of the file is the sequence is worth a word where a column looks like the time. */
function columnNotes({ columns, passedOver = [] }: Source, stated: ColumnNames): string[] {
  if (columns.timestamp !== undefined || stated.timestamp === false) return []
  const likely = passedOver.find((name) => /time|date|stamp|(^|_)(at|ts)$/i.test(name.trim()))
  if (likely === undefined) return []
  return [
    `no column was taken for the time, so the order of the file is the sequence; ${quoted(likely)} was passed over: give --timestamp ${shortened(likely)} if it is the time`,
  ]
}

/** Throws `mismatch` where rows were lost, or came from nowhere, between the files and the dataset. */
function sumOf(
  files: readonly StagedFile[],
  badRows: number,
  filtered: number,
  kept: number,
  types: readonly TypeCount[] | undefined,
): ImportReport['sum'] {
  const others = (types ?? []).reduce((sum, { rows }) => sum + rows, 0)
  let read = 0
  let blankLines = 0
  for (const { source } of files) {
    read += source.rows + (source.text?.rejected.count ?? 0)
    blankLines += source.text?.blankLines ?? 0
  }
  if (read === kept + badRows + filtered + others)
    return { read, kept, badRows, filtered, ...(types && { otherTypes: others }), blankLines }
  const parts = `${kept} were kept, ${badRows} cannot be read, ${others} are of other types and ${filtered} were filtered out`
  throw new TributaryError(
    'mismatch',
    `the rows do not add up: ${files[0].file} and its like have ${read}, of which ${parts}`,
  )
}
