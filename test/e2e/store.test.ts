import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { buildDataset, writeDataset } from '../../src/data/index.ts'
import { start } from './tributary.ts'

const folder = mkdtempSync(join(tmpdir(), 'store-'))
afterAll(() => rmSync(folder, { recursive: true }))

describe('tributary store', () => {
  const store = `sqlite:${join(folder, 'store.db')}`
  const dataset = join(folder, 'shop')
  const day = 1_600_000_000
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await start([...args, '--json']).ended
    return code === 0 ? JSON.parse(stdout) : stderr
  }

  test('a log goes into a store, is looked at, copied, trained from and archived', async () => {
    const columns = { user: ['ann', 'bob'], item: ['x', 'y'], domain: ['a', 'b'], timestamp: [day, day + 90_000] }
    const built = buildDataset('shop', columns)
    await writeDataset(built, dataset)
    expect(await run('store', 'load', dataset, '--store', store)).toMatchObject({ rows: 2, duplicates: 0, items: 2 })
    expect(await run('store', 'load', dataset, '--store', store)).toMatchObject({ rows: 2, duplicates: 2 })
    expect(await run('store', 'status', '--store', store)).toMatchObject({ events: 2, users: 2, items: 2 })
    const copy = join(folder, 'copy.db')
    expect(await run('store', 'backup', copy, '--store', store)).toEqual({ file: copy })
    const back = join(folder, 'back')
    expect(await run('import', 'store', `sqlite:${copy}`, '--out', back, '--name', 'shop')).toMatchObject({
      hash: built.hash,
    })
    const first = await run('import', 'store', store, '--out', join(folder, 'first'), '--until', '2020-09-14')
    expect(first).toMatchObject({ rows: 1 })
    const archived = await run('store', 'archive', join(folder, 'archive'), '--older', '1d', '--store', store)
    expect(archived).toMatchObject({ events: 2 })
    expect(await run('store', 'status', '--store', store)).toMatchObject({ events: 0 })
  })

  test.each([
    [['store', 'status', '--store', 'mysql://root:secret@db/shop'], /unknown store 'mysql:\/\/root:…@…'; give sqlite/],
    [['store', 'status', '--store', 'sqlite:/no/such/folder/s.db'], /cannot be opened; does its folder exist/],
    [['store', 'status', '--store', 'postgres://127.0.0.1:1/shop'], /nothing listens there; is Postgres running\?/],
    [['import', 'store', 'sqlite:x.db', '--out', 'y', '--min-item', '3'], /reads no file, so it has no --min-item/],
    [['import', 'csv', 'x.csv', '--out', 'y', '--since', '2020-01-01'], /--since and --until are for store/],
    [['store', 'archive', 'x', '--older', 'a while', '--store', 'sqlite:x.db'], /a number of days, such as 90d/],
  ])('refuses %j', async (args, sentence) => {
    const { code, stderr } = await start(args, { cwd: folder }).ended
    expect([code, stderr]).toEqual([1, expect.stringMatching(sentence)])
    expect(stderr.trim().split('\n')).toHaveLength(1)
  })
})
