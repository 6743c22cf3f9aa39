import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, TributaryError } from '../core/errors.ts'
import { rowsOf } from './duckdb.ts'
import { countLines } from './readers/lines.ts'
import type { Role } from './readers/reader.ts'
import { reasonOf } from './rows.ts'
import type { StagedFile } from './staging.ts'

export interface BadRow {
  readonly file: string
  /** Line in the file, from 1; where rows are not lines (Parquet, or line breaks inside quotes) absent. */
  readonly line?: number
  /** Row of data, from 1, when there is no line. */
  readonly row?: number
  readonly column?: string
  readonly reason: string
}

const SHOWN = 20

/** Counts the rows that cannot be read; throws `bad-row` with the first of them when they are more than allowed. */
export async function refuseBadRows(
  connection: DuckDBConnection,
  files: readonly StagedFile[],
  allowed: number,
): Promise<{ count: number; first: BadRow[] }> {
  const first: BadRow[] = []
  let count = 0
  for (const [f, file] of files.entries()) {
    const filter = `FROM staged WHERE file = ${f} AND problem IS NOT NULL`
    const [found] = await rowsOf<{ n: bigint }>(connection, `SELECT count(*) AS n ${filter}`)
    const here = Number(found!.n) + file.rejected.length
    count += here
    if (here === 0 || first.length >= SHOWN) continue
    const problems = await rowsOf<{ row: bigint; problem: string }>(
      connection,
      `SELECT rowid AS "row", problem ${filter} ORDER BY rowid LIMIT ${SHOWN}`,
    )
    const rows = problems.map(({ row, problem }) => ({ row: Number(row) - file.start + 1, problem }))
    first.push(...(await badRowsOf(file, rows)).slice(0, SHOWN - first.length))
  }
  if (count <= allowed) return { count, first }
  const shown = first
    .slice(0, 3)
    .map((bad, i) => (bad.file === first[i - 1]?.file ? describeInFile(bad) : describeBadRow(bad)))
    .join('; ')
  const more = count > 3 ? `; and ${count - 3} more` : ''
  const rows = count === 1 ? '1 row cannot be read' : `${count} rows cannot be read`
  const remedy = remedies(first.slice(0, 3), files)
  throw new TributaryError('bad-row', `${rows}, ${allowed} may be left out (--max-bad-rows): ${shown}${more}${remedy}`)
}

/** A column of a known name may hold something else. */
function remedies(bad: readonly BadRow[], files: readonly StagedFile[]): string {
  const { columns } = files[0]!.source
  const guilty = (['timestamp', 'value', 'part'] as const).filter((role) =>
    bad.some(({ column }) => column !== undefined && column === columns[role]?.label),
  )
  return guilty
    .map(
      (role) =>
        `; if ${quoted(columns[role]!.label)} is no ${WORDS[role]}, name another with --${role}, or none with --no-${role}`,
    )
    .join('')
}

const WORDS = { timestamp: 'time', value: 'rating', part: 'part' } as const

/** `log.csv, line 12, column 'timestamp': 'x' is no time (…)`. */
export function describeBadRow(bad: BadRow): string {
  return `${bad.file}, ${describeInFile(bad)}`
}

function describeInFile({ line, row, column, reason }: BadRow): string {
  const place = line === undefined ? `row ${row}` : `line ${line}`
  return `${place}${column === undefined ? '' : `, column ${quoted(column)}`}: ${reason}`
}

async function badRowsOf(
  { file, source, rows: total, rejected }: StagedFile,
  problems: readonly { row: number; problem: string }[],
): Promise<BadRow[]> {
  // Rows are lines unless blank lines or quoted line breaks stand between them, which the number of lines tells.
  const { headerLines } = source
  const lines = headerLines !== undefined && (await countLines(file)) === headerLines + total + rejected.length
  const found = rejected
    .slice(0, SHOWN)
    .map(({ line, reason }) => ({ at: line, bad: { file, line, reason } as BadRow }))
  for (const { row, problem } of problems) {
    const role = problem.slice(0, problem.indexOf(':')) as Role
    const reason = reasonOf(role, problem.slice(role.length + 1), source.missing)
    let line = (headerLines ?? 0) + row
    for (const reject of rejected) if (reject.line <= line) line++
    const column = source.columns[role]!.label
    found.push({ at: line, bad: { file, ...(lines ? { line } : { row }), column, reason } })
  }
  return found.sort((a, b) => a.at - b.at).map(({ bad }) => bad)
}
