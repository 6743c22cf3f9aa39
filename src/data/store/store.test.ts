import { mkdir, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { buildDataset } from '../build/build.ts'
import { literal, withDatabase } from '../tables/duckdb.ts'
import { readIds } from './ids.ts'
import { openDataset, writeDataset } from './store.ts'

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-store-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  folder = join(await mkdtemp(join(root, 'case-')), 'dataset')
})

const columns = {
  user: ['b', 'a', 'a', 'b'],
  item: ['x', 'y', 'x', 'z'],
  domain: ['Shop', 'Music', 'Shop', 'Shop'],
  timestamp: [20, 10, 10, 5],
  value: [1.5, 2, 3, 4],
  part: ['test', 'train', 'valid', 'unused'] as const,
  // z has none.
  category: ['games', 'rock', 'toys', ''],
}
const dataset = buildDataset('log', columns)

/** Writes a Parquet file the way another program would. */
const foreign = (path: string, select: string) =>
  withDatabase(':memory:', async (connection) => {
    await connection.run(`COPY (${select}) TO ${literal(path)} (FORMAT parquet)`)
  })

describe('a dataset folder', () => {
  it('gives back what was written, with or without each optional column', async () => {
    for (const absent of [
      [],
      ['timestamp'],
      ['value', 'part'],
      ['category'],
      ['timestamp', 'value', 'part', 'category'],
    ]) {
      const kept = Object.fromEntries(Object.entries(columns).filter(([name]) => !absent.includes(name)))
      const written = buildDataset('log', kept as unknown as typeof columns)
      await writeDataset(written, folder, { overwrite: true })
      const { users: _users, items: _items, ...expected } = written
      for (const ids of ['with', 'without']) {
        if (ids === 'without') await rm(join(folder, 'ids.safetensors'))
        const { users, items, ...opened } = await openDataset(folder)
        expect(opened).toEqual(expected)
        expect(users.name(1)).toBe('b')
        expect(items.id('z')).toBe(written.items.id('z'))
      }
    }
  })

  it('has its rows by ids, which count as long as they are whole and the log is theirs', async () => {
    await writeDataset(dataset, folder)
    const ids = join(folder, 'ids.safetensors')
    const log = join(folder, 'interactions.parquet')
    expect((await readIds(folder, 'log', log))?.hash).toBe(dataset.hash)
    const whole = await readFile(ids)
    await fc.assert(
      fc.asyncProperty(
        fc.nat(whole.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        async (at, by, cut) => {
          const damaged = Uint8Array.from(cut ? whole.subarray(0, at) : whole)
          if (!cut) damaged[at] ^= by
          await writeFile(ids, damaged)
          const found = await readIds(folder, 'log', log)
          // A blank of the header may be any other.
          expect(found === undefined || found.hash === dataset.hash).toBe(true)
          if (cut) expect(found).toBeUndefined()
        },
      ),
      { numRuns: 60 },
    )
    await writeFile(ids, whole.subarray(0, 50))
    expect((await openDataset(folder)).log).toEqual(dataset.log)
    await writeFile(ids, whole)
    const other = buildDataset('log', { ...columns, timestamp: [20, 10, 10, 6] })
    await writeDataset(other, `${folder}-other`)
    expect(await readIds(folder, 'log', join(`${folder}-other`, 'interactions.parquet'))).toBeUndefined()
  })

  it('has its times where they are read in place, however many columns stand before them', async () => {
    const one = { user: ['a'], item: ['x'], domain: ['Shop'], timestamp: [1] }
    // Numbers of four bytes of the second: 2 + 2 + 3 + 2 + 1, and a value makes them odd.
    for (const some of [columns, one, { ...one, value: [1] }]) {
      const written = buildDataset('log', some)
      await writeDataset(written, folder, { overwrite: true })
      const { log } = (await readIds(folder, 'log', join(folder, 'interactions.parquet')))!
      expect(log).toEqual(written.log)
      expect(log.timestamp!.buffer).toBe(log.item.buffer)
    }
  })

  it('of another program is ordered by its nanoseconds, and refused where times are impossible', async () => {
    await mkdir(folder, { recursive: true })
    const path = join(folder, 'interactions.parquet')
    const rows = (domain: string) =>
      [100, 0, 50].map((n, i) => `('u', 'i${i + 1}', '${domain}', make_timestamp_ns(1577836800000000000 + ${n}))`)
    const values = (all: readonly string[]) =>
      `SELECT * FROM (VALUES ${all.join(', ')}) t("user", item, "domain", "timestamp")`
    await foreign(path, values(rows('a')))
    const { log, items } = await openDataset(folder)
    expect(Array.from(log.item, (item) => items.name(item))).toEqual(['i2', 'i3', 'i1'])
    await foreign(path, values([...rows('a'), ...rows('b').slice(1)]))
    await expect(openDataset(folder)).rejects.toThrow(/'i2' .*'a' \(.*row 2\).*'b' \(.*row 4\)/)
    await foreign(path, `SELECT 'u' AS "user", 'x' AS item, 'a' AS "domain", unnest([1, 1e300]) AS "timestamp"`)
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'bad-row',
      message: expect.stringMatching(/row 2, column 'timestamp': '1e\+300' is no time/),
    })
  })

  it('may be written by another program: other order and types, in parts, without description', async () => {
    const parts = join(folder, 'interactions.parquet')
    await mkdir(parts, { recursive: true })
    const rows = `FROM (VALUES
      ('b', 'x', 'Shop', 20, 1.5, 'test', NULL), ('a', 'y', 'Music', 10, 2, 'train', 'rock'),
      ('a', 'x', 'Shop', 10, 3, 'valid', 'games'), ('b', 'z', 'Shop', 5, 4, 'unused', '')) t(u, i, d, t, v, p, c)`
    const select = `SELECT p AS part, u AS "user", i AS item, d AS "domain", make_timestamp(t * 1000000) AS timestamp, v AS value, c AS category ${rows}`
    await foreign(join(parts, 'part-0.parquet'), `${select} LIMIT 2`)
    await foreign(join(parts, 'part-1.parquet'), `${select} OFFSET 2`)
    const opened = await openDataset(folder)
    expect(opened.hash).toBe(dataset.hash)
    expect(opened.name).toBe('dataset')
  })

  it('takes ids of any type as names', async () => {
    await mkdir(folder)
    await foreign(
      join(folder, 'interactions.parquet'),
      `SELECT 7 AS "user", 10 AS item, 'one' AS "domain", DATE '1970-01-02' AS timestamp`,
    )
    const { users, items, log } = await openDataset(folder)
    expect([users.name(0), items.name(1), log.timestamp?.[0]]).toEqual(['7', '10', 86_400])
  })
})

