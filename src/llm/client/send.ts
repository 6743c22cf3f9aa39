import { shortened } from '../../core/index.ts'
import type { Endpoint } from './endpoint.ts'

/** What became of one request. `why` is a part of a sentence: `answered 500: …`. */
export type Reply =
  | { readonly kind: 'answered'; readonly body: unknown }
  /** It may go better another time. `billed`: it may have been paid for all the same. */
  | { readonly kind: 'again'; readonly why: string; readonly billed: boolean; readonly afterMs?: number | undefined }
  /** It would be refused again. */
  | { readonly kind: 'refused'; readonly status: number; readonly why: string }

export interface SendOptions {
  /** For all of it, the body too. */
  readonly timeoutMs: number
  /** Longer answers are cut off and count as none. */
  readonly mostBytes: number
  readonly signal?: AbortSignal | undefined
}

/** What a server says when it will do better later. */
const LATER = [408, 425, 429]

/** Posts JSON. Nothing but `options.signal` makes it throw. */
export async function send(
  endpoint: Endpoint,
  path: string,
  json: string,
  { timeoutMs, mostBytes, signal }: SendOptions,
): Promise<Reply> {
  const timeout = AbortSignal.timeout(timeoutMs)
  try {
    const response = await fetch(`${endpoint.url}${path}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...endpoint.headers() },
      body: json,
      // Another place must not be sent the key.
      redirect: 'manual',
      signal: signal === undefined ? timeout : AbortSignal.any([timeout, signal]),
    })
    const text = await boundedText(response, mostBytes)
    if (text === undefined)
      return {
        kind: 'again',
        why: `answered without end: more than ${mostBytes.toLocaleString('en-US')} bytes`,
        billed: true,
      }
    if (!response.ok) return unhappy(response, endpoint.redact(text))
    return parsed(endpoint.redact(text))
  } catch (error) {
    signal?.throwIfAborted()
    if (timeout.aborted)
      return { kind: 'again', why: `had not answered whole after ${timeoutMs / 1000} s`, billed: true }
    return { kind: 'again', ...brokenOff(error, endpoint) }
  }
}

async function boundedText(response: Response, mostBytes: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = response.body?.getReader()
  for (;;) {
    const { value } = (await reader?.read()) ?? {}
    if (value === undefined) return Buffer.concat(chunks).toString('utf8')
    chunks.push(value)
    bytes += value.length
    if (bytes <= mostBytes) continue
    await reader?.cancel()
    return undefined
  }
}

function parsed(text: string): Reply {
  try {
    return { kind: 'answered', body: JSON.parse(text) }
  } catch {
    return { kind: 'again', why: `answered what is no JSON: ${excerpt(text)}`, billed: true }
  }
}

function unhappy({ status, headers }: Response, text: string): Reply {
  const why = `answered ${status}: ${excerpt(errorMessage(text) ?? text)}`
  if (status >= 500 || LATER.includes(status))
    return { kind: 'again', why, billed: false, afterMs: retryAfter(headers.get('retry-after')) }
  const elsewhere = status >= 300 && status < 400 ? `answered ${status}: it is somewhere else; give that address` : why
  return { kind: 'refused', status, why: elsewhere }
}

function errorMessage(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } | string }
    const message = typeof error === 'string' ? error : error?.message
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** Seconds or a date, as milliseconds from now on. */
function retryAfter(header: string | null): number | undefined {
  if (header === null || header.trim() === '') return undefined
  const seconds = Number(header)
  const milliseconds = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - Date.now()
  return Number.isNaN(milliseconds) ? undefined : Math.max(0, milliseconds)
}

function brokenOff(error: unknown, { url, redact }: Endpoint): { readonly why: string; readonly billed: boolean } {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  if (code === 'ECONNREFUSED') return { why: `does not listen at ${url}`, billed: false }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { why: `is not to be found at ${url}`, billed: false }
  return { why: `broke off: ${excerpt(redact(cause instanceof Error ? cause.message : String(cause)))}`, billed: true }
}

function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim()
  return line === '' ? 'nothing' : shortened(line, 120)
}
