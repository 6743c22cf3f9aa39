// Answers at a rate that does not wait for them (open loop): 5 domains of 20,000 items, SASRec, a share of requests right after an event of
// their user. Latency counts from the moment that a request was due, so a server that falls behind shows it. Servers are the command line
// of one or several checkouts, in turn; one without /v1/events is sent the history in its place. Beside the latency stands the processor
// time of the server a request, which other programs on the machine sway less.
//   npx tsx bench/serve/open-loop.ts [--rate 1000] [--seconds 60] [--events 0.3] [--rounds 3] [--folder FOLDER] [CHECKOUT...]
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { buildDataset, writeDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { trainRun } from '../../src/runs/train.ts'
import { loadDataset } from '../../src/serving/store/load.ts'
import { openStore } from '../../src/serving/store/open.ts'

const DOMAINS = 5
const ITEMS_PER_DOMAIN = 20_000
const USERS = 5_000
const ROWS_PER_USER = 50
const WARM_UP_SECONDS = 5
const HERE = join(import.meta.dirname, '../..')

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rate: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    events: { type: 'string', default: '0.3' },
    rounds: { type: 'string', default: '3' },
    folder: { type: 'string' },
  },
})
const [rate, seconds, share, rounds] = [values.rate, values.seconds, values.events, values.rounds].map(Number)
const checkouts = positionals.length > 0 ? positionals : [HERE]
const folder = resolve(values.folder ?? mkdtempSync(join(tmpdir(), 'tributary-bench-')))

const itemName = (item: number) => `d${item % DOMAINS}-${Math.floor(item / DOMAINS)}`

/** A dataset and a run, once; one pass over the log, since weights take as long whatever they are. */
async function prepare(): Promise<string> {
  const out = join(folder, 'run')
  if (existsSync(join(folder, 'loaded.db'))) return out
  const rng = createRng(1)
  const columns = { user: [] as string[], item: [] as string[], domain: [] as string[] }
  // Every item stands in the log once, so that the catalogue is as large as stated.
  for (let row = 0; row < USERS * ROWS_PER_USER; row++) {
    const all = DOMAINS * ITEMS_PER_DOMAIN
    const item = row < all ? row : rng.below(all)
    columns.user.push(`u${row % USERS}`)
    columns.item.push(itemName(item))
    columns.domain.push(`d${item % DOMAINS}`)
  }
  const datasetFolder = join(folder, 'dataset')
  const dataset = buildDataset('bench', columns)
  await writeDataset(dataset, datasetFolder, { overwrite: true })
  const overrides = { epochs: 1, loss: 'bpr' }
  for await (const _ of trainRun({ model: 'sasrec', datasetFolder, out, overrides, seed: 1, overwrite: true }));
  const store = await openStore(`sqlite:${join(folder, 'loading.db')}`)
  await loadDataset(store, dataset)
  await store.close()
  renameSync(join(folder, 'loading.db'), join(folder, 'loaded.db'))
  return out
}

interface Server {
  readonly process: ChildProcess
  readonly url: string
  readonly takesEvents: boolean
}

async function start(checkout: string, run: string): Promise<Server> {
  const takesEvents = existsSync(join(checkout, 'src/serving/store/open.ts'))
  const store = join(folder, 'store.db')
  for (const end of ['', '-wal', '-shm']) rmSync(store + end, { force: true })
  // With the log in it, as the other has it.
  if (takesEvents) copyFileSync(join(folder, 'loaded.db'), store)
  const args = [
    'serve',
    run,
    '--port',
    '0',
    '--unknown',
    'answer',
    ...(takesEvents ? ['--store', `sqlite:${store}`] : []),
  ]
  const main = join(resolve(checkout), 'src/cli/main.ts')
  const server = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  for await (const line of createInterface(server.stdout)) {
    const url = /http:\/\/[\d.:]+/.exec(line)?.[0]
    if (url !== undefined) return { process: server, url, takesEvents }
  }
  throw new Error(`${checkout} did not start`)
}

interface Round {
  readonly p50Ms: number
  readonly p99Ms: number
  readonly perSecond: number
  readonly failed: number
  /** Of the server, a request. */
  readonly processorMs: number
  readonly residentMB: number
}

