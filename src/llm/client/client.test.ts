import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endpoint, fail, say } from '../../../test/llm/server.ts'
import { openAnswers } from './answers.ts'
import { costOf, parseBudget } from './budget.ts'
import { type ChatQuestion, type ClientOptions, createClient } from './client.ts'
import { endpointOf } from './endpoint.ts'

let root: string
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-client-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
const fresh = () => join(root, `answers-${folders++}`)

const question = (text: string, seed = 1): ChatQuestion => ({
  messages: [{ role: 'user', content: text }],
  temperature: 0.5,
  maxTokens: 20,
  seed,
})
/** Bytes of a prompt and what is around it, and 20 of the answer. */
const mostTokens = (text: string) => 32 + text.length + 20

async function asking<T>(
  url: string,
  ask: (client: ReturnType<typeof createClient>) => Promise<T>,
  { folder = fresh(), key, ...options }: Partial<ClientOptions> & { folder?: string; key?: string } = {},
): Promise<T> {
  const answers = await openAnswers(folder, true)
  const target = endpointOf(url, key && 'KEY', { KEY: key })
  try {
    const client = createClient({
      endpoint: target,
      model: 'm',
      answers,
      seed: 1,
      waitMs: 1,
      timeoutSeconds: 5,
      ...options,
    })
    return await ask(client)
  } finally {
    await answers.close()
  }
}

test('a question is answered, and again with the server off', async () => {
  const folder = fresh()
  const server = await endpoint((response) => say(response, 'yes'))
  const first = await asking(server.url, (client) => client.chat(question('a')), { folder, key: 'sk-secret-1' })
  expect(first).toBe('yes')
  expect(server.asked).toMatchObject([
    {
      url: '/v1/chat/completions',
      authorization: 'Bearer sk-secret-1',
      body: { model: 'm', temperature: 0.5, max_tokens: 20, seed: 1 },
    },
  ])
  await server.close()
  const again = await asking(
    server.url,
    async (client) => [await client.chat(question('a')), client.usage.replayed, client.usage.spent],
    { folder },
  )
  expect(again).toEqual(['yes', 1, { calls: 1, prompt: 10, answer: 2 }])
  // Another seed is another question.
  await expect(
    asking(server.url, (client) => client.chat(question('a', 2)), { folder, attempts: 1 }),
  ).rejects.toMatchObject({
    code: 'endpoint-failed',
    message: expect.stringContaining('does not listen'),
  })
})

function half(response: ServerResponse) {
  response.writeHead(200, { 'Content-Length': '1000' })
  response.write('{"choices": [')
  setImmediate(() => response.destroy())
}
function endless(response: ServerResponse) {
  response.writeHead(200)
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(4096)));
    if (!response.destroyed) response.once('drain', more)
  }
  more()
}

