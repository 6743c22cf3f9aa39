import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { createServer } from '../../test/server/described.ts'
import { TributaryError } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { Lineup } from '../serving/lineup.ts'
import { Models, type ServedModel } from '../serving/models.ts'
import { openStore } from '../serving/store/open.ts'
import type { Store } from '../serving/store/store.ts'
import type { ServerApp } from './context.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-lineup-'))
const runs = join(folder, 'runs')
for (const run of ['monday', 'tuesday', 'damaged', 'nights/wednesday']) mkdirSync(join(runs, run), { recursive: true })
const stores: Store[] = []
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()))
  rmSync(folder, { recursive: true, force: true })
})

const dataset = buildDataset('shop', { user: ['ann', 'ann'], item: ['a', 'b'], domain: ['books', 'books'] })
const SCORES: Readonly<Record<string, number>> = { first: 1, monday: 2, tuesday: 3, 'nights/wednesday': 4 }

interface Replica {
  readonly app: ServerApp
  readonly lineup: Lineup
  readonly models: Models
  readonly errors: unknown[]
  /** How often each run was opened and freed. */
  readonly opened: string[]
  readonly freed: string[]
}

/** A server whose models score everything with a number of their own, and say what they are freed of. */
async function replica(url: string, unreadable: readonly string[] = []): Promise<Replica> {
  const store = await openStore(url)
  stores.push(store)
  const [errors, opened, freed]: [unknown[], string[], string[]] = [[], [], []]
  const modelOf = (name: string, run: string): ServedModel => ({
    name,
    dataset,
    weights: run,
    model: {
      async score(queries, { start, end }) {
        // So that switches fall into the midst of answers.
        await new Promise((resolve) => setImmediate(resolve))
        return new Float32Array(queries.length * (end - start)).fill(SCORES[run])
      },
    },
    async dispose() {
      freed.push(run)
    },
  })
  const open = async (name: string, path: string) => {
    const run = path.slice(runs.length + 1)
    if (run === 'damaged' || unreadable.includes(run))
      throw new TributaryError('file-damaged', `${path}/weights.safetensors is cut off`)
    opened.push(run)
    return modelOf(name, run)
  }
  const models = new Models([modelOf('first', 'first')])
  const lineup = new Lineup({ models, store, runs, open, onError: (error) => errors.push(error) })
  await lineup.catchUp()
  const app = createServer({ models, store, lineup, onError: (error) => errors.push(error) })
  return { app, lineup, models, errors, opened, freed }
}

