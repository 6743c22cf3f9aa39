import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { TributaryError } from '../core/index.ts'
import { Debts } from './debts.ts'
import { clientOf, type Env } from './env.ts'
import { RequestError } from './failure.ts'
import { MOST_EXCLUDED, MOST_HISTORY } from './schema.ts'

/** Larger bodies are refused with 413. */
export const MOST_BODY_BYTES = 1_000_000

/** A valid request nests three: the object, its history, an item with its domain. */
const MOST_DEPTH = 8

/** A valid request has nine, and two for each item of its history. */
const MOST_NAMES = 2 * MOST_HISTORY + 50

/** A valid request parts its fields, the items of its history with their domains, their values, and what it excludes. */
const MOST_COMMAS = 3 * MOST_HISTORY + MOST_EXCLUDED + 50

const [QUOTE, COMMA, COLON, OPEN_LIST, BACKSLASH, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = Buffer.from('",:[\\]{}')

/** Bodies of which the length is not said. */
const limitUnknown = bodyLimit({ maxSize: MOST_BODY_BYTES, onError: () => refuseLarge() })

/**
 * Reads the body and refuses what no valid request looks like before it is parsed: parsing and validating a megabyte of
 * brackets or names takes hundreds of milliseconds in which nobody else is answered, this look at it one.
 */
export function bodyReader(): MiddlewareHandler<Env> {
  const debts = new Debts()
  return async (c, next) => {
    const client = clientOf(c)
    const declared = c.req.header('transfer-encoding') === undefined ? c.req.header('content-length') : undefined
    const bytes = Math.min(Number(declared ?? MOST_BODY_BYTES), MOST_BODY_BYTES)
    await debts.wait(client, bytes)
    try {
      if (Number(declared) > MOST_BODY_BYTES) refuseLarge()
      refuseCostly(new Uint8Array(await readWhole(c, declared === undefined)))
      await next()
      // A refusal by a handler further in is an answer here, not an error.
      if (c.res.status >= 400 && c.res.status < 500) debts.add(client, bytes)
    } catch (error) {
      debts.add(client, bytes)
      throw error
    }
  }
}

async function readWhole(c: Context<Env>, isUnknown: boolean): Promise<ArrayBuffer> {
  try {
    if (isUnknown) await limitUnknown(c, async () => {})
    return await c.req.arrayBuffer()
  } catch (error) {
    if (error instanceof TributaryError) throw error
    throw new TributaryError('interrupted', 'the client hung up before its body had arrived', { cause: error })
  }
}

function refuseLarge(): never {
  throw new RequestError(413, `the body is larger than ${MOST_BODY_BYTES} bytes; send a shorter history`)
}

/** @throws RequestError 400 for JSON that nests deeper or holds more than a valid request can; whether it is JSON is not asked */
export function refuseCostly(json: Uint8Array): void {
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
        if (++depth > MOST_DEPTH)
          throw new RequestError(400, `the body nests deeper than ${MOST_DEPTH} levels; a request needs three`)
        break
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth--
        break
      case COLON:
        if (++names > MOST_NAMES)
          throw new RequestError(
            400,
            `the body has more than ${MOST_NAMES} names of fields; history takes at most ${MOST_HISTORY} items`,
          )
        break
      case COMMA:
        if (++commas > MOST_COMMAS)
          throw new RequestError(
            400,
            `the body has more than ${MOST_COMMAS} entries; history takes at most ${MOST_HISTORY} items, exclude ${MOST_EXCLUDED}`,
          )
        break
    }
  }
}
