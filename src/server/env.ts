import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'
import { matchedRoutes } from 'hono/route'

/** What handlers find in their context; `Bindings` are there when Node serves the app. */
export interface Env {
  Variables: {
    requestId: string
    /** The name of the caller's key, where callers need one. */
    key?: string
    /** The id of the decision that is answered. */
    recommendation?: string
  }
  Bindings: Partial<HttpBindings>
}

/** The address that a request comes from, where that is known. */
export function addressOf(c: Context<Env>): string | undefined {
  // In tests and on other servers there are no bindings at all, whatever the type says.
  const bindings: Env['Bindings'] | undefined = c.env
  return bindings?.incoming?.socket.remoteAddress
}

/** Whom a request is counted for: the name of its key, where callers need one, since behind a gateway all have one address. */
export function clientOf(c: Context<Env>): string | undefined {
  const key = c.get('key')
  return key === undefined ? addressOf(c) : `key ${key}`
}

/** The pattern of the path of the handler, such as `/v1/users/:user`; only middleware matches where there is none. */
export function patternOf(c: Context<Env>): string | undefined {
  return matchedRoutes(c).find(({ path }) => !path.includes('*'))?.path
}
