import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createKey, KeyRing, listKeys, revokeKey } from './keys.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-keys-'))
const file = join(folder, 'keys.db')
let store: Store
beforeAll(async () => {
  store = await openStore(`sqlite:${file}`)
})
afterAll(() => store.close())

test('a store without keys asks for none; with one, even a revoked one, for always', async () => {
  const empty = await openStore(`sqlite:${join(folder, 'empty.db')}`)
  try {
    let now = 0
    const ring = new KeyRing(empty, () => now)
    expect(await ring.isNeeded()).toBe(false)
    await createKey(empty, { name: 'shop', scopes: ['events'] }, now)
    now += 1_000
    expect(await ring.isNeeded()).toBe(true)
    await revokeKey(empty, 'shop', now)
    now += 1_000
    expect(await ring.isNeeded()).toBe(true)
  } finally {
    await empty.close()
  }
})

test('a key is found by its text, until it has expired or is revoked, by every process of the store', async () => {
  const other = await openStore(`sqlite:${file}`)
  try {
    let now = 1_000_000
    const ring = new KeyRing(store, () => now)
    const text = await createKey(store, { name: 'shop-web', scopes: ['recommend', 'events'], rate: 5 }, now)
    const short = await createKey(store, { name: 'short', scopes: ['admin'], expires: now + 10_000 }, now)
    expect(await ring.find(text)).toMatchObject({ name: 'shop-web', scopes: ['events', 'recommend'], rate: 5 })
    expect(await ring.find(short)).toMatchObject({ name: 'short' })
    for (const wrong of ['', 'shop-web', `${text}x`, text.slice(0, -1), text.toUpperCase()])
      expect(await ring.find(wrong)).toBe('unknown')
    now += 10_000
    expect(await ring.find(short)).toBe('expired')
    await revokeKey(other, 'shop-web', now)
    now += 1_000
    expect(await ring.find(text)).toBe('revoked')
    expect(await listKeys(store)).toEqual([
      { name: 'shop-web', scopes: ['events', 'recommend'], rate: 5, created: 1_000_000, revoked: 1_010_000 },
      { name: 'short', scopes: ['admin'], created: 1_000_000, expires: 1_010_000 },
    ])
  } finally {
    await other.close()
  }
})

test('the text of a key is nowhere in the store', async () => {
  const text = await createKey(store, { name: 'hidden', scopes: ['admin'] })
  expect(text).toMatch(/^tributary_[\w-]{43}$/)
  await store.flush()
  for (const end of ['', '-wal'])
    expect(readFileSync(`${file}${end}`).includes(text.slice('tributary_'.length))).toBe(false)
})

test.each([
  [{ name: 'a b', scopes: ['events'] as const }, 'bad-argument'],
  [{ name: '', scopes: ['events'] as const }, 'bad-argument'],
  [{ name: 'x', scopes: [] }, 'bad-argument'],
  [{ name: 'x', scopes: ['events'] as const, rate: 0 }, 'bad-argument'],
])('%j is refused', async (key, code) => {
  await expect(createKey(store, key)).rejects.toMatchObject({ code })
})

test('a name is never used again, and revoking what is not there says what is', async () => {
  await createKey(store, { name: 'nightly', scopes: ['catalogue'] })
  await revokeKey(store, 'nightly', 1)
  await revokeKey(store, 'nightly', 2)
  expect((await listKeys(store)).find(({ name }) => name === 'nightly')).toMatchObject({ revoked: 1 })
  await expect(createKey(store, { name: 'nightly', scopes: ['catalogue'] })).rejects.toMatchObject({
    code: 'bad-argument',
  })
  await expect(revokeKey(store, 'nihgtly')).rejects.toThrow("did you mean 'nightly'?")
})

test('a store that is gone leaves what is known of its keys', async () => {
  const gone = await openStore(`sqlite:${join(folder, 'gone.db')}`)
  const text = await createKey(gone, { name: 'shop', scopes: ['events'] })
  let now = 0
  const ring = new KeyRing(gone, () => now)
  const late = new KeyRing(gone, () => now)
  expect(await ring.find(text)).toMatchObject({ name: 'shop' })
  await gone.close()
  now += 5_000
  expect(await ring.find(text)).toMatchObject({ name: 'shop' })
  await expect(late.find(text)).rejects.toMatchObject({ code: 'store-failed' })
})
