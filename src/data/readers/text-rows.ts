import { isUtf8 } from 'node:buffer'
import { type FileHandle, open } from 'node:fs/promises'
import { writeError } from '../../files/atomic.ts'
import { BYTE_ORDER_MARK, bytesOf, NOT_UTF8 } from './lines.ts'

/** How the rows of a text file are told apart; of a file without a delimiter each line is a row of one cell. */
export interface RowLayout {
  readonly delimiter: string
  readonly quote: '"' | ''
  /** The first line that is not blank is no row. */
  readonly header: boolean
  /** Cells of a row. */
  readonly width: number
}

export interface Rejected {
  readonly line: number
  readonly reason: string
}

/** What a file holds, counted here, whoever reads it afterwards. */
export interface TextRows {
  /** Rows that have the right cells. */
  readonly rows: number
  readonly blankLines: number
  /** Rows that cannot be split; the first of them. */
  readonly rejected: { readonly count: number; readonly first: readonly Rejected[] }
  /**
   * How rows end, where every line of the file after its header is a row of plain cells. Absent where the copy is to be read instead:
   * a line number and the cells, tabs between them, `\t`, `\n`, `\r` and `\s` for tab, line feed, carriage return and backslash.
   */
  readonly plainEnd?: '\n' | '\r\n'
  /** There are such signs in the copy. */
  readonly escaped: boolean
}

/** A row longer than this is refused: it is a quote that was left open. Lines of one cell may be as long as DuckDB takes them. */
const LONGEST_ROW = 1_000_000
const LONGEST_PLAIN_LINE = 1 << 24

const SHOWN = 20
const [TAB, LF, CR, SPACE, QUOTE, BACKSLASH] = [9, 10, 13, 32, 34, 92] as const

/**
 * Reads a text file to its end and counts its rows. Where they are more than cells between delimiters and lines of one kind
 * (quotes, blank lines, line ends of two kinds, a byte order mark, rows that are none), the good ones are written to `copy`, one
 * a line, so that a reader that begins in the middle of the file cannot take a line break inside quotes for the end of a row.
 *
 * A row whose quoting is broken is rejected, and reading goes on at the line after the one it begins in: one open quote does
 * not take the rest of the file with it.
 */
export async function scanRows(
  file: string,
  layout: RowLayout,
  copy: string,
  signal: AbortSignal | undefined,
): Promise<TextRows> {
  return (await plainRows(file, layout, signal)) ?? (await copyRows(file, layout, copy, signal))
}

/** Undefined as soon as something is met that is not plain. */
async function plainRows(
  file: string,
  layout: RowLayout,
  signal: AbortSignal | undefined,
): Promise<TextRows | undefined> {
  const delimiter = Buffer.from(layout.delimiter)
  if (delimiter.length > 1) return undefined
  const separator = delimiter[0]
  const oneCell = separator === undefined
  const longest = oneCell ? LONGEST_PLAIN_LINE : LONGEST_ROW
  let plainEnd: '\n' | '\r\n' | undefined
  let lines = 0
  let blankLines = 0
  let rest: Buffer = Buffer.alloc(0)
  const plain = (bytes: Buffer) => {
    if (bytes.includes(0) || (layout.quote !== '' && bytes.includes(QUOTE)) || !isUtf8(bytes)) return false
    let cells = 1
    let start = 0
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i]
      if (byte === separator) cells++
      else if (byte === LF) {
        const end = bytes[i - 1] === CR && i > start ? '\r\n' : '\n'
        plainEnd ??= end
        if (cells !== layout.width || end !== plainEnd || i - start > longest) return false
        // Only where a line is one cell can a blank one have as many as a row.
        if (oneCell && isBlank(bytes, start, i)) blankLines++
        else lines++
        cells = 1
        start = i + 1
      } else if (byte === CR && bytes[i + 1] !== LF) return false
    }
    return true
  }
  for await (const bytes of bytesOf(file, signal)) {
    const whole = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    if (lines + blankLines === 0 && whole.subarray(0, 3).equals(BYTE_ORDER_MARK)) return undefined
    const end = whole.lastIndexOf(LF) + 1
    rest = whole.subarray(end)
    if (rest.length > longest || !plain(whole.subarray(0, end))) return undefined
  }
  // The last line may lack its end.
  if (rest.length > 0 && !plain(Buffer.concat([rest, Buffer.from(plainEnd ?? '\n')]))) return undefined
  return {
    rows: Math.max(0, lines - (layout.header ? 1 : 0)),
    blankLines,
    rejected: { count: 0, first: [] },
    plainEnd: plainEnd ?? '\n',
    escaped: false,
  }
}

