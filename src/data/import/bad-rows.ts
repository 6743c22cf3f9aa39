import type { DuckDBConnection } from '@duckdb/node-api'
import { quoted, TributaryError } from '../../core/index.ts'
import type { Role } from '../readers/reader.ts'
import { reasonOf } from '../store/rows.ts'
import { rowsOf } from '../tables/duckdb.ts'
import type { StagedFile } from './staging.ts'

export interface BadRow {
  readonly file: string
  /** Line in the file, from 1, in which the row begins; absent where a file has none (Parquet) or they were not counted. */
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
    const here = Number(found.n) + file.rejected.count
    count += here
    if (here === 0 || first.length >= SHOWN) continue
    const problems = await rowsOf<Problem>(
      connection,
      `SELECT CAST(rowid - ${file.start} + 1 AS INTEGER) AS "row", line, problem ${filter} ORDER BY rowid LIMIT ${SHOWN}`,
    )
    first.push(...badRowsOf(file, problems).slice(0, SHOWN - first.length))
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
  const { columns } = files[0].source
  const guilty = (['timestamp', 'value', 'part'] as const).filter((role) =>
    bad.some(({ column }) => column !== undefined && column === columns[role]?.label),
  )
  return guilty
    .map(
      (role) =>
        `; if ${quoted(columns[role]?.label ?? role)} is no ${WORDS[role]}, name another with --${role}, or none with --no-${role}`,
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

interface Problem {
  /** Of the file's rows that have the right cells, from 1. */
  readonly row: number
  readonly line: number | null
  readonly problem: string
}

function badRowsOf({ file, source, rejected }: StagedFile, problems: readonly Problem[]): BadRow[] {
  const found = problems.map(({ row, line, problem }): BadRow => {
    const role = problem.slice(0, problem.indexOf(':')) as Role
    const cell = problem.slice(role.length + 1)
    const again = role === 'user' && cell === source.columns.user.label
    const reason = again ? 'the header stands here again' : reasonOf(role, cell, source.missing)
    const at = line ?? (source.firstLine === undefined ? undefined : source.firstLine + row - 1)
    return { file, ...(at === undefined ? { row } : { line: at }), column: source.columns[role]?.label ?? role, reason }
  })
  if (rejected.count === 0) return found
  // Where rows were rejected, all of the file have lines.
  return [...found, ...rejected.first.map((reject) => ({ file, ...reject }))].sort((a, b) => a.line! - b.line!)
}
