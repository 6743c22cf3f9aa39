import fc from 'fast-check'
import { Hono } from 'hono'
import { beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../test/server/described.ts'
import { blockWorld, twoDomainCopyWorld, type World } from '../contract/worlds.ts'
import { type Model, type ModelSpec, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { recommend } from '../evaluation/recommend.ts'
import { itemKnn } from '../models/controls/item-knn.ts'
import { popularity } from '../models/controls/popularity.ts'
import { whereKnown } from '../serving/new-users.ts'
import type { ServerApp } from './context.ts'
import type { Failure, recommendationAnswer } from './schema.ts'

type Answer = (typeof recommendationAnswer)['_output']

async function trained(spec: ModelSpec, { dataset, split }: World): Promise<Model> {
  const context = { seed: 1, threads: 1 }
  const config = spec.config.parse({})
  const model = spec.create(config, dataset, split, context)
  const events = spec.train(model, config, { ...context, dataset, split, validate: async () => ({}) })
  while (!(await events.next()).done);
  return model
}

const world = twoDomainCopyWorld()
const { dataset } = world
let knn: Model
let app: ServerApp
beforeAll(async () => {
  knn = await trained(itemKnn, world)
  const models = [
    { name: 'item-knn', model: knn, dataset },
    { name: 'popularity', model: await trained(popularity, world), dataset },
  ]
  app = createServer({ models })
})

function post(body: unknown, headers: Record<string, string> = {}, to = app) {
  return to.request('/v1/recommendations', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
}

async function answer(body: unknown, to = app): Promise<Omit<Answer, 'id'>> {
  const response = await post(body, {}, to)
  expect(response.status).toBe(200)
  return withoutId(await response.json())
}

/** Of the same question every answer has another id, and nothing else that differs. */
function withoutId(body: unknown): Omit<Answer, 'id'> {
  const { id, ...rest } = body as Answer
  expect(id).toMatch(/^r_[0-9A-HJKMNP-TV-Z]{26}$/)
  return rest
}

async function refusal(body: unknown): Promise<{ status: number } & Failure['error']> {
  const response = await post(body)
  const { error } = (await response.json()) as Failure
  return { status: response.status, ...error }
}

/** What the one path to lists, which evaluation uses too, answers to the same question. */
async function directly(query: Query, k: number, maskSeen = true) {
  const [list] = await recommend(knn, dataset, [query], { k, maskSeen })
  return list.map(({ item, score }, index) => ({
    item: dataset.items.name(item),
    score,
    rank: index + 1,
    propensity: 1,
    source: 'model',
  }))
}

const ids = (...names: string[]) => Int32Array.from(names, (name) => dataset.items.id(name)!)
const copy = dataset.domains.indexOf('copy')

describe('POST /v1/recommendations', () => {
  it('answers a user with all of the stored history', async () => {
    const user = dataset.users.id('user0003')!
    const { log } = dataset
    const history = log.item.slice(log.userStart[user], log.userStart[user + 1])
    const given = await answer({ user: 'user0003', domain: 'copy', k: 4 })
    expect(given).toEqual({
      model: 'item-knn',
      domain: 'copy',
      policy: { kind: 'greedy', candidatesHash: given.policy.candidatesHash },
      known: 'here',
      items: await directly({ user, history, domain: copy }, 4),
      historyUsed: 10,
      ignored: [],
    })
    expect(given.items).toHaveLength(4)
  })

  it('answers a stranger with the history sent, as names or with domains', async () => {
    const items = await directly({ history: ids('source1', 'copy2'), domain: copy }, 10)
    const asNames = await answer({ history: ['source1', 'copy2'], domain: 'copy' })
    expect(asNames).toMatchObject({ items, historyUsed: 2 })
    const asObjects = await answer({
      history: [{ item: 'source1', domain: 'source' }, { item: 'copy2' }],
      domain: 'copy',
    })
    expect(asObjects).toEqual(asNames)
  })

  it('uses the history sent in place of the stored one', async () => {
    const user = dataset.users.id('user0003')!
    const given = await answer({ user: 'user0003', history: ['source1'], domain: 'copy' })
    expect(given.items).toEqual(await directly({ user, history: ids('source1'), domain: copy }, 10))
    expect(given.historyUsed).toBe(1)
    expect((await answer({ user: 'user0003', history: [], domain: 'copy' })).historyUsed).toBe(0)
  })

  it('gives the model the values of a history: those sent, or those of the log', async () => {
    const rated = buildDataset('rated', {
      user: ['ann', 'ann', 'bob'],
      item: ['x', 'y', 'z'],
      domain: ['one', 'one', 'one'],
      value: [5, 2, 3],
    })
    const asked: Query[] = []
    const model: Scorer = {
      score: async (queries, { start, end }) => {
        asked.push(...queries)
        return new Float32Array(queries.length * (end - start))
      },
    }
    const served = createServer({ models: [{ name: 'rated', model, dataset: rated }] })
    const valuesOf = async (body: object) => {
      await answer({ domain: 'one', ...body }, served)
      const { values } = asked.at(-1)!
      return values && [...values]
    }
    expect(await valuesOf({ user: 'ann' })).toEqual([5, 2])
    expect(await valuesOf({ user: 'ann', history: ['x', 'z'] })).toBeUndefined()
    expect(await valuesOf({ user: 'ann', history: ['x', 'z'], values: [1, 4.5] })).toEqual([1, 4.5])
    // What is skipped takes its value with it.
    const unknown = { history: ['x', 'new', 'z'], values: [1, 2, 3], ignoreUnknown: true }
    expect(await valuesOf(unknown)).toEqual([1, 3])
    expect(await valuesOf({})).toBeUndefined()
  })

  it('says who answers in place of the model, where a domain has a fallback', async () => {
    const asked: number[] = []
    const scorer: Scorer = {
      score: (queries, range) => {
        asked.push(queries[0].domain)
        return knn.score(queries, range)
      },
    }
    const models = [{ name: 'run', model: scorer, dataset, fallbacks: new Map([['copy', 'twin']]) }]
    const served = createServer({ models })
    expect(await answer({ domain: 'copy', k: 1 }, served)).toMatchObject({ model: 'run', fallback: 'twin' })
    expect(await answer({ domain: 'source', k: 1 }, served)).not.toHaveProperty('fallback')
    const { domains } = (await (await served.request('/v1/domains')).json()) as { domains: object[] }
    expect(domains).toEqual([
      { name: 'copy', items: 12, fallback: 'twin' },
      { name: 'source', items: 12 },
    ])
    // Whatever stands behind a domain is warm before the first request.
    expect(new Set(asked.slice(0, 2))).toEqual(new Set([0, 1]))
  })

  it('says where the user is known from, and which run answers for those who are new and known elsewhere', async () => {
    const lists: string[] = []
    const scorer: Scorer = {
      score: (queries, range) => {
        lists.push(...queries.map((query) => whereKnown(dataset, query)))
        return knn.score(queries, range)
      },
    }
    const newUsers = new Map([['copy', 'bridge']])
    const fallbacks = new Map([['copy', 'twin']])
    const served = createServer({ models: [{ name: 'run', model: scorer, dataset, fallbacks, newUsers }] })
    const about = async (body: object) => {
      const { known, newUsers, fallback } = await answer({ k: 1, ...body }, served)
      return [known, newUsers ?? fallback]
    }
    expect(await about({ domain: 'copy', history: ['source1'] })).toEqual(['elsewhere', 'bridge'])
    expect(await about({ domain: 'copy', history: ['source1', 'copy1'] })).toEqual(['here', 'twin'])
    expect(await about({ domain: 'copy' })).toEqual(['nowhere', 'twin'])
    expect(await about({ domain: 'copy', user: 'nobody', ignoreUnknown: true })).toEqual(['nowhere', 'twin'])
    expect(await about({ domain: 'source', history: ['copy1'] })).toEqual(['elsewhere', undefined])
    const { domains } = (await (await served.request('/v1/domains')).json()) as { domains: object[] }
    expect(domains).toEqual([
      { name: 'copy', items: 12, fallback: 'twin', newUsers: 'bridge' },
      { name: 'source', items: 12 },
    ])
    // Whatever stands behind a domain was warmed, beside the five that asked.
    expect(lists.sort()).toEqual([
      'elsewhere',
      'elsewhere',
      'elsewhere',
      'here',
      'nowhere',
      'nowhere',
      'nowhere',
      'nowhere',
    ])
    const metrics = await (await served.request('/metrics')).text()
    for (const [labels, count] of [
      ['domain="copy",known="elsewhere",run="bridge"', 1],
      ['domain="copy",known="nowhere",run="twin"', 2],
      ['domain="source",known="elsewhere",run="run"', 1],
    ])
      expect(metrics).toContain(`tributary_lists_total{model="run",${labels}} ${count}`)
  })

  it('says how much each domain counted where it is asked to and the model says it', async () => {
    const asked: number[] = []
    const sources = async (queries: readonly Query[], items: Int32Array) => {
      asked.push(items.length)
      // Of the first item of the domain the other one counts a quarter, of all others wholly; of strangers nothing counts.
      return Float32Array.from(
        queries.flatMap(({ history, domain }, i) => {
          if (history.length === 0) return [0, 0]
          const other = items[i] === ids('copy0')[0] ? 0.25 : 1
          return domain === 0 ? [1 - other, other] : [other, 1 - other]
        }),
      )
    }
    const served = createServer({ models: [{ name: 'run', model: knn, dataset, sources }] })
    const body = { domain: 'copy', history: ['source1'], k: 1000 }
    const given = await answer({ ...body, sources: true }, served)
    const others = given.items.filter(({ item }) => item !== 'copy0')
    expect(given.items.find(({ item }) => item === 'copy0')!.sources).toEqual({ copy: 0.75, source: 0.25 })
    for (const { sources } of others) expect(sources).toEqual({ source: 1 })
    expect(given.sources).toEqual({ copy: 0.0625, source: 0.9375 })
    expect(asked).toEqual([12])
    // Lists are the same with and without, also where both are asked together.
    const [plain, again] = await Promise.all([answer(body, served), answer({ ...body, k: 3, sources: true }, served)])
    expect(plain.items).toEqual(given.items.map(({ sources: _, ...rest }) => rest))
    expect(plain).not.toHaveProperty('sources')
    expect(again.items).toEqual(given.items.slice(0, 3))
    expect(asked).toEqual([12, 3])
    expect(await answer({ domain: 'copy', k: 2, sources: true }, served)).not.toHaveProperty('sources')
    expect(await answer({ ...body, sources: true })).not.toHaveProperty('sources')
    const nothing = { ...body, exclude: given.items.map(({ item }) => item), sources: true }
    expect((await answer(nothing, served)).items).toEqual([])
  })

  it('ignores an unknown item to exclude, which could not appear, and says so', async () => {
    const given = await answer({ domain: 'copy', exclude: ['gone', 'copy5'], k: 1000 })
    expect(given.ignored).toEqual(['exclude[0]'])
    expect(given.items).toHaveLength(11)
  })

  it('answers unknown users and items everywhere when the server is set so, unless the request says otherwise', async () => {
    const models = [{ name: 'item-knn', model: knn, dataset }]
    const lenient = createServer({ models, unknown: 'answer' })
    const body = { domain: 'copy', user: 'nobody', history: ['new', 'copy1'] }
    expect(await answer(body, lenient)).toMatchObject({ ignored: ['user', 'history[0]'], historyUsed: 1 })
    expect((await post({ ...body, ignoreUnknown: false }, {}, lenient)).status).toBe(422)
    expect((await post(body)).status).toBe(422)
  })

  it("takes names of JavaScript's own properties for names like any other", async () => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty']
    const odd = buildDataset('odd', {
      user: names,
      item: names.map((name) => `${name} item`),
      domain: names,
    })
    const model: Scorer = { score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start)) }
    const named = createServer({
      models: [{ name: '__proto__', model, dataset: odd, fallbacks: new Map([['__proto__', 'valueOf']]) }],
    })
    for (const name of names) {
      const given = await answer({ domain: name, user: 'toString', maskSeen: false }, named)
      expect(given.items).toMatchObject([{ item: `${name} item`, score: 0, rank: 1 }])
      expect(given.fallback).toBe(name === '__proto__' ? 'valueOf' : undefined)
    }
    for (const name of ['valueOf', 'isPrototypeOf'])
      expect((await post({ domain: name, user: name }, {}, named)).status).toBe(422)
    const { domains } = (await (await named.request('/v1/domains')).json()) as { domains: { name: string }[] }
    expect(domains.map(({ name }) => name).sort()).toEqual([...names].sort())
    const metrics = await (await named.request('/metrics')).text()
    expect(metrics).toContain('tributary_items_returned_total{model="__proto__",domain="constructor"} 1')
  })

  it('answers a newcomer', async () => {
    const given = await answer({ domain: 'copy', k: 5, model: 'popularity' })
    expect(given.items).toHaveLength(5)
    expect(given.historyUsed).toBe(0)
  })

  it('leaves out what was seen or excluded, unless seen items are asked for', async () => {
    const all = (await answer({ domain: 'copy', k: 1000, history: [] })).items.map(({ item }) => item)
    expect(all).toHaveLength(12)
    const names = async (body: object) =>
      (await answer({ domain: 'copy', k: 1000, ...body })).items.map(({ item }) => item)
    const without = await names({ history: ['copy1', 'source2'], exclude: ['copy5', 'source7'] })
    expect(without.sort()).toEqual(all.filter((item) => item !== 'copy1' && item !== 'copy5').sort())
    expect(await names({ history: ['copy1'], maskSeen: false })).toContain('copy1')
  })

  it('answers from the model asked for', async () => {
    const { model } = await answer({ domain: 'copy', model: 'popularity' })
    expect(model).toBe('popularity')
  })

  it('answers the same bytes to the same request, but for the id', async () => {
    const body = { user: 'user0007', domain: 'source', k: 7 }
    const bytes = async () => (await (await post(body)).text()).replace(/"id":"\w+"/, '')
    expect(await bytes()).toBe(await bytes())
  })

  it('skips what the model has never seen when asked to, and says so', async () => {
    const body = {
      domain: 'copy',
      user: 'nobody',
      history: ['source1', 'new'],
      exclude: ['copy1', 'newer'],
      ignoreUnknown: true,
    }
    const given = await answer(body)
    expect(given.ignored).toEqual(['user', 'history[1]', 'exclude[1]'])
    expect(given.items).toEqual(await directly({ history: ids('source1'), domain: copy, exclude: ids('copy1') }, 10))
  })

  it('carries the id of the request, the one sent where there is one', async () => {
    expect((await post({ domain: 'copy' }, { 'X-Request-Id': 'abc-1' })).headers.get('X-Request-Id')).toBe('abc-1')
    expect((await post({ domain: 'copy' })).headers.get('X-Request-Id')).toMatch(/^[\w-]{36}$/)
    expect((await post({ domain: 'copy' }, { 'X-Request-Id': 'a b' })).headers.get('X-Request-Id')).toMatch(
      /^[\w-]{36}$/,
    )
  })
})