test.each([
  [
    '429 with Retry-After',
    (response: ServerResponse) => fail(response, 429, 'slow down', { 'Retry-After': '0' }),
    'answered 429: slow down',
    0,
  ],
  [
    '429 with a date',
    (response: ServerResponse) => fail(response, 429, 'later', { 'Retry-After': 'Thu, 01 Jan 1970 00:00:00 GMT' }),
    'answered 429: later',
    0,
  ],
  ['500', (response: ServerResponse) => fail(response, 500, 'broken'), 'answered 500: broken', 0],
  [
    'no JSON',
    (response: ServerResponse) => void response.end('<html>busy</html>'),
    'answered what is no JSON: <html>busy</html>',
    1,
  ],
  [
    'JSON of something else',
    (response: ServerResponse) => void response.end('{"choices": []}'),
    'answered without what was asked for',
    1,
  ],
  ['half a body', half, 'broke off', 1],
  ['an endless body', endless, 'answered without end: more than 65,536 bytes', 1],
  ['nothing in time', () => {}, 'had not answered whole after 0.1 s', 1],
] as [string, (response: ServerResponse) => void, string, number][])(
  '%s is asked again, and ends with a sentence where it stays so',
  async (_, wrong, why, billed) => {
    const waits: string[] = []
    const options = {
      mostBytes: 65_536,
      timeoutSeconds: why.includes('0.1 s') ? 0.1 : 5,
      // Who is told how long to wait does not wait for as long as it would by itself.
      waitMs: why.includes('429') ? 50_000 : 1,
      onWait: (sentence: string) => void waits.push(sentence),
    }
    const once = await endpoint((response, _, n) => void (n === 0 ? wrong(response) : say(response, 'well')))
    const spent = await asking(
      once.url,
      async (client) => {
        expect(await client.chat(question('a'))).toBe('well')
        return client.usage.spent
      },
      options,
    )
    expect(spent).toEqual({ calls: 2, prompt: 10 + billed * (mostTokens('a') - 20), answer: 2 + billed * 20 })
    expect(waits).toEqual([expect.stringContaining(why)])
    const always = await endpoint((response) => void wrong(response))
    await expect(
      asking(always.url, (client) => client.chat(question('a')), { ...options, attempts: 2 }),
    ).rejects.toMatchObject({
      code: 'endpoint-failed',
      message: expect.stringMatching(/asked 2 times\. What was answered is kept: go on with --resume$/),
    })
    expect(always.asked).toHaveLength(2)
  },
)

test('where an endpoint has nothing to say that is its answer, and the next question is asked', async () => {
  const folder = fresh()
  const server = await endpoint((response, _, n) => (n === 0 ? fail(response, 409, 'off') : say(response, 'on')))
  const refused = { code: 'endpoint-failed', status: 409 }
  await asking(
    server.url,
    async (client) => {
      await expect(client.chat(question('a'))).rejects.toMatchObject(refused)
      expect(await client.chat(question('b'))).toBe('on')
    },
    { folder },
  )
  await server.close()
  await expect(asking(server.url, (client) => client.chat(question('a')), { folder })).rejects.toMatchObject(refused)
})

test('fields of requests can be added, changed and left out, and questions stay apart without a seed', async () => {
  const server = await endpoint((response, _, n) => say(response, String(n)))
  const fields = { seed: null, max_tokens: null, max_completion_tokens: 9, temperature: 1 }
  const answers = await asking(
    server.url,
    async (client) => [
      await client.chat(question('a', 1)),
      await client.chat(question('a', 2)),
      await client.chat(question('a', 1)),
    ],
    { fields },
  )
  expect(answers).toEqual(['0', '1', '0'])
  const { messages } = question('a')
  expect(server.asked[0].body).toEqual({ model: 'm', messages, max_completion_tokens: 9, temperature: 1 })
  const endless = asking(server.url, (client) => client.chat(question('b')), {
    fields: { max_tokens: null },
    budget: { tokens: 1e6 },
  })
  await expect(endless).rejects.toThrow(/needs answers that have an end/)
})

test('who asks for more patience than ten minutes is not waited for', async () => {
  const server = await endpoint((response) => fail(response, 429, 'quota', { 'Retry-After': '86400' }))
  await expect(asking(server.url, (client) => client.chat(question('a')))).rejects.toThrow(
    /answered 429: quota; it asks to wait for 1440 minutes\./,
  )
  expect(server.asked).toHaveLength(1)
})

test.each([400, 401, 404, 301])('%i is not asked again, nor anything after it', async (status) => {
  const server = await endpoint((response) => fail(response, status, 'no', { Location: 'http://127.0.0.1:1/' }))
  const thrown = await asking(
    server.url,
    async (client) => {
      const [first, second] = await Promise.allSettled([client.chat(question('a')), client.chat(question('b'))])
      const later = await client.chat(question('c')).catch((error: unknown) => error)
      return [first, second].map((one) => (one as PromiseRejectedResult).reason).concat(later)
    },
    { concurrency: 1 },
  )
  expect(server.asked).toHaveLength(1)
  for (const error of thrown)
    expect(error).toMatchObject({ code: 'endpoint-failed', message: expect.stringContaining(`answered ${status}`) })
})

