import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { createFolder } from '../e2e/tributary.ts'
import { describeInBrowser, flaws, settled, watch } from './browser.ts'
import { writeBrokenRuns, writeHostileRuns } from './generated-runs.ts'
import { fillStore, HOSTILE_USER, serveShop } from './served-shop.ts'
import { makeShop } from './shop-folder.ts'
import { startStudio } from './studio-process.ts'

/** A state of a page by its address below `/studio`, and what has to stand in it. */
interface State {
  readonly name: string
  readonly address: string
  readonly says: RegExp
}

const runs = (...ids: readonly string[]) => ids.map((id) => `run=${encodeURIComponent(`runs/${id}`)}`).join('&')
const COMPARED = ['mixed', 'twin'].flatMap((label) => [1, 2].map((seed) => `compared/${label}/seed${seed}`))

describeInBrowser('every page of the studio', (browser) => {
  const root = createFolder()
  beforeAll(async () => {
    await makeShop(root)
    writeHostileRuns(join(root, 'runs/hostile'))
    writeBrokenRuns(join(root, 'runs/broken'))
  })

  const look = async (base: string, { address, says }: State, picture: string) => {
    const { page, faults, close } = await watch(browser(), `${base}/${address}`)
    await settled(page)
    await page.locator('main', { hasText: says }).waitFor({ timeout: 15_000 })
    expect(await flaws(page, picture)).toEqual([])
    expect(faults).toEqual([])
    expect(await acted(page)).toBe(false)
    await close()
  }

  describe('over folders of runs', () => {
    let base: string
    beforeAll(async () => {
      base = await startStudio(join(root, 'runs'), join(root, 'datasets'))
    })
    it.each<State>([
      { name: 'runs', address: 'runs', says: /sasrec/ },
      { name: 'seeds apart', address: 'runs?seeds=apart', says: /onerror/ },
      { name: 'a run', address: `runs?${runs('compared/mixed/seed1')}`, says: /Options/ },
      { name: 'a damaged run', address: `runs?${runs('broken/cut')}`, says: /not JSON/ },
      { name: 'runs beside one another', address: `runs?${runs(...COMPARED)}`, says: /4 runs in 2 groups/ },
      { name: 'train', address: 'train', says: /sasrec/ },
      { name: 'train a model', address: 'train?model=sasrec', says: /learningRate/ },
      { name: 'services', address: 'services', says: /Services/ },
      { name: 'preview', address: 'preview', says: /Preview/ },
      { name: 'live', address: 'live', says: /Live/ },
      { name: 'nothing', address: 'nowhere', says: /no page nowhere/ },
    ])('the page $name', async (state) => await look(base, state, `studio-${state.name.replaceAll(' ', '-')}`))
  })

  describe('over nothing', () => {
    let base: string
    beforeAll(async () => {
      base = await startStudio(createFolder())
    })
    it.each<State>(
      ['runs', 'train', 'services', 'preview', 'live'].map((name) => ({
        name,
        address: name,
        // An empty page says what would fill it.
        says: /tributary \w+/,
      })),
    )('the page $name', async (state) => await look(base, state, `empty-${state.name}`))
  })

  describe.skipIf(!hasSqlite())('of a server', () => {
    let base: string
    beforeAll(async () => {
      await fillStore(root)
      base = `${(await serveShop(root)).url}/studio`
    })
    it.each<State>([
      { name: 'live', address: 'live', says: /item-knn/ },
      { name: 'experiments', address: 'live/experiments', says: /mixed-or-twin/ },
      { name: 'an experiment', address: 'live/experiments?experiment=mixed-or-twin', says: /users as planned/ },
      { name: 'evaluations', address: 'live/evaluations', says: /earned/ },
      { name: 'services', address: 'services', says: /books/ },
      { name: 'preview', address: 'preview?user=u1', says: /books/ },
      {
        name: 'preview of a hostile name',
        address: `preview?${new URLSearchParams({ user: HOSTILE_USER })}`,
        says: /<b>u"7/,
      },
    ])('the page $name', async (state) => await look(base, state, `served-${state.name.replaceAll(' ', '-')}`))
  })
})

/** Whether a text that was only to be shown has run. */
function acted(page: Page): Promise<boolean> {
  return page.evaluate<boolean>("'acted' in globalThis")
}
