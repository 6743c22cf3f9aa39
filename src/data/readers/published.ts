import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { DuckDBConnection } from '@duckdb/node-api'
import { TributaryError } from '../../core/index.ts'
import { readError } from '../../files/atomic.ts'
import type { PartName } from '../build/build.ts'
import { append, damaged } from '../tables/duckdb.ts'
import { constant, type Source } from './reader.ts'

/**
 * Where the files of a published data set lie: in the folder itself or in one of `places` below it, gzipped or not.
 * @throws TributaryError `file-missing` that names all files which are not there
 */
export async function locate(
  folder: string,
  names: readonly string[],
  places: readonly string[] = [],
): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  for (const name of names) {
    for (const path of ['', ...places].flatMap((place) => [
      join(folder, place, name),
      join(folder, place, `${name}.gz`),
    ])) {
      if (found.has(name) || !(await isFile(path))) continue
      found.set(name, path)
    }
  }
  const missing = names.filter((name) => !found.has(name))
  if (missing.length === 0) return found
  const looked = places.length === 0 ? '' : ` (nor in its folder ${places.join(' or ')})`
  throw new TributaryError(
    'file-missing',
    `${folder} has no ${missing.join(', no ')}${looked}; all of ${names.join(', ')} are needed`,
  )
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}

export interface NumberMatrix {
  readonly rows: number
  readonly columns: number
  /** Row by row. [rows × columns] */
  readonly values: Float32Array
}

/**
 * A matrix as text: a line a row, blanks between the numbers.
 * @param mostRows rows after these are not read
 * @throws TributaryError `file-damaged` for a line of another width, a cell that is no number, or a file without rows
 */
export async function readMatrix(file: string, mostRows = Number.POSITIVE_INFINITY): Promise<NumberMatrix> {
  const lines = (await readText(file)).split('\n').filter((line) => line.trim() !== '')
  const rows = Math.min(lines.length, mostRows)
  if (rows === 0) throw new TributaryError('file-empty', `${file} is empty; a matrix of at least one row was expected`)
  const columns = lines[0].trim().split(/\s+/).length
  const values = new Float32Array(rows * columns)
  for (let row = 0; row < rows; row++) {
    const cells = lines[row].trim().split(/\s+/)
    if (cells.length !== columns) {
      throw damaged(file, `row ${row + 1} has ${cells.length} numbers where ${columns} were expected`)
    }
    for (const [column, cell] of cells.entries()) {
      const value = Number(cell)
      if (!Number.isFinite(value)) {
        throw damaged(file, `row ${row + 1}, column ${column + 1}: '${cell.slice(0, 40)}' is no finite number`)
      }
      values[row * columns + column] = value
    }
  }
  return { rows, columns, values }
}

async function readText(file: string): Promise<string> {
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw readError(file, error)
  }
  if (!file.endsWith('.gz')) return bytes.toString('latin1')
  try {
    return gunzipSync(bytes).toString('latin1')
  } catch (error) {
    throw damaged(file, `gzip: ${(error as Error).message}`, error)
  }
}

/** Throws `mismatch` unless all matrices of files that belong together have the same number of rows or columns. */
export function refuseOtherSize(side: 'rows' | 'columns', sizes: ReadonlyMap<string, number>): void {
  const [[first, wanted] = ['', 0], ...others] = sizes
  for (const [file, size] of others) {
    if (size === wanted) continue
    const message = `${file} has ${size} ${side} and ${first} has ${wanted}; matrices of one data set must agree`
    throw new TributaryError('mismatch', message)
  }
}

/**
 * The cells of a rating matrix that are not 0, as the rows of a log: row r is the user called r, column c the item called c, counted
 * from 0.
 */
export async function ratingsOfMatrix(
  file: string,
  part: PartName,
  domain: string,
  connection: DuckDBConnection,
): Promise<Source> {
  const { columns, values } = await readMatrix(file)
  const cells = [...values.keys()].filter((cell) => values[cell] !== 0)
  const table = `matrix_${part}`
  await connection.run(`CREATE OR REPLACE TEMP TABLE ${table} ("user" INTEGER, item INTEGER, rating FLOAT)`)
  await append(connection, table, ['INTEGER', 'INTEGER', 'FLOAT'], cells.length, [
    (n) => Math.floor(cells[n] / columns),
    (n) => cells[n] % columns,
    (n) => values[cells[n]],
  ])
  return {
    relation: table,
    rows: cells.length,
    columns: {
      user: { label: 'row', sql: '"user"', type: 'text' },
      item: { label: 'column', sql: 'item', type: 'text' },
      domain: constant(domain),
      value: { label: 'cell', sql: 'rating', type: 'text' },
      part: constant(part),
    },
    missing: 'is empty',
  }
}

/** Names of rows or columns counted from `first`. */
export function numbered(count: number, first = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(i + first))
}