describe('refused requests', () => {
  it.each<[string, unknown, object]>([
    ['no domain', {}, { status: 400, field: 'domain', message: expect.stringContaining("'domain' is missing") }],
    ['a list', [], { status: 400, message: 'the body must be a JSON object, not []' }],
    ['null', null, { status: 400, message: 'the body must be a JSON object, not null' }],
    [
      'a misspelled field',
      { domian: 'copy' },
      { status: 400, field: 'domian', suggestion: 'domain', message: "unknown field 'domian'; did you mean 'domain'?" },
    ],
    [
      'k of 0',
      { domain: 'copy', k: 0 },
      { status: 400, field: 'k', message: "'k' must be a whole number from 1 to 1000, not 0" },
    ],
    ['k beyond the limit', { domain: 'copy', k: 1001 }, { status: 400, field: 'k' }],
    ['a fractional k', { domain: 'copy', k: 1.5 }, { status: 400, field: 'k' }],
    ['k as text', { domain: 'copy', k: '5' }, { status: 400, field: 'k', message: expect.stringContaining('not "5"') }],
    ['maskSeen as text', { domain: 'copy', maskSeen: 'no' }, { status: 400, field: 'maskSeen' }],
    ['history as text', { domain: 'copy', history: 'copy1' }, { status: 400, field: 'history' }],
    ['a history of numbers', { domain: 'copy', history: ['copy1', 7] }, { status: 400, field: 'history[1]' }],
    [
      'a misspelled key in history',
      { domain: 'copy', history: [{ itm: 'copy1' }] },
      { status: 400, field: 'history[0]' },
    ],
    [
      'too few values',
      { domain: 'copy', history: ['copy1', 'copy2'], values: [5] },
      {
        status: 400,
        field: 'values',
        message: 'values has 1 entries and history has 2; there must be one for each item',
      },
    ],
    ['values without a history', { domain: 'copy', user: 'user0003', values: [5] }, { status: 400, field: 'values' }],
    [
      'a value that is no number',
      { domain: 'copy', history: ['copy1'], values: ['5'] },
      { status: 400, field: 'values[0]' },
    ],
    ['a long history', { domain: 'copy', history: Array(1001).fill('copy1') }, { status: 400, field: 'history' }],
    ['a long name', { domain: 'copy', user: 'x'.repeat(1001) }, { status: 400, field: 'user' }],
    [
      'an item of another domain than stated',
      { domain: 'copy', history: [{ item: 'copy1', domain: 'source' }] },
      { status: 400, field: 'history[0].domain', suggestion: 'copy' },
    ],
    [
      'an unknown domain',
      { domain: 'coppy' },
      {
        status: 422,
        code: 'unknown-name',
        field: 'domain',
        suggestion: 'copy',
        message: "unknown domain 'coppy'; did you mean 'copy'?",
      },
    ],
    [
      'a domain like no other',
      { domain: 'automobiles' },
      { status: 422, message: "unknown domain 'automobiles'; known: copy, source" },
    ],
    [
      'an unknown item in history',
      { domain: 'copy', history: ['copy1', 'sorce3'] },
      { status: 422, code: 'unknown-name', field: 'history[1]', suggestion: 'source3' },
    ],
    [
      'a value beyond 32-bit floats',
      { domain: 'copy', history: ['copy1', 'copy2'], values: [5, 1e39] },
      { status: 400, field: 'values[1]', message: expect.stringContaining('3.4e38, one for each item') },
    ],
    ['a nested domain', { domain: [[[]]] }, { status: 400, field: 'domain' }],
    [
      'an unknown model',
      { domain: 'copy', model: 'popularty' },
      { status: 422, field: 'model', suggestion: 'popularity' },
    ],
  ])('%s', async (_, body, expected) => {
    const error = await refusal(body)
    expect(error).toMatchObject({ code: error.status === 422 ? 'unknown-name' : 'bad-request', ...expected })
  })

  it('an item without the domain that the import put before its name', async () => {
    const many = buildDataset('many', {
      user: Array.from({ length: 10_002 }, () => 'ann'),
      item: Array.from({ length: 10_002 }, (_, i) => `${i % 2 ? 'films' : 'books'}:${i}`),
      domain: Array.from({ length: 10_002 }, (_, i) => (i % 2 ? 'films' : 'books')),
    })
    const silent: Scorer = {
      score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start)),
    }
    const served = createServer({ models: [{ name: 'm', model: silent, dataset: many }] })
    const refused = async (item: string) => {
      const response = await post({ domain: 'books', history: [item] }, {}, served)
      return ((await response.json()) as Failure).error
    }
    expect(await refused('7')).toMatchObject({
      message: "unknown item '7'; did you mean 'films:7'?",
      field: 'history[0]',
      suggestion: 'films:7',
    })
    expect((await refused('nothing')).message).toBe("unknown item 'nothing'; give a name as the imported log has it")
  })

  it('an unknown user, without naming another', async () => {
    const error = await refusal({ domain: 'copy', user: 'user000' })
    expect(error).toMatchObject({ status: 422, code: 'unknown-name', field: 'user' })
    expect(JSON.stringify(error)).not.toContain('user0000')
  })

  it('values that leave the model without scores, which is no fault of the server', async () => {
    const model: Scorer = {
      score: async (queries, { start, end }) =>
        new Float32Array(queries.length * (end - start)).fill(
          queries.some(({ values }) => values !== undefined) ? Number.NaN : 0,
        ),
    }
    const errors: unknown[] = []
    const served = createServer({ models: [{ name: 'm', model, dataset }], onError: (error) => errors.push(error) })
    const refused = await post({ domain: 'copy', history: ['copy1'], values: [3e38] }, {}, served)
    expect([refused.status, await refused.json()]).toMatchObject([400, { error: { field: 'values' } }])
    expect(errors).toEqual([])
  })

  it('a body that is not JSON', async () => {
    for (const body of ['{"domain":', 'domain=copy', ''])
      expect(await refusal(body)).toMatchObject({ status: 400, code: 'bad-request' })
  })

  it('a body that is not declared as JSON', async () => {
    const response = await post('domain=copy', { 'Content-Type': 'application/x-www-form-urlencoded' })
    expect(response.status).toBe(415)
    expect(await response.json()).toMatchObject({
      error: { code: 'bad-request', message: expect.stringContaining('application/json') },
    })
  })

  it('a body that is too large', async () => {
    const response = await post({ domain: 'copy', user: 'x'.repeat(1_000_000) })
    expect(response.status).toBe(413)
    expect(await response.json()).toMatchObject({ error: { code: 'bad-request' } })
  })

  it('another path or method', async () => {
    const lost = await app.request('/recommend')
    expect([lost.status, await lost.json()]).toMatchObject([404, { error: { code: 'bad-request' } }])
    const get = await app.request('/v1/recommendations')
    expect([get.status, get.headers.get('Allow')]).toEqual([405, 'POST'])
    expect((await app.request('/health', { method: 'POST' })).headers.get('Allow')).toBe('GET')
  })

  it('whatever JSON is sent, the answer is a list or a typed refusal', async () => {
    const field = fc.constantFrom(
      'domain',
      'user',
      'history',
      'k',
      'exclude',
      'model',
      'maskSeen',
      'ignoreUnknown',
      'values',
      'sources',
      'filter',
      'explain',
      '__proto__',
    )
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom('copy', 'source', 'user0001', 'item-knn', ['copy1'], 3))
    await fc.assert(
      fc.asyncProperty(fc.dictionary(field, value), async (body) => {
        const response = await post(body)
        const text = await response.text()
        if (response.status === 200) expect(Array.isArray(JSON.parse(text).items)).toBe(true)
        else {
          expect([400, 422]).toContain(response.status)
          expect(JSON.parse(text).error.message).toMatch(/\w/)
        }
      }),
      { numRuns: 200 },
    )
  })
})

