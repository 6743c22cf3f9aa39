import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domainOfItem, Part, type TributaryError } from '../../core/index.ts'
import { type ImportOptions, importDataset } from '../import/import.ts'
import { openDataset } from '../store/store.ts'
import { literal, withDatabase } from '../tables/duckdb.ts'

let folder: string
let out: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-columns-'))
  out = join(folder, 'dataset')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function imported(files: string | Record<string, string>, options: Partial<ImportOptions> = {}) {
  const contents = typeof files === 'string' ? { 'log.csv': files } : files
  for (const [name, text] of Object.entries(contents)) await writeFile(join(folder, name), text)
  return opened(Object.keys(contents), options)
}

async function opened(names: readonly string[], options: Partial<ImportOptions> = {}) {
  const paths = names.map((name) => join(folder, name))
  const report = await importDataset({ reader: 'csv', files: paths, out, overwrite: true, ...options })
  const dataset = await openDataset(out)
  const { log, items, users, domains } = dataset
  const rows = Array.from(log.item, (item, row) => {
    const part = log.part && Object.keys(Part)[log.part[row]]
    const cells = [users.name(log.user[row]), items.name(item), domains[domainOfItem(dataset, item)], part]
    return cells.filter((cell) => cell !== undefined).join(' ')
  })
  return { rows, report, file: report.files[0] }
}

const refusal = (attempt: Promise<unknown>): Promise<TributaryError> =>
  attempt.then(
    () => expect.fail('it was not refused'),
    (error: TributaryError) => error,
  )

describe('a known name', () => {
  it.each(['Timestamp', ' timestamp', 'TIME', 'Time Stamp', 'time_stamp'])('is understood as %j', async (name) => {
    const { rows, file } = await imported(`User ID,Item-Id,DOMAIN,${name}\nu,i1,a,3\nu,i2,a,2\nu,i3,a,1\n`)
    expect(rows).toEqual(['u i3 a', 'u i2 a', 'u i1 a'])
    expect(file.columns).toEqual({ user: 'User ID', item: 'Item-Id', domain: 'DOMAIN', timestamp: name })
  })

  it('to the letter goes before one that is written otherwise, and of two such neither is guessed', async () => {
    const { file } = await imported('user,item,domain,TIMESTAMP,timestamp\nu,i,a,2,1\n')
    expect(file).toMatchObject({ columns: { timestamp: 'timestamp' }, passedOver: ['TIMESTAMP'] })
    const { message } = await refusal(imported('user,item,domain,Time,TIME\nu,i,a,2,1\n'))
    expect(message).toMatch(/Time, TIME may each be the timestamp; choose one with --timestamp/)
  })

  it('that is stated may be written otherwise, too; one that is not there is told from its likes', async () => {
    const log = 'customer_uuid,Sku,domain\nu,i,a\n'
    expect((await imported(log, { columns: { user: 'Customer UUID', item: 'sku' } })).rows).toEqual(['u i a'])
    const { message } = await refusal(imported(log, { columns: { user: 'customer', item: 'sku' } }))
    expect(message).toMatch(/no column 'customer' for the user; did you mean 'customer_uuid'\?/)
  })
})

describe('a column that nothing is read from', () => {
  const LOG = 'user,item,domain,propensity,position,title,price,event_type\nu,i,a,.5,1,Tea,3,view\n'

  it('is named, for every kind of file', async () => {
    const others = ['propensity', 'position', 'title', 'price', 'event_type']
    expect((await imported(LOG)).file.passedOver).toEqual(others)
    expect((await imported({ 'log.tsv': LOG.replaceAll(',', '\t') }, { reader: 'tsv' })).file.passedOver).toEqual(
      others,
    )
    const object = { user: 'u', item: 'i', domain: 'a', propensity: 0.5, note: null }
    const { file } = await imported({ 'log.jsonl': `${JSON.stringify(object)}\n` }, { reader: 'jsonl' })
    expect(file.passedOver).toEqual(['propensity', 'note'])
    await parquet('log.parquet', "'u' AS \"user\", 'i' AS item, 'a' AS \"domain\", 1 AS position")
    expect((await opened(['log.parquet'], { reader: 'parquet' })).file.passedOver).toEqual(['position'])
  })

  it('is offered for the time where none was found', async () => {
    const { file } = await imported('user,item,domain,event_time\nu,i,a,3\n')
    expect(file.notes).toEqual([expect.stringMatching(/'event_time' was passed over: give --timestamp event_time/)])
    expect((await imported(LOG)).file.notes).toEqual([])
  })
})

