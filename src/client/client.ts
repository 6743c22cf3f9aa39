import { OPERATIONS, type operations } from './api.ts'

/** Every operation of the server by its id: what it takes and what it answers are those of the server's OpenAPI document. */
export type OperationId = keyof operations & keyof typeof OPERATIONS

type Parameters<Id extends OperationId, In extends string> = operations[Id] extends {
  parameters: { [P in In]?: infer Given }
}
  ? Exclude<Given, undefined>
  : never

type Body<Id extends OperationId> = operations[Id] extends { requestBody?: infer Given }
  ? Exclude<Given, undefined> extends { content: infer Content }
    ? Content extends { 'application/json': infer Json }
      ? Json
      : never
    : never
  : never

/** A part of a call: absent where the operation has none, needed where it has one with something needed in it. */
type PartOf<Name extends string, Value> = [Value] extends [never]
  ? { readonly [N in Name]?: never }
  : Record<never, never> extends Value
    ? { readonly [N in Name]?: Value }
    : { readonly [N in Name]: Value }

/** A stream of objects, sent a line each as they come, however many there are. It is not sent again where the server is busy. */
export type Lines = Iterable<object> | AsyncIterable<object>

/** The media types that a body may have. */
type MediaTypes<Id extends OperationId> = operations[Id] extends { requestBody?: infer Given }
  ? Exclude<Given, undefined> extends { content: infer Content }
    ? keyof Content
    : never
  : never

type BodyOrLines<Id extends OperationId> =
  'application/x-ndjson' extends MediaTypes<Id>
    ? { readonly body: Body<Id>; readonly lines?: never } | { readonly body?: never; readonly lines: Lines }
    : PartOf<'body', Body<Id>>

/** What an operation takes: the names in its path, its query, its body. */
export type Call<Id extends OperationId> = PartOf<'path', Parameters<Id, 'path'>> &
  PartOf<'query', Parameters<Id, 'query'>> &
  BodyOrLines<Id> & {
    /** Ends the wait; the promise is rejected with its reason. */
    readonly signal?: AbortSignal
  }

type Successful = 200 | 201 | 202

type Content<Id extends OperationId> = operations[Id]['responses'] extends infer Responses
  ? { [S in keyof Responses & Successful]: Responses[S] extends { content: infer C } ? C : never }[keyof Responses &
      Successful]
  : never

/** What an operation answers: JSON as an object, everything else as the `Response` that it is read from. */
export type Answer<Id extends OperationId> = [Content<Id>] extends [never]
  ? undefined
  : Content<Id> extends { 'application/json': infer Json }
    ? Json
    : Response

/** A function for every operation of the server. */
export type Client = {
  readonly [Id in OperationId]: Record<never, never> extends Call<Id>
    ? (call?: Call<Id>) => Promise<Answer<Id>>
    : (call: Call<Id>) => Promise<Answer<Id>>
}

export interface ClientOptions {
  /** Where the server is: `http://127.0.0.1:8080`, or with the path that it is mounted at. */
  readonly url: string | URL
  /** What `tributary keys create` printed. */
  readonly key?: string
  /**
   * How often a request is sent again that the server refused with 429 or 503, after as long as it says. Default 2. Give events
   * an `id`: an event without one may count twice.
   */
  readonly retries?: number
  /** In place of the runtime's own. */
  readonly fetch?: typeof fetch
}

/** A request that the server refused. */
export class RefusedError extends Error {
  /** Of HTTP. */
  readonly status: number
  /** Stable; docs/errors.md and docs/serving.md list them. */
  readonly code: string
  /** The field of the request at fault. */
  readonly field: string | undefined
  /** What was probably meant. */
  readonly suggestion: string | undefined
  /** The server's log has more of it under this id. */
  readonly requestId: string | undefined

  constructor(
    status: number,
    requestId: string | undefined,
    error: { readonly code?: string; readonly message?: string; readonly field?: string; readonly suggestion?: string },
  ) {
    super(error.message ?? `the server answered ${status}`)
    this.name = 'RefusedError'
    this.status = status
    this.code = error.code ?? 'unknown'
    this.field = error.field
    this.suggestion = error.suggestion
    this.requestId = requestId
  }
}

