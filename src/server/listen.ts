import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createAdaptorServer, type HttpBindings } from '@hono/node-server'
import { TributaryError } from '../core/index.ts'
import { RequestError, refusal } from './failure.ts'
import { mediaTypeOf, NDJSON } from './ndjson.ts'

const HERE = ['localhost', '127.0.0.1', '[::1]']

/** Longer than load balancers keep theirs (60 s are common): whoever ends a connection first must be the one that sends on it. */
const IDLE_MILLISECONDS = 75_000

/** Requests in flight are given this long when the server closes. */
const GRACE_MILLISECONDS = 10_000

const BODY_MILLISECONDS = 30_000

export interface ListenOptions {
  /** 0 takes a free one. */
  readonly port: number
  /** Default 127.0.0.1, this machine only; 0.0.0.0 for every network. */
  readonly host?: string
  /**
   * Names, without port, that requests may have in their `Host` header beside those of this machine (`localhost`, `127.0.0.1`,
   * `[::1]`). Others are refused with 421, so that a web page cannot reach the server by a name of its own that it lets point
   * here (DNS rebinding). Default: none where `host` is this machine alone, else any.
   */
  readonly allowedHosts?: readonly string[] | undefined
  /** Close on SIGINT and SIGTERM; a second signal ends the process at once. Default true. */
  readonly closeOnSignal?: boolean
  /** A body must have arrived in this time, and of a stream of lines something. Default 30,000. */
  readonly bodyMilliseconds?: number
}

export interface Listening {
  readonly port: number
  readonly url: string
  /** Takes no new connections, answers what is in flight, and resolves when all is closed. May be called twice. */
  close(): Promise<void>
  /** Resolves when the server has closed, by `close` or by a signal. */
  readonly closed: Promise<void>
}

/**
 * Serves an app over HTTP.
 * @throws TributaryError `port-in-use` when the port is taken or not allowed, `bad-argument` when there is no such host or port
 */
export async function listen(
  app: {
    readonly fetch: (request: Request, bindings: HttpBindings) => Response | Promise<Response>
    /** Ends answers that would go on for ever. */
    endStreams?(): void
  },
  { port, host = '127.0.0.1', allowedHosts, closeOnSignal = true, bodyMilliseconds = BODY_MILLISECONDS }: ListenOptions,
): Promise<Listening> {
  const shownHost = host.includes(':') ? `[${host}]` : host
  const allowed =
    allowedHosts === undefined && !isThisMachine(host)
      ? undefined
      : new Set([...HERE, shownHost, ...(allowedHosts ?? [])].map((name) => name.toLowerCase()))
  const server = createAdaptorServer({
    fetch: (request, bindings) => {
      const { incoming, outgoing } = bindings as HttpBindings
      endWhereSlow(incoming, outgoing as ServerResponse, bodyMilliseconds)
      return refusal(wrongHost(incoming, allowed)) ?? app.fetch(request, bindings as HttpBindings)
    },
    // A stream of events may go on for days; see `endWhereSlow`.
    serverOptions: { requestTimeout: 0, headersTimeout: BODY_MILLISECONDS, keepAliveTimeout: IDLE_MILLISECONDS },
  }) as Server
  await started(server, port, host)
  const address = server.address()
  const actualPort = typeof address === 'object' && address !== null ? address.port : port

  let closing = false
  // Connections that are kept alive would hold the server open after their last answer.
  server.on('request', (_, response) => {
    response.once('close', () => {
      if (closing) setImmediate(() => server.closeIdleConnections())
    })
  })
  let hasClosed = () => {}
  const closed = new Promise<void>((resolve) => {
    hasClosed = resolve
  })
  const close = () => {
    if (!closing) {
      closing = true
      process.off('SIGINT', close)
      process.off('SIGTERM', close)
      app.endStreams?.()
      const grace = setTimeout(() => server.closeAllConnections(), GRACE_MILLISECONDS)
      server.close(() => {
        clearTimeout(grace)
        hasClosed()
      })
    }
    return closed
  }
  if (closeOnSignal) {
    process.once('SIGINT', close)
    process.once('SIGTERM', close)
  }
  return { port: actualPort, url: `http://${shownHost}:${actualPort}`, close, closed }
}

/** Whether a server that listens on an address is reached by programs of this machine alone. */
export function isThisMachine(host: string): boolean {
  return HERE.includes(host) || host === '::1' || host.startsWith('127.')
}

/** Ends a request whose body comes too slowly, as Node does; of a stream of lines it is silence that counts, not its length. */
function endWhereSlow(incoming: IncomingMessage, outgoing: ServerResponse, milliseconds: number): void {
  const { socket, headers } = incoming
  if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return
  const giveUp = () => {
    if (!outgoing.headersSent && socket.writable)
      socket.write('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n')
    socket.destroy()
  }
  if (mediaTypeOf(headers['content-type']) === NDJSON) {
    incoming.setTimeout(milliseconds, giveUp)
    incoming.once('close', () => socket.setTimeout(0))
    return
  }
  const timer = setTimeout(giveUp, milliseconds)
  incoming.once('close', () => clearTimeout(timer))
}

/** What is wrong with the `Host` of a request: it is not `allowed`, or two are given, which proxies and servers read differently. */
function wrongHost(
  { rawHeaders }: IncomingMessage,
  allowed: ReadonlySet<string> | undefined,
): RequestError | undefined {
  const given = rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1].toLowerCase() === 'host')
  if (given.length > 1) return new RequestError(400, `the request has ${given.length} Host headers; send one`)
  const name = given[0]?.replace(/:\d*$/, '').toLowerCase()
  if (allowed === undefined || name === undefined || allowed.has(name)) return undefined
  return new RequestError(
    421,
    `this server does not answer as '${name}'; start it with --allow-host ${name} if it should`,
  )
}

function started(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refused = (error: Error) => reject(listenError(error, port, host))
    server.once('error', refused)
    try {
      server.listen(port, host, () => {
        server.off('error', refused)
        resolve()
      })
    } catch (error) {
      reject(listenError(error, port, host))
    }
  })
}

function listenError(error: unknown, port: number, host: string): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  const failed = (kind: 'port-in-use' | 'bad-argument', reason: string) =>
    new TributaryError(kind, `cannot listen on port ${port} of ${host}: ${reason}`, { cause: error })
  if (code === 'EADDRINUSE')
    return failed('port-in-use', 'another program uses it; stop that program or choose another port')
  if (code === 'EACCES') return failed('port-in-use', 'ports below 1024 need more rights; choose one above')
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return failed('bad-argument', 'this machine has no such address')
  if (code === 'ERR_SOCKET_BAD_PORT') return failed('bad-argument', 'a port is a whole number from 0 to 65535')
  return error
}
