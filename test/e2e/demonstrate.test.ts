import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { endpoint, fail } from '../llm/server.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson } from './tributary.ts'

const folder = createFolder()
const KEY = 'sk-never-to-be-written-0123456789'
const GENRES = ['war', 'love', 'space', 'crime']
const USERS = 8
let url: string

interface Written {
  readonly steps: number
  readonly origin: { readonly outsideCatalogue: number; readonly episodes: number; readonly stopped?: string }
  readonly spent: { readonly calls: number; readonly usd?: number }
  readonly replayed: number
}

beforeAll(async () => {
  const pays = (user: number, item: number) => [5, 4, 2, 2][(item - user + 40) % 4]
  const pairs = Array.from({ length: USERS * 24 }, (_, i) => ({ user: i % USERS, item: Math.floor(i / USERS) }))
  const rows = pairs.filter(({ user, item }) => (user + item) % 2 === 0)
  const log = rows.map(
    ({ user, item }, t) => `u${user},Title ${item},films,${pays(user, item)},${t + 1},${GENRES[item % 4]}`,
  )
  await writeFile(join(folder, 'log.csv'), `user,item,domain,rating,time,genre\n${log.join('\n')}\n`)
  const truth = pairs.map(({ user, item }) => `u${user},Title ${item},${pays(user, item)}`)
  await writeFile(join(folder, 'truth.csv'), `user,item,reward\n${truth.join('\n')}\n`)
  await tributaryJson(
    ['import', 'csv', 'log.csv', '--truth', 'truth.csv', '--category', 'genre', '--out', 'films'],
    folder,
  )
  const server = start(['demonstrator', 'films', '--port', '0', '--outside-share', '0.3', '--json'], { cwd: folder })
  const [, at] = await server.seen(/"url":"([^"]+)"/)
  url = at
})

const ask = (llm: string, out: string, ...more: string[]) => [
  ...['demonstrate', 'films', '--llm', llm, '--model', 'scripted-demonstrator-v1/medium', '--in-truth', '--out', out],
  ...['--leave', 'low-reward:2.5', '--max-length', '5', '--episodes', '12', '--batch', '4', ...more],
]
const hash = (out: string) =>
  ['demonstrations.parquet', 'manifest.json'].map((file) =>
    createHash('sha256')
      .update(readFileSync(join(folder, out, file)))
      .digest('hex'),
  )

/** A server before the demonstrator's that counts questions and, from the nth on, does as it is told. */
async function before(
  n: number,
  instead: (response: Parameters<Parameters<typeof endpoint>[0]>[0], count: number) => void,
) {
  const questions = new Map<string, number>()
  const server = await endpoint(async (response, { body }, count) => {
    if (count >= n) return instead(response, count)
    const json = JSON.stringify(body)
    questions.set(json, (questions.get(json) ?? 0) + 1)
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: json,
    })
    response.writeHead(answer.status, { 'Content-Type': 'application/json' }).end(await answer.text())
  })
  return { ...server, questions }
}

test('killed in the midst and resumed, it asks nothing twice and gives the same file; then once more without any server', async () => {
  const whole = await tributaryJson<Written>(ask(url, 'whole'), folder)
  expect(whole.origin).toMatchObject({ episodes: 12, agent: 'billp', simulator: 'truth' })
  expect(whole.origin.outsideCatalogue).toBeGreaterThan(0)
  expect(whole.origin.outsideCatalogue).toBeLessThan(whole.steps)

  const first = await before(40, () => {})
  const killed = start(ask(first.url, 'killed', '--concurrency', '1'), { cwd: folder })
  await expect.poll(() => first.asked.length, { timeout: 60_000 }).toBeGreaterThan(40)
  killed.process.kill('SIGKILL')
  expect((await killed.ended).code).not.toBe(0)
  expect(readdirSync(folder)).not.toContain('killed')
  const rest = await before(Number.POSITIVE_INFINITY, () => {})
  expectRefusal(await tributary(ask(rest.url, 'killed'), { cwd: folder }), ['killed.answers', '--resume'])
  const resumed = await tributaryJson<Written>(ask(rest.url, 'killed', '--resume'), folder)
  expect(resumed.replayed).toBe(40)
  const both = [...first.questions, ...rest.questions]
  expect(both.every(([, times]) => times === 1)).toBe(true)
  expect(new Set(both.map(([json]) => json)).size).toBe(both.length)
  // One question was on its way when the process was killed: it counts as asked.
  expect(resumed.spent.calls).toBe(whole.spent.calls + 1)
  await rest.close()
  expect(hash('killed')[0]).toBe(hash('whole')[0])
  const offline = await tributaryJson<Written>(ask(rest.url, 'killed', '--resume'), folder)
  expect(offline.replayed).toBe(both.length)
  expect(hash('killed')[0]).toBe(hash('whole')[0])
})

test('a budget ends it with the episodes that are over; a larger one goes on from there', async () => {
  const server = await before(Number.POSITIVE_INFINITY, () => {})
  const budgeted = (budget: string, ...more: string[]) =>
    tributaryJson<Written>(ask(server.url, 'budgeted', '--budget', budget, '--prices', '1,2', ...more), folder)
  const first = await budgeted('70calls')
  expect(server.asked).toHaveLength(70)
  expect(first.origin.stopped).toBe('budget-reached')
  expect(first.origin.episodes).toBeLessThan(12)
  expect(first.spent.usd).toBeGreaterThan(0)
  const second = await budgeted('1usd', '--resume')
  expect(second.origin).toMatchObject({ episodes: 12 })
  expect(second.origin.stopped).toBeUndefined()
  expect(hash('budgeted')[0]).toBe(hash('whole')[0])
  expect(second.spent.calls).toBe(server.asked.length)
  expectRefusal(await tributary(ask(server.url, 'none', '--budget', '2calls'), { cwd: folder }), [
    /budget of 2 calls/,
    '--resume',
  ])
})

