import type { MiddlewareHandler } from 'hono'
import type { Rejected } from '../serving/rejected.ts'
import { type BodyLimits, bodyReader } from './body.ts'
import type { Env } from './env.ts'
import { type Line, linesOf, mediaTypeOf, NDJSON } from './ndjson.ts'

/** Of a stream, the first that were rejected are told; all are counted. */
export const MOST_TOLD = 1000

/** What became of a batch. */
interface Outcome {
  readonly rejected: readonly Rejected[]
}

/** The same, where not all that was rejected may be told. */
export type Totals<O extends Outcome> = O & { readonly rejectedCount: number }

export function totalsOf<O extends Outcome>(outcome: O): Totals<O> {
  return { ...outcome, rejectedCount: outcome.rejected.length }
}

/** Of a path that takes a batch as JSON or a stream of lines: what is declared as lines is answered by `answer`, without being read whole. */
export function batchReader(limits: BodyLimits, answer: MiddlewareHandler<Env>): MiddlewareHandler<Env> {
  const readBody = bodyReader(limits)
  return (c, next) => (mediaTypeOf(c.req.header('content-type')) === NDJSON ? answer(c, next) : readBody(c, next))
}

/**
 * Takes the lines of a stream as they come, and says of each part of them what became of it, when that is on disk.
 * @param most lines at a time
 */
export async function* partsOf<O extends Outcome>(
  body: ReadableStream<Uint8Array> | null,
  most: number,
  take: (batch: readonly unknown[]) => Promise<O>,
): AsyncGenerator<O> {
  for await (const lines of linesOf(body ?? new Blob([]).stream(), most)) {
    const whole = lines.filter((line) => 'value' in line)
    const outcome = await take(whole.map(({ value }) => value))
    const rejected = [
      ...outcome.rejected.map((one) => ({ ...one, index: whole[one.index].index })),
      ...lines.filter((line) => !('value' in line)).map(noJson),
    ]
    yield { ...outcome, rejected: rejected.sort((a, b) => a.index - b.index) }
  }
}

/**
 * What became of all parts of a stream.
 * @param sum both outcomes together, but for what was rejected
 * @param nothing of a stream without lines
 */
export async function together<O extends Outcome>(
  parts: AsyncIterable<O>,
  sum: (one: O, other: O) => Omit<O, 'rejected'>,
  nothing: () => Promise<O>,
): Promise<Totals<O>> {
  let all: Totals<O> | undefined
  for await (const part of parts) {
    const counted = all === undefined ? part : { ...part, ...sum(all, part) }
    const rejected = [...(all?.rejected ?? []), ...part.rejected].slice(0, MOST_TOLD)
    all = { ...counted, rejected, rejectedCount: (all?.rejectedCount ?? 0) + part.rejected.length }
  }
  return all ?? totalsOf(await nothing())
}

/** Values as lines of JSON, each as soon as it is there; where something fails, the last one is the refusal. */
export async function* answerLines(
  values: AsyncIterable<object>,
  refuse: (error: unknown) => Response,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder()
  try {
    for await (const value of values) yield encoder.encode(`${JSON.stringify(value)}\n`)
  } catch (error) {
    yield encoder.encode(`${await refuse(error).text()}\n`)
  }
}

/** A refusal like any other: what is wrong with the first of a batch of which nothing was taken. `list` is its field, absent where it was a stream. */
export function refusedOf([{ index, code, message, field }]: readonly Rejected[], list?: string) {
  const place = list === undefined ? `line ${index + 1}` : `${list}[${index}]`
  const error = { code, message: `nothing was taken: ${place}: ${message}` }
  return list === undefined ? error : { ...error, field: field === undefined ? place : `${place}.${field}` }
}

function noJson({ index }: Line): Rejected {
  return { index, code: 'bad-request', message: `line ${index + 1} is not JSON; each line is one object` }
}
