// The server asked over HTTP: the generated client with the key of this tab, answers as state, and what the server tells by itself.
import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { type Client, createClient, RefusedError } from '../src/client/index.ts'
import { SERVER } from './url.ts'

const KEY = 'tributary-key'

/** The key that calls are made with; of this tab alone, and gone with it. */
export const key = signal(sessionStorage.getItem(KEY) ?? '')
/** Why the server wants another key; '' while it does not. */
export const refusedKey = signal('')
/** Whether the last call reached the server. */
export const online = signal(true)

export function useKey(text: string): void {
  // A header holds no others, and a request with one fails as if there were no server.
  if (/[^!-~]/.test(text)) {
    refusedKey.value = 'A key has letters, digits and signs of ASCII alone; copy all of it, and nothing else.'
    return
  }
  if (text === '') sessionStorage.removeItem(KEY)
  else sessionStorage.setItem(KEY, text)
  key.value = text
  refusedKey.value = ''
}

async function send(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  try {
    const response = await fetch(input, init)
    online.value = true
    return response
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) online.value = false
    throw error
  }
}

/** A function for each operation of the server. */
export function client(): Client {
  return createClient({ url: SERVER, ...(key.value !== '' && { key: key.value }), fetch: send })
}

export interface Answered<T> {
  /** The last one that came, also while the next is on its way. */
  readonly value: T | undefined
  readonly error: Error | undefined
  readonly loading: boolean
  readonly reload: () => void
}

/** Whether another key would be let through. */
function wantsKey({ status }: RefusedError): boolean {
  return status === 401 || (status === 403 && key.value !== '')
}

/**
 * An answer of the server as state: asked for again when one of `inputs` changes, by `reload`, when the server tells of one of `types`, or
 * when it may have told of something that was not heard.
 * @param ask undefined where there is nothing to ask for now
 */
export function useAnswer<T>(
  ask: ((client: Client, signal: AbortSignal) => Promise<T>) | undefined,
  inputs: readonly unknown[],
  types: readonly string[] = [],
): Answered<T> {
  const [state, setState] = useState<Omit<Answered<T>, 'reload'>>({ value: undefined, error: undefined, loading: true })
  const [round, setRound] = useState(0)
  const reload = () => setRound((before) => before + 1)
  useEffect(() => {
    if (ask === undefined) {
      setState({ value: undefined, error: undefined, loading: false })
      return
    }
    const left = new AbortController()
    setState((before) => ({ ...before, loading: true }))
    ask(client(), left.signal).then(
      (value) => !left.signal.aborted && setState({ value, error: undefined, loading: false }),
      (error: Error) => {
        if (left.signal.aborted) return
        if (error instanceof RefusedError && wantsKey(error)) refusedKey.value = error.message
        setState((before) => ({ ...before, error, loading: false }))
      },
    )
    return () => left.abort()
  }, [...inputs, key.value, round, unheard.value])
  useEffect(() => {
    const leave = types.map((type) => onTold(type, reload))
    return () => {
      for (const one of leave) one()
    }
  }, types)
  return { ...state, reload }
}

/** How often the server was not listened to for a while, by its fault or since nobody looked. */
export const unheard = signal(0)

type Listener = (data: never) => void
const listeners = new Map<string, Set<Listener>>()
let listening: AbortController | undefined

/** Calls back with what the server tells of a type (`runs`, `traffic`, …) for as long as it is not left. */
export function onTold<T>(type: string, listener: (data: T) => void): () => void {
  const all = listeners.get(type) ?? new Set()
  listeners.set(type, all.add(listener as Listener))
  if (all.size === 1) listenAnew()
  return () => {
    all.delete(listener as Listener)
    if (all.size > 0) return
    listeners.delete(type)
    listenAnew()
  }
}

const AGAIN_MILLISECONDS = 2_000

/** Whether something may have been told since the last connection ended. */
let missed = false

/** One connection for all that anybody listens to; none while nobody looks, since a browser has no more than six for all of its tabs. */
function listenAnew(): void {
  listening?.abort()
  if (document.hidden) missed = true
  if (document.hidden || listeners.size === 0) return
  const left = new AbortController()
  listening = left
  const follow = async () => {
    // Listeners that come in one go get one connection.
    await Promise.resolve()
    while (!left.signal.aborted) {
      await read([...listeners.keys()].join(','), left.signal).catch(() => {})
      if (left.signal.aborted) return
      missed = true
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS))
    }
  }
  void follow()
}

document.addEventListener('visibilitychange', listenAnew)

async function read(of: string, signal: AbortSignal): Promise<void> {
  const response = await client().listenToServer({ query: { of }, signal })
  if (missed) unheard.value++
  missed = false
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    text += value
    const events = text.split('\n\n')
    text = events.pop()!
    for (const event of events) {
      const [, type, data] = /^event: (.*)\ndata: (.*)$/s.exec(event) ?? []
      if (type !== undefined)
        for (const listener of [...(listeners.get(type) ?? [])]) listener(JSON.parse(data) as never)
    }
  }
}
