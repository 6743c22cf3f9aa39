import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from '../../../test/server/described.ts'
import { type JudgedAs, type JudgedPlace, transferReportOf } from '../../../test/worlds/transfer-report.ts'
import { byName, domainOfItem, scoringPairs } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { hasSqlite, openStore } from '../../serving/store/open.ts'
import type { Store } from '../../serving/store/store.ts'
import { Workbench } from '../../workbench/index.ts'

const root = mkdtempSync(join(tmpdir(), 'tributary-services-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const PLACES = [
  { domain: 'books', difference: -0.0212345678901234, cases: 300 },
  { domain: 'toys', difference: 0.03, cases: 100 },
  { domain: '<script>alert(1)</script>', difference: 0.001 },
  { domain: 'new', difference: Number.NaN },
] satisfies JudgedPlace[]

function put(folder: string, places: readonly JudgedPlace[], seconds: number, as?: JudgedAs): object {
  mkdirSync(join(root, folder), { recursive: true })
  const path = join(root, folder, 'transfer.json')
  const text = JSON.stringify(transferReportOf(places, as))
  writeFileSync(path, text)
  utimesSync(path, seconds, seconds)
  return JSON.parse(text)
}

const training = {
  bestEpoch: 2,
  epochs: [1, 2],
  lambda: byName([['books', [1, 0.5]]]),
  gap: byName([['books', [null, -0.25]]]),
}
const dataset = buildDataset('shop', { user: ['ann', 'ann'], item: ['a', 'b'], domain: ['books', 'toys'] })
const model = { score: async (queries: readonly unknown[]) => new Float32Array(queries.length) }

interface Answer {
  readonly [key: string]: unknown
}
async function ask(app: ReturnType<typeof createServer>, path = ''): Promise<[status: number, answer: Answer]> {
  const response = await app.request(`/v1/services${path}`)
  return [response.status, (await response.json()) as Answer]
}

describe('reports of services', () => {
  let written: { readonly [key: string]: unknown; readonly domains: { readonly [domain: string]: object } }
  const looking = () => createServer({ models: [], workbench: new Workbench({ folders: [root] }) })
  beforeAll(() => {
    written = put('runs/one', PLACES, 1_000, { weights: 'one', twinWeights: 'twin', training }) as typeof written
    put('runs/two', [{ domain: 'books', difference: 0.01, validation: -0.02 }], 2_000, { weights: 'two' })
    put('other', [{ domain: 'books', difference: 0 }], 3_000, { name: 'sasrec', weights: 'three' })
    mkdirSync(join(root, 'broken'))
    writeFileSync(join(root, 'broken/transfer.json'), '{')
  })

  it('are listed, with those that cannot be read and why', async () => {
    const [status, { reports, damaged, unreported }] = await ask(looking())
    expect(status).toBe(200)
    expect((reports as Answer[]).map(({ id, model }) => [id, model])).toEqual([
      ['other', 'sasrec'],
      ['runs/two', 'syncrec'],
      ['runs/one', 'syncrec'],
    ])
    expect(damaged).toEqual([{ id: 'broken', reason: expect.stringContaining('it is not JSON') }])
    expect(unreported).toEqual([])
    expect((await ask(looking(), '/broken'))[1]).toMatchObject({
      error: { message: expect.stringContaining('not JSON') },
    })
    const [missing, { error }] = await ask(looking(), '/runs%2Fthree')
    expect(missing).toBe(404)
    expect(error).toMatchObject({ message: "there is no report 'runs/three'; GET /v1/services lists those there are" })
  })

  it('say what transfer.json says, to the last digit, and nothing of who answers where nothing is served', async () => {
    const [status, answer] = await ask(looking(), '/runs%2Fone')
    expect(status).toBe(200)
    const services = answer.services as Answer[]
    expect(services.map(({ domain }) => domain)).toEqual(Object.keys(written.domains))
    for (const { domain, validation, fallback, ...told } of services) {
      expect(told).toEqual(written.domains[domain as string])
      expect(validation).toEqual((written.validation as typeof written).domains[domain as string])
      expect(fallback).toBe(domain === 'books' ? 'twin' : 'model')
    }
    expect(answer).toMatchObject({
      metric: written.metric,
      overall: written.overall,
      sides: { model: written.model, twin: written.twin },
      described: written.described,
      training: {
        bestEpoch: 2,
        epochs: [1, 2],
        lambda: [{ name: 'books', values: [1, 0.5] }],
        gap: [{ name: 'books', values: [null, -0.25] }],
        gates: [],
      },
    })
    expect(answer.cautions).toContainEqual(expect.stringMatching(/^One seed was trained/))
  })

  it('follow one another, of one model on data of one name', async () => {
    const [, { history }] = await ask(looking(), '/runs%2Ftwo')
    expect(history).toMatchObject([
      {
        id: 'runs/one',
        at: 1_000_000,
        isShown: false,
        services: [{ domain: 'books', verdict: 'harmed', toTwin: true }, {}, {}, {}],
      },
      { id: 'runs/two', at: 2_000_000, isShown: true, services: [{ verdict: 'helped', validation: 'harmed' }] },
    ])
  })

  it('say who answers where the model is served: the twin in its domains, with its weights', async () => {
    const fallbacks = new Map([
      ['books', 'sasrec-sequences=single/seed1'],
      ['toys', 'by-hand'],
    ])
    const app = createServer({
      models: [
        { name: 'other', model, dataset, weights: 'unknown' },
        { name: 'mixed', model, dataset, weights: 'one', fallbacks },
      ],
      workbench: new Workbench({ folders: [root] }),
    })
    const [, { reports, unreported }] = await ask(app)
    expect((reports as Answer[])[0]).toMatchObject({ id: 'runs/one', served: { model: 'mixed', isDefault: false } })
    expect(unreported).toEqual([{ model: 'other', domains: ['books', 'toys'] }])
    const [, { services }] = await ask(app, '/runs%2Fone')
    expect((services as Answer[]).map(({ answers }) => answers)).toMatchObject([
      { by: 'twin', name: 'sasrec-sequences=single/seed1', weights: 'twin' },
      { by: 'other', name: 'by-hand' },
      { by: 'model', name: 'mixed', weights: 'one' },
      { by: 'model' },
    ])
  })

  it('are asked who gives to whom, of a model that is served here alone', async () => {
    const rows = Array.from({ length: 30 }, (_, u) => [
      [`u${u}`, `b${u % 7}`, 'books'],
      [`u${u}`, `t${u % 5}`, 'toys'],
    ]).flat()
    const shop = buildDataset('shop', {
      user: rows.map(([user]) => user),
      item: rows.map(([, item]) => item),
      domain: rows.map(([, , domain]) => domain),
    })
    let asked = 0
    const generous = scoringPairs(({ history }, item) => {
      asked++
      return item % 3 === 1
        ? history.filter((one) => domainOfItem(shop, one) === shop.domains.indexOf('toys')).length
        : 0
    })
    const app = createServer({
      models: [{ name: 'mixed', model: generous, dataset: shop, weights: 'one' }],
      workbench: new Workbench({ folders: [root] }),
    })
    const [status, answer] = await ask(app, '/runs%2Fone/exchange?users=10')
    expect(status).toBe(200)
    const alone = { books: { mean: 0, ofEvents: 0.5 }, toys: { mean: 1, low: 1, high: 1 } }
    expect(answer).toMatchObject({
      model: 'mixed',
      asked: 10,
      of: 30,
      domains: [
        { domain: 'books', users: 10, silent: 0, owed: [alone.books, alone.toys] },
        { domain: 'toys', owed: [alone.books, alone.toys] },
      ],
    })
    const before = asked
    expect((await ask(app, '/runs%2Fone/exchange?users=10'))[1]).toEqual(answer)
    expect(asked).toBe(before)
    const [refused, { error }] = await ask(app, '/runs%2Ftwo/exchange')
    expect([refused, error]).toMatchObject([409, { message: expect.stringContaining('tributary explain ') }])
    expect((await ask(app, '/runs%2Fone/exchange?users=1000'))[0]).toBe(400)
  })

  it('say what would change if others went to the twin, and change nothing', async () => {
    const [status, { metric, now, rules }] = await ask(looking(), '/runs%2Fone/fallback?twin=toys&twin=new')
    expect([status, metric, now]).toEqual([200, 'ndcg@10', []])
    expect((rules as Answer[]).map(({ rule, domains }) => [rule, domains])).toEqual([
      ['none', []],
      ['harmed', ['books']],
      ['behind', ['books']],
      ['all', PLACES.map(({ domain }) => domain)],
      ['chosen', ['toys', 'new']],
    ])
    expect(rules).toMatchObject([
      { shown: { change: { mean: 0 }, cases: { moved: 0, of: 500 }, services: [] } },
      { shown: { part: 'test', cases: { moved: 300, of: 500 }, services: [{ mean: 0.0212345678901234, users: 50 }] } },
      {},
      {},
      {
        shown: {
          services: [
            { domain: 'toys', mean: -0.03 },
            { domain: 'new', cases: 0, mean: null },
          ],
        },
      },
    ])
    const [refused, { error }] = await ask(looking(), '/runs%2Fone/fallback?twin=boks')
    expect([refused, error]).toMatchObject([422, { field: 'twin', suggestion: 'books' }])
  })
})

describe.skipIf(!hasSqlite())('reports of a server that trains again', () => {
  let store: Store
  const folder = mkdtempSync(join(tmpdir(), 'tributary-retrained-'))
  beforeAll(async () => {
    store = await openStore(`sqlite:${join(folder, 'store.db')}`)
    const job = (name: string, body: Answer) => store.putDocument('job', `training-${name}`, { sequence: 1, ...body })
    await job('monday', {
      status: 'promoted',
      started: 1,
      ended: 10,
      run: 'monday/run',
      reason: 'nothing answered before',
    })
    await job('tuesday', {
      status: 'kept',
      started: 11,
      ended: 20,
      run: 'tuesday/run',
      reason: 'it is worse',
      verdict: {
        passed: false,
        reason: 'it is worse',
        metric: 'ndcg@10',
        cases: 40,
        difference: { mean: -0.1, low: -0.2, high: -0.05 },
        domains: { books: 'harmed', toys: 'no difference' },
      },
    })
    await job('wednesday', { status: 'running', started: 21 })
    for (const [name, at] of [
      ['monday', 5],
      ['by-hand', 30],
    ] as const) {
      mkdirSync(join(folder, name, 'run'), { recursive: true })
      const path = join(folder, name, 'run', 'transfer.json')
      writeFileSync(path, JSON.stringify(transferReportOf([{ domain: 'books', difference: 0.02 }], { weights: name })))
      utimesSync(path, at, at)
    }
  })
  afterAll(async () => {
    await store.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it('stand beside what the gate said, and those that it kept out are told, too', async () => {
    const app = createServer({ models: [], store, workbench: new Workbench({ folders: [folder] }) })
    const [status, { history }] = await ask(app, '/monday%2Frun')
    expect(status).toBe(200)
    expect(history).toMatchObject([
      { id: 'monday/run', at: 10, training: { name: 'monday', status: 'promoted' }, services: [{ domain: 'books' }] },
      {
        at: 20,
        metric: 'ndcg@10',
        services: [],
        training: {
          name: 'tuesday',
          status: 'kept',
          gate: {
            passed: false,
            difference: { mean: -0.1 },
            domains: [
              { domain: 'books', verdict: 'harmed' },
              { domain: 'toys', verdict: 'no difference' },
            ],
          },
        },
      },
      { id: 'by-hand/run', at: 30_000 },
    ])
  })
})
