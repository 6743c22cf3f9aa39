import { type Program, runChild } from './child.ts'
import { type CommandJob, inOrder, type JobEngine } from './job.ts'
import { JobStates } from './states.ts'

export interface LocalOptions {
  /** So many jobs at once. */
  readonly workers: number
  readonly program: Program
}

/** Does jobs in processes of this machine; they end with this process. */
export function localEngine({ workers, program }: LocalOptions): JobEngine {
  const states = new JobStates()
  const waiting: CommandJob[] = []
  const running = new Map<string, AbortController>()
  const children = new Set<Promise<void>>()
  let closed = false

  const stateOf = (id: string) => states.of(id)?.state
  /** The first that waits for nothing; one whose need failed fails with it. */
  const next = (): CommandJob | undefined => {
    for (let i = 0; i < waiting.length; i++) {
      const needs = (waiting[i].after ?? []).map(stateOf)
      if (needs.every((state) => state === 'done')) return waiting.splice(i, 1)[0]
      if (!needs.some((state) => state === 'failed' || state === 'canceled')) continue
      const [job] = waiting.splice(i--, 1)
      states.tell({ id: job.id, state: 'failed', reason: 'what it needs is not done' })
    }
    return undefined
  }
  const begin = () => {
    while (!closed && running.size < workers) {
      const job = next()
      if (job === undefined) return
      const stopped = new AbortController()
      running.set(job.id, stopped)
      states.tell({ id: job.id, state: 'running' })
      const child = runChild(program, job.argv, { signal: stopped.signal, cwd: job.cwd }).then(({ code, reason }) => {
        running.delete(job.id)
        children.delete(child)
        if (code === 0) states.tell({ id: job.id, state: 'done' })
        else if (stopped.signal.aborted) states.tell({ id: job.id, state: 'canceled' })
        else states.tell({ id: job.id, state: 'failed', reason })
        begin()
      })
      children.add(child)
    }
  }
  return {
    name: workers === 1 ? 'local' : `local:${workers}`,
    async submit(jobs) {
      for (const job of inOrder(jobs)) {
        const state = stateOf(job.id)
        if (state !== undefined && state !== 'failed' && state !== 'canceled') continue
        states.tell({ id: job.id, state: 'waiting' })
        waiting.push(job)
      }
      begin()
    },
    watch: (ids, signal) => states.watch(ids, signal),
    async cancel(ids) {
      for (const id of ids) {
        const place = waiting.findIndex((job) => job.id === id)
        if (place !== -1) {
          waiting.splice(place, 1)
          states.tell({ id, state: 'canceled' })
        }
        running.get(id)?.abort()
      }
      begin()
    },
    async close() {
      closed = true
      for (const { id } of waiting.splice(0)) states.tell({ id, state: 'canceled' })
      for (const stopped of running.values()) stopped.abort()
      await Promise.all(children)
    },
  }
}
