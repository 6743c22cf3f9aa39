import { mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { acquireLock, isHeldHere } from './lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const path = () => join(folder, '.lock')
const elsewhere = (more: object = { beats: true }) =>
  writeFileSync(path(), JSON.stringify({ token: 'other', host: 'another-machine', pid: 1, ...more }))

it('takes over from another machine what gave no sign of life for long enough', async () => {
  elsewhere()
  const lock = await acquireLock(folder, { silenceMilliseconds: 80 })
  await lock.refuseLost()
  await lock.release()
})

it('leaves alone what lives on another machine, and what is too old to give signs', async () => {
  elsewhere()
  const beat = setInterval(() => utimesSync(path(), new Date(), new Date()), 10)
  await expect(acquireLock(folder, { silenceMilliseconds: 400 })).rejects.toThrow('process 1 of another-machine')
  clearInterval(beat)
  elsewhere({})
  await expect(acquireLock(folder, { silenceMilliseconds: 10 })).rejects.toThrow('process 1 of another-machine')
})

it('gives signs of life while it is held, wherever the folder has moved, and none afterwards', async () => {
  const lock = await acquireLock(folder, { beatMilliseconds: 10 })
  expect(await isHeldHere(folder)).toBe(true)
  utimesSync(path(), 1, 1)
  await pause(100)
  expect(readFileSync(path(), 'utf8')).toContain('"beats":true')
  expect(statSync(path()).mtimeMs).toBeGreaterThan(1e6)
  await lock.release()
  expect(await isHeldHere(folder)).toBe(false)
})

it('gives no sign of life for whoever took it over', async () => {
  const lock = await acquireLock(folder, { beatMilliseconds: 10 })
  elsewhere()
  await pause(60)
  utimesSync(path(), 1, 1)
  await pause(60)
  expect(statSync(path()).mtimeMs).toBe(1000)
  await lock.release()
})

it('refuses whoever lost it', async () => {
  const lock = await acquireLock(folder)
  await lock.refuseLost()
  elsewhere()
  await expect(lock.refuseLost()).rejects.toThrow(/is being written by process 1 of another-machine/)
  await lock.release()
  expect(readFileSync(path(), 'utf8')).toContain('another-machine')
})
