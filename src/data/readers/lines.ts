import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { TributaryError } from '../../core/index.ts'
import { readError } from '../../files/atomic.ts'
import { damaged } from '../tables/duckdb.ts'

// A line this long belongs to no text file.
const LONGEST_LINE = 1 << 24

export const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

const CONVERT = '-t UTF-8 OLD > NEW'

/** What is to be said of bytes that are no UTF-8; which of the older encodings it is cannot be told. */
export const NOT_UTF8 = `it is not UTF-8 (Latin-1 or Windows-1252? iconv -f WINDOWS-1252 ${CONVERT})`

/**
 * The first lines that are not blank, at most `count`, without byte order mark.
 * Throws `file-empty` where there is none, `file-damaged` for binary data and for other encodings than UTF-8.
 */
export async function firstLines(
  file: string,
  count: number,
  signal?: AbortSignal | undefined,
): Promise<[string, ...string[]]> {
  const lines: string[] = []
  let rest: Buffer = Buffer.alloc(0)
  let start = true
  const take = (line: Buffer) => {
    const reason = line.includes(0) ? 'it holds binary data, not text' : isUtf8(line) ? undefined : NOT_UTF8
    // A later line like that is a bad row, which is counted when the rows are read.
    if (reason !== undefined && lines.length > 0) return
    if (reason !== undefined) throw damaged(file, reason)
    lines.push(line.toString('utf8').replace(/\r$/, ''))
  }
  for await (const bytes of bytesOf(file, signal)) {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes])
    if (start) rest = withoutMark(file, rest)
    start = false
    let at = afterBlankLines(rest, 0)
    for (let end = rest.indexOf(10, at); end !== -1 && lines.length < count; end = rest.indexOf(10, at)) {
      take(rest.subarray(at, end))
      at = afterBlankLines(rest, end + 1)
    }
    rest = rest.subarray(at)
    if (lines.length === count) break
    if (rest.length > LONGEST_LINE) {
      if (rest.includes(0)) throw damaged(file, 'it holds binary data, not text')
      throw damaged(file, `a line without an end in ${LONGEST_LINE >> 20} MB`)
    }
  }
  // The last line may lack its end, and be blank all the same.
  if (lines.length < count && /[^ \t\r]/.test(rest.toString('latin1'))) take(rest)
  const [first, ...others] = lines
  if (first === undefined) {
    throw new TributaryError('file-empty', `${file} is empty; a log of at least one row was expected`)
  }
  return [first, ...others]
}

/** Where the first line begins that is not blank, or may not be. */
function afterBlankLines(bytes: Buffer, start: number): number {
  let line = start
  for (let i = start; i < bytes.length; i++) {
    const byte = bytes[i]
    if (byte === 10) line = i + 1
    else if (byte !== 32 && byte !== 9 && byte !== 13) break
  }
  return line
}

/** Refuses the encodings that say what they are. */
function withoutMark(file: string, head: Buffer): Buffer {
  const [a, b, c, d] = head
  const is32 = (a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff)
  // Without a mark, every second byte of Latin text is 0.
  const looks16 = (a !== 0 && b === 0 && c !== 0 && d === 0) || (a === 0 && b !== 0 && c === 0 && d !== 0)
  const is16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff) || looks16
  const encoding = is32 ? 'UTF-32' : is16 ? 'UTF-16' : undefined
  if (encoding !== undefined) {
    throw damaged(file, `it is ${encoding}; UTF-8 is needed: iconv -f ${encoding} ${CONVERT}`)
  }
  return head.subarray(0, 3).equals(BYTE_ORDER_MARK) ? head.subarray(3) : head
}

/**
 * A file's bytes, unpacked where its name ends in `.gz`. Throws `file-missing`, `file-damaged`; where the signal is aborted, its reason.
 */
export async function* bytesOf(file: string, signal?: AbortSignal | undefined): AsyncGenerator<Buffer> {
  const stream = createReadStream(file, { highWaterMark: 1 << 18 })
  const source = file.endsWith('.gz') ? stream.pipe(createGunzip({ chunkSize: 1 << 18 })) : stream
  // `pipe` does not pass errors on.
  if (source !== stream) stream.on('error', (error) => source.destroy(error))
  try {
    for await (const bytes of source) {
      signal?.throwIfAborted()
      yield bytes as Buffer
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.startsWith('Z_')) throw damaged(file, `gzip: ${(error as Error).message}`, error)
    throw readError(file, error)
  } finally {
    stream.destroy()
  }
}