async function measure({ url, takesEvents }: Server, round: number, seconds: number): Promise<Round> {
  const rng = createRng(round)
  const agent = new Agent({ keepAlive: true })
  const histories = new Map<string, string[]>()
  let [failed, sent] = [0, 0]
  const post = async (path: string, body: object) => {
    const headers = { 'Content-Type': 'application/json' }
    const asked = request(`${url}${path}`, { agent, method: 'POST', headers }).end(JSON.stringify(body))
    const [response] = await once(asked, 'response')
    const answer = await text(response)
    if (response.statusCode !== 200) throw new Error(`${path} answered ${response.statusCode}: ${answer}`)
    return answer
  }
  const ask = async (due: number): Promise<number> => {
    const user = `u${rng.below(USERS)}`
    const [domain, item] = [`d${rng.below(DOMAINS)}`, itemName(rng.below(DOMAINS * ITEMS_PER_DOMAIN))]
    const isNew = rng.float() < share
    if (isNew && takesEvents) await post('/v1/events', { events: [{ source: 'bench', type: 'view', user, item }] })
    if (isNew && !takesEvents) histories.set(user, [...(histories.get(user) ?? []), item])
    const history = histories.get(user)
    await post(takesEvents ? '/v1/recommendations' : '/recommendations', {
      user,
      domain,
      k: 10,
      ...(history && { history }),
    })
    return performance.now() - due
  }
  const state = async () => {
    const lines = await (await fetch(`${url}/metrics`)).text()
    const of = (name: string) => Number(new RegExp(`^${name} (.*)$`, 'm').exec(lines)?.[1])
    return { processor: of('process_cpu_seconds_total'), resident: of('process_resident_memory_bytes') }
  }
  const before = await state()
  const times: number[] = []
  const waiting: Promise<void>[] = []
  const begun = performance.now()
  while (sent < rate * seconds) {
    const due = begun + (sent * 1000) / rate
    const ahead = due - performance.now()
    if (ahead > 1) await new Promise((resolve) => setTimeout(resolve, ahead))
    else if (sent % 16 === 0) await new Promise((resolve) => setImmediate(resolve))
    sent++
    const one = ask(due).then(
      (time) => void times.push(time),
      (error) => {
        failed++
        if (failed === 1) console.error(error)
      },
    )
    waiting.push(one)
  }
  await Promise.all(waiting)
  const all = performance.now() - begun
  const after = await state()
  agent.destroy()
  times.sort((a, b) => a - b)
  const quantile = (q: number) => times[Math.min(times.length - 1, Math.floor(q * times.length))]
  return {
    p50Ms: quantile(0.5),
    p99Ms: quantile(0.99),
    perSecond: (times.length / all) * 1000,
    failed,
    processorMs: ((after.processor - before.processor) * 1000) / sent,
    residentMB: Math.round(after.resident / 2 ** 20),
  }
}

const run = await prepare()
console.log(`${rate} requests/s for ${seconds} s, ${share * 100} % of them right after an event`)
const results = new Map(checkouts.map((checkout) => [checkout, [] as Round[]]))
for (let round = 1; round <= rounds; round++)
  for (const checkout of checkouts) {
    const server = await start(checkout, run)
    try {
      // Programs are compiled, pools filled, before it counts.
      await measure(server, 0, WARM_UP_SECONDS)
      const found = await measure(server, round, seconds)
      results.get(checkout)?.push(found)
      const { p50Ms, p99Ms, perSecond, failed, processorMs, residentMB } = found
      console.log(
        `${checkout}, round ${round}: p50 ${p50Ms.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms, ${perSecond.toFixed(0)} answers/s, ${failed} failed; ` +
          `${processorMs.toFixed(2)} ms of the server's processor a request, ${residentMB} MB`,
      )
    } finally {
      server.process.kill('SIGTERM')
      await once(server.process, 'exit')
    }
  }
if (values.folder === undefined) rmSync(folder, { recursive: true })
console.log(JSON.stringify(Object.fromEntries(results)))
