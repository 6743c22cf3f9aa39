import type { DuckDBConnection } from '@duckdb/node-api'
import { unknownName } from '../../core/index.ts'
import type { SourceColumn } from '../readers/reader.ts'
import { rowsOf } from '../tables/duckdb.ts'

export type TimestampUnit = 'seconds' | 'milliseconds' | 'microseconds' | 'nanoseconds'

const UNITS: readonly { readonly unit: TimestampUnit; readonly perSecond: number; readonly from: number }[] = [
  { unit: 'nanoseconds', perSecond: 1e9, from: 1e17 },
  { unit: 'microseconds', perSecond: 1e6, from: 1e14 },
  // 1e11 seconds are the year 5138, 1e11 milliseconds are March 1973.
  { unit: 'milliseconds', perSecond: 1e3, from: 1e11 },
  { unit: 'seconds', perSecond: 1, from: 0 },
]

/** Seconds of March 1973 and of the year 2099: a number between them in one unit is outside of them in all others. */
const [FIRST_SURE, LAST_SURE] = [1e8, 4.1e9]

/** Seconds of the years 1 and 9999, the ones that dates can be written for. */
const [FIRST_POSSIBLE, LAST_POSSIBLE] = [-62_135_596_800, 253_402_300_799]

/** A condition in SQL on a time in seconds. */
export function possibleTime(seconds: string): string {
  return `${seconds} BETWEEN ${FIRST_POSSIBLE} AND ${LAST_POSSIBLE}`
}

/**
 * What a cell of a time column is, as columns of a SELECT over its text `raw_timestamp`: `typed_timestamp` (DOUBLE; seconds of a
 * date, a number as it stands), `dated` (whether it is a date), and `exact` (HUGEINT): the nanoseconds where a DOUBLE cannot
 * hold them, else null.
 */
export function typedTime(column: SourceColumn | undefined): string {
  if (column === undefined)
    return 'CAST(NULL AS DOUBLE) AS typed_timestamp, CAST(NULL AS BOOLEAN) AS dated, CAST(NULL AS HUGEINT) AS exact'
  if (column.type === 'time') {
    const exact = column.nanoseconds === true ? `CAST(epoch_ns(${column.sql}) AS HUGEINT)` : 'CAST(NULL AS HUGEINT)'
    return `CAST(epoch(${column.sql}) AS DOUBLE) AS typed_timestamp, true AS dated, ${exact} AS exact`
  }
  // ISO 8601 to the minute, and an offset after a blank or without a colon, are written and not read by DuckDB.
  const withSeconds =
    "regexp_replace(upper(trim(raw_timestamp)), '^(\\d{4}-\\d\\d-\\d\\d[ T]\\d\\d:\\d\\d)(\\s*(?:Z|UTC|[+-].*)?)$', '\\1:00\\2')"
  const plain = `regexp_replace(${withSeconds}, '\\s+(Z|[+-]\\d\\d(?::?\\d\\d)?)$', '\\1')`
  const beyondMicroseconds = "nullif(regexp_extract(raw_timestamp, '\\.\\d{6}(\\d{1,3})', 1), '')"
  // TRY_CAST AS DOUBLE takes 1_000 for a thousand and has no place for a date; a date text is tried only after it.
  return `
    TRY_CAST(raw_timestamp AS DOUBLE) AS counted, counted IS NULL AS dated,
    CASE WHEN dated THEN coalesce(TRY_CAST(raw_timestamp AS TIMESTAMPTZ), TRY_CAST(${plain} AS TIMESTAMPTZ)) END AS moment,
    coalesce(counted, epoch(moment)) AS typed_timestamp,
    CASE WHEN abs(counted) >= 1e17 THEN TRY_CAST(raw_timestamp AS HUGEINT)
      WHEN dated THEN CAST(epoch_us(moment) AS HUGEINT) * 1000 + CAST(rpad(${beyondMicroseconds}, 3, '0') AS HUGEINT) END AS exact`
}

