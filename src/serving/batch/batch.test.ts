import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../../contract/worlds.ts'
import { writeDataset } from '../../data/index.ts'
import { fileArguments, rowsOf, withDatabase } from '../../data/tables/duckdb.ts'
import { recommend } from '../../evaluation/recommend.ts'
import { decodeSafetensors, readFileBytes } from '../../files/index.ts'
import { openTrainedRun, type TrainedRun } from '../../runs/open.ts'
import { trainRun } from '../../runs/train.ts'
import { toQuestion } from '../ask.ts'
import { openServed, type ServedRun } from '../served.ts'
import { type ListsWanted, writeLists } from './lists.ts'
import { writeVectors } from './vectors.ts'

let folder: string
const world = twoDomainCopyWorld({ users: 20 })
const [first, second] = world.dataset.domains
const opened: { run: TrainedRun; served: ServedRun }[] = []

async function open(name: string, set: Record<string, unknown>): Promise<{ run: TrainedRun; served: ServedRun }> {
  const out = join(folder, name)
  const options = { datasetFolder: join(folder, 'data'), seed: 1, threads: 1, overrides: set }
  for await (const _ of trainRun({ model: 'sasrec', out, ...options }));
  const run = await openTrainedRun(out, { threads: 1 })
  const served = await openServed(run, { fallback: 'none', newUsers: 'none' }, 1)
  opened.push({ run, served })
  return { run, served }
}

let mixed: { run: TrainedRun; served: ServedRun }
let single: { run: TrainedRun; served: ServedRun }
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-batch-'))
  await writeDataset(world.dataset, join(folder, 'data'))
  mixed = await open('mixed', { width: 8, epochs: 1 })
  single = await open('single', { width: 8, epochs: 1, sequences: 'single' })
})
afterAll(async () => {
  for (const { run, served } of opened) await Promise.all([served.dispose(), run.model.dispose()])
  await rm(folder, { recursive: true, force: true })
})

const wanted: ListsWanted = { domains: [first, second], k: 3, keepSeen: false, reasons: false, shardUsers: 7 }
const written = (name: string, change: Partial<ListsWanted> = {}, of = mixed, options = {}) =>
  writeLists(of.run, of.served, join(folder, name), { ...wanted, ...change }, options)
const parquet = <R>(...files: string[]) =>
  withDatabase(':memory:', (connection) =>
    rowsOf<R>(connection, `SELECT * FROM read_parquet(${fileArguments(...files.map((file) => join(folder, file)))})`),
  )
const questionOf = async (user: string, domain: string) => (await toQuestion({ user, domain }, mixed.run.dataset)).query

describe('lists of all users', () => {
  it('are those of each alone, of the domains asked for, in files of so many users', async () => {
    const { shards, made, rows } = await written('lists', { domains: [second] })
    expect([shards, made]).toEqual([3, 3])
    const names = ['lists-00000.parquet', 'lists-00001.parquet', 'lists-00002.parquet']
    expect((await readdir(join(folder, 'lists'))).sort()).toEqual(['batch.json', ...names])
    const found = await parquet<{ user: string; item: string; domain: string; rank: number; score: number }>(
      ...names.map((name) => `lists/${name}`),
    )
    expect(found).toHaveLength(rows)
    const { dataset } = mixed.run
    const expected: object[] = []
    for (let user = 0; user < dataset.users.size; user++) {
      const name = dataset.users.name(user)
      const query = await questionOf(name, second)
      const [list] = await recommend(mixed.served.scorer, dataset, [query], { k: 3, maskSeen: true })
      for (const [place, { item, score }] of list.entries())
        expected.push({ user: name, domain: second, rank: place + 1, item: dataset.items.name(item), score })
    }
    expect(found).toEqual(expected)
  })

  it('say why, by names and shares', async () => {
    await written('because', { reasons: true, shardUsers: 100 })
    const found = await parquet<{ because: unknown }>('because/lists-00000.parquet')
    const told = JSON.stringify(found, (_, value) => (typeof value === 'bigint' ? Number(value) : value))
    expect(told).toMatch(/"item":"[^"]+","domain":"[^"]+","share":[01]/)
  })

  it('go on after they were stopped, and are shared, to the same bytes', async () => {
    await written('whole')
    const stop = new AbortController()
    const stopped = written('stopped', {}, mixed, {
      signal: stop.signal,
      onProgress: (done: number) => done >= 14 && stop.abort(),
    })
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted', message: expect.stringContaining('14 of 20') })
    expect(await written('stopped')).toMatchObject({ found: 2, made: 1, missing: 0 })
    expect(await written('shared', {}, mixed, { share: { number: 2, of: 2 } })).toMatchObject({ made: 1, missing: 2 })
    expect(await written('shared', {}, mixed, { share: { number: 1, of: 2 } })).toMatchObject({ made: 2, missing: 0 })
    const bytes = async (name: string) =>
      Promise.all((await readdir(join(folder, name))).sort().map((file) => readFile(join(folder, name, file), 'hex')))
    expect(await bytes('stopped')).toEqual(await bytes('whole'))
    expect(await bytes('shared')).toEqual(await bytes('whole'))
  })

  it('are not mixed with others, nor with anything else', async () => {
    await written('kept')
    const refused = (change: Partial<ListsWanted>, of = mixed) => expect(written('kept', change, of)).rejects
    await refused({ k: 4 }).toMatchObject({ code: 'mismatch', message: expect.stringContaining('-k 3 there, 4 here') })
    await refused({ keepSeen: true }).toThrow('--keep-seen false there, true here')
    await refused({}, single).toThrow('another run')
    await writeFile(join(folder, 'kept/batch.json'), '{')
    await refused({}).toMatchObject({ code: 'file-damaged' })
    await mkdir(join(folder, 'mine'))
    await writeFile(join(folder, 'mine/poem.txt'), 'roses')
    await expect(written('mine')).rejects.toMatchObject({ code: 'file-exists' })
  })
})

