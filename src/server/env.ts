import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

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
export function clientOf(c: Context<Env>): string | undefined {
  // In tests and on other servers there are no bindings at all, whatever the type says.
  const bindings: Env['Bindings'] | undefined = c.env
  return bindings?.incoming?.socket.remoteAddress
}