async function copyRows(
  file: string,
  layout: RowLayout,
  copy: string,
  signal: AbortSignal | undefined,
): Promise<TextRows> {
  let target: FileHandle | undefined
  const rows = new RowCopier(layout)
  try {
    target = await open(copy, 'w')
    for await (const bytes of bytesOf(file, signal)) {
      rows.add(bytes)
      await rows.flush(target)
    }
    rows.end()
    await rows.flush(target)
  } catch (error) {
    throw writeError(copy, error)
  } finally {
    await target?.close()
  }
  return rows.result()
}

/** What became of a row that was tried: it is whole, more bytes are needed to tell, or it is broken for a reason. */
type Outcome = 'whole' | 'more' | { readonly reason: string; readonly skipLine: boolean }

class RowCopier {
  readonly #layout: RowLayout
  readonly #delimiter: Uint8Array
  readonly #first: Rejected[] = []
  #rejected = 0
  #rows = 0
  #blank = 0
  #escaped = false
  #header: boolean
  #started = false
  /** In the midst of a line that was rejected before its end was seen. */
  #skipping = false
  #line = 1
  #pending: Buffer = Buffer.alloc(0)
  #out: Buffer = Buffer.alloc(1 << 20)
  #used = 0
  // Of the row that is tried: where it ends, the lines and cells it has.
  #end = 0
  #lines = 0
  #cells = 0

  constructor(layout: RowLayout) {
    this.#layout = layout
    this.#delimiter = Buffer.from(layout.delimiter)
    this.#header = layout.header
  }

