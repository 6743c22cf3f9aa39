/**
 * What an experiment comes to, once its events have run out; each is shown as it comes.
 * `for await` gives the events alone: what a generator returns it leaves out.
 */
export async function outcomeOf<E, T>(experiment: AsyncGenerator<E, T>, onEvent?: (event: E) => void): Promise<T> {
  const events = retold(experiment, (event) => onEvent?.(event))
  for (;;) {
    const { done, value } = await events.next()
    if (done) return value
  }
}

/** The same work, each of its events told in other words. */
export async function* retold<E, F, T>(events: AsyncGenerator<E, T>, tell: (event: E) => F): AsyncGenerator<F, T> {
  try {
    for (;;) {
      const { done, value } = await events.next()
      if (done) return value
      yield tell(value)
    }
  } finally {
    // Left early, or by an error of who listens: the work must not stay half done behind.
    await events.return(undefined as T)
  }
}

/**
 * Work that calls back, as a generator of what it calls back with; who comes late for an event finds the latest alone.
 * @param work stops at the signal, which aborts when nobody asks for more events, or when `signal` does
 */
export async function* toldBy<E, T>(
  work: (tell: (event: E) => void, signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): AsyncGenerator<E, T> {
  const left = new AbortController()
  let latest: E | undefined
  let wake = () => {}
  let finished = false
  const tell = (event: E) => {
    latest = event
    wake()
  }
  const result = work(tell, signal ? AbortSignal.any([signal, left.signal]) : left.signal).finally(() => {
    finished = true
    wake()
  })
  // It may fail while nobody waits for it, who will be told below.
  result.catch(() => {})
  try {
    while (!finished || latest !== undefined) {
      if (latest === undefined) await new Promise<void>((resolve) => (wake = resolve))
      else {
        const event = latest
        latest = undefined
        yield event
      }
    }
    return await result
  } finally {
    left.abort()
    await result.catch(() => {})
  }
}
