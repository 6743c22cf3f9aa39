import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { describeInBrowser, flaws, watch } from './browser.ts'
import { makeShop, SHOP } from './shop-folder.ts'

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-reports-'))
  await makeShop(root)
})
afterAll(() => rm(root, { recursive: true, force: true }))

// Reports are files that are passed on: each has to be readable by itself.
describeInBrowser('reports in a browser', (browser) => {
  const PAGES = { comparison: `${SHOP.comparison}/report.html`, transfer: `${SHOP.run}/transfer.html` }
  it.each(Object.entries(PAGES))('%s', async (name, file) => {
    const { page, faults, close } = await watch(browser(), pathToFileURL(join(root, file)).href)
    expect(await flaws(page, `report-${name}`)).toEqual([])
    expect(faults).toEqual([])
    await close()
  })
})