  add(bytes: Buffer): void {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes])
    // A mark may be cut in two.
    if (!this.#started && this.#pending.length < 3) return
    this.#drain(false)
  }

  end(): void {
    this.#drain(true)
  }

  async flush(target: FileHandle): Promise<void> {
    let at = 0
    while (at < this.#used) at += (await target.write(this.#out, at, this.#used - at)).bytesWritten
    this.#used = 0
  }

  result(): TextRows {
    return {
      rows: this.#rows,
      blankLines: this.#blank,
      rejected: { count: this.#rejected, first: this.#first },
      escaped: this.#escaped,
    }
  }

  /** Takes all rows from what is pending that have their end in it. */
  #drain(complete: boolean): void {
    let bytes = this.#pending
    if (!this.#started && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK)) bytes = bytes.subarray(3)
    this.#started = true
    const lastEnd = complete ? bytes.length : bytes.lastIndexOf(LF) + 1
    const clean = isUtf8(bytes.subarray(0, lastEnd)) && !bytes.subarray(0, lastEnd).includes(0)
    let at = 0
    while (at < bytes.length) {
      const lineEnd = bytes.indexOf(LF, at) + 1 || (complete ? bytes.length : 0)
      if (this.#skipping) {
        this.#skipping = lineEnd === 0
        if (!this.#skipping) this.#line++
        at = lineEnd || bytes.length
        continue
      }
      if (lineEnd !== 0 && (this.#header || isBlank(bytes, at, lineEnd))) {
        if (isBlank(bytes, at, lineEnd)) this.#blank++
        else this.#header = false
        this.#line++
        at = lineEnd
        continue
      }
      const before = this.#used
      const outcome = this.#try(bytes, at, complete, clean)
      if (outcome === 'whole') {
        this.#rows++
        this.#line += this.#lines
        at = this.#end
        continue
      }
      this.#used = before
      if (outcome === 'more' && bytes.length - at <= LONGEST_ROW) break
      const { reason, skipLine } =
        outcome === 'more' ? { reason: 'it is longer than 1 MB; is a quote left open?', skipLine: true } : outcome
      if (this.#rejected++ < SHOWN) this.#first.push({ line: this.#line, reason })
      if (skipLine) this.#skipping = true
      else {
        this.#line += this.#lines
        at = this.#end
      }
    }
    this.#pending = bytes.subarray(at)
  }

  /** Splits the row that begins at `start`, writing its cells. */
  #try(bytes: Buffer, start: number, complete: boolean, clean: boolean): Outcome {
    this.#reserve(2 * Math.min(bytes.length - start, LONGEST_ROW) + 32)
    this.#lines = 1
    this.#cells = 0
    this.#used += this.#out.write(String(this.#line), this.#used)
    let at = start
    for (;;) {
      this.#out[this.#used++] = TAB
      this.#cells++
      const next = this.#cell(bytes, at, complete, start + LONGEST_ROW)
      if (typeof next !== 'number') return next
      at = next
      if (this.#startsWithDelimiter(bytes, at)) {
        at += this.#delimiter.length
        continue
      }
      // What ends a cell and is no delimiter ends the row.
      if (bytes[at] === CR) at++
      if (at < bytes.length) at++
      break
    }
    this.#out[this.#used++] = LF
    this.#end = at
    if (!clean && !isUtf8(bytes.subarray(start, at))) return { reason: NOT_UTF8, skipLine: false }
    if (!clean && bytes.subarray(start, at).includes(0)) return { reason: 'it holds a byte 0', skipLine: false }
    const { width } = this.#layout
    if (this.#cells === width) return 'whole'
    const to = this.#lines === 1 ? '' : ` (it goes on to line ${this.#line + this.#lines - 1})`
    return { reason: `it has ${this.#cells} columns where ${width} were expected${to}`, skipLine: false }
  }

  /** Writes one cell; where it ends, or why it does not. */
  #cell(bytes: Buffer, start: number, complete: boolean, most: number): number | Outcome {
    let at = start
    const quoted = this.#layout.quote !== '' && bytes[at] === QUOTE
    if (quoted) {
      at++
      for (;;) {
        if (at >= bytes.length) {
          if (!complete) return 'more'
          return { reason: 'a quote is opened in it and never closed', skipLine: true }
        }
        if (at > most) return 'more'
        const byte = bytes[at++]
        if (byte !== QUOTE) this.#write(byte)
        else if (at >= bytes.length && !complete) return 'more'
        else if (bytes[at] === QUOTE) this.#write(bytes[at++])
        else break
      }
    }
    for (;;) {
      if (at >= bytes.length) return complete ? at : 'more'
      if (at > most) return 'more'
      const byte = bytes[at]
      // A delimiter or a line end that is cut in two is told by the bytes to come.
      if (!complete && bytes.length - at < Math.max(2, this.#delimiter.length) && byte !== LF) return 'more'
      if (byte === LF || this.#startsWithDelimiter(bytes, at)) return at
      // Inside one JSON object it is a blank.
      if (byte === CR && this.#delimiter.length > 0) {
        if (at + 1 >= bytes.length || bytes[at + 1] === LF) return at
        return { reason: 'a carriage return stands in it, which ends no line by itself', skipLine: true }
      }
      if (quoted) return { reason: 'a quoted text does not end where its column does', skipLine: true }
      this.#write(byte)
      at++
    }
  }

  #startsWithDelimiter(bytes: Buffer, at: number): boolean {
    const delimiter = this.#delimiter
    if (delimiter.length === 0 || bytes[at] !== delimiter[0]) return false
    for (let i = 1; i < delimiter.length; i++) if (bytes[at + i] !== delimiter[i]) return false
    return true
  }

  #write(byte: number): void {
    if (byte === LF) this.#lines++
    const sign = byte === TAB ? 't' : byte === LF ? 'n' : byte === CR ? 'r' : byte === BACKSLASH ? 's' : undefined
    if (sign === undefined) {
      this.#out[this.#used++] = byte
      return
    }
    this.#escaped = true
    this.#out[this.#used++] = BACKSLASH
    this.#out[this.#used++] = sign.charCodeAt(0)
  }

  #reserve(room: number): void {
    if (this.#out.length - this.#used >= room) return
    const larger = Buffer.alloc(2 * this.#out.length + room)
    this.#out.copy(larger, 0, 0, this.#used)
    this.#out = larger
  }
}

/** A line of blanks, its end included. */
function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] !== SPACE && bytes[i] !== TAB && !isLineEnd(bytes[i])) return false
  return true
}

function isLineEnd(byte: number): boolean {
  return byte === LF || byte === CR
}
