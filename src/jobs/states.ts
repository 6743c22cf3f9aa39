import { isOver, type JobEvent } from './job.ts'

/** What became of jobs so far, for any number of watchers, each of whom hears every change in its order. */
export class JobStates {
  readonly #last = new Map<string, JobEvent>()
  readonly #watchers = new Set<(event: JobEvent) => void>()

  of(id: string): JobEvent | undefined {
    return this.#last.get(id)
  }

  tell(event: JobEvent): void {
    this.#last.set(event.id, event)
    for (const watcher of this.#watchers) watcher(event)
  }

  /** The state of each, and then what becomes of them, until all are over. */
  async *watch(ids: readonly string[], signal?: AbortSignal): AsyncGenerator<JobEvent> {
    const open = new Set(ids)
    const waiting: JobEvent[] = []
    let wake = () => {}
    const hear = (event: JobEvent) => {
      if (!open.has(event.id)) return
      waiting.push(event)
      wake()
    }
    this.#watchers.add(hear)
    const stop = () => wake()
    signal?.addEventListener('abort', stop, { once: true })
    try {
      for (const id of ids) hear(this.#last.get(id) ?? { id, state: 'waiting' })
      while (open.size > 0 && signal?.aborted !== true) {
        const event = waiting.shift()
        if (event === undefined) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
          continue
        }
        if (isOver(event.state)) open.delete(event.id)
        yield event
      }
    } finally {
      this.#watchers.delete(hear)
      signal?.removeEventListener('abort', stop)
    }
  }
}