describe('openDataset refuses', () => {
  it('what is not there', async () => {
    await expect(openDataset(folder)).rejects.toMatchObject({ code: 'file-missing' })
    await mkdir(folder)
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('interactions.parquet'),
    })
    await mkdir(join(folder, 'interactions.parquet'))
    await expect(openDataset(folder)).rejects.toMatchObject({ code: 'file-missing' })
    const file = join(folder, 'file')
    await writeFile(file, '')
    await expect(openDataset(file)).rejects.toMatchObject({
      code: 'file-missing',
      message: expect.stringContaining('is a file'),
    })
  })

  it('a damaged description', async () => {
    await writeDataset(dataset, folder)
    const path = join(folder, 'dataset.json')
    const text = await readFile(path, 'utf8')
    for (const [damage, word] of [
      [text.slice(0, 100), 'JSON'],
      [text.replace('"format": 1', '"format": 2'), 'format'],
      [text.replace(/"hash": ".*"/, '"hash": "x"'), 'hash'],
      ['[]', 'the whole'],
    ] as const) {
      await writeFile(path, damage)
      await expect(openDataset(folder)).rejects.toMatchObject({
        code: 'file-damaged',
        message: expect.stringContaining(word),
      })
    }
  })

  it('rows that are not those of the description', async () => {
    await writeDataset(dataset, folder)
    const other = buildDataset('log', { ...columns, timestamp: [20, 10, 10, 6] })
    const elsewhere = `${folder}-other`
    await writeDataset(other, elsewhere)
    await writeFile(join(folder, 'interactions.parquet'), await readFile(join(elsewhere, 'interactions.parquet')))
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining('the hash differs'),
    })
  })

  it('a truncated or emptied file', async () => {
    await writeDataset(dataset, folder)
    const path = join(folder, 'interactions.parquet')
    await truncate(path, 200)
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'file-damaged',
      message: expect.stringContaining(path),
    })
    await foreign(path, `SELECT 'a' AS "user", 'x' AS item, 'd' AS "domain" LIMIT 0`)
    await expect(openDataset(folder)).rejects.toMatchObject({ code: 'file-empty' })
  })

  it('missing columns and bad cells of other programs', async () => {
    await mkdir(folder)
    const path = join(folder, 'interactions.parquet')
    await foreign(path, `SELECT 'a' AS "user", 'x' AS item`)
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'bad-column',
      message: expect.stringContaining('domain'),
    })
    await foreign(path, `SELECT u AS "user", 'x' AS item, 'd' AS "domain" FROM (VALUES ('a'), (NULL)) t(u)`)
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'bad-row',
      message: expect.stringContaining("row 2, column 'user'"),
    })
    await foreign(path, `SELECT 'a' AS "user", 'x' AS item, d AS "domain" FROM (VALUES ('c'), ('d')) t(d)`)
    await expect(openDataset(folder)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringContaining("row 1) and 'd'"),
    })
  })
})

describe('writeDataset', () => {
  it('refuses a taken name unless asked to overwrite', async () => {
    await writeDataset(dataset, folder)
    await expect(writeDataset(dataset, folder)).rejects.toMatchObject({ code: 'file-exists' })
    await writeDataset(dataset, folder, { overwrite: true })
    expect((await openDataset(folder)).hash).toBe(dataset.hash)
  })
})