export interface FileTimes {
  /** By which most numbers of the file are between 1973 and 5138, or the one that was stated. */
  readonly unit: TimestampUnit
  /** An expression over `staged`: the time in seconds. */
  readonly seconds: string
  /** What was guessed and might have been guessed otherwise, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * How the times of one file in `staged` become seconds. A number that is a time of 1973 to 2099 in one unit has that
 * unit, whatever the others of its file have; the rest have the unit of most. Times outside of the years 1 to 9999 become
 * problems of their rows.
 */
export async function settleTimes(
  connection: DuckDBConnection,
  f: number,
  stated: TimestampUnit | undefined,
): Promise<FileTimes> {
  const sure = (perSecond: number) => `abs(timestamp) BETWEEN ${FIRST_SURE * perSecond} AND ${LAST_SURE * perSecond}`
  const [found] = await rowsOf<Record<string, bigint>>(
    connection,
    `SELECT count(*) FILTER (NOT dated) AS numbers, count(*) FILTER (dated) AS dates,
       count(*) FILTER (NOT dated AND timestamp BETWEEN 19000101 AND 20991231 AND timestamp % 100 BETWEEN 1 AND 31
         AND floor(timestamp / 100) % 100 BETWEEN 1 AND 12) AS compact
       ${UNITS.map(({ unit, from, perSecond }) => `, count(*) FILTER (NOT dated AND abs(timestamp) >= ${from}) AS ${unit}, count(*) FILTER (NOT dated AND ${sure(perSecond)}) AS "sure ${unit}"`).join('')}
     FROM staged WHERE file = ${f} AND problem IS NULL`,
  )
  const count = (name: string) => Number(found[name])
  const { unit, perSecond } =
    UNITS.find((known) =>
      stated === undefined ? count('numbers') > 0 && 2 * count(known.unit) >= count('numbers') : known.unit === stated,
    ) ?? UNITS.at(-1)!
  const others = UNITS.filter((known) => stated === undefined && known.unit !== unit && count(`sure ${known.unit}`) > 0)
  const cases = [
    'WHEN dated THEN timestamp',
    ...others.map((other) => `WHEN ${sure(other.perSecond)} THEN timestamp / ${other.perSecond}`),
  ]
  const seconds =
    perSecond === 1 && others.length === 0 ? 'timestamp' : `CASE ${cases.join(' ')} ELSE timestamp / ${perSecond} END`
  await connection.run(
    `UPDATE staged SET problem = 'timestamp:' || CAST(timestamp AS VARCHAR)
     WHERE file = ${f} AND problem IS NULL AND NOT (${possibleTime(seconds)})`,
  )
  const notes: string[] = []
  if (count('dates') > 0 && count('numbers') > 0)
    notes.push(`${rows(count('dates'))} a date for its time and ${rows(count('numbers'))} a number of ${unit}`)
  if (others.length > 0) {
    const apart = others.map((other) => `${count(`sure ${other.unit}`).toLocaleString('en-US')} as ${other.unit}`)
    notes.push(
      `the times have several units: ${apart.join(', ')}, the others are read as ${unit}, by their size; --timestamp-unit reads all as one`,
    )
  }
  if (unit === 'seconds' && count('numbers') > 0 && count('compact') === count('numbers'))
    notes.push(
      'all times look like dates (20240131 for 2024-01-31) and are read as numbers of seconds; with hyphens they are read as dates',
    )
  return { unit, seconds, notes }
}

function rows(n: number): string {
  return n === 1 ? '1 row has' : `${n.toLocaleString('en-US')} rows have`
}

/** @throws TributaryError `unknown-name` */
export function timestampUnit(text: string): TimestampUnit {
  const names = UNITS.map(({ unit }) => unit).reverse()
  const unit = names.find((name) => name === text)
  if (unit === undefined) throw unknownName('unit of time', text, names)
  return unit
}