describe('a column of a known name with another meaning', () => {
  it.each([
    ['part', 'brake disc', '--no-part'],
    ['time', '12:30', '--no-timestamp'],
    ['value', '12.50 EUR', '--no-value'],
  ])('%s is passed over where the option of the error is given', async (name, cell, option) => {
    const log = `user,item,domain,${name}\nu,i,a,${cell}\n`
    expect((await refusal(imported(log))).message).toContain(option)
    const role = option.replace('--no-', '')
    const { rows, file } = await imported(log, { columns: { [role]: false } })
    expect(rows).toEqual(['u i a'])
    expect(file.passedOver).toEqual([name])
    // Whoever says that there is no time need not be told.
    expect(file.notes).toEqual([])
  })

  it('domain is passed over where all rows are given one; to give both is refused', async () => {
    const log = 'user,item,domain\nu,i,co.uk\n'
    expect((await imported(log, { domain: 'shop' })).rows).toEqual(['u i shop'])
    const { code } = await refusal(imported(log, { domain: 'shop', columns: { domain: 'domain' } }))
    expect(code).toBe('bad-argument')
  })
})

async function parquet(name: string, select: string): Promise<void> {
  await withDatabase(':memory:', async (connection) => {
    await connection.run(`COPY (SELECT ${select}) TO ${literal(join(folder, name))}`)
  })
}

describe('ids', () => {
  it('that became floating numbers are integers again', async () => {
    await parquet(
      'ids.parquet',
      'unnest([123.0::DOUBLE, 4.5]) AS "user", unnest([7::FLOAT, 8]) AS item, \'a\' AS "domain"',
    )
    expect((await opened(['ids.parquet'], { reader: 'parquet' })).rows).toEqual(['123 7 a', '4.5 8 a'])
    const lines = '{"user":123.0,"item":"7.0","domain":1}\n{"user":12345678901234567890123,"item":8,"domain":1}\n'
    expect((await imported({ 'ids.jsonl': lines }, { reader: 'jsonl' })).rows).toEqual([
      '123 7.0 1',
      '12345678901234567890123 8 1',
    ])
  })

  it('are kept as a text file writes them, and said to be odd', async () => {
    const { rows, report } = await imported('user,item,domain\n1.0,7,a\n2.0,8.0,a\n')
    expect(rows).toEqual(['1.0 7 a', '2.0 8.0 a'])
    expect(report.notes).toEqual([expect.stringMatching(/^the ids of all users end in \.0/)])
  })

  it('that lost digits as floating numbers, or are missing, are refused', async () => {
    await parquet(
      'long.parquet',
      'unnest([1.0::DOUBLE, 1234567890123456789, \'nan\']) AS "user", 1 AS item, \'a\' AS "domain"',
    )
    const { message } = await refusal(opened(['long.parquet'], { reader: 'parquet' }))
    expect(message).toMatch(
      /^2 rows .*row 2, column 'user': .* write the ids as integers or as text; row 3, column 'user': is null/,
    )
  })

  it('that are objects, lists or truth values are refused', async () => {
    const good = { user: 'u', item: 'i', domain: 'a', kind: 'k' }
    for (const wrong of [{ user: { a: 1 } }, { item: [1, 2] }, { domain: true }, { kind: ['x'] }]) {
      const text = `${JSON.stringify(good)}\n${JSON.stringify({ ...good, ...wrong })}\n`
      const options = { reader: 'jsonl', columns: { category: 'kind' } }
      const { code, message } = await refusal(imported({ 'ids.jsonl': text }, options))
      expect(code).toBe('bad-row')
      expect(message).toMatch(
        new RegExp(`line 2, column '${Object.keys(wrong)[0]}': .* is no name; a text or a number`),
      )
    }
    await parquet('truth.parquet', '1 AS "user", true AS item, \'a\' AS "domain"')
    expect((await refusal(opened(['truth.parquet'], { reader: 'parquet' }))).code).toBe('bad-column')
  })
})

describe('files whose names carry their part', () => {
  const inter = (item: string) => `user_id:token\titem_id:token\nu\t${item}\n`

  it('of RecBole are parts of one domain', async () => {
    const files = { 'ml.train.inter': inter('x'), 'ml.valid.inter': inter('y'), 'ml.test.inter': inter('x') }
    expect((await imported(files, { reader: 'atomic' })).rows).toEqual(['u x ml train', 'u y ml valid', 'u x ml test'])
    const apart = await imported(files, { reader: 'atomic', columns: { part: false } })
    expect(apart.rows).toEqual(['u x ml', 'u y ml', 'u x ml'])
  })
})

describe('a refusal', () => {
  const long = 'x'.repeat(10_000)

  it.each([
    ['a header of thousands of columns', `${Array.from({ length: 10_000 }, (_, i) => `column${i}`).join()}\nx\n`, {}],
    ['a header of one long name', `user,item,${long}\nx\n`, {}],
    ['a name that stands twice', `${long},${long}\nx\n`, {}],
    ['a stated name', 'user,item,domain\nx\n', { user: long }],
    ['a cell', `user,item,domain,timestamp\nu,i,a,${long}\n`, {}],
    ['an item of two domains', `user,item,domain\nu,${long},${long}1\nu,${long},${long}2\n`, {}],
    ['a header of another delimiter', `user;item;domain;${long}\nx\n`, {}],
  ])('of %s is one short sentence', async (_, text, columns) => {
    const { message } = await refusal(imported(text, { columns }))
    expect(message.replaceAll(join(folder, 'log.csv'), 'log.csv').length).toBeLessThan(500)
    expect(message).not.toContain('x'.repeat(100))
  })
})