async function ask({ app }: Replica, method: string, path: string, body?: unknown) {
  const response = await app.request(path, {
    method,
    ...(body !== undefined && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  expect(text).not.toContain(folder)
  return { status: response.status, body: text === '' ? undefined : JSON.parse(text) }
}

const answers = async (of: Replica, model?: string) => {
  const { status, body } = await ask(of, 'POST', '/v1/recommendations', { domain: 'books', k: 1, model })
  // With the beginning of the weights' hash behind it.
  return { status, model: body.model?.split('@')[0], score: body.items?.[0].score }
}

let url: string
let one: Replica
let number = 0
beforeEach(async () => {
  url = `sqlite:${join(folder, `store-${number++}.db`)}`
  one = await replica(url)
})

describe('models that change while a server runs', () => {
  it('are added beside the others, and every server of the store follows', async () => {
    const two = await replica(url)
    expect(await ask(one, 'POST', '/v1/models', { run: 'nights/wednesday' })).toEqual({
      status: 201,
      body: {
        name: 'nights/wednesday',
        dataset: 'shop',
        weights: 'nights/wednesday',
        domains: ['books'],
        aliases: [],
        since: expect.any(Number),
      },
    })
    await ask(one, 'POST', '/v1/models', { run: 'monday', name: 'new' })
    await two.lineup.catchUp()
    for (const server of [one, two]) {
      expect(await answers(server)).toEqual({ status: 200, model: 'first', score: 1 })
      expect(await answers(server, 'new')).toEqual({ status: 200, model: 'new', score: 2 })
    }
    expect((await ask(two, 'GET', '/v1/models')).body.models.map(({ name }: { name: string }) => name)).toEqual([
      'first',
      'new',
      'nights/wednesday',
    ])
    const third = await replica(url)
    expect(third.models.names).toEqual(['first', 'new', 'nights/wednesday'])
  })

  it('answer by an alias, which is switched and rolled back for all', async () => {
    const two = await replica(url)
    for (const run of ['monday', 'tuesday']) await ask(one, 'POST', '/v1/models', { run })
    const change = (model: string) => ask(two, 'PUT', '/v1/aliases/champion', { model })
    expect((await change('monday')).body).toEqual({ alias: 'champion', model: 'monday', before: ['first'] })
    expect((await change('tuesday')).body.before).toEqual(['monday', 'first'])
    expect(await answers(two)).toMatchObject({ model: 'tuesday', score: 3 })
    expect(await answers(one)).toMatchObject({ model: 'first' })
    await one.lineup.catchUp()
    expect(await answers(one)).toMatchObject({ model: 'tuesday', score: 3 })
    expect((await ask(one, 'POST', '/v1/aliases/champion/rollback')).body.model).toBe('monday')
    expect((await ask(one, 'POST', '/v1/aliases/champion/rollback')).body.model).toBe('first')
    expect((await ask(one, 'POST', '/v1/aliases/champion/rollback')).status).toBe(400)
    expect(await answers(one)).toMatchObject({ model: 'first' })
  })

  it('are refused where something would go wrong, with no word of where files are', async () => {
    const refused = async (method: string, path: string, body?: unknown) => {
      const { status, body: answer } = await ask(one, method, path, body)
      return [status, answer.error.message]
    }
    const add = (run: string, name?: string) => refused('POST', '/v1/models', { run, name })
    expect(await add('../runs/monday')).toEqual([400, expect.stringContaining('not below the folder of runs')])
    expect(await add(join(runs, 'monday'))).toEqual([400, expect.stringContaining('not below the folder of runs')])
    expect(await add('thursday')).toEqual([422, expect.stringContaining('(file-missing)')])
    expect(await add('damaged')).toEqual([422, expect.stringContaining('(file-damaged)')])
    expect(await add('monday', 'first')).toEqual([400, expect.stringContaining("'first' is served already")])
    expect(await refused('PUT', '/v1/aliases/champion', { model: 'frist' })).toEqual([
      422,
      "unknown model 'frist'; did you mean 'first'?",
    ])
    expect(await refused('PUT', '/v1/aliases/first', { model: 'first' })).toEqual([400, expect.any(String)])
    expect(await refused('POST', '/v1/aliases/next/rollback')).toEqual([422, expect.any(String)])
    expect(await refused('DELETE', '/v1/models/first')).toEqual([400, expect.stringContaining('started with')])
    await ask(one, 'POST', '/v1/models', { run: 'monday' })
    await ask(one, 'PUT', '/v1/aliases/champion', { model: 'monday' })
    expect(await refused('DELETE', '/v1/models/monday')).toEqual([
      400,
      expect.stringContaining("answers as 'champion'"),
    ])
    expect(one.models.names).toEqual(['first', 'monday'])
  })

  it('are answered by the model before, where a server cannot open what the others switched to', async () => {
    const poor = await replica(url, ['tuesday'])
    for (const run of ['monday', 'tuesday']) await ask(one, 'POST', '/v1/models', { run })
    await ask(one, 'PUT', '/v1/aliases/champion', { model: 'monday' })
    await poor.lineup.catchUp()
    await ask(one, 'PUT', '/v1/aliases/champion', { model: 'tuesday' })
    await poor.lineup.catchUp()
    expect(await answers(poor)).toEqual({ status: 200, model: 'monday', score: 2 })
    expect(poor.errors.length).toBeGreaterThan(0)
  })

  it('are switched twenty times under load without a failed or mixed answer, and what is taken away is freed', async () => {
    const two = await replica(url)
    for (const run of ['monday', 'tuesday']) await ask(one, 'POST', '/v1/models', { run })
    let going = true
    const seen = new Map<string, number>()
    const client = async () => {
      while (going) {
        const { status, model, score } = await answers(one)
        expect(status).toBe(200)
        expect(score).toBe(SCORES[model])
        seen.set(model, (seen.get(model) ?? 0) + 1)
      }
    }
    const clients = Array.from({ length: 16 }, client)
    for (let i = 0; i < 20; i++) {
      const model = i % 2 === 0 ? 'monday' : 'tuesday'
      expect((await ask(one, 'PUT', '/v1/aliases/champion', { model })).status).toBe(200)
      // Each of them answers before the next switch.
      const before = seen.get(model) ?? 0
      while ((seen.get(model) ?? 0) < before + 3) await answers(one)
    }
    expect((await ask(one, 'DELETE', '/v1/models/monday')).status).toBe(204)
    going = false
    await Promise.all(clients)
    expect(one.errors).toEqual([])
    expect(one.freed).toEqual(['monday'])
    await two.lineup.catchUp()
    expect([...two.opened].sort()).toEqual([...two.freed, 'tuesday'].sort())
    expect(two.models.names).toEqual(['first', 'tuesday'])
  })
})
