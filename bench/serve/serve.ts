// Latency of POST /v1/recommendations over loopback: SASRec at its defaults with untrained weights (which take as long as trained
// ones), popularity, which shows what HTTP alone costs, and the policies mbpo and il-rec over 20,000 items. The client is a process of its own with connections kept alive.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { buildDataset, defaultSplit, splitDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { createServer, listen } from '../../src/server/index.ts'

const DOMAINS = 5
const ITEMS_PER_DOMAIN = 20_000
const USERS = 5_000
const ROWS_PER_USER = 50
const REQUESTS = 2_000
const WARM_UP = 200

interface Load {
  readonly url: string
  readonly model: string
  readonly concurrency: number
}

interface Latency {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly perSecond: number
}

/** Keeps `concurrency` requests in flight until `count` are answered; milliseconds each took. */
async function ask({ url, model, concurrency }: Load, agent: Agent, count: number): Promise<number[]> {
  const rng = createRng(count).split(model, concurrency)
  const times: number[] = []
  let left = count
  const client = async () => {
    while (left-- > 0) {
      const user = `u${rng.below(USERS)}`
      const body = JSON.stringify({ user, domain: `d${rng.below(DOMAINS)}`, k: 10, model })
      const start = performance.now()
      const sent = request(`${url}/v1/recommendations`, {
        agent,
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) },
      }).end(body)
      const [response] = await once(sent, 'response')
      const answer = JSON.parse(await text(response)) as { items?: unknown[] }
      if (answer.items?.length !== 10) throw new Error(`answered ${JSON.stringify(answer)}`)
      times.push(performance.now() - start)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, client))
  return times
}

async function client(load: Load): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: load.concurrency })
  await ask(load, agent, WARM_UP)
  const start = performance.now()
  const times = (await ask(load, agent, REQUESTS)).sort((a, b) => a - b)
  const seconds = (performance.now() - start) / 1000
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))]
  const latency: Latency = { p50Ms: quantile(0.5), p99Ms: quantile(0.99), perSecond: REQUESTS / seconds }
  process.stdout.write(JSON.stringify(latency))
  agent.destroy()
}

async function serve(): Promise<void> {
  const rng = createRng(1)
  const columns = { user: [] as string[], item: [] as string[], domain: [] as string[] }
  const add = (user: number, domain: number, item: number) => {
    columns.user.push(`u${user}`)
    columns.domain.push(`d${domain}`)
    columns.item.push(`d${domain}-${item}`)
  }
  // Every item stands in the log once, so that the catalogue is as large as stated.
  for (let row = 0; row < USERS * ROWS_PER_USER; row++) {
    const item = row < DOMAINS * ITEMS_PER_DOMAIN ? row : rng.below(DOMAINS * ITEMS_PER_DOMAIN)
    add(row % USERS, item % DOMAINS, Math.floor(item / DOMAINS))
  }
  const dataset = buildDataset('bench', columns)
  const split = splitDataset(dataset, defaultSplit(dataset))
  const served: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    ...{ sasrec: {}, popularity: {} },
    // Policies act in one domain, and have scores of the others, too.
    ...{ mbpo: { domain: 'd0' }, 'il-rec': { domain: 'd0' } },
  }
  const models = Object.entries(served).map(([name, set]) => {
    const spec = findModel(name)
    const model = spec.create(spec.config.parse(set), dataset, split, { seed: 1, threads: 2 })
    return { name, model, dataset }
  })
  const listening = await listen(createServer({ models }), { port: 0 })
  console.log(
    `${USERS} users of ${ROWS_PER_USER} interactions, ${DOMAINS} domains of ${ITEMS_PER_DOMAIN} items, k 10; ${REQUESTS} requests each`,
  )
  const results: Record<string, Latency> = {}
  for (const { name } of models) {
    for (const concurrency of [1, 16]) {
      const load: Load = { url: listening.url, model: name, concurrency }
      const child = spawn(process.execPath, ['--import', 'tsx', import.meta.filename, JSON.stringify(load)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const latency = JSON.parse(await text(child.stdout)) as Latency
      results[`${name}@${concurrency}`] = latency
      const { p50Ms, p99Ms, perSecond } = latency
      console.log(
        `${name}, ${concurrency} at a time: p50 ${p50Ms.toFixed(2)} ms, p99 ${p99Ms.toFixed(2)} ms, ${perSecond.toFixed(0)} requests/s`,
      )
    }
  }
  await listening.close()
  for (const { model } of models) await model.dispose()
  console.log(JSON.stringify(results))
}

const load = process.argv[2]
await (load === undefined ? serve() : client(JSON.parse(load) as Load))
