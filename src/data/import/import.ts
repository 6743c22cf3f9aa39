import { mkdir, rm, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { type Dataset, quoted, TributaryError, unknownName } from '../../core/index.ts'
import { readError } from '../../files/atomic.ts'
import { physicalPath, writeFolderAtomic } from '../../files/index.ts'
import { type FilterBounds, filterDataset } from '../build/filter.ts'
import { attachSideData, type NamedFeature, sideDataOf } from '../build/side-data.ts'
import { readers } from '../readers/index.ts'
import { readItemFeatures } from '../readers/item-features.ts'
import type { ColumnNames, ItemColumn, PublishedFolder, Reader } from '../readers/reader.ts'
import { readTruth } from '../readers/truth-file.ts'
import { datasetOfRows, type StoredRows } from '../store/rows.ts'
import { DATASET_FOLDER, fillDatasetFolder } from '../store/store.ts'
import { timestampUnit } from '../store/timestamps.ts'
import { withDatabase } from '../tables/duckdb.ts'
import { refuseBadRows } from './bad-rows.ts'
import { columnsRead, type EventType, refuseUnusedTypes } from './event-types.ts'
import { filterRows } from './filter-rows.ts'
import { describedItems } from './item-columns.ts'
import { settleItemDomains } from './item-domains.ts'
import { type Filtered, type ImportReport, reportOf } from './report.ts'
import { goodRows, stageFiles } from './staging.ts'

export interface ImportOptions {
  /** How the files are laid out: the name of a reader. */
  readonly reader: string
  /** Read in this order, which is the order of rows with equal times; for a published data set its one folder. */
  readonly files: readonly string[]
  /** The folder to be written. */
  readonly out: string
  /** Names of the files' columns, where they are not the usual ones. */
  readonly columns?: ColumnNames | undefined
  /** Kinds of events that are kept, with what each counts; rows of others are left out. */
  readonly eventTypes?: readonly EventType[] | undefined
  /** Columns of the log that say what its items are, kept as features: of each item what its last row says. */
  readonly itemColumns?: readonly ItemColumn[] | undefined
  /** Keep items with at least so many interactions (together with `minUser`, repeated until stable). */
  readonly minItem?: number | undefined
  readonly minUser?: number | undefined
  /**
   * A log of more rows is filtered on the disk, before it comes to memory: slower, to the same result. One with categories, features or a
   * truth is always filtered in memory. Default 50 million.
   */
  readonly memoryRows?: number | undefined
  /** A value above it counts as this; default none. The truth is left as it is. */
  readonly maxValue?: number | undefined
  /** Leave out up to this many rows that cannot be read; default 0. */
  readonly maxBadRows?: number | undefined
  /** Replace `out` when it is a dataset, and holds nothing else. */
  readonly overwrite?: boolean | undefined
  /** What each pair of a simulator pays: a `.csv` or `.parquet` file with a row of user, item and reward for each of its users with each of its items. */
  readonly truth?: string | undefined
  /** What is known of items: a `.csv`, `.tsv` or `.parquet` file that names an item a row and has a column a feature, such as its `title`. */
  readonly itemFeatures?: string | undefined
  /** Default: the last part of `out`. */
  readonly name?: string | undefined
  /** Between the columns, for `csv` and `tsv`. */
  readonly delimiter?: string | undefined
  /** One domain for files without such a column. */
  readonly domain?: string | undefined
  /** What becomes of an item that is listed in several domains: `refuse` (the default), `prefix`, `first` or `most`. */
  readonly itemDomain?: string | undefined
  /** What numbers in the time column count, where their size does not tell. */
  readonly timestampUnit?: string | undefined
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  /** Stops the import, which then leaves nothing. */
  readonly signal?: AbortSignal | undefined
  /** Threads that read; by default one a core, at most four. They change no row. */
  readonly threads?: number | undefined
}

export interface ImportProgress {
  readonly stage: 'read' | 'number' | 'filter' | 'write'
  /** The file being read. */
  readonly file?: string
  /** Share of the stage that is done, 0 … 1, where it is known. */
  readonly done?: number
}

/**
 * Reads log files and writes a dataset folder, whole or not at all. Names stay inside DuckDB, so that memory is bounded by
 * about 30 bytes a row and the distinct names.
 *
 * Throws `unknown-name` (reader), `file-missing`, `file-empty`, `file-damaged`, `file-exists`, `bad-column`, `bad-row` (more
 * unreadable rows than allowed), `bad-dataset` (an item in two domains), `disk-full`, `interrupted`.
 */
export async function importDataset(options: ImportOptions): Promise<ImportReport> {
  const { out, columns = {}, delimiter, domain, itemDomain = 'refuse', minItem, minUser, maxBadRows = 0 } = options
  const { maxValue } = options
  const reader = readers.find(({ name }) => name === options.reader)
  if (reader === undefined) {
    throw unknownName(
      'reader',
      options.reader,
      readers.map(({ name }) => name),
    )
  }
  if (options.files.length === 0) throw new TributaryError('bad-argument', 'no file was given; at least one is needed')
  if (!(Number.isInteger(maxBadRows) && maxBadRows >= 0)) {
    throw new TributaryError('bad-argument', `maxBadRows is ${maxBadRows}; it must be a whole number of at least 0`)
  }
  if (maxValue !== undefined && !Number.isFinite(maxValue))
    throw new TributaryError('bad-argument', `maxValue is ${maxValue}; it must be a finite number`)
  if (delimiter !== undefined && !/^[^"\r\n]{1,4}$/.test(delimiter)) {
    const message = `the delimiter ${JSON.stringify(delimiter)} must be one to four characters, no quote, no line break`
    throw new TributaryError('bad-argument', message)
  }
  if (domain !== undefined && columns.domain) {
    const message = `a domain for all rows (${quoted(domain)}) and a column for it (${quoted(columns.domain)}) were given; give one of them`
    throw new TributaryError('bad-argument', message)
  }
  refuseUnusedTypes(options)
  const unit = options.timestampUnit === undefined ? undefined : timestampUnit(options.timestampUnit)
  const { truth, itemFeatures, itemColumns, eventTypes } = options
  const side = [truth, itemFeatures].filter((file) => file !== undefined)
  if (side.length > 0 && reader.folder !== undefined) {
    const what = truth === undefined ? 'the features of items' : 'a truth'
    throw new TributaryError('bad-argument', `the reader '${reader.name}' brings ${what} itself; leave ${side[0]} out`)
  }
  const files = reader.folder === undefined ? options.files : await logsOf(reader, reader.folder, options)
  const inputs = [...options.files, ...side]
  for (const file of [...files, ...side]) await refuseUnreadable(file)
  await refuseTwice(files)

  const name = options.name ?? basename(resolve(out))
  const { signal } = options
  const stopped = (cause?: unknown) =>
    new TributaryError('interrupted', `the import was stopped; ${out} was not written`, { cause })
  const progress = (step: ImportProgress) => {
    if (signal?.aborted) throw stopped()
    options.onProgress?.(step)
  }
  let report: ImportReport | undefined
  const stage = async (connection: DuckDBConnection) => {
    const stagedFiles = await stageFiles(
      connection,
      reader,
      files,
      { columns: columnsRead(options), needsEvent: eventTypes !== undefined, itemColumns, delimiter, domain, signal },
      unit,
      (file, f) => progress({ stage: 'read', file, done: f / files.length }),
    )
    const badRows = await refuseBadRows(connection, stagedFiles, maxBadRows)
    progress({ stage: 'number' })
    const rows = await goodRows(connection, stagedFiles, badRows.count > 0, { maxValue, eventTypes })
    if (maxValue !== undefined && !rows.has.value) throw nothingToCap(maxValue, files)
    const settled = await settleItemDomains(connection, rows, itemDomain)
    const core = filtersOnDisk(options, reader, settled.rows)
      ? await filterRows(connection, name, settled.rows, { minItem, minUser })
      : undefined
    const log = await datasetOfRows(connection, name, core?.rows ?? settled.rows, signal)
    const capped = maxValue === undefined ? undefined : { maxValue, rows: rows.capped }
    const { otherTypes } = rows
    const described = itemColumns && (await describedItems(connection, settled.rows, itemColumns, files[0]))
    const read = { stagedFiles, badRows, shared: settled.shared, capped, otherTypes, kept: described?.kept, core }
    if (reader.folder === undefined) {
      const named = truth === undefined ? undefined : await readTruth(connection, truth)
      const notes = truth === undefined ? [] : [`read from ${truth}`]
      const features =
        itemFeatures === undefined ? [] : await readItemFeatures(connection, itemFeatures, columns.item || undefined)
      const all = [...features, ...(described?.features ?? [])]
      const known = { truth: named, ...(all.length > 0 && { itemFeatures: oncePerName(all) }) }
      return { ...read, dataset: attachSideData(log, sideDataOf(log, known)), notes }
    }
    const { notes = [], ...side } = await reader.folder.side(options.files[0], connection)
    return { ...read, dataset: attachSideData(log, sideDataOf(log, side)), notes }
  }
  const fill = async (folder: string) => {
    const scratch = join(folder, 'reading')
    await mkdir(scratch)
    const staged = await withDatabase(join(scratch, 'rows.duckdb'), stage, { signal, threads: options.threads })
    await rm(scratch, { recursive: true })
    const filtered = staged.core
      ? { dataset: staged.dataset, report: staged.core.report }
      : filter(staged.dataset, { minItem, minUser }, progress)
    report = reportOf(staged, filtered, options)
    progress({ stage: 'write' })
    const { files: read, sum, badRows, capped, sharedItems, filter: filterReport, truth } = report
    await fillDatasetFolder(
      filtered.dataset,
      folder,
      {
        reader: reader.name,
        files: read,
        sum,
        badRows: badRows.count,
        ...(capped && { capped }),
        ...(sharedItems && { sharedItems }),
        ...(eventTypes && { eventTypes, otherTypes: report.otherTypes }),
        ...(report.itemColumns && { itemColumns: report.itemColumns }),
        ...(filterReport && { filter: filterReport }),
        ...(truth && { truth: truth.notes }),
      },
      signal,
    )
  }
  const replaces = options.overwrite ? DATASET_FOLDER : undefined
  await writeFolderAtomic(out, fill, { replaces, inputs }).catch((error: unknown) => {
    throw signal?.aborted ? stopped(error) : error
  })
  return report!
}

async function logsOf(
  reader: Reader,
  { logs }: PublishedFolder,
  { files, columns = {}, delimiter, itemColumns, eventTypes }: ImportOptions,
): Promise<readonly string[]> {
  const [folder, ...others] = files
  const info = await stat(folder).catch((error: unknown) => {
    throw readError(folder, error)
  })
  if (others.length > 0 || !info.isDirectory()) {
    const given = others.length > 0 ? `${files.length} paths were given` : `${folder} is a file`
    throw new TributaryError(
      'bad-argument',
      `the reader '${reader.name}' reads one folder: ${reader.summary}; ${given}`,
    )
  }
  const layout = { delimiter, 'columns of items': itemColumns, 'types of events': eventTypes }
  const stated = Object.entries({ ...columns, ...layout }).find(([, given]) => given !== undefined)?.[0]
  if (stated !== undefined) {
    const message = `the reader '${reader.name}' knows the columns of its files; leave the ${stated} out`
    throw new TributaryError('bad-argument', message)
  }
  return logs(folder)
}

function oncePerName(features: readonly NamedFeature[]): readonly NamedFeature[] {
  const twice = features.find(({ name }, i) => features.findIndex((other) => other.name === name) !== i)
  if (twice === undefined) return features
  const message = `${quoted(twice.name)} is a feature of the table of items and a column of the log; keep one, or name the column otherwise, as in ${twice.name}_logged=${twice.name}`
  throw new TributaryError('bad-argument', message)
}

async function refuseTwice(files: readonly string[]): Promise<void> {
  const paths = await Promise.all(files.map(physicalPath))
  for (const [f, file] of files.entries()) {
    const first = paths.indexOf(paths[f])
    if (first === f) continue
    const named = files[first] === file ? file : `${file}, which is ${files[first]},`
    throw new TributaryError('bad-argument', `${named} was given twice, and its rows would count twice; give it once`)
  }
}

async function refuseUnreadable(file: string): Promise<void> {
  const found = await stat(file).catch((error: unknown) => {
    throw readError(file, error)
  })
  if (found.isDirectory()) throw new TributaryError('file-missing', `cannot read ${file}: it is a folder, not a file`)
  if (!found.isFile()) {
    // Files are read twice and from their end, which a pipe cannot be.
    const message = `cannot read ${file}: it is a pipe or a device, not a file; write what comes from it to a file first`
    throw new TributaryError('file-missing', message)
  }
  if (found.size === 0) {
    throw new TributaryError('file-empty', `${file} is empty; at least one row was expected`)
  }
}

/** What is known of items that the filter takes is part of a dataset only as long as they are. */
function filtersOnDisk(options: ImportOptions, reader: Reader, rows: StoredRows): boolean {
  const { minItem, minUser, memoryRows = 50_000_000, truth, itemFeatures, itemColumns } = options
  const described = truth ?? itemFeatures ?? itemColumns ?? reader.folder
  return (minItem ?? minUser) !== undefined && rows.count > memoryRows && described === undefined && !rows.has.category
}

function filter(dataset: Dataset, bounds: FilterBounds, progress: (progress: ImportProgress) => void): Filtered {
  if (bounds.minItem === undefined && bounds.minUser === undefined) return { dataset }
  progress({ stage: 'filter' })
  return filterDataset(dataset, bounds)
}

function nothingToCap(maxValue: number, files: readonly string[]): TributaryError {
  const message = `a largest value of ${maxValue} was given, but ${files[0]} has no column for the value; name it with --value, or leave --max-value out`
  return new TributaryError('bad-argument', message)
}