test('so many are asked at a time and no more; who asks the same twice is answered once', async () => {
  let [now, most] = [0, 0]
  const server = await endpoint(async (response, { body }) => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 5))
    now--
    say(response, `${body.messages?.[0].content}!`)
  })
  const texts = ['a', 'b', 'c', 'd', 'a', 'b', 'c', 'd']
  const answers = await asking(server.url, (client) => Promise.all(texts.map((text) => client.chat(question(text)))), {
    concurrency: 2,
  })
  expect(answers).toEqual(texts.map((text) => `${text}!`))
  expect(server.asked).toHaveLength(4)
  expect(most).toBe(2)
})

test('vectors come in order, whatever order they are sent in', async () => {
  const folder = fresh()
  const server = await endpoint((response, { body }) => {
    const data = (body.input ?? []).map((text, index) => ({ index, embedding: [text.length, 0.5] })).reverse()
    response.end(JSON.stringify({ data, usage: { prompt_tokens: 3 } }))
  })
  const vectors = (url: string) =>
    asking(url, (client) => client.embed(['a', 'bcd']), { folder, embeddings: 'e' }).then((rows) =>
      rows.map((row) => [...row]),
    )
  expect(await vectors(server.url)).toEqual([
    [1, 0.5],
    [3, 0.5],
  ])
  await server.close()
  expect(await vectors(server.url)).toEqual([
    [1, 0.5],
    [3, 0.5],
  ])
})

