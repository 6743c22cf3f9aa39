import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { createFolder, start } from '../e2e/tributary.ts'
import { describeInBrowser, settled, watch } from './browser.ts'
import { makeShop, SHOP } from './shop-folder.ts'
import { startStudio } from './studio-process.ts'

describeInBrowser('a training that is begun elsewhere', (browser) => {
  const root = createFolder()
  beforeAll(() => makeShop(root))

  it('appears, goes on and ends in a page that is not reloaded', async () => {
    const { page, faults, close } = await watch(browser(), `${await startStudio(join(root, 'runs'))}/runs`)
    await settled(page)
    await page.evaluate('globalThis.loadedOnce = true')
    expect(await page.innerText('main')).not.toContain('newcomer')
    const out = join(root, 'runs/newcomer')
    const small = ['epochs=40', 'patience=0', 'width=8', 'inner=8', 'maxLength=12'].flatMap((one) => ['--set', one])
    const training = start(['train', 'sasrec', join(root, SHOP.dataset), '--out', out, ...small])
    const row = page.locator('main tr', { hasText: 'newcomer' })
    await row.waitFor()
    expect(await training.ended).toMatchObject({ code: 0 })
    await row.filter({ hasText: /done/ }).waitFor()
    expect(await page.evaluate('globalThis.loadedOnce')).toBe(true)
    expect(faults).toEqual([])
    await close()
  })
})