describe('vectors', () => {
  it.each(['mixed', 'single'] as const)(
    'make the scores of a %s model by their products, in every format',
    async (name) => {
      const { run } = { mixed, single }[name]
      const { dataset, model } = run
      const at = (format: string) => join(folder, `${name}-${format}`)
      const said = await writeVectors(run, at('parquet'), 'parquet')
      const items = await parquet<{ id: number; item: string; domain: string; vector: { items: number[] } }>(
        `${name}-parquet/items.parquet`,
      )
      const users = await parquet<{ id: number; user: string; domain?: string; vector: { items: number[] } }>(
        `${name}-parquet/users.parquet`,
      )
      expect([items.length, users.length]).toEqual([said.items.rows, said.users.rows])
      expect(said.users.byDomain).toBe(name === 'single')
      const [who] = users.slice(-1)
      for (const { id, item, vector } of items.filter(({ domain }) => domain === (who.domain ?? second))) {
        expect(dataset.items.name(id)).toBe(item)
        const [score] = await model.score([await questionOf(who.user, second)], { start: id, end: id + 1 })
        const product = listOf(vector).reduce((sum, x, k) => sum + x * listOf(who.vector)[k], 0)
        expect(product).toBeCloseTo(score, 4)
      }

      await writeVectors(run, at('npy'), 'npy')
      const numbers = (await readFile(join(at('npy'), 'users.npy'))).subarray(128)
      expect([...new Float32Array(Uint8Array.from(numbers).buffer)]).toEqual(
        users.flatMap(({ vector }) => listOf(vector)),
      )
      const lines = (await readFile(join(at('npy'), 'items.jsonl'), 'utf8')).trim().split('\n')
      expect(lines.map((line) => JSON.parse(line))).toEqual(items.map(({ vector: _, ...named }) => named))

      await writeVectors(run, at('safetensors'), 'safetensors')
      const file = join(at('safetensors'), 'vectors.safetensors')
      const { tensors } = decodeSafetensors(await readFileBytes(file), file)
      expect(tensors.get('items')?.shape).toEqual([items.length, 8])
      expect([...(tensors.get('items')?.data ?? [])]).toEqual(items.flatMap(({ vector }) => listOf(vector)))
    },
  )

  it('replace others only where that is asked for', async () => {
    await writeVectors(mixed.run, join(folder, 'again'), 'npy')
    await expect(writeVectors(mixed.run, join(folder, 'again'), 'parquet')).rejects.toMatchObject({
      code: 'file-exists',
    })
    await writeVectors(mixed.run, join(folder, 'again'), 'parquet', { overwrite: true })
    expect((await readdir(join(folder, 'again'))).sort()).toEqual(['README.json', 'items.parquet', 'users.parquet'])
  })
})

/** The driver gives lists as they are, or in an object. */
function listOf(vector: readonly number[] | { readonly items: readonly number[] }): readonly number[] {
  return 'items' in vector ? vector.items : vector
}
