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

/**
 * An answer of the server as state: asked for again when one of `inputs` changes, by `reload`, or when the server tells of one of `types`.
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
        if (error instanceof RefusedError && error.status === 401) refusedKey.value = error.message
        setState((before) => ({ ...before, error, loading: false }))
      },
    )
    return () => left.abort()
  }, [...inputs, key.value, round])
  useEffect(() => {
    const leave = types.map((type) => onTold(type, reload))
    return () => {
      for (const one of leave) one()
    }
  }, types)
  return { ...state, reload }
}

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

/** One connection for all that anybody listens to. */
function listenAnew(): void {
  listening?.abort()
  if (listeners.size === 0) return
  const left = new AbortController()
  listening = left
  const follow = async () => {
    // Listeners that come in one go get one connection.
    await Promise.resolve()
    while (!left.signal.aborted) {
      await read([...listeners.keys()].join(','), left.signal).catch(() => {})
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MILLISECONDS))
    }
  }
  void follow()
}

async function read(of: string, signal: AbortSignal): Promise<void> {
  const response = await client().listenToServer({ query: { of }, signal })
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
