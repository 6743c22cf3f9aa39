import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { holdStore } from '../../../../test/store/conformance.ts'
import { forSqlite, MIGRATIONS } from '../migrations.ts'
import { openStore } from '../open.ts'

const folder = mkdtempSync(join(tmpdir(), 'store-'))
afterAll(() => rmSync(folder, { recursive: true }))

let files = 0
holdStore({
  name: 'sqlite',
  worlds: 60,
  freshUrl: async () => {
    files++
    return `sqlite:${join(folder, `${files}.db`)}`
  },
  execute: async (url, sql) => {
    const database = new DatabaseSync(url.slice('sqlite:'.length))
    database.exec(sql)
    database.close()
  },
})

test('a store of before experiments gets what they need, and keeps what it has', async () => {
  const file = join(folder, 'before.db')
  const database = new DatabaseSync(file)
  database.exec(forSqlite(MIGRATIONS[0]))
  database.exec('CREATE TABLE migrations (version INTEGER PRIMARY KEY, applied INTEGER NOT NULL) STRICT')
  database.exec('INSERT INTO migrations VALUES (1, 0)')
  database.exec("INSERT INTO documents VALUES ('alias', 'champion', '{}', 1)")
  database.close()
  const store = await openStore(`sqlite:${file}`)
  expect(await store.assignments({ experiment: 'none', limit: 1 })).toEqual({ rows: [] })
  expect((await store.revisions()).assignments).toBe(0)
  expect(await store.document('alias', 'champion')).toBeDefined()
  await store.close()
})
