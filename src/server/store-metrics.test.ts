import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { TributaryError } from '../core/index.ts'
import { addStoreMetrics } from './store-metrics.ts'

const job = (name: string, status: string, ended?: number) => ({
  name,
  revision: 1,
  body: { status, started: 0, ...(ended !== undefined && { ended }) },
})

it('tells what waits, what was lost and when trainings ended, as they are at each look', async () => {
  const registry = new Registry()
  const store = {
    decisionsWaiting: 3,
    decisionsLost: 0,
    documents: async () => [
      job('training-a', 'promoted', 1_000_000),
      job('training-b', 'promoted', 2_000_000),
      job('training-c', 'failed', 3_000_000),
      job('training-d', 'running'),
      job('evaluation-e', 'kept', 9_000_000),
    ],
  }
  addStoreMetrics(registry, store)
  const lines = async () =>
    (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  expect(await lines()).toEqual([
    'tributary_store_decisions_waiting 3',
    'tributary_store_decisions_lost_total 0',
    'tributary_training_ended_timestamp_seconds{status="promoted"} 2000',
    'tributary_training_ended_timestamp_seconds{status="failed"} 3000',
  ])
  store.decisionsLost = 7
  await lines()
  expect(await lines()).toContain('tributary_store_decisions_lost_total 7')
})

it('leaves out what a store that fails does not tell', async () => {
  const registry = new Registry()
  const documents = () => Promise.reject(new TributaryError('store-failed', 'gone'))
  addStoreMetrics(registry, { decisionsWaiting: 1, decisionsLost: 2, documents })
  const text = await registry.metrics()
  expect(text).toContain('tributary_store_decisions_lost_total 2')
  expect(text).not.toContain('ended_timestamp_seconds{')
})
