import type { z } from '@hono/zod-openapi'
import { HTTPException } from 'hono/http-exception'
import { closest, TributaryError, unknownName } from '../core/index.ts'
import { type Failure, REQUEST_FIELDS } from './schema.ts'

/** A request that cannot be answered: what the client did wrong, and where. */
export class RequestError extends TributaryError {
  readonly status: 400 | 404 | 405 | 413 | 415 | 422 | 503
  readonly field: string | undefined
  readonly suggestion: string | undefined

  constructor(
    status: RequestError['status'],
    message: string,
    details: { readonly field?: string; readonly suggestion?: string | undefined } = {},
  ) {
    super(status === 422 ? 'unknown-name' : 'bad-request', message)
    this.status = status
    this.field = details.field
    this.suggestion = details.suggestion
  }
}

/** A 422 for a name that is not among the known ones, with the one that was probably meant. */
export function unknown(kind: string, given: string, field: string, known: readonly string[]): RequestError {
  return new RequestError(422, unknownName(kind, given, known).message, { field, suggestion: closest(given, known) })
}

/** The first issue of a body, as a sentence that names the field. */
export function invalid(error: z.ZodError): RequestError {
  // A misspelled field is also a missing one; the misspelling says more.
  const issue = error.issues.find(({ code }) => code === 'unrecognized_keys') ?? error.issues[0]!
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!.slice(0, 60)
    const { message } = unknownName('field', key, REQUEST_FIELDS)
    return new RequestError(400, message, { field: key, suggestion: closest(key, REQUEST_FIELDS) })
  }
  const field = pathText(issue.path)
  if (field === '') return new RequestError(400, `the body ${issue.message}`)
  return new RequestError(400, `'${field}' ${issue.message}`, { field })
}

/** What a client may know of an error; `undefined` for what is our fault and goes to the log alone. */
export function clientFailure(error: unknown): { status: RequestError['status']; body: Failure } | undefined {
  if (error instanceof RequestError) {
    const { status, code, message, field, suggestion } = error
    return {
      status,
      body: {
        error: {
          code,
          message,
          ...(field !== undefined && { field }),
          ...(suggestion !== undefined && { suggestion }),
        },
      },
    }
  }
  if (error instanceof TributaryError && error.code === 'overloaded')
    return { status: 503, body: { error: { code: error.code, message: error.message } } }
  if (error instanceof HTTPException && error.status === 415)
    return clientFailure(new RequestError(415, 'the body must be JSON: send the header Content-Type: application/json'))
  if (error instanceof HTTPException && error.status === 400)
    return clientFailure(
      new RequestError(400, 'the body is not JSON; send an object such as {"domain": "books", "k": 10}'),
    )
  return undefined
}

/** `history[2].item`. */
function pathText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '')
}
