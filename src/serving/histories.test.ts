import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataset } from '../data/index.ts'
import { toQuestion } from './ask.ts'
import { storeHistories } from './histories.ts'
import { openStore } from './store/open.ts'
import type { NewEvent, Store } from './store/store.ts'

const folder = mkdtempSync(join(tmpdir(), 'histories-'))
let store: Store
beforeAll(async () => {
  store = await openStore(`sqlite:${join(folder, 'store.db')}`)
})
afterAll(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

const names = Array.from({ length: 20 }, (_, i) => `i${i}`)
const dataset = buildDataset('shop', {
  user: names.map((_, i) => `u${i % 4}`),
  item: names,
  domain: names.map(() => 'shop'),
})
const ids = (...items: string[]) => items.map((item) => dataset.items.id(item))

let told = 0
function happened(user: string, item: string, rest: Partial<NewEvent> = {}) {
  told++
  return store.appendEvents([{ source: 'test', id: `${told}`, type: 'view', user, item, timestamp: told, ...rest }])
}

describe('histories of the store', () => {
  it('have what is known of a user now, in order, with values where any is said', async () => {
    const histories = storeHistories(store)
    const of = async (user: string, options = {}) => {
      const past = await histories.of(user, dataset, options)
      return past && [[...past.items], past.values && [...past.values]]
    }
    expect(await of('ann')).toBeUndefined()
    await happened('ann', 'i3', { timestamp: 50, session: 'a' })
    await happened('ann', 'unheard of')
    const { sequence } = await happened('ann', 'i7', { timestamp: 20 })
    await happened('ann', 'i1', { type: 'impression' })
    expect(await of('ann')).toEqual([ids('i7', 'i3'), undefined])
    await happened('ann', 'i3', { timestamp: 60, value: 4, session: 'b' })
    await happened('ann', 'i9', { timestamp: 70, value: 2, session: 'b' })
    expect(await of('ann')).toEqual([ids('i7', 'i3', 'i3', 'i9'), [4, 4, 4, 2]])
    expect(await of('ann', { upTo: sequence })).toEqual([ids('i7', 'i3'), undefined])
    expect(await of('ann', { session: 'b' })).toEqual([ids('i3', 'i9'), [4, 2]])
  })

  it('are read again once anything has changed them, in whatever process, and not before', async () => {
    const histories = storeHistories(store)
    await happened('bob', 'i3')
    const past = await histories.of('bob', dataset)
    await happened('ann', 'i4')
    expect(await histories.of('bob', dataset)).toBe(past)
    const other = await openStore(`sqlite:${join(folder, 'store.db')}`)
    await other.appendEvents([{ source: 'other', id: '1', type: 'view', user: 'bob', item: 'i5', timestamp: 0 }])
    expect([...((await histories.of('bob', dataset))?.items ?? [])]).toEqual(ids('i5', 'i3'))
    await other.mergeUsers('bob', 'cem')
    await other.close()
    expect([...((await histories.of('cem', dataset))?.items ?? [])]).toEqual(ids('i5', 'i3'))
    await store.eraseUser('cem')
    expect(await histories.of('bob', dataset)).toBeUndefined()
  })

  it('forget who was erased, whatever the model has learned of them', async () => {
    const histories = storeHistories(store)
    const ask = () => toQuestion({ domain: 'shop', user: 'u1', ignoreUnknown: true }, dataset, { histories })
    await happened('u1', 'i3')
    expect((await ask()).query).toMatchObject({ user: dataset.users.id('u1') })
    await store.eraseUser('u1')
    expect(await ask()).toMatchObject({ query: { history: new Int32Array(0) }, ignored: ['user'] })
    expect((await ask()).query).not.toHaveProperty('user')
  })
})