describe('requests that arrive together', () => {
  /** Counts the calls of a scorer. */
  function counted(scorer: Scorer): Scorer & { readonly calls: number[] } {
    const calls: number[] = []
    return {
      calls,
      score(queries, range) {
        calls.push(queries.length)
        return scorer.score(queries, range)
      },
    }
  }

  it('are answered by few calls and exactly as if each were alone', async () => {
    const scorer = counted(knn)
    const batching = createServer({ models: [{ name: 'item-knn', model: scorer, dataset }] })
    const bodies = Array.from({ length: 60 }, (_, n) => ({
      user: `user${String(n).padStart(4, '0')}`,
      domain: n % 3 === 0 ? 'source' : 'copy',
      k: 1 + (n % 12),
      maskSeen: n % 5 !== 0,
      ...(n % 7 === 0 && { exclude: ['copy1', 'source1'] }),
    }))
    await answer(bodies[0], batching) // the warm-up has its call
    scorer.calls.length = 0
    const together = await Promise.all(bodies.map((body) => answer(body, batching)))
    expect(scorer.calls.length).toBeLessThan(12)
    expect(scorer.calls.reduce((sum, n) => sum + n)).toBe(60)
    for (const [index, body] of bodies.entries()) expect(together[index]).toEqual(await answer(body))
  })

  it('do not fail with a neighbor that fails', async () => {
    const poisoned = dataset.items.id('copy1')!
    const scorer: Scorer = {
      async score(queries, { start, end }) {
        const scores = await knn.score(queries, { start, end })
        for (const [row, { history }] of queries.entries())
          if (history.includes(poisoned)) scores.fill(Number.NaN, row * (end - start), (row + 1) * (end - start))
        return scores
      },
    }
    const errors: unknown[] = []
    const failing = createServer({
      models: [{ name: 'item-knn', model: scorer, dataset }],
      onError: (error, id) => errors.push([(error as TributaryError).code, id]),
    })
    const [good, bad, alsoGood] = await Promise.all([
      post({ domain: 'copy', history: ['copy2'] }, {}, failing),
      post({ domain: 'copy', history: ['copy1'] }, { 'X-Request-Id': 'poisoned' }, failing),
      post({ domain: 'copy', history: ['copy3'] }, {}, failing),
    ])
    expect([good.status, bad.status, alsoGood.status]).toEqual([200, 500, 200])
    expect(withoutId(await alsoGood.json())).toEqual(await answer({ domain: 'copy', history: ['copy3'] }))
    // The reason is in the log; the client sees neither it nor a stack.
    expect(errors).toEqual([['not-finite', 'poisoned']])
    expect(await bad.json()).toEqual({
      error: {
        code: 'internal',
        message: 'the server failed; its log has the reason under the X-Request-Id of this answer',
      },
    })
  })

  it('are refused when too many wait', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const slow: Scorer = { score: (queries, range) => gate.then(() => knn.score(queries, range)) }
    const busy = createServer({ models: [{ name: 'item-knn', model: slow, dataset }] })
    const asked = Array.from({ length: 1100 }, () => post({ domain: 'copy' }, {}, busy))
    // While the scorer is held back, only a refusal can be an answer.
    expect((await Promise.race(asked)).status).toBe(503)
    open()
    const responses = await Promise.all(asked)
    const refused = responses.filter(({ status }) => status === 503)
    expect(responses.filter(({ status }) => status === 200).length + refused.length).toBe(1100)
    expect(refused.length).toBeGreaterThan(0)
    expect(refused[0].headers.get('Retry-After')).toBe('1')
    expect(await refused[0].json()).toMatchObject({ error: { code: 'overloaded' } })
  })
})

