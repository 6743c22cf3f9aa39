import type { MiddlewareHandler } from 'hono'
import { TributaryError } from '../core/index.ts'
import type { Rejected } from '../serving/rejected.ts'
import { type BodyLimits, bodyReader } from './body.ts'
import type { Env } from './env.ts'
import { type Line, linesOf, NDJSON } from './ndjson.ts'

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
  return (c, next) =>
    c.req.header('content-type')?.split(';')[0].trim().toLowerCase() === NDJSON ? answer(c, next) : readBody(c, next)
}

/**
 * Takes the lines of a stream as they come.
 * @param most lines at a time
 * @param take resolves when what is right of them is on disk
 * @param sum both outcomes together, but for what was rejected
 */
export async function takeStream<O extends Outcome>(
  body: ReadableStream<Uint8Array> | null,
  most: number,
  take: (batch: readonly unknown[]) => Promise<O>,
  sum: (one: O, other: O) => Omit<O, 'rejected'>,
): Promise<Totals<O>> {
  let all: Totals<O> | undefined
  for await (const lines of linesOf(body ?? new Blob([]).stream(), most)) {
    const whole = lines.filter((line) => 'value' in line)
    const outcome = await take(whole.map(({ value }) => value)).catch((error) => {
      throw all === undefined ? error : afterSome(error)
    })
    const rejected = [
      ...outcome.rejected.map((one) => ({ ...one, index: whole[one.index].index })),
      ...lines.filter((line) => !('value' in line)).map(noJson),
    ].sort((a, b) => a.index - b.index)
    const counted = all === undefined ? outcome : { ...outcome, ...sum(all, outcome) }
    const told = [...(all?.rejected ?? []), ...rejected].slice(0, MOST_TOLD)
    all = { ...counted, rejected: told, rejectedCount: (all?.rejectedCount ?? 0) + rejected.length }
  }
  return all ?? totalsOf(await take([]))
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

/** Whoever sends a stream again must know that this does no harm. */
function afterSome(error: unknown): unknown {
  if (!(error instanceof TributaryError)) return error
  const message = `${error.message}; what came before is on disk, and with an id it counts once when it is sent again`
  return new TributaryError(error.code, message, { cause: error })
}
