import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import { openModel, servedModel } from '../../src/serving/open-model.ts'
import { openStore } from '../../src/serving/store/open.ts'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const LOG = ['--log', 'sqlite:shop.db', '--reward', 'purchase:1h']
const USERS = 300

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 60 }))
  for (const args of [
    ['import', 'csv', 'shop.csv', '--out', 'shop'],
    ['train', 'item-knn', 'shop', '--out', 'runs/old'],
    ['train', 'popularity', 'shop', '--out', 'runs/new'],
  ])
    expect(await tributary(args, { cwd: folder })).toMatchObject({ code: 0 })
  await serve()
})

/** A month ago, a server whose lists were drawn: whoever sees the first items of a service buys them. */
async function serve(): Promise<void> {
  const store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
  let at = Date.now() - 30 * 86_400_000
  const as = { fallback: 'none', newUsers: 'none', threads: 1 }
  const old = servedModel('old', await openModel(join(folder, 'runs/old'), as))
  const policy = { kind: 'plackett-luce', temperature: 1, candidates: 20 } as const
  const app = createServer({ models: [{ ...old, policy }], store, now: () => at })
  const post = async (path: string, body: object) => {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await app.request(`/v1${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
    return (await answer.json()) as { id: string; items: { item: string }[] }
  }
  for (let i = 0; i < 2 * USERS; i++) {
    at += 60_000
    const [user, domain] = [`v${i % USERS}`, ['books', 'games'][i % 2]]
    const { id, items } = await post('/recommendations', { user, domain, k: 2 })
    const events = items
      .filter(({ item }) => Number(item.split('-')[1]) < 5)
      .map(({ item }) => ({ source: 'test', id: `${id} ${item}`, type: 'purchase', user, item, recommendation: id }))
      .map((event) => ({ ...event, timestamp: new Date(at + 60_000).toISOString() }))
    if (events.length > 0) await post('/events', { events })
  }
  await store.flush()
  await old.dispose?.()
  await store.close()
}

interface Answer {
  readonly lists: number
  readonly leftOut: object
  readonly targets: readonly {
    readonly name: string
    readonly overall: { readonly verdict: string; readonly estimates: readonly { readonly value: { mean: number } }[] }
  }[]
}

test('a run is judged by the lists of a store that another run made, with popularity beside it', async () => {
  const asked = ['ope', ...LOG, '--policy', 'runs/old', '--policy', 'runs/old:temperature=2']
  const { lists, leftOut, targets } = await tributaryJson<Answer>(asked, folder)
  expect([lists, leftOut]).toEqual([2 * USERS, {}])
  expect(targets.map(({ name }) => name)).toEqual(['runs/old', 'runs/old:temperature=2', 'popularity'])
  expect(targets[0].overall.verdict).toBe('no difference')
  expect(targets[1].overall.estimates.length).toBeGreaterThan(1)
})

test('what cannot be judged is refused in one sentence', async () => {
  // Of scores that are counts, the best is drawn nearly always: this log hardly ever showed it.
  const outcome = await tributary(['ope', ...LOG, '--policy', 'runs/new', '--logger', 'runs/old'], { cwd: folder })
  expect([outcome.code, outcome.stderr]).toEqual([1, expect.stringContaining('runs/new cannot be judged by this log')])
  const unknown = await tributary(['ope', ...LOG, '--policy', 'runs/none'], { cwd: folder })
  expectRefusal(unknown, ["'runs/none' is neither the folder of a run nor a model or alias of the store"])
  const nobody = await tributary(['ope', ...LOG, '--policy', 'runs/new'], { cwd: folder })
  expectRefusal(nobody, ['600 were made by models whose runs are not at hand'])
  const reward = await tributary(['ope', '--log', 'sqlite:shop.db', '--policy', 'runs/new'], { cwd: folder })
  expectRefusal(reward, ["cannot read the reward 'reward'; give TYPE:WINDOW"])
})

test('a server asks the lists of its store in a process of its own, by the names of its models', async () => {
  const server = start(['serve', 'was=runs/old', 'may=runs/new', '--store', 'sqlite:shop.db', '--port', '0'], {
    cwd: folder,
  })
  const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
  const ask = async (method: string, path: string, body?: object) => {
    const headers = { 'Content-Type': 'application/json' }
    const answer = await fetch(`${url}/v1/evaluations${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    return (await answer.json()) as { name: string; status: string; reason?: string; evaluation?: Answer }
  }
  const policies = [{ model: 'was', temperature: 2 }, { model: 'may' }]
  const { name } = await ask('POST', '', { policies, reward: 'purchase:1h' })
  let found = await ask('GET', `/${name}`)
  while (found.status === undefined || found.status === 'running') {
    await new Promise((resolve) => setTimeout(resolve, 200))
    found = await ask('GET', `/${name}`)
  }
  expect(found.status).toBe('done')
  expect(found.evaluation?.targets.map(({ name, overall }) => [name, overall.verdict])).toEqual([
    ['was:temperature=2', expect.any(String)],
    ['may', 'not supported'],
    ['popularity', expect.any(String)],
  ])
  expect(found.reason).toMatch(/may cannot be judged by this log: /)
  server.process.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
})
