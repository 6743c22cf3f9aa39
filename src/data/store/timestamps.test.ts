import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ImportOptions, importDataset } from '../import/import.ts'
import { literal, withDatabase } from '../tables/duckdb.ts'
import { openDataset } from './store.ts'

let folder: string
let out: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-timestamps-'))
  out = join(folder, 'dataset')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** Rows i1, i2, … of one user with these times, in this order of the file; back come items and times in the order of the log. */
async function imported(times: readonly (string | number)[], options: Partial<ImportOptions> = {}) {
  const path = join(folder, 'log.csv')
  const rows = times.map((time, i) => `u1,i${i + 1},a,${time}\n`)
  await writeFile(path, `user,item,domain,timestamp\n${rows.join('')}`)
  return opened(path, 'csv', options)
}

async function opened(path: string, reader: string, options: Partial<ImportOptions> = {}) {
  const report = await importDataset({ reader, files: [path], out, overwrite: true, ...options })
  const { log, items } = await openDataset(out)
  return {
    items: Array.from(log.item, (item) => items.name(item)).join(' '),
    times: Array.from(log.timestamp!, (time) => new Date(time * 1000).toISOString()),
    file: report.files[0],
  }
}

describe('times of one column', () => {
  it('may be numbers and dates', async () => {
    const { items, times, file } = await imported([
      1577836800000,
      1577836801000,
      1577836802000,
      '2020-01-01T00:00:03Z',
      '2020-01-01T00:00:04Z',
    ])
    expect(items).toBe('i1 i2 i3 i4 i5')
    expect(times.at(-1)).toBe('2020-01-01T00:00:04.000Z')
    expect(file.notes).toEqual([expect.stringMatching(/2 rows have a date .* 3 rows have a number of milliseconds/)])
  })

  it('may be numbers of several units, which is said, unless one is stated', async () => {
    const numbers = [1577836800000, 1577836801000, 1577836802000, 1577836803, 1577836804]
    const { items, file } = await imported(numbers)
    expect(items).toBe('i1 i2 i3 i4 i5')
    expect(file.notes).toEqual([expect.stringMatching(/several units: 2 as seconds.*milliseconds.*--timestamp-unit/)])
    const stated = await imported(numbers, { timestampUnit: 'milliseconds' })
    expect([stated.items, stated.file.notes]).toEqual(['i4 i5 i1 i2 i3', []])
    await expect(imported(numbers, { timestampUnit: 'millis' })).rejects.toMatchObject({ code: 'unknown-name' })
  })

  it('stand in the same order in any mixture of units, where all are of 1973 to 2099', async () => {
    const scales = fc.constantFrom(1, 1e3, 1e6, 1e9)
    const row = fc.tuple(fc.integer({ min: 1e8, max: 4e9 }), scales)
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(row, { minLength: 2, maxLength: 8, selector: ([second]) => second }),
        async (rows) => {
          const { times } = await imported(rows.map(([second, scale]) => BigInt(second) * BigInt(scale)).map(String))
          const seconds = rows.map(([second]) => second).sort((a, b) => a - b)
          expect(times).toEqual(seconds.map((second) => new Date(second * 1000).toISOString()))
        },
      ),
      { numRuns: 10 },
    )
  })

  it('keep the unit of most where they are small: one zero makes no file of seconds', async () => {
    const { times } = await imported([0, 5000, 1577836801000, 1577836802000])
    expect(times.slice(0, 2)).toEqual(['1970-01-01T00:00:00.000Z', '1970-01-01T00:00:05.000Z'])
  })

  it('are read as ISO 8601 to the minute, and with an offset after a blank', async () => {
    const { items, times } = await imported([
      '2024-01-31T14:00Z',
      '2024-01-31 09:15:00 -0300',
      '2024-01-31T15:00',
      '2024-01-31T16:00:00-0300',
      '2024-01-31T17:00:00Z',
      '2024-01-31 20:30 +01:30',
      '2024-01-31t20:00:00.5z',
    ])
    expect(items).toBe('i2 i1 i3 i5 i4 i6 i7')
    expect(times.map((time) => time.slice(11, 21))).toEqual([
      '12:15:00.0',
      '14:00:00.0',
      '15:00:00.0',
      '17:00:00.0',
      '19:00:00.0',
      '19:00:00.0',
      '20:00:00.5',
    ])
  })

  it('are ordered by their nanoseconds, which a double cannot tell apart', async () => {
    const { items } = await imported(['1577836800000000100', '1577836800000000000', '1577836800000000200'])
    expect(items).toBe('i2 i1 i3')
    const dates = await imported([
      '2020-01-01T00:00:00.000000100Z',
      '2020-01-01T00:00:00Z',
      '2020-01-01T00:00:00.00000005Z',
    ])
    expect(dates.items).toBe('i2 i3 i1')
    const path = join(folder, 'log.parquet')
    await withDatabase(':memory:', async (connection) => {
      const rows = [100, 0, 50].map((n, i) => `('u', 'i${i + 1}', 'a', make_timestamp_ns(1577836800000000000 + ${n}))`)
      await connection.run(
        `COPY (SELECT * FROM (VALUES ${rows.join(', ')}) t("user", item, "domain", "timestamp")) TO ${literal(path)}`,
      )
    })
    expect((await opened(path, 'parquet')).items).toBe('i2 i3 i1')
  })

  it('name the right row in a message when they were put in order', async () => {
    const path = join(folder, 'log.csv')
    await writeFile(path, 'user,item,domain,timestamp\nu,x,a,1577836800000000100\nu,x,b,1577836800000000000\n')
    await expect(opened(path, 'csv')).rejects.toThrow(/'a' \(.*row 1\).*'b' \(.*row 2\)/)
  })

  it('are refused outside of the years 1 to 9999', async () => {
    for (const impossible of ['1e308', '-1e300', '9e18', '-5e12', '290000-01-01'])
      await expect(imported([1, 2, 3, impossible])).rejects.toMatchObject({
        code: 'bad-row',
        message: expect.stringMatching(/^1 row .*line 5, column 'timestamp': '.*' is no time .*years 1 to 9999/),
      })
    expect((await imported(['9999-12-31', '0001-01-01'])).items).toBe('i2 i1')
  })

  it('are said to look like dates where they do', async () => {
    expect((await imported([20240131, 20231231])).file.notes).toEqual([expect.stringMatching(/look like dates/)])
    expect((await imported([20240131, 20231299])).file.notes).toEqual([])
  })
})
