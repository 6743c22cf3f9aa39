import { Counter, Gauge, type Registry } from 'prom-client'
import { TRAINING } from '../serving/old-runs.ts'
import type { Store } from '../serving/store/store.ts'

/** What became of trainings, by what the store calls it. */
const TRAINED = ['promoted', 'waits', 'kept', 'failed'] as const

/** What is asked of a store. */
export type StoreState = Pick<Store, 'decisionsWaiting' | 'decisionsLost' | 'documents'>

/**
 * Registers what a server waits for its store, and what the trainings of all servers of the store came to. A store that does not answer leaves
 * the figures of trainings out; requests that fail for it are counted anyway.
 */
export function addStoreMetrics(registry: Registry, store: StoreState): void {
  const registers = [registry]
  new Gauge({
    name: 'tributary_store_decisions_waiting',
    help: 'Records of answers that are not on disk yet',
    registers,
    collect() {
      this.set(store.decisionsWaiting)
    },
  })
  new Counter({
    name: 'tributary_store_decisions_lost_total',
    help: 'Records of answers that were given up since the store could not take them',
    registers,
    collect() {
      this.reset()
      this.inc(store.decisionsLost)
    },
  })
  new Gauge({
    name: 'tributary_training_ended_timestamp_seconds',
    help: 'When the last training ended that came to this: promoted, waits for a person, kept the old model, or failed',
    labelNames: ['status'],
    registers,
    async collect() {
      this.reset()
      const jobs = await store.documents('job').catch(() => [])
      for (const status of TRAINED) {
        const ended = jobs.flatMap(({ name, body }) =>
          name.startsWith(TRAINING) && body.status === status ? [Number(body.ended)] : [],
        )
        if (ended.length > 0) this.set({ status }, Math.max(...ended) / 1000)
      }
    },
  })
}
