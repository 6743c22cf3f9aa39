// What one client that sends the most costly bodies it can, one after another, leaves of the rate of another that asks small
// questions one after another. Server and clients are processes of their own; quiet and attacked seconds alternate. Beside the
// rates stands the share of the server's processor time that is left, which other programs on the machine do not change.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { createInterface } from 'node:readline'
import { buildDataset, defaultSplit, splitDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { createServer, listen } from '../../src/server/index.ts'

const DOMAINS = 5
const ITEMS_PER_DOMAIN = 4_000
const USERS = 2_000
const ROWS_PER_USER = 20
const ROUNDS = 3
const SECONDS = 1.5

const names = (count: number, name: (index: number) => string) => Array.from({ length: count }, (_, i) => name(i))
const attacks: Readonly<Record<string, () => string>> = {
  'as small as the others': () => JSON.stringify({ user: 'u0', domain: 'd0' }),
  '450,000 levels deep': () => `{"domain":${'['.repeat(450_000)}${']'.repeat(450_000)}}`,
  '80,000 unknown fields': () =>
    JSON.stringify(Object.fromEntries(names(80_000, (i) => `k${i}`).map((name) => [name, 1]))),
  '450,000 numbers to exclude': () => JSON.stringify({ domain: 'd0', exclude: Array(450_000).fill(1) }),
  '13,000 numbers to exclude': () => JSON.stringify({ domain: 'd0', exclude: Array(13_000).fill(1) }),
  'a name of 900,000 characters': () => JSON.stringify({ domain: 'x'.repeat(900_000) }),
  '900,000 blanks': () => `{"domain":"d0"${' '.repeat(900_000)}`,
  'valid, 1,000 items of history': () =>
    JSON.stringify({ domain: 'd0', history: names(1000, (i) => `d${i % DOMAINS}-${i}`) }),
  'valid, 10,000 items to exclude': () =>
    JSON.stringify({ domain: 'd0', exclude: names(10_000, (i) => `d${i % DOMAINS}-${i >> 2}`) }),
  'valid, k 1000': () => JSON.stringify({ user: 'u0', domain: 'd0', k: 1000 }),
}

/** Sends bodies one after another for some seconds; how many were answered. */
async function ask(url: string, localAddress: string, seconds: number, body: () => string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const end = performance.now() + seconds * 1000
  let answered = 0
  while (performance.now() < end) {
    const text = body()
    try {
      const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) }
      const sent = request(`${url}/v1/recommendations`, { agent, localAddress, method: 'POST', headers }).end(text)
      const [response] = await once(sent, 'response')
      await once(response.resume(), 'end')
      answered++
    } catch {
      // A refused connection is what an attacker may well get.
    }
  }
  agent.destroy()
  return answered
}

async function serve(): Promise<void> {
  const rng = createRng(1)
  const columns = { user: [] as string[], item: [] as string[], domain: [] as string[] }
  // Every item stands in the log once, so that the catalogue is as large as stated.
  for (let row = 0; row < USERS * ROWS_PER_USER; row++) {
    const item = row < DOMAINS * ITEMS_PER_DOMAIN ? row : rng.below(DOMAINS * ITEMS_PER_DOMAIN)
    columns.user.push(`u${row % USERS}`)
    columns.domain.push(`d${item % DOMAINS}`)
    columns.item.push(`d${item % DOMAINS}-${Math.floor(item / DOMAINS)}`)
  }
  const dataset = buildDataset('bench', columns)
  const spec = findModel('sasrec')
  const split = splitDataset(dataset, defaultSplit(dataset))
  const model = spec.create(spec.config.parse({}), dataset, split, { seed: 1, threads: 1 })
  const { url } = await listen(createServer({ models: [{ name: 'sasrec', model, dataset }] }), { port: 0 })
  console.log(url)
}

function start(...args: string[]) {
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const child = spawn(process.execPath, ['--import', 'tsx', import.meta.filename, ...args], { stdio: [...stdio] })
  return { child, lines: createInterface(child.stdout)[Symbol.asyncIterator]() }
}

async function measure(): Promise<void> {
  const server = start('serve')
  const url = (await server.lines.next()).value as string
  const rng = createRng(2)
  const small = () => JSON.stringify({ user: `u${rng.below(USERS)}`, domain: `d${rng.below(DOMAINS)}` })
  const processorSeconds = async () => {
    const lines = await (await fetch(`${url}/metrics`)).text()
    return Number(/^process_cpu_seconds_total (.*)$/m.exec(lines)![1])
  }
  /** Answers a second, and a second of the server's processor time. */
  const rate = async () => {
    const before = await processorSeconds()
    const answers = await ask(url, '127.0.0.2', SECONDS, small)
    return { wall: answers / SECONDS, processor: answers / ((await processorSeconds()) - before) }
  }
  await rate()
  const kept: Record<string, number> = {}
  for (const kind of Object.keys(attacks)) {
    const rounds: { quiet: number; attacked: number; left: number; sent: number }[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const quiet = await rate()
      const attacker = start('attack', url, kind)
      await attacker.lines.next()
      const attacked = await rate()
      const sent = Number((await attacker.lines.next()).value) / (SECONDS + 1)
      rounds.push({ quiet: quiet.wall, attacked: attacked.wall, left: attacked.processor / quiet.processor, sent })
    }
    rounds.sort((a, b) => a.left - b.left)
    const { quiet, attacked, left, sent } = rounds[ROUNDS >> 1]
    kept[kind] = left
    console.log(
      `${kind.padEnd(32)} ${quiet.toFixed(0).padStart(5)} → ${attacked.toFixed(0).padStart(5)} requests/s, ${(100 * left).toFixed(0).padStart(3)} % of the processor time; ${sent.toFixed(0)} answers/s to the attacker`,
    )
  }
  server.child.kill()
  console.log(JSON.stringify(kept))
}

const [role, url, kind] = process.argv.slice(2)
if (role === 'serve') await serve()
else if (role === 'attack') {
  const body = attacks[kind]()
  const asked = ask(url, '127.0.0.3', SECONDS + 1, () => body)
  await new Promise((resolve) => setTimeout(resolve, 500))
  console.log('begun')
  console.log(await asked)
} else await measure()