/**
 * A client of a Tributary server, with a function for each operation: `client.recommend({ body: { domain: 'books' } })`.
 * It needs nothing but `fetch`. Its promises are rejected with a `RefusedError` where the server refuses, and with what `fetch` throws where there is none.
 */
export function createClient({ url, key, retries = 2, fetch: send = fetch }: ClientOptions): Client {
  const base = String(url).replace(/\/+$/, '')
  const ask = async (id: OperationId, { path, query, body, lines, signal }: AnyCall = {}): Promise<unknown> => {
    const [method, pattern] = OPERATIONS[id]
    const filled = pattern.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(path?.[name])))
    const search = new URLSearchParams()
    for (const [name, value] of Object.entries(query ?? {}))
      for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) search.append(name, String(one))
    const request: RequestInit = {
      method,
      headers: {
        ...(key !== undefined && { Authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...(lines !== undefined && { 'Content-Type': 'application/x-ndjson' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // Runtimes want to be told that a stream is not answered before its end.
      ...(lines !== undefined && { body: streamOf(lines), duplex: 'half' as const }),
      ...(signal && { signal }),
    }
    for (let attempt = 0; ; attempt++) {
      const response = await send(`${base}${filled}${search.size > 0 ? `?${search}` : ''}`, request)
      if (response.ok) return readAnswer(response)
      const isBusy = response.status === 429 || response.status === 503
      if (!isBusy || attempt >= retries || lines !== undefined) throw await refused(response)
      await response.body?.cancel()
      await pause(1000 * Number(response.headers.get('retry-after') ?? 1), signal)
    }
  }
  const calls = Object.keys(OPERATIONS).map((id) => [id, (call?: AnyCall) => ask(id as OperationId, call)])
  return Object.fromEntries(calls)
}

interface AnyCall {
  readonly path?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
  readonly lines?: Lines
  readonly signal?: AbortSignal
}

/** What comes within this time goes together, since the server acknowledges what comes together at once. */
const GATHER_MILLISECONDS = 5
const MOST_GATHERED = 64_000

function streamOf(lines: Lines): ReadableStream<Uint8Array> {
  const iterator = Symbol.asyncIterator in lines ? lines[Symbol.asyncIterator]() : lines[Symbol.iterator]()
  const encoder = new TextEncoder()
  const take = () => {
    const taken = Promise.resolve(iterator.next())
    // Whoever pulls next hears of it.
    taken.catch(() => {})
    return taken
  }
  let next: Promise<IteratorResult<object>> | undefined
  return new ReadableStream({
    async pull(controller) {
      next ??= take()
      let result: IteratorResult<object> | undefined = await next
      let text = ''
      const late = pause(GATHER_MILLISECONDS)
      while (result !== undefined && !result.done && text.length < MOST_GATHERED) {
        text += `${JSON.stringify(result.value)}\n`
        next = take()
        result = await Promise.race([next, late.then(() => undefined)])
      }
      if (text !== '') controller.enqueue(encoder.encode(text))
      if (result?.done) controller.close()
    },
    async cancel() {
      await iterator.return?.()
    },
  })
}

function isJson(response: Response): boolean {
  return /^application\/json\b/.test(response.headers.get('content-type') ?? '')
}

async function readAnswer(response: Response): Promise<unknown> {
  if (response.status === 204) return undefined
  return isJson(response) ? response.json() : response
}

async function refused(response: Response): Promise<RefusedError> {
  // A gateway between may answer anything.
  const answer: unknown = isJson(response) ? await response.json().catch(() => undefined) : undefined
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  const requestId = response.headers.get('x-request-id') ?? undefined
  return new RefusedError(response.status, requestId, typeof error === 'object' && error !== null ? error : {})
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const abort = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort)
      resolve()
    }, milliseconds)
    signal?.addEventListener('abort', abort, { once: true })
  })
}