test('a budget of calls is used up exactly, by all attempts and over resumed runs', async () => {
  const folder = fresh()
  const server = await endpoint((response, _, n) => (n === 1 ? fail(response, 500, 'x') : say(response, 'y')))
  const ask = (texts: string[]) =>
    asking(server.url, (client) => Promise.allSettled(texts.map((text) => client.chat(question(text)))), {
      folder,
      budget: parseBudget(['5calls']),
    })
  const first = await ask(['a', 'b'])
  expect(first.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled'])
  const second = await ask(['a', 'b', 'c', 'd', 'e', 'f'])
  expect(second.filter(({ status }) => status === 'fulfilled')).toHaveLength(4)
  expect(second.at(-1)).toMatchObject({
    reason: { code: 'budget-reached', message: expect.stringContaining('after 5 calls') },
  })
  expect(server.asked).toHaveLength(5)
})

test('who stops it waits neither for an answer nor for a budget that others have set aside', async () => {
  const stop = new AbortController()
  const server = await endpoint(() => stop.abort())
  const outcomes = await asking(
    server.url,
    (client) => Promise.allSettled(['a', 'b'].map((text) => client.chat(question(text)))),
    { budget: { tokens: mostTokens('a') }, signal: stop.signal },
  )
  expect(outcomes.map((outcome) => (outcome as PromiseRejectedResult).reason.code)).toEqual([
    'interrupted',
    'interrupted',
  ])
})

test('a budget of tokens or money is never passed, whatever answers cost within what was asked for', async () => {
  const server = await endpoint((response, { body }, n) =>
    say(response, 'z', [(body.messages?.[0].content ?? '').length + 16, n % 21]),
  )
  for (const [budget, prices] of [
    [['700tokens'], undefined],
    [['0.01usd'], { prompt: 10, answer: 30 }],
  ] as const) {
    const spent = await asking(
      server.url,
      async (client) => {
        await Promise.allSettled(Array.from({ length: 60 }, (_, n) => client.chat(question(`question ${n}`))))
        return client.usage.spent
      },
      { budget: parseBudget(budget), prices, concurrency: 8 },
    )
    const used = prices === undefined ? spent.prompt + spent.answer : 1e5 * costOf(spent, prices)
    const limit = prices === undefined ? 700 : 1000
    expect(used).toBeLessThanOrEqual(limit)
    expect(used).toBeGreaterThan(0.75 * limit)
  }
})

test.each([['5'], ['5 calls'], ['1.5calls'], ['calls'], ['-3usd'], ['5calls', '6calls']])(
  'the budget %s %s is refused',
  (...texts) => {
    expect(() => parseBudget(texts.filter(Boolean))).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  },
)

test('a budget in money needs prices', async () => {
  await expect(asking('http://127.0.0.1:1', async () => 0, { budget: { usd: 1 } })).rejects.toThrow(
    /needs to know what tokens cost/,
  )
})

test('answers of an earlier run are gone on with only when asked; half a line is dropped, a broken one told', async () => {
  const folder = fresh()
  const answers = await openAnswers(folder, false)
  await expect(openAnswers(folder, false)).rejects.toMatchObject({ code: 'in-use' })
  await answers.asked('k', { prompt: 5, answer: 5 })
  await answers.answered('k', 'v', { prompt: 1, answer: 1 })
  await answers.asked('lost', { prompt: 5, answer: 5 })
  await answers.close()
  await expect(openAnswers(folder, false)).rejects.toMatchObject({ code: 'file-exists' })
  const path = join(folder, 'answers.jsonl')
  const text = await readFile(path, 'utf8')
  await writeFile(path, `${text}{"key":"half`)
  const resumed = await openAnswers(folder, true)
  expect(resumed.get('k')).toBe('v')
  // Nobody heard of the second one again: it may have been paid for.
  expect(resumed.spent).toEqual({ calls: 2, prompt: 6, answer: 6 })
  await resumed.close()
  expect(await readFile(path, 'utf8')).toBe(text)
  await writeFile(path, `nonsense\n${text}`)
  await expect(openAnswers(folder, true)).rejects.toMatchObject({
    code: 'file-damaged',
    message: expect.stringContaining('line 1'),
  })
})

test('the key is in no file, error or note, though the endpoint repeats it', async () => {
  const key = 'sk-very-secret-0123456789'
  const folder = fresh()
  const told: string[] = []
  const server = await endpoint((response, { authorization }, n) => {
    expect(authorization).toBe(`Bearer ${key}`)
    if (n === 0) fail(response, 500, `the header was ${authorization}`)
    else if (n === 1) response.end(`no JSON, ${authorization}`)
    else if (n === 2) say(response, `your key is ${key}`)
    else fail(response, 401, `bad key ${key}`)
  })
  const options = { folder, key, onWait: (sentence: string) => void told.push(sentence) }
  told.push(await asking(server.url, (client) => client.chat(question('a')), options))
  told.push(
    String(
      await asking(server.url, (client) => client.chat(question('b')), options).catch(
        (error: unknown) => (error as Error).stack,
      ),
    ),
  )
  told.push(await readFile(join(folder, 'answers.jsonl'), 'utf8'))
  expect(told.join('\n')).not.toContain(key)
  expect(told.join('\n')).toContain('[key]')
  expect(JSON.stringify(endpointOf(server.url, 'K', { K: key }))).not.toContain(key)
})

test.each([
  ['ftp://x', {}, 'no http or https URL'],
  ['sk-0123456789', {}, 'no http or https URL'],
  ['http://user:pw@x', {}, 'give a key by an environment variable'],
  ['http://x/v1?key=y', {}, 'give a key by an environment variable'],
  ['http://x', { K: undefined }, 'K holds no key'],
  ['http://x', { K: 'a\nb' }, 'no header may hold'],
])('%s is refused', (url, environment, message) => {
  const name = 'K' in environment ? 'K' : undefined
  const thrown = (() => {
    try {
      endpointOf(url, name, environment)
    } catch (error) {
      return error as Error
    }
  })()
  expect(thrown).toMatchObject({ code: 'bad-argument', message: expect.stringContaining(message) })
  expect(thrown?.message).not.toMatch(/pw|key=y|sk-0/)
})

test('the path of an API is kept, and /v1 put behind a bare host', () => {
  expect(endpointOf('https://x.org/', undefined, {}).url).toBe('https://x.org/v1')
  expect(endpointOf('https://x.org/openai/v1/', undefined, {}).url).toBe('https://x.org/openai/v1')
})
