import type { Context, MiddlewareHandler } from 'hono'
import { TributaryError } from '../core/index.ts'
import { MOST_CONDITIONS, MOST_FILTER_VALUES } from '../serving/filters.ts'
import { Debts, LARGE_BYTES } from './debts.ts'
import { clientOf, type Env } from './env.ts'
import { RequestError } from './failure.ts'
import { MOST_CANDIDATES, MOST_EXCLUDED, MOST_HISTORY } from './schema.ts'

/** Larger bodies are refused with 413. */
export const MOST_BODY_BYTES = 1_000_000

/** What no valid body of a route goes beyond. */
export interface BodyLimits {
  readonly depth: number
  /** Names of fields. */
  readonly names: number
  /** Between the entries of lists and objects. */
  readonly commas: number
  /** What a valid body has at most, for messages. */
  readonly most: string
}

/**
 * A list is asked for with a dozen fields, two for each item of the history, whose values and exclusions are entries, and a filter, whose levels
 * nest two each.
 */
export const QUESTION_LIMITS: BodyLimits = {
  depth: 24,
  names: 2 * MOST_HISTORY + 4 * MOST_CONDITIONS + 50,
  commas: 3 * MOST_HISTORY + MOST_EXCLUDED + MOST_CANDIDATES + MOST_FILTER_VALUES + 50,
  most: `history takes at most ${MOST_HISTORY} items, exclude ${MOST_EXCLUDED}, a filter ${MOST_CONDITIONS} conditions`,
}

/** Of one user or item, whose properties are as a product has them. */
export const RECORD_LIMITS: BodyLimits = {
  depth: 16,
  names: 2000,
  commas: 10_000,
  most: 'what is known of one user or item fits in that',
}

const [QUOTE, COMMA, COLON, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('",:[\\]{}')

/**
 * Reads the body and refuses what no valid request looks like before it is parsed: parsing and validating a megabyte of
 * brackets or names takes hundreds of milliseconds in which nobody else is answered, this look at it one.
 */
export function bodyReader(limits: BodyLimits = QUESTION_LIMITS): MiddlewareHandler<Env> {
  const debts = new Debts()
  return async (c, next) => {
    const client = clientOf(c)
    const declared = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
    let bytes = Math.min(Number(declared ?? 0), MOST_BODY_BYTES)
    let charged = await debts.wait(client, bytes)
    let isRefused = true
    try {
      if (declared === undefined) {
        const body = await readUndeclared(c, async () => {
          bytes = MOST_BODY_BYTES
          charged = await debts.wait(client, bytes)
        })
        bytes = body.length
        c.req.raw = new Request(c.req.raw, { body })
      } else if (Number(declared) > MOST_BODY_BYTES) refuseLarge()
      refuseCostly(new Uint8Array(await orInterrupted(() => c.req.arrayBuffer())), limits)
      await next()
      // A refusal by a handler further in is an answer here, not an error.
      isRefused = c.res.status >= 400 && c.res.status < 500
    } catch (error) {
      // Who is told to wait is not charged for it.
      isRefused = !(error instanceof RequestError && error.status === 429)
      throw error
    } finally {
      debts.add(client, (isRefused ? bytes : 0) - charged)
    }
  }
}

/** A body of which the length is not said; one that turns out to be large is read on when `large` resolves. */
async function readUndeclared(c: Context<Env>, large: () => Promise<void>): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = c.req.raw.body?.getReader()
  for (;;) {
    const chunk = await orInterrupted(async () => reader?.read())
    if (chunk?.value === undefined) return Buffer.concat(chunks)
    chunks.push(chunk.value)
    const before = bytes
    bytes += chunk.value.length
    if (before < LARGE_BYTES && bytes >= LARGE_BYTES) await large()
    if (bytes > MOST_BODY_BYTES) refuseLarge()
  }
}

async function orInterrupted<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read()
  } catch (error) {
    throw new TributaryError('interrupted', 'the client hung up before its body had arrived', { cause: error })
  }
}

function refuseLarge(): never {
  throw new RequestError(413, `the body is larger than ${MOST_BODY_BYTES} bytes; send less at a time`)
}

/** @throws RequestError 400 for JSON that nests deeper or holds more than a valid request can; whether it is JSON is not asked */
export function refuseCostly(json: Uint8Array, limits: BodyLimits = QUESTION_LIMITS): void {
  const refused = (what: string) => new RequestError(400, `the body ${what}; ${limits.most}`)
  let depth = 0
  let names = 0
  let commas = 0
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case QUOTE:
        at++
        while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
        break
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (++depth > limits.depth) throw refused(`nests deeper than ${limits.depth} levels`)
        break
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--
        break
      case COLON:
        if (++names > limits.names) throw refused(`has more than ${limits.names} names of fields`)
        break
      case COMMA:
        if (++commas > limits.commas) throw refused(`has more than ${limits.commas} entries`)
        break
    }
  }
}