test('the key reaches the endpoint and nothing else, though the endpoint repeats it everywhere', async () => {
  const server = await before(20, (response, n) =>
    n < 22 ? fail(response, 500, `seen ${KEY}`) : fail(response, 401, `the key ${KEY} is wrong`),
  )
  const options = { cwd: folder, env: { MY_KEY: KEY } }
  const failed = await tributary(
    ask(server.url, 'keyed', '--key-env', 'MY_KEY', '--concurrency', '1', '--debug'),
    options,
  )
  expect(server.asked[0].authorization).toBe(`Bearer ${KEY}`)
  expect(failed.code).toBe(1)
  expect(failed.stderr).toMatch(/answered 500: seen \[key\]; asked again in/)
  expect(failed.stderr).toMatch(/^error: the language model at .* answered 401: the key \[key\] is wrong/m)
  const fine = await tributary(ask(url, 'keyed', '--key-env', 'MY_KEY', '--resume'), options)
  expect(fine.code).toBe(0)
  const told = [failed, fine].flatMap(({ stdout, stderr }) => [stdout, stderr])
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile())
  const written = files.map((file) => readFileSync(join(file.parentPath, file.name), 'latin1'))
  expect(written.length).toBeGreaterThan(10)
  for (const text of [...told, ...written]) expect(text).not.toContain(KEY)
})

test.each([
  [['--llm', 'x'], ['--model']],
  [
    ['--llm', 'x', '--model', 'm'],
    ['--world-model', '--in-truth'],
  ],
  [['--llm', 'http://127.0.0.1:65533', '--model', 'm', '--in-truth', '--budget', '5usd'], ['--prices']],
  [
    ['--llm', 'http://127.0.0.1:65533', '--model', 'm', '--in-truth', '--attempts', '1'],
    ['does not listen', '--resume'],
  ],
])('%j is refused', async (args, parts) => {
  expectRefusal(await tributary(['demonstrate', 'films', '--out', 'refused', ...args], { cwd: folder }), parts)
})

test('the demonstrator answers only what it can', async () => {
  expectRefusal(await tributary(['demonstrator'], { cwd: folder }), ['--titles', '--recordings'])
  await writeFile(join(folder, 'titles.tsv'), 'name\tgenres\nAlien\tspace|war\nTitanic\tlove\n')
  const server = start(
    ['demonstrator', '--titles', 'titles.tsv', '--port', '0', '--level', 'weak', '--outside-share', '0', '--json'],
    { cwd: folder },
  )
  const [, at] = await server.seen(/"url":"([^"]+)"/)
  const chat = (model: string, content: string) =>
    fetch(`${at}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ model, messages: [{ role: 'user', content }], seed: 3 }),
    })
  const answer = (await (await chat('scripted-demonstrator-v1/weak', 'Action 1:')).json()) as {
    choices: { message: { content: string } }[]
  }
  expect(answer.choices[0].message.content).toMatch(/^recommend\[(Alien|Titanic)\]$/)
  expect((await chat('gpt', 'Action 1:')).status).toBe(404)
  server.process.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
})

test('a policy learns with vectors that an API made of the items, and goes on with no others', async () => {
  const vectors = (out: string, ...more: string[]) => [
    ...['vectors', 'films', '--llm', url, '--model', 'hashed', '--out', out],
    ...more,
  ]
  const refused = async (args: string[], message: string) =>
    expectRefusal(await tributary(args, { cwd: folder }), [message])
  const made = await tributaryJson<{ items: number; width: number; spent: { calls: number } }>(
    vectors('films.parquet'),
    folder,
  )
  expect(made).toMatchObject({ items: 24, spent: { calls: 1 } })
  expect(made.width).toBeGreaterThan(1)
  await refused(vectors('films.parquet'), 'is there already; replace it with --overwrite')
  const again = await tributaryJson(vectors('films.parquet', '--overwrite', '--resume'), folder)
  expect(again).toMatchObject({ replayed: 1, spent: { calls: 1 } })
  await refused(vectors('films.csv'), 'must end in .parquet')

  const options = {
    worldModel: 'believed',
    demonstrations: 'log',
    epochs: 1,
    episodesPerEpoch: 12,
    maxLength: 4,
    width: 8,
  }
  const small = { ...options, preset: 'paper', discriminatorEvery: 4, weighEvery: 4, selectEpisodes: 4 }
  const set = Object.entries(small).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  expect(await tributary(['train', 'als', 'films', '--out', 'believed'], { cwd: folder })).toMatchObject({ code: 0 })
  const train = ['train', 'il-rec', 'films', '--out', 'with-vectors', ...set, '--set', 'features=vectors']
  await refused(train, 'make a file of them (tributary vectors)')
  const { code, stderr } = await tributary([...train, '--set', 'itemVectors=films.parquet'], { cwd: folder })
  expect(code, stderr).toBe(0)
  const { uses } = JSON.parse(readFileSync(join(folder, 'with-vectors', 'manifest.json'), 'utf8'))
  expect(uses).toHaveProperty(['films.parquet'])
  await writeFile(join(folder, 'films.jsonl'), '{"item": "nobody knows it", "vector": [1]}\n')
  await refused([...train, '--set', 'itemVectors=films.jsonl', '--overwrite'], "names none of the items of 'films'")
  expect(readFileSync(join(folder, 'films.parquet.answers', 'answers.jsonl'), 'utf8')).not.toContain(KEY)
})
