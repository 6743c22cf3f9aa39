import { HTTPException } from 'hono/http-exception'
import { closest, type ErrorCode, TributaryError, unknownName } from '../core/index.ts'
import { FieldError } from '../serving/field-error.ts'
import type { Failure } from './schema.ts'

/** Of every answer. No page may frame, sniff or share what is about users, and no cache keep it. */
export const SECURITY_HEADERS = {
  'Cache-Control': 'no-store',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
} as const

const CODES: ReadonlyMap<number, ErrorCode> = new Map([
  [401, 'no-access'],
  [403, 'no-access'],
  [409, 'mismatch'],
  [422, 'unknown-name'],
  [429, 'overloaded'],
])

/** A request that cannot be answered: what the client did wrong, and where. */
export class RequestError extends TributaryError {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 415 | 421 | 422 | 429
  readonly field: string | undefined
  readonly suggestion: string | undefined
  /** Seconds, of a 429. */
  readonly retryAfter: number | undefined

  constructor(
    status: RequestError['status'],
    message: string,
    details: {
      readonly field?: string
      readonly suggestion?: string | undefined
      readonly retryAfter?: number
    } = {},
  ) {
    super(CODES.get(status) ?? 'bad-request', message)
    this.status = status
    this.field = details.field
    this.suggestion = details.suggestion
    this.retryAfter = details.retryAfter
  }
}

/** A 422 for a name that is not among the known ones, with the one that was probably meant. */
export function unknown(kind: string, given: string, field: string, known: readonly string[]): RequestError {
  return new RequestError(422, unknownName(kind, given, known).message, { field, suggestion: closest(given, known) })
}

/** Requests that were right and yet get no list; 499 is seen by metrics alone, since the client has gone. */
const OTHER_STATUS = { overloaded: 503, 'store-failed': 503, interrupted: 499 } as const

/** What clients hear of a store that failed; its own sentence names files and hosts, and is for the log. */
const STORE_FAILED =
  'the store did not do what was asked; send again what was not acknowledged. The log of the server has the reason under the X-Request-Id of this answer'

/** Whether an answer hides something that the log should have. */
export function isForLog(error: unknown): boolean {
  return clientFailure(error) === undefined || (error instanceof TributaryError && error.code === 'store-failed')
}

/** The answer to what a client did wrong or came too early for; `undefined` for what is our fault and goes to the log alone. */
export function refusal(error: unknown): Response | undefined {
  const known = clientFailure(error)
  if (known === undefined) return undefined
  const seconds = Math.ceil((error instanceof RequestError && error.retryAfter) || 1)
  const headers = {
    ...SECURITY_HEADERS,
    ...((known.status === 503 || known.status === 429) && { 'Retry-After': String(seconds) }),
    ...(known.status === 401 && { 'WWW-Authenticate': 'Bearer' }),
  }
  return Response.json(known.body, { status: known.status, headers })
}

function clientFailure(error: unknown): { status: number; body: Failure } | undefined {
  if (error instanceof RequestError || error instanceof FieldError) {
    const { code, message, field, suggestion } = error
    const status = error instanceof RequestError ? error.status : code === 'unknown-name' ? 422 : 400
    return {
      status,
      body: {
        error: {
          code,
          message,
          ...(field && { field }),
          ...(suggestion !== undefined && { suggestion }),
        },
      },
    }
  }
  if (error instanceof TributaryError && error.code in OTHER_STATUS) {
    const code = error.code as keyof typeof OTHER_STATUS
    const message = code === 'store-failed' ? STORE_FAILED : error.message
    return { status: OTHER_STATUS[code], body: { error: { code, message } } }
  }
  if (error instanceof HTTPException && error.status === 415)
    return clientFailure(new RequestError(415, 'the body must be JSON: send the header Content-Type: application/json'))
  if (error instanceof HTTPException && error.status === 400)
    return clientFailure(
      new RequestError(400, 'the body is not JSON; send an object such as {"domain": "books", "k": 10}'),
    )
  return undefined
}
