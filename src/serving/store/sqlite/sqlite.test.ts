import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll } from 'vitest'
import { holdStore } from '../../../../test/store/conformance.ts'

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
