import { type FileHandle, open } from 'node:fs/promises'
import type { Context } from 'hono'
import { TributaryError } from '../core/index.ts'
import { scopeOf } from './access.ts'
import { addressOf, type Env, patternOf } from './env.ts'

/** A request and its answer, for a log: ids and names that a product gave, and neither keys nor what users did. */
export interface RequestRecord {
  /** When the answer was ready; ISO 8601. */
  readonly at: string
  /** `X-Request-Id` of the answer. */
  readonly request: string
  readonly method: string
  /** The pattern of the path, `unknown` where there is none. */
  readonly route: string
  readonly status: number
  readonly milliseconds: number
  /** The name of the caller's key. */
  readonly key?: string | undefined
  /** The id of the decision that was answered. */
  readonly recommendation?: string | undefined
  /** What was changed: the path, in which users stay `:user`, so that nothing of them is left here when they are erased. */
  readonly changed?: string | undefined
  /** The address that was refused with 401, 403 or 429. */
  readonly client?: string | undefined
}

/** @param at when the answer was ready, milliseconds since 1970 */
export function recordOf(c: Context<Env>, at: number, milliseconds: number): RequestRecord {
  const { method } = c.req
  const { status } = c.res
  const pattern = patternOf(c)
  const [key, recommendation] = [c.get('key'), c.get('recommendation')]
  const changed = status < 400 ? changedBy(c, pattern) : undefined
  const client = [401, 403, 429].includes(status) ? addressOf(c) : undefined
  return {
    at: new Date(at).toISOString(),
    request: c.get('requestId'),
    method,
    route: pattern ?? 'unknown',
    status,
    milliseconds: Math.round(milliseconds * 1000) / 1000,
    ...(key !== undefined && { key }),
    ...(recommendation !== undefined && { recommendation }),
    ...(changed !== undefined && { changed }),
    ...(client !== undefined && { client }),
  }
}

/** Questions and events change nothing that somebody would have to answer for. */
function changedBy(c: Context<Env>, pattern: string | undefined): string | undefined {
  if (pattern === undefined || c.req.method === 'GET' || c.req.method === 'HEAD') return undefined
  if (['events', 'recommend'].includes(scopeOf(c.req.method, pattern))) return undefined
  return pattern.replace(/:(\w+)/g, (whole, name) =>
    name === 'user' ? whole : encodeURIComponent(c.req.param(name) ?? whole),
  )
}

/** Whether a record belongs in an audit log: something was changed, or somebody was refused. */
export function isForAudit({ changed, status }: RequestRecord): boolean {
  return changed !== undefined || status === 401 || status === 403
}

/** Lines that wait for a slow disk; more are left out, and the next line that is written tells how many. */
const MOST_WAITING = 10_000

/** A file that lines of JSON are added to, one write for all that wait. A program that rotates logs may copy and truncate it. */
export class LineLog {
  readonly #file: FileHandle
  readonly #onError: (error: unknown) => void
  #waiting: string[] = []
  #leftOut = 0
  #writing: Promise<void> | undefined

  private constructor(file: FileHandle, onError: (error: unknown) => void) {
    this.#file = file
    this.#onError = onError
  }

  /**
   * @param onError told of each write that failed; its lines are lost, and requests are answered all the same
   * @throws TributaryError `file-missing` where the file cannot be opened
   */
  static async open(path: string, onError: (error: unknown) => void): Promise<LineLog> {
    try {
      // What it says of users' requests is for the owner of the process.
      return new LineLog(await open(path, 'a', 0o600), onError)
    } catch (error) {
      const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
      throw new TributaryError(
        'file-missing',
        `cannot write the log ${path}: ${reason}; name a file in a folder that is there`,
        {
          cause: error,
        },
      )
    }
  }

  add(line: object): void {
    if (this.#waiting.length >= MOST_WAITING) this.#leftOut++
    else this.#waiting.push(JSON.stringify(line))
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined
    })
  }

  /** Resolves when every line is written. */
  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
  }

  async #write(): Promise<void> {
    // All of a turn of the event loop in one write.
    await null
    while (this.#waiting.length > 0) {
      const lines = this.#waiting
      this.#waiting = []
      if (this.#leftOut > 0) lines.push(JSON.stringify({ at: new Date().toISOString(), leftOut: this.#leftOut }))
      this.#leftOut = 0
      await this.#file.appendFile(`${lines.join('\n')}\n`).catch(this.#onError)
    }
  }
}
