import { TributaryError } from '../core/index.ts'
import { RequestError } from './failure.ts'

/** What a stream of lines is declared as. */
export const NDJSON = 'application/x-ndjson'

/** The media type of a `Content-Type`, without its parameters. */
export function mediaTypeOf(contentType: string | undefined): string | undefined {
  return contentType?.split(';')[0].trim().toLowerCase()
}

const LONGEST_LINE_BYTES = 100_000
const NEWLINE = 10

/** `index` is its place in the stream, from 0; it has no value where it is no JSON. */
export interface Line {
  readonly index: number
  readonly value?: unknown
}

/**
 * The lines of a stream as they arrive, at most `most` at a time: what has come is not held back for what has not. Empty lines
 * count and are left out.
 * @throws RequestError 400 for a line that is too long, and TributaryError `interrupted` when the client hangs up; the whole lines before
 * have been given
 */
export async function* linesOf(body: ReadableStream<Uint8Array>, most: number): AsyncGenerator<readonly Line[]> {
  let index = 0
  let begun: Buffer = Buffer.alloc(0)
  let lines: Line[] = []
  const add = (line: Buffer) => {
    const text = line.toString().trim()
    if (text !== '') lines.push({ index, ...parsed(text) })
    index++
  }
  for await (const chunk of chunksOf(body)) {
    let bytes = Buffer.concat([begun, chunk])
    for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE)) {
      add(bytes.subarray(0, end))
      bytes = bytes.subarray(end + 1)
      if (lines.length === most) {
        yield lines
        lines = []
      }
    }
    if (lines.length > 0) yield lines
    lines = []
    if (bytes.length > LONGEST_LINE_BYTES)
      throw new RequestError(400, `line ${index + 1} is longer than ${LONGEST_LINE_BYTES} bytes; each is one object`)
    begun = bytes
  }
  if (begun.length > 0) add(begun)
  if (lines.length > 0) yield lines
}

function parsed(text: string): { readonly value?: unknown } {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return {}
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw new TributaryError('interrupted', 'the client hung up before its body had arrived', { cause: error })
  }
}
