import { setMaxListeners } from 'node:events'

/** What goes on, for whoever listens: a kind and what it says. */
export interface Told {
  readonly type: string
  readonly data: unknown
}

/** A listener who does not read gets no more than this many; then it is let go, and asks again. */
const MOST_WAITING = 256
/** Proxies end connections on which nothing comes for a minute. */
const SIGN_OF_LIFE_MILLISECONDS = 20_000

/**
 * Passes on what happens in this process to those who listen over HTTP, as server-sent events. What nobody listens to is dropped;
 * who comes late asks for the state first, and listens then.
 */
export class Stream {
  #ended = endOfAny()
  readonly #listeners = new Map<(told: Told) => void, ReadonlySet<string> | undefined>()

  readonly #sources = new Map<string, { readonly start: () => () => void; stop?: (() => void) | undefined }>()

  /** @param types what is listened to; undefined for all */
  listen(listener: (told: Told) => void, types?: ReadonlySet<string>): () => void {
    this.#listeners.set(listener, types)
    this.#wakeOrRest()
    return () => {
      this.#listeners.delete(listener)
      this.#wakeOrRest()
    }
  }

  /** Starts something when the first one listens to a type; what `start` returns ends it when the last one has gone. */
  whileHeard(type: string, start: () => () => void): void {
    this.#sources.set(type, { start })
    this.#wakeOrRest()
  }

  #wakeOrRest(): void {
    for (const [type, source] of this.#sources) {
      const wanted = this.isHeard(type)
      if (wanted === (source.stop !== undefined)) continue
      if (wanted) source.stop = source.start()
      else {
        source.stop?.()
        source.stop = undefined
      }
    }
  }

  /** Whether anybody would hear of it: what costs something to find out need not be found out for nobody. */
  isHeard(type: string): boolean {
    return [...this.#listeners.values()].some((types) => types === undefined || types.has(type))
  }

  /** Ends the answers of all who listen. */
  end(): void {
    this.#ended.abort()
    this.#ended = endOfAny()
  }

  /** When all listeners are to go. */
  get ended(): AbortSignal {
    return this.#ended.signal
  }

  tell(type: string, data: unknown): void {
    for (const [listener, types] of this.#listeners)
      if (types === undefined || types.has(type)) listener({ type, data })
  }
}

/** For any number of listeners. */
function endOfAny(): AbortController {
  const end = new AbortController()
  setMaxListeners(0, end.signal)
  return end
}

/**
 * What is told from now on as the body of an answer of `text/event-stream`.
 * @param signal when the listener has gone
 */
export function eventsOf(stream: Stream, types: ReadonlySet<string> | undefined, signal: AbortSignal) {
  const encoder = new TextEncoder()
  let end = (_: 'gone' | 'over') => {}
  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        const leave = stream.listen(({ type, data }) => {
          if ((controller.desiredSize ?? 0) <= -MOST_WAITING) return end('over')
          controller.enqueue(encoder.encode(`event: ${type}\ndata: ${JSON.stringify(data)}\n\n`))
        }, types)
        const life = setInterval(() => controller.enqueue(encoder.encode(': here\n\n')), SIGN_OF_LIFE_MILLISECONDS)
        life.unref()
        let ended = false
        end = (why) => {
          if (ended) return
          ended = true
          leave()
          clearInterval(life)
          for (const one of ends) one.removeEventListener('abort', over)
          if (why === 'over') controller.close()
        }
        const ends = [signal, stream.ended]
        const over = () => end('over')
        for (const one of ends) one.addEventListener('abort', over)
        // So that the listener knows that it hears everything from here on.
        controller.enqueue(encoder.encode(': listening\n\n'))
      },
      cancel() {
        end('gone')
      },
    },
    { highWaterMark: 1 },
  )
}
