import type { MiddlewareHandler } from 'hono'
import type { Key, KeyRing, Scope } from '../serving/keys.ts'
import { type Env, patternOf } from './env.ts'
import { RequestError } from './failure.ts'
import { Rates } from './rates.ts'

/** What a key must be allowed, by method and pattern of a route. What stands in no line is for `admin`, so that a new route is closed before it is listed. */
const SCOPE_OF: readonly (readonly [RegExp, Scope])[] = [
  [/^POST \/v1\/events$/, 'events'],
  [/^POST \/v1\/(recommendations(\/[^/]+\/next)?|rankings)$/, 'recommend'],
  [/^GET \/v1\/domains$/, 'recommend'],
  // Who there is and what they did is nothing that a feed of the catalogue needs to read.
  [/^GET \/v1\/users(\/[^/]+\/history)?$/, 'admin'],
  [/^\w+ \/v1\/(users|items)(\/|$)/, 'catalogue'],
]

/** @param pattern of a route, such as `/v1/users/:user`, wherever the server is mounted */
export function scopeOf(method: string, pattern: string): Scope {
  const asked = `${method === 'HEAD' ? 'GET' : method} ${pattern.slice(Math.max(0, pattern.lastIndexOf('/v1/')))}`
  return SCOPE_OF.find(([route]) => route.test(asked))?.[1] ?? 'admin'
}

export interface AccessOptions {
  /** The keys of the store; callers need one since the first was made. */
  readonly keys: KeyRing
  /** Requests a second of a key that has no rate of its own; absent: as many as there are. */
  readonly rate: number | undefined
}

/**
 * Lets through who has a key that may do what is asked, at the rate of that key.
 * The name of the key is then `key` of the context; its text goes nowhere.
 * @throws RequestError 401 without a key that counts, 403 with one that may do other things, 429 for one that asks too fast
 */
export function access({ keys, rate }: AccessOptions): MiddlewareHandler<Env> {
  const rates = new Rates()
  return async (c, next) => {
    if (!(await keys.isNeeded())) return next()
    const key = await shownKey(c.req.header('authorization'), keys)
    c.set('key', key.name)
    const allowed = key.rate ?? rate
    const wait = allowed === undefined ? 0 : rates.take(key.name, allowed)
    if (wait > 0)
      throw new RequestError(
        429,
        `the key '${key.name}' may ask ${allowed} times a second; ask again in ${Math.ceil(wait)} ms`,
        { retryAfter: wait / 1000 },
      )
    const pattern = patternOf(c)
    // Of what is not there, every key may hear that it is not.
    if (pattern !== undefined) mayDo(key, scopeOf(c.req.method, pattern))
    return next()
  }
}

/** Bodies that a page of another site can send only after a browser has asked the server, which allows it to none. */
const ASKED_FOR_FIRST = /^application\/(json|x-ndjson)\b/i

/**
 * Keeps pages of other sites, opened in a browser of this machine, from changing a server that has no keys: a form may be sent
 * to any address, without asking.
 * @throws RequestError 403
 */
export const noForms: MiddlewareHandler<Env> = async (c, next) => {
  const header = (name: string) => c.req.header(name)
  const origin = header('origin')
  if (
    c.req.method === 'POST' &&
    origin !== undefined &&
    header('authorization') === undefined &&
    !ASKED_FOR_FIRST.test(header('content-type') ?? '') &&
    origin.replace(/^\w+:\/\//, '') !== (header('host') ?? new URL(c.req.url).host)
  )
    throw new RequestError(
      403,
      'a page of another site may not ask this; send the header Content-Type: application/json',
    )
  return next()
}

async function shownKey(header: string | undefined, keys: KeyRing): Promise<Key> {
  const [, text] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? []
  if (text === undefined)
    throw new RequestError(401, 'this needs a key: send the header Authorization: Bearer KEY, of tributary keys create')
  const key = await keys.find(text)
  if (key === 'unknown') throw new RequestError(401, 'there is no such key; tributary keys create makes one')
  if (key === 'expired') throw new RequestError(401, 'the key has expired; tributary keys create makes another')
  if (key === 'revoked') throw new RequestError(401, 'the key was revoked; tributary keys create makes another')
  return key
}

function mayDo({ name, scopes }: Key, scope: Scope): void {
  if (scopes.includes(scope) || scopes.includes('admin')) return
  throw new RequestError(403, `the key '${name}' is for ${scopes.join(', ')}; this needs one for ${scope}`)
}
