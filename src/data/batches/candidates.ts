import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { type Dataset, TributaryError } from '../../core/index.ts'
import { readError } from '../../files/atomic.ts'
import { cellsOf } from '../build/cells.ts'
import type { Cases } from '../split/cases.ts'

/**
 * Fixed evaluation candidates from a text file, tabs or commas between the columns, quoted where a name holds one, also gzipped:
 * a header, then a row a case with the user, the answer and its negatives. A case takes the row of its user and answer; rows that are no case are left
 * out. Returns one array a case, without the answer.
 * @throws TributaryError `file-missing`, `file-empty`, `file-damaged`; `bad-column` for a header that is not user, answer, …;
 * `bad-row` for a row of another width; `unknown-name` for an item that the dataset lacks; `mismatch` when a case has no row
 */
export async function candidatesFromFile(path: string, dataset: Dataset, cases: Cases): Promise<Int32Array[]> {
  const rows = new Map<string, Int32Array[]>()
  const wanted = new Set(cases.queries.map((query, k) => caseKey(query.user, cases.answers[k])))
  let columns = 0
  for await (const { cells, line } of recordsOf(path)) {
    if (columns === 0) {
      columns = checkHeader(path, cells)
      continue
    }
    if (cells.length !== columns)
      throw new TributaryError('bad-row', `${path}, line ${line}: ${cells.length} cells, but the header has ${columns}`)
    const key = caseKey(dataset.users.id(cells[0]), dataset.items.id(cells[1]))
    if (!wanted.has(key)) continue
    const negatives = Int32Array.from(cells.slice(2), (name, i) => {
      const id = dataset.items.id(name)
      if (id !== undefined) return id
      throw new TributaryError(
        'unknown-name',
        `${path}, line ${line}, column ${i + 3}: '${name}' is no item of '${dataset.name}'`,
      )
    })
    const sameKey = rows.get(key)
    if (sameKey === undefined) rows.set(key, [negatives])
    else sameKey.push(negatives)
  }
  if (columns === 0) throw new TributaryError('file-empty', `${path} is empty; a header and a row a case were expected`)
  return Array.from(cases.answers, (answer, k) => {
    const user = cases.queries[k].user
    const negatives = rows.get(caseKey(user, answer))?.shift()
    if (negatives !== undefined) return negatives
    throw new TributaryError(
      'mismatch',
      `${path} has no row for user '${user === undefined ? '?' : dataset.users.name(user)}' and answer ` +
        `'${dataset.items.name(answer)}'; it belongs to another split or part`,
    )
  })
}

/** In characters; what is longer has lost a closing quote, and looking for it would take ever longer with each line. */
const LONGEST_RECORD = 100_000

function caseKey(user: number | undefined, answer: number | undefined): string {
  return `${user} ${answer}`
}

function checkHeader(path: string, header: readonly string[]): number {
  const [user, answer, ...negatives] = header.map((name) => name.trim())
  if (user !== 'user' || answer !== 'answer' || negatives.length === 0)
    throw new TributaryError(
      'bad-column',
      `${path} begins with the columns ${header.slice(0, 3).join(', ')}; candidates need user, answer and a column a negative`,
    )
  return header.length
}

/** The cells of each record that is not empty, with the line that it begins on. */
async function* recordsOf(path: string): AsyncGenerator<{ cells: string[]; line: number }> {
  let delimiter: string | undefined
  let line = 0
  let open: { text: string; line: number } | undefined
  for await (const read of linesOf(path)) {
    line++
    const text = line === 1 ? read.replace(/^\uFEFF/, '') : read
    if (text === '' && open === undefined) continue
    delimiter ??= text.includes('\t') ? '\t' : ','
    const record = open === undefined ? { text, line } : { text: `${open.text}\n${text}`, line: open.line }
    // Rows of hundreds of candidates without a quote need no closer look.
    const cells: string[] | undefined = record.text.includes('"')
      ? cellsOf(record.text, delimiter)
      : record.text.split(delimiter)
    open = cells === undefined ? record : undefined
    if (cells !== undefined) yield { cells, line: record.line }
    else if (record.text.length > LONGEST_RECORD) break
  }
  if (open !== undefined)
    throw new TributaryError(
      'bad-row',
      `${path}, line ${open.line}: a quote is opened that is not closed; quotes inside a quoted cell are doubled`,
    )
}

async function* linesOf(path: string): AsyncGenerator<string> {
  const file = createReadStream(path)
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file
  let failure: Error | undefined
  // Neither `pipe` nor readline passes errors on.
  const fail = (error: Error) => {
    failure ??= error
    input.destroy()
  }
  file.on('error', fail)
  input.on('error', fail)
  try {
    yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  } catch (error) {
    failure ??= error as Error
  } finally {
    file.destroy()
  }
  if (failure === undefined) return
  const code = 'code' in failure ? String(failure.code) : ''
  if (!code.startsWith('Z_')) throw readError(path, failure)
  throw new TributaryError('file-damaged', `cannot read ${path}: it is no whole gzip file (${failure.message})`, {
    cause: failure,
  })
}
