import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, it } from 'vitest'
import { createFolder } from '../e2e/tributary.ts'
import { copied, copiedRows, describeInBrowser, noBrowser, settled, watch } from './browser.ts'
import { fillStore, noStore, type ServedShop, serveShop } from './served-shop.ts'
import { makeShop, SHOP } from './shop-folder.ts'

interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly verdict: string
}
interface Judged {
  readonly cases: number
  readonly users: number
  readonly difference: Readonly<Record<string, Interval>>
}

// What a page shows is what the files and the API say, to the last digit.
describeInBrowser(
  'figures of the studio',
  (browser) => {
    const root = createFolder()
    let shop: ServedShop
    beforeAll(async () => {
      await makeShop(root)
      await fillStore(root)
      shop = await serveShop(root)
    })
    const open = async (address: string) => {
      const watched = await watch(browser(), `${shop.url}/studio/${address}`)
      await settled(watched.page)
      return watched
    }

    it('verdicts are those of transfer.json', async () => {
      const report = JSON.parse(readFileSync(join(root, SHOP.run, 'transfer.json'), 'utf8')) as Judged & {
        readonly metric: string
        readonly domains: Readonly<Record<string, Judged>>
        readonly overall: Judged
      }
      const { page, close } = await open('services')
      const rows = await copiedRows(page, `verdicts ${report.metric}`)
      const told = Object.fromEntries(
        rows.map((row) => [
          row.service,
          [row.verdict, row[`${report.metric}, model − twin`], row['95 % interval'], row.cases, row.users],
        ]),
      )
      const expected = Object.fromEntries(
        Object.entries({ ...report.domains, overall: report.overall }).map(([domain, { cases, users, difference }]) => {
          const { verdict, mean, low, high } = difference[report.metric]
          return [domain, [verdict, `${mean}`, `${low} to ${high}`, `${cases}`, `${users}`]]
        }),
      )
      expect(told).toEqual(expected)
      await close()
    })

    it('lists are those of POST /v1/recommendations', async () => {
      const { page, close } = await open('preview?user=u1')
      const lists = page.locator('article.list')
      expect(await lists.count()).toBeGreaterThan(1)
      for (const list of await lists.all()) {
        const shown = JSON.parse(await copied(list.getByRole('button', { name: 'Copy as JSON' })))
        const curl = await copied(list.getByRole('button', { name: 'Copy as curl' }))
        const [, body] = /-d '(.*)'/s.exec(curl)!
        const answer = await shop.ask<object>('POST', '/v1/recommendations', JSON.parse(body))
        expect({ ...shown, id: '' }).toEqual({ ...answer, id: '' })
        expect(await list.locator('ol > li').count()).toBe(shown.items.length)
      }
      await close()
    })

    it('the back button goes back to what was shown', async () => {
      const { page, faults, close } = await open('runs')
      await page.getByRole('searchbox').fill('model:knn')
      const told = page.locator('main [role=status]')
      await told.filter({ hasText: /Showing 2 of/ }).waitFor()
      await page.locator('main tbody a').first().click()
      await page.locator('main h1', { hasNotText: /^Runs$/ }).waitFor()
      await page.goBack()
      await told.filter({ hasText: /Showing 2 of/ }).waitFor()
      expect(await page.getByRole('searchbox').inputValue()).toBe('model:knn')
      await page.reload()
      await told.filter({ hasText: /Showing 2 of/ }).waitFor()
      expect(faults).toEqual([])
      await close()
    })
  },
  noBrowser ?? noStore,
)
