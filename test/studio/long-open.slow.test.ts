import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Request } from 'playwright-core'
import { afterAll, expect, it } from 'vitest'
import { createServer, type Listening, listen } from '../../src/server/index.ts'
import { createKey } from '../../src/serving/keys.ts'
import { hasSqlite, openStore } from '../../src/serving/store/open.ts'
import { Workbench } from '../../src/workbench/index.ts'
import { describeInBrowser, settled, watch } from './browser.ts'
import { writeGeneratedRun } from './generated-runs.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-studio-'))
afterAll(() => rmSync(folder, { recursive: true }))

function serve(port = 0): Promise<Listening> {
  const app = createServer({ models: [], workbench: new Workbench({ folders: [folder] }) })
  return listen(app, { port, closeOnSignal: false })
}

describeInBrowser('a page that stays open', (browser) => {
  it('shows what came while the server was away, once it is back', async () => {
    writeGeneratedRun(join(folder, 'before'), { model: 'sasrec', epochs: 2 })
    const first = await serve()
    const { page, close } = await watch(browser(), `${first.url}/studio/runs`)
    await page.getByRole('link', { name: 'before' }).waitFor()
    await first.close()
    await page.getByText('The server cannot be reached').waitFor()
    writeGeneratedRun(join(folder, 'meanwhile'), { model: 'gru4rec', epochs: 2 })
    const second = await serve(first.port)
    await page.getByRole('link', { name: 'meanwhile' }).waitFor()
    await page.getByText('The server cannot be reached').waitFor({ state: 'detached' })
    await close()
    await second.close()
  })

  it('leaves the server alone while nobody looks, and then shows what came', async () => {
    const server = await serve()
    const { page, faults, close } = await watch(browser(), `${server.url}/studio/runs`)
    await settled(page)
    const isStream = (one: Request) => one.url().includes('/v1/stream')
    const look = (hidden: boolean) =>
      page.evaluate(`Object.defineProperty(document, 'hidden', { configurable: true, value: ${hidden} })
        document.dispatchEvent(new Event('visibilitychange'))`)
    await Promise.all([page.waitForEvent('requestfailed', isStream), look(true)])
    writeGeneratedRun(join(folder, 'unseen'), { model: 'narm', epochs: 2 })
    await Promise.all([page.waitForEvent('request', isStream), look(false)])
    await page.getByText('unseen').waitFor()
    expect(faults).toEqual([])
    await close()
    await server.close()
  })

  it.skipIf(!hasSqlite())('asks for another key until one may do it', async () => {
    const store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
    const admin = await createKey(store, { name: 'all', scopes: ['admin'] })
    const events = await createKey(store, { name: 'shop', scopes: ['events'] })
    const app = createServer({ models: [], store, workbench: new Workbench({ folders: [folder] }) })
    const server = await listen(app, { port: 0, closeOnSignal: false })
    const { page, faults, close } = await watch(browser(), `${server.url}/studio/runs`)
    const field = page.getByLabel('Key for admin')
    const use = async (key: string) => {
      await field.fill(key)
      await page.keyboard.press('Enter')
    }
    await field.waitFor()
    for (const [key, answer] of [
      ['ключ', /signs of ASCII/],
      ['nobody', /no such key/],
      [events, /is for events/],
    ] as const) {
      await use(key)
      await page.locator('form.key').getByText(answer).waitFor()
    }
    await use(admin)
    await page.getByRole('link', { name: 'before' }).waitFor()
    expect(await field.count()).toBe(0)
    expect(faults.filter((fault) => !/^answered: 40[13] /.test(fault))).toEqual([])
    await close()
    await server.close()
    await store.close()
  })
})
