import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { TributaryError } from '../../core/errors.ts'
import { readError } from '../../core/files.ts'
import { damaged } from '../duckdb.ts'

// A head without a line break this long belongs to no text file.
const LONGEST_HEAD = 1 << 24

/** The first lines that are not blank, at most `count`, without byte order mark. Throws `file-empty` where there is none. */
export async function firstLines(file: string, count: number): Promise<[string, ...string[]]> {
  let bytes = Buffer.alloc(0)
  let complete = true
  for await (const more of bytesOf(file)) {
    bytes = Buffer.concat([bytes, more])
    // One line more than wanted, since the last one may be cut.
    if (linesOf(bytes).length > count || bytes.length > LONGEST_HEAD) {
      complete = false
      break
    }
  }
  if (bytes.includes(0)) throw damaged(file, 'it holds binary data, not text')
  const lines = linesOf(bytes)
  if (!complete && lines.length <= count) throw damaged(file, `no line break in the first ${LONGEST_HEAD >> 20} MB`)
  const [first, ...others] = lines.slice(0, count)
  if (first === undefined) {
    throw new TributaryError('file-empty', `${file} is empty; a log of at least one row was expected`)
  }
  return [first, ...others]
}

function linesOf(bytes: Buffer): string[] {
  const text = bytes.toString('utf8').replace(/^\uFEFF/, '')
  return text.split(/\r?\n/).filter((line) => line.trim() !== '')
}

/** Number of lines, the last one with or without a line break. Reads the whole file. */
export async function countLines(file: string): Promise<number> {
  let lines = 0
  let last = 10
  for await (const bytes of bytesOf(file)) {
    for (const byte of bytes) if (byte === 10) lines++
    last = bytes[bytes.length - 1] ?? last
  }
  return last === 10 ? lines : lines + 1
}

/** Reads a compressed file to its end, since DuckDB takes a truncated one for a short one. Throws `file-damaged`. */
export async function checkCompression(file: string): Promise<void> {
  if (!file.endsWith('.gz')) return
  for await (const _ of bytesOf(file)) {
    // Reading on is the check: the stream fails on a wrong checksum or a missing end.
  }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
  const stream = createReadStream(file, { highWaterMark: 1 << 18 })
  const source = file.endsWith('.gz') ? stream.pipe(createGunzip({ chunkSize: 1 << 18 })) : stream
  // `pipe` does not pass errors on.
  if (source !== stream) stream.on('error', (error) => source.destroy(error))
  try {
    yield* source
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : ''
    if (code.startsWith('Z_')) throw damaged(file, `gzip: ${(error as Error).message}`, error)
    throw readError(file, error)
  } finally {
    stream.destroy()
  }
}
