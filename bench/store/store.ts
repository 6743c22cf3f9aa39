// Acknowledged events a second and how long they wait. Open loop: events are sent when they are due, whether or not earlier ones were
// answered, and wait from then on. Then as many as the store takes, from 64 callers at a time.
// Usage: tsx bench/store/store.ts [--rate 10000] [--batch 1] [--seconds 10] [--stores sqlite,postgres]
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openStore } from '../../src/serving/store/open.ts'
import type { NewEvent, Store } from '../../src/serving/store/store.ts'
import { startPostgres } from '../../test/store/postgres-server.ts'

const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10000' },
    batch: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '10' },
    stores: { type: 'string', default: 'sqlite,postgres' },
  },
})
const [rate, batch, seconds] = [values.rate, values.batch, values.seconds].map(Number)

let number = 0
function nextEvents(count: number): NewEvent[] {
  return Array.from({ length: count }, () => {
    number++
    return {
      source: 'bench',
      id: `01JDX${number.toString(36).padStart(12, '0')}`,
      type: number % 10 === 0 ? 'purchase' : 'view',
      user: `user-${(number * 7_919) % 50_000}`,
      item: `books-${(number * 104_729) % 20_000}`,
      domain: 'books',
      timestamp: 1_764_500_000_000 + number,
      properties: { price: 12.5 },
    }
  })
}

/** Milliseconds from when each was due to its answer. */
async function openLoop(store: Store): Promise<{ waits: number[]; perSecond: number }> {
  const waits: number[] = []
  const under: Promise<void>[] = []
  const began = performance.now()
  const calls = Math.round((rate * seconds) / batch)
  for (let call = 0; call < calls; ) {
    const now = performance.now() - began
    while (call < calls && (call * batch * 1_000) / rate <= now) {
      const due = (call * batch * 1_000) / rate
      under.push(
        store.appendEvents(nextEvents(batch)).then(() => {
          waits.push(performance.now() - began - due)
        }),
      )
      call++
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  }
  await Promise.all(under)
  return { waits, perSecond: (calls * batch * 1_000) / (performance.now() - began) }
}

async function closedLoop(store: Store, callers: number, size: number): Promise<number> {
  const began = performance.now()
  let told = 0
  const call = async () => {
    while (performance.now() - began < (seconds * 1_000) / 2) {
      await store.appendEvents(nextEvents(size))
      told += size
    }
  }
  await Promise.all(Array.from({ length: callers }, call))
  return (told * 1_000) / (performance.now() - began)
}

function quantile(sorted: readonly number[], q: number): number {
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] * 10) / 10
}

async function measure(name: string, url: string): Promise<object> {
  const store = await openStore(url)
  await store.appendEvents(nextEvents(5_000))
  const { waits, perSecond } = await openLoop(store)
  waits.sort((a, b) => a - b)
  const single = await closedLoop(store, 64, 1)
  const used = process.cpuUsage()
  const told = number
  const bulk = await closedLoop(store, 64, 100)
  const { user, system } = process.cpuUsage(used)
  const began = performance.now()
  for (let i = 0; i < 2_000; i++) await store.history(`user-${(i * 31) % 50_000}`, 50)
  const result = {
    store: name,
    offeredPerSecond: rate,
    batch,
    acknowledgedPerSecond: Math.round(perSecond),
    p50Ms: quantile(waits, 0.5),
    p99Ms: quantile(waits, 0.99),
    worstMs: quantile(waits, 1),
    mostSinglePerSecond: Math.round(single),
    mostBulkPerSecond: Math.round(bulk),
    bulkProcessorMicros: Math.round((user + system) / (number - told)),
    historyMs: Math.round((performance.now() - began) / 2) / 1_000,
    events: (await store.counts()).events,
    load: loadavg()[0],
  }
  await store.close()
  return result
}

const results: object[] = []
for (const name of values.stores.split(',')) {
  if (name === 'sqlite') {
    const folder = await mkdtemp(join(tmpdir(), 'bench-store-'))
    results.push(await measure(name, `sqlite:${join(folder, 'store.db')}`))
    await rm(folder, { recursive: true })
  } else {
    const server = await startPostgres()
    results.push(await measure(name, server.url))
    await server.end()
  }
  console.log(JSON.stringify(results.at(-1)))
}
console.log(JSON.stringify({ results }))
