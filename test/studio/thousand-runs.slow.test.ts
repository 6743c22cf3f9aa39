import { beforeAll, expect, it } from 'vitest'
import { createFolder } from '../e2e/tributary.ts'
import { describeInBrowser, watch } from './browser.ts'
import { writeTuning } from './generated-runs.ts'
import { measureRuns } from './measure-runs.ts'
import { startStudio } from './studio-process.ts'

describeInBrowser('a thousand runs of two hundred epochs', (browser) => {
  const folder = createFolder()
  beforeAll(() => writeTuning(folder))

  it('are a page that keeps little: rows that are seen, and no curve that nobody asked for', async () => {
    const base = await startStudio(folder)
    const { page, faults, close } = await watch(browser(), base)
    const measured = await measureRuns(page, `${base}/runs?seeds=apart`)
    console.log(JSON.stringify(measured)) // what `npm run bench -- studio` holds to bounds of time
    expect(await page.locator('main [role=status]').innerText()).toMatch(/Showing 1,000 of 1,000 runs/)
    expect(measured.heap).toBeLessThan(150e6)
    expect(measured.nodes).toBeLessThan(5000)
    expect(faults).toEqual([])
    await close()
  })
})
