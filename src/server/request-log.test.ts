import { mkdtempSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { isForAudit, LineLog } from './request-log.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-log-'))
const refuse = (error: unknown) => expect(error).toBeUndefined()

function lines(path: string): unknown[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))
}

test('lines are added in their order to what is there, for the owner alone', async () => {
  const path = join(folder, 'requests.jsonl')
  const first = await LineLog.open(path, refuse)
  for (let n = 0; n < 1000; n++) first.add({ n })
  await first.close()
  const second = await LineLog.open(path, refuse)
  second.add({ n: 1000 })
  await second.close()
  expect(lines(path)).toEqual(Array.from({ length: 1001 }, (_, n) => ({ n })))
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a program that rotates logs may copy and truncate the file', async () => {
  const path = join(folder, 'rotated.jsonl')
  const log = await LineLog.open(path, refuse)
  log.add({ n: 0 })
  await log.close()
  const again = await LineLog.open(path, refuse)
  truncateSync(path, 0)
  again.add({ n: 1 })
  await again.close()
  expect(lines(path)).toEqual([{ n: 1 }])
})

test('lines that the disk is too slow for are counted in the log', async () => {
  const path = join(folder, 'slow.jsonl')
  const log = await LineLog.open(path, refuse)
  for (let n = 0; n < 12_000; n++) log.add({ n })
  await log.close()
  expect(lines(path)).toHaveLength(10_001)
  expect(lines(path).at(-1)).toMatchObject({ leftOut: 2000 })
})

test.runIf(process.platform === 'linux')('a full disk loses lines, says so and takes nothing down', async () => {
  const errors: unknown[] = []
  const log = await LineLog.open('/dev/full', (error) => errors.push(error))
  log.add({ n: 0 })
  await log.close()
  expect(errors).toEqual([expect.objectContaining({ code: 'ENOSPC' })])
})

test('a log in a folder that is not there is refused', async () => {
  const path = join(folder, 'none', 'log.jsonl')
  await expect(LineLog.open(path, refuse)).rejects.toMatchObject({ code: 'file-missing' })
})

test('changes and refused callers are for the audit log', () => {
  const read = { at: '', request: '', method: 'GET', route: '/v1/items/:item', status: 200, milliseconds: 1 }
  expect(isForAudit(read)).toBe(false)
  expect(isForAudit({ ...read, status: 401 })).toBe(true)
  expect(isForAudit({ ...read, status: 403 })).toBe(true)
  expect(isForAudit({ ...read, method: 'PUT', changed: '/v1/items/a' })).toBe(true)
})