describe('the rest of the API', () => {
  it('has headers on every answer that keep web pages and caches out', async () => {
    const answers = [
      await post({ domain: 'copy' }),
      await post({ domain: 'x' }),
      await post('['),
      await app.request('/nowhere'),
      await app.request('/health', { method: 'DELETE' }),
      ...(await Promise.all(
        ['/', '/v1/domains', '/metrics', '/openapi.json', '/ready'].map((path) => app.request(path)),
      )),
    ]
    for (const { headers } of answers)
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
  })

  it('can be mounted in another app, with and without a slash at the end', async () => {
    const parent = new Hono().route('/rec', app)
    for (const path of ['/rec', '/rec/']) {
      const response = await parent.request(path)
      expect(response.status).toBe(200)
      const { try: command } = (await response.json()) as { try: string }
      expect(command).toContain('curl -s http://localhost/rec/v1/recommendations ')
    }
    const description = (await (await parent.request('/rec/openapi.json')).json()) as { servers: unknown }
    expect(description.servers).toEqual([{ url: '/rec' }])
    expect((await parent.request('/rec/health')).status).toBe(200)
    expect((await parent.request('/rec/nowhere')).status).toBe(404)
  })

  it('old paths answer with the new address, to which clients that follow it are sent with their body', async () => {
    const parent = new Hono().route('/rec', app)
    for (const [to, base] of [
      [app, ''],
      [parent, '/rec'],
    ] as const) {
      const old = await to.request(`${base}/recommendations`, { method: 'POST', body: '{"domain": "copy"}' })
      expect([old.status, old.headers.get('Location')]).toEqual([308, `${base}/v1/recommendations`])
      expect(await old.json()).toEqual({
        error: {
          code: 'bad-request',
          message: `${base}/recommendations has moved to ${base}/v1/recommendations`,
          suggestion: `${base}/v1/recommendations`,
        },
      })
    }
    const domains = await app.request('/domains?model=popularity')
    expect(domains.headers.get('Location')).toBe('/v1/domains?model=popularity')
    expect((await app.request('/recommendations', { method: 'DELETE' })).status).toBe(405)
  })

  it('GET / quotes what a client calls the server', async () => {
    const response = await app.request('http://evil.example$(id)/')
    const { try: command } = (await response.json()) as { try: string }
    expect(command).toMatch(/^curl -s 'http:\/\/evil.example\$\(id\)\/v1\/recommendations' -H /)
  })

  it('GET /v1/domains', async () => {
    expect(await (await app.request('/v1/domains')).json()).toEqual({
      model: 'item-knn',
      domains: [
        { name: 'copy', items: 12 },
        { name: 'source', items: 12 },
      ],
    })
    expect((await app.request('/v1/domains?model=popularity')).status).toBe(200)
    expect((await app.request('/v1/domains?model=x')).status).toBe(422)
  })

  it('GET / names an example that works', async () => {
    const { try: command } = (await (await app.request('/')).json()) as { try: string }
    const body = /-d '(.*)'$/.exec(command)![1]
    expect((await answer(body)).items).toHaveLength(5)
  })

  it('GET /health and /ready', async () => {
    let open = () => {}
    const gate = new Promise<void>((resolve) => {
      open = resolve
    })
    const slow: Scorer = { score: (queries, range) => gate.then(() => knn.score(queries, range)) }
    const starting = createServer({ models: [{ name: 'slow', model: slow, dataset }] })
    expect((await starting.request('/health')).status).toBe(200)
    const early = await starting.request('/ready')
    expect([early.status, await early.json()]).toEqual([503, { status: 'starting', models: ['slow'] }])
    open()
    await post({ domain: 'copy' }, {}, starting)
    const late = await starting.request('/ready')
    expect([late.status, await late.json()]).toEqual([200, { status: 'ready', models: ['slow'] }])
  })

  it('GET /ready stays 503 when a model cannot answer', async () => {
    const broken: Scorer = {
      async score() {
        throw new TributaryError('file-damaged', 'weights')
      },
    }
    let failed!: ServerApp
    const told = await new Promise((onError) => {
      failed = createServer({ models: [{ name: 'broken', model: broken, dataset }], onError })
    })
    const ready = await failed.request('/ready')
    expect([ready.status, await ready.json()]).toMatchObject([503, { status: 'failed' }])
    expect(told).toMatchObject({ code: 'file-damaged' })
  })

  it('GET /metrics counts requests, batches and items', async () => {
    const fresh = createServer({ models: [{ name: 'item-knn', model: knn, dataset, weights: 'f00d' }] })
    await answer({ domain: 'copy', k: 3 }, fresh)
    await answer({ domain: 'copy', k: 4 }, fresh)
    await post({ domain: 'x' }, {}, fresh)
    await fresh.request('/no/such/path')
    const response = await fresh.request('/metrics')
    expect(response.headers.get('Content-Type')).toContain('text/plain')
    const lines = (await response.text()).split('\n')
    expect(lines).toEqual(
      expect.arrayContaining([
        'tributary_http_requests_total{route="/v1/recommendations",method="POST",status="200"} 2',
        'tributary_http_requests_total{route="/v1/recommendations",method="POST",status="422"} 1',
        'tributary_http_requests_total{route="unknown",method="GET",status="404"} 1',
        'tributary_http_request_duration_seconds_count{route="/v1/recommendations",status="200"} 2',
        'tributary_items_returned_total{model="item-knn",domain="copy"} 7',
        expect.stringMatching(
          /^tributary_model_info\{model="item-knn",dataset="copy",hash="\w+",weights="f00d",version="[\d.]+"\} 1$/,
        ),
        expect.stringMatching(/^nodejs_eventloop_lag_seconds /),
      ]),
    )
  })

  it('GET /openapi.json describes every endpoint and what it refuses', async () => {
    const { paths, components } = (await (await app.request('/openapi.json')).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>
      components: { schemas: Record<string, { properties: Record<string, unknown>; required?: string[] }> }
    }
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/health', '/metrics', '/ready', '/v1/domains', '/v1/recommendations']),
    )
    expect(Object.keys(paths['/v1/recommendations'].post.responses)).toEqual([
      '200',
      '400',
      '401',
      '403',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
    ])
    const { properties, required } = components.schemas.RecommendationRequest
    expect(Object.keys(properties).sort()).toEqual([
      'domain',
      'exclude',
      'explain',
      'filter',
      'history',
      'ignoreUnknown',
      'k',
      'log',
      'maskSeen',
      'model',
      'placement',
      'session',
      'sources',
      'user',
      'values',
    ])
    // A placement may say the domain.
    expect(required).toBeUndefined()
  })

  it('needs models with names of their own', () => {
    const model = { name: 'a', model: knn, dataset }
    expect(() => createServer({ models: [] })).toThrow(/at least one model/)
    expect(() => createServer({ models: [model, model] })).toThrow(/two models are named 'a'/)
  })

  it('serves models of different datasets side by side', async () => {
    const other = blockWorld()
    const models = [
      { name: 'copies', model: knn, dataset },
      { name: 'blocks', model: await trained(popularity, other), dataset: other.dataset },
    ]
    const both = createServer({ models })
    expect((await answer({ domain: 'copy' }, both)).model).toBe('copies')
    expect((await answer({ domain: 'service', model: 'blocks', k: 2 }, both)).items).toHaveLength(2)
    expect((await post({ domain: 'service' }, {}, both)).status).toBe(422)
  })
})
