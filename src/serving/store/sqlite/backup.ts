import { rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { TributaryError } from '../../../core/errors.ts'
import { syncFile, syncFolder } from '../../../files/index.ts'
import { sqliteError } from './failures.ts'

/**
 * Copies the store of a file as it is at one moment, while others read and write it, and looks whether the copy is whole.
 * @throws TributaryError `file-missing` without a store, `file-exists` where something stands already, `store-failed` where it is damaged
 */
export async function backupSqlite(file: string, out: string): Promise<void> {
  if ((await sizeOf(file)) === undefined) throw new TributaryError('file-missing', `there is no store ${file}`)
  if ((await sizeOf(out)) !== undefined)
    throw new TributaryError('file-exists', `${out} is there already; choose another name for the backup`)
  const unfinished = `${out}.unfinished`
  await rm(unfinished, { force: true })
  try {
    withDatabase(file, (database) => database.prepare('VACUUM INTO ?').run(unfinished))
    withDatabase(unfinished, (database) => {
      const [found] = database.prepare('PRAGMA quick_check(1)').all()
      if (found?.quick_check !== 'ok') throw new Error(`the copy of it is damaged: ${String(found?.quick_check)}`)
    })
    await syncFile(unfinished)
    await rename(unfinished, out)
    await syncFolder(dirname(out))
  } catch (error) {
    await rm(unfinished, { force: true })
    const { message, code, errcode } = error as Error & { code?: string; errcode?: number }
    throw sqliteError(`the backup of ${file}`, { message, code: code ?? '', errcode })
  }
}

function withDatabase(file: string, work: (database: DatabaseSync) => void): void {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  try {
    work(database)
  } finally {
    database.close()
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size
}
