import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { killTellers } from '../../../../test/store/kills.ts'
import { openStore } from '../open.ts'
import type { NewEvent } from '../store.ts'

const folder = mkdtempSync(join(tmpdir(), 'store-faults-'))
afterAll(() => rmSync(folder, { recursive: true }))
const teller = fileURLToPath(new URL('../../../../test/store/teller.ts', import.meta.url))

let files = 0
let file = ''
let url = ''
beforeEach(() => {
  files++
  file = join(folder, `${files}.db`)
  url = `sqlite:${file}`
})

const event = (id: string): NewEvent => ({ source: 'shop', id, type: 'view', user: 'ann', item: 'book', timestamp: 1 })

describe('a store in SQLite', () => {
  test('that is locked by another process refuses after five seconds, is read meanwhile, and goes on', async () => {
    const store = await openStore(url)
    await store.appendEvents([event('a')])
    const other = new DatabaseSync(file)
    other.exec('BEGIN IMMEDIATE')
    const refused = expect(store.appendEvents([event('b')])).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/locked it for more than five seconds/),
    })
    expect((await store.history('ann', 10)).events).toHaveLength(1)
    await refused
    other.exec('COMMIT')
    other.close()
    expect((await store.appendEvents([event('a'), event('b')])).outcomes).toEqual(['duplicate', 'accepted'])
    await store.close()
  })

  test('whose file is gone for a while acknowledges nothing then, and has everything when it is back', async () => {
    const store = await openStore(url)
    await store.appendEvents([event('a')])
    for (const end of ['', '-wal', '-shm']) renameSync(file + end, `${file}-away${end}`)
    await expect(store.appendEvents([event('b')])).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/its file is gone/),
    })
    for (const end of ['', '-wal', '-shm']) renameSync(`${file}-away${end}`, file + end)
    expect((await store.appendEvents([event('a'), event('b')])).outcomes).toEqual(['duplicate', 'accepted'])
    await store.close()
    const again = await openStore(url)
    expect((await again.history('ann', 10)).events.map(({ id }) => id)).toEqual(['a', 'b'])
    await again.close()
  })

  test('that is damaged says so, whether it is opened or in use', async () => {
    const store = await openStore(url)
    await store.appendEvents(Array.from({ length: 2_000 }, (_, i) => event(`${i}`)))
    await store.close()
    const size = statSync(file).size
    const descriptor = openSync(file, 'r+')
    for (let at = 8_192; at < size; at += 4_096) writeSync(descriptor, 'damage'.repeat(600), at)
    await expect(
      (async () => {
        const damaged = await openStore(url)
        await damaged.appendEvents([event('new')]).finally(() => damaged.close())
      })(),
    ).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/is damaged; restore it from a backup/),
    })
    writeFileSync(file, 'no database at all, and long enough to be looked at '.repeat(100))
    await expect(openStore(url)).rejects.toMatchObject({
      code: 'store-failed',
      message: expect.stringMatching(/no SQLite database/),
    })
  })

  // A limit on the size of files is the nearest thing to a full disk that a test may bring about.
  test.skipIf(process.platform === 'win32')(
    'that has no space left refuses, and keeps what it has acknowledged (ulimit is not for Windows)',
    async () => {
      await (await openStore(url)).close()
      const shell = `ulimit -f 2000; exec "$0" --import tsx "$1" "$2" 5000 full`
      const child = spawn('bash', ['-c', shell, process.execPath, teller, url], { stdio: ['ignore', 'pipe', 'pipe'] })
      let [acknowledged, refusal] = ['', '']
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        acknowledged += text
      })
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        refusal += text
      })
      const [code] = await once(child, 'close')
      expect([code, refusal.split('\n')[0]]).toEqual([
        1,
        expect.stringMatching(/failed: (no space is left|the disk reports an error)/),
      ])
      const store = await openStore(url)
      const stored = new Set((await store.events({ limit: 100_000 })).rows.map(({ id }) => id))
      const ids = acknowledged.trim().split('\n')
      expect(ids.length).toBeGreaterThan(100)
      expect(ids.filter((id) => !stored.has(id))).toEqual([])
      expect((await store.appendEvents([event('after')])).outcomes).toEqual(['accepted'])
      await store.close()
    },
  )

  test('of a process that is killed at any moment has each acknowledged event, once', async () => {
    const report = await killTellers(url, 4, 500)
    expect(report).toMatchObject({ lost: [], twice: [] })
    expect(report.acknowledged).toBeGreaterThan(20)
  })

  test.skipIf(spawnSync('strace', ['-V']).error !== undefined)(
    'syncs between each write and its answer (needs strace)',
    async () => {
      const log = join(folder, 'strace.txt')
      const args = ['-f', '-o', log, '-e', 'trace=fsync,fdatasync,write', process.execPath]
      const child = spawn('strace', [...args, '--import', 'tsx', teller, url, '20', 'traced', '8'], { stdio: 'ignore' })
      await once(child, 'close')
      // Answers with a sync before them, since the answer before.
      let synced = false
      const told: boolean[] = []
      for (const line of readFileSync(log, 'utf8').split('\n')) {
        if (/f(data)?sync\(\d+\)\s+= 0|<\.\.\. f(data)?sync resumed>.*= 0/.test(line)) synced = true
        else if (/write\(1, "traced-/.test(line)) {
          told.push(synced)
          synced = false
        }
      }
      expect(told.length).toBeGreaterThanOrEqual(5)
      // Events of one commit share its sync: those that follow one another at once.
      expect(told[0]).toBe(true)
      expect(told.filter(Boolean).length).toBeGreaterThanOrEqual(3)
    },
  )
})
