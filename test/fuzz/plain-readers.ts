import { isUtf8 } from 'node:buffer'

// Readers of CSV and of JSON lines written from the formats' descriptions alone (docs/data.md, RFC 4180, RFC 8259), by regular
// expressions over the whole file, to hold the readers of src/data against. Bytes are one character each until a cell is whole.

/** A cell and what kind of thing it was, where the format tells. */
export interface PlainCell {
  readonly text: string
  readonly kind: 'text' | 'number' | 'other'
}

export interface PlainRows {
  readonly header: readonly string[]
  /** Cells by column, for each row that could be split; absent ones are null. */
  readonly rows: readonly ReadonlyMap<string, PlainCell>[]
  /** Rows that could not. */
  readonly bad: number
  readonly blankLines: number
}

const utf8 = (bytes: string) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(bytes, 'latin1'))

export function readDelimited(
  file: Buffer,
  delimiter: string,
  quoting: boolean,
  columns: readonly string[] | ((cell: string) => string),
): PlainRows {
  const bytes = file.toString('latin1').replace(/^\xEF\xBB\xBF/, '')
  const between = delimiter.replace(/[|]/g, '\\$&')
  const plain = new RegExp(`(?:(?!${between}|\\r?\\n|\\r$)[^])*?(?=${between}|\\r?\\n|\\r?$)`, 'y')
  const quoted = new RegExp(`"((?:[^"]|"")*)"(?=${between}|\\r?\\n|\\r?$)`, 'y')
  const at = (expression: RegExp, place: number) => {
    expression.lastIndex = place
    return expression.exec(bytes)
  }
  const line = /[^\n]*(?:\n|$)/y
  let place = 0
  let blankLines = 0
  let bad = 0
  let header = typeof columns === 'function' ? undefined : columns
  const rows: Map<string, PlainCell>[] = []
  while (place < bytes.length) {
    const [whole] = at(line, place)!
    if (/^[ \t\r\n]*$/.test(whole)) {
      blankLines++
      place += whole.length
      continue
    }
    const cells: string[] = []
    let end: number | undefined = place
    while (end !== undefined) {
      const found: RegExpExecArray | null = quoting && bytes[end] === '"' ? at(quoted, end) : at(plain, end)
      if (found === null || (found[1] === undefined && /\r/.test(found[0]))) {
        end = undefined
        break
      }
      cells.push(found[1] === undefined ? found[0] : found[1].replaceAll('""', '"'))
      end += found[0].length
      if (!bytes.startsWith(delimiter, end)) break
      end += delimiter.length
    }
    if (header === undefined && typeof columns === 'function') {
      header = cells.map((cell) => columns(utf8(cell)))
      place += whole.length
      continue
    }
    if (end === undefined) {
      bad++
      place += whole.length
      continue
    }
    const tail = /\r?\n|\r?$/y
    const next = end + at(tail, end)![0].length
    const raw = bytes.slice(place, next)
    place = next
    const names = header!
    if (cells.length !== names.length || raw.includes('\0') || !isUtf8(Buffer.from(raw, 'latin1'))) {
      bad++
      continue
    }
    rows.push(new Map(names.map((name, i) => [name, { text: utf8(cells[i]), kind: 'text' }])))
  }
  return { header: header ?? [], rows, bad, blankLines }
}

export function readJsonLines(file: Buffer): PlainRows {
  const bytes = file.toString('latin1').replace(/^\xEF\xBB\xBF/, '')
  const rows: Map<string, PlainCell>[] = []
  const header = new Set<string>()
  let bad = 0
  let blankLines = 0
  for (const line of bytes.replace(/\n$/, '').split('\n')) {
    if (/^[ \t\r]*$/.test(line)) {
      blankLines++
      continue
    }
    const row = isUtf8(Buffer.from(line, 'latin1')) ? objectOf(utf8(line)) : undefined
    if (row === undefined) bad++
    else rows.push(row)
    for (const key of row?.keys() ?? []) header.add(key)
  }
  return { header: [...header], rows, bad, blankLines }
}

/** The top level of a JSON object; of a key that stands twice the first. Undefined for what is none. */
function objectOf(line: string): Map<string, PlainCell> | undefined {
  let rest = line
  const take = (expression: RegExp): string | undefined => {
    const found = expression.exec(rest)
    if (found === null) return undefined
    rest = rest.slice(found[0].length)
    return found[0]
  }
  const blank = () => take(/^[ \t\r\n]*/)
  const string = (): string | undefined => {
    const token = take(/^"(?:[^"\\]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/)
    if (token === undefined) return undefined
    try {
      const text = JSON.parse(token) as string
      return /\p{Surrogate}/u.test(text) ? undefined : text
    } catch {
      // A sign below the blank stands in it.
      return undefined
    }
  }
  const value = (): PlainCell | undefined => {
    blank()
    if (rest.startsWith('"')) {
      const text = string()
      return text === undefined ? undefined : { text, kind: 'text' }
    }
    const number = take(/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/)
    if (number !== undefined) {
      // A float that is whole is that whole number.
      const exact = /[.eE]/.test(number) || number === '-0' ? String(Number(number)) : number
      return { text: exact, kind: 'number' }
    }
    const word = take(/^(?:true|false|null)/)
    if (word !== undefined) return { text: word === 'null' ? '' : word, kind: word === 'null' ? 'text' : 'other' }
    if (rest.startsWith('{')) return object() === undefined ? undefined : { text: '{}', kind: 'other' }
    if (take(/^\[/) === undefined) return undefined
    blank()
    while (take(/^\]/) === undefined) {
      if (value() === undefined) return undefined
      blank()
      if (take(/^,/) === undefined && !rest.startsWith(']')) return undefined
      blank()
    }
    return { text: '[]', kind: 'other' }
  }
  const object = (): Map<string, PlainCell> | undefined => {
    const entries = new Map<string, PlainCell>()
    if (take(/^\{/) === undefined) return undefined
    blank()
    while (take(/^\}/) === undefined) {
      const key = string()
      blank()
      if (key === undefined || take(/^:/) === undefined) return undefined
      const cell = value()
      if (cell === undefined) return undefined
      if (!entries.has(key)) entries.set(key, cell)
      blank()
      if (take(/^,/) === undefined && !rest.startsWith('}')) return undefined
      blank()
    }
    return entries
  }
  blank()
  const entries = object()
  blank()
  return rest === '' ? entries : undefined
}
