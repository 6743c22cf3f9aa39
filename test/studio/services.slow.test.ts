import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { byName, domainOfItem, scoringPairs } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createServer, type Listening, listen } from '../../src/server/index.ts'
import { Workbench } from '../../src/workbench/index.ts'
import { createFolder } from '../e2e/tributary.ts'
import { transferReportOf } from '../worlds/transfer-report.ts'
import { copiedRows, describeInBrowser, flaws, settled, watch } from './browser.ts'
import { HOSTILE } from './generated-runs.ts'

const SERVICES = ['books', HOSTILE.markup, 'toys', 'new']

const dataset = buildDataset('shop', {
  user: Array.from({ length: 80 }, (_, row) => `u${row >> 1}`),
  item: Array.from({ length: 80 }, (_, row) => (row % 2 === 0 ? `b${row % 7}` : `t${row % 5}`)),
  domain: Array.from({ length: 80 }, (_, row) => (row % 2 === 0 ? 'books' : 'toys')),
})
/** Toys alone say anything. */
const model = scoringPairs(({ history }, item) =>
  item % 3 === 1 ? history.filter((one) => dataset.domains[domainOfItem(dataset, one)] === 'toys').length : 0,
)

describeInBrowser('the page of services', (browser) => {
  let listening: Listening
  let written: ReturnType<typeof transferReportOf>
  beforeAll(async () => {
    const folder = createFolder()
    const course = (values: readonly number[]) => byName(SERVICES.slice(0, 3).map((name) => [name, values] as const))
    for (const [i, weights] of ['older', 'newer'].entries()) {
      const places = [-0.0212345678901234 + 0.03 * i, 0.0123, 0.001, Number.NaN]
      const report = transferReportOf(
        places.map((difference, d) => ({ domain: SERVICES[d], difference, validation: difference - 0.008 })),
        {
          weights,
          training: {
            bestEpoch: 2,
            epochs: [1, 2, 3],
            lambda: course([1, 0.8, 0.7]),
            gap: course([0, -0.1, 0.2]),
            gates: byName([['cross', [0.4, 0.6]]]),
          },
        },
      )
      mkdirSync(join(folder, weights))
      const path = join(folder, weights, 'transfer.json')
      writeFileSync(path, JSON.stringify(report))
      utimesSync(path, 1_000 + i, 1_000 + i)
      if (weights === 'older') written = report
    }
    mkdirSync(join(folder, 'broken'))
    writeFileSync(join(folder, 'broken/transfer.json'), '{"format": 1')
    const app = createServer({
      models: [{ name: 'mixed', model, dataset, weights: 'older', fallbacks: new Map([['books', 'seed1']]) }],
      workbench: new Workbench({ folders: [folder] }),
    })
    listening = await listen(app, { port: 0, closeOnSignal: false })
    return () => listening.close()
  })

  const open = async (address: string) => {
    const watched = await watch(browser(), `${listening.url}/studio/services${address}`)
    await settled(watched.page)
    await watched.page.getByRole('heading', { name: 'Helped or harmed' }).waitFor()
    return watched
  }
  const heading = (page: Page) => page.locator('select').first().inputValue()

  it('has the figures of transfer.json, to the last digit, and begins with what answers', async () => {
    const { page, faults, close } = await open('')
    expect(await heading(page)).toBe('older')
    const rows = await copiedRows(page, 'verdicts ndcg@10')
    expect(rows.slice(0, -1).map(({ service }) => service)).toEqual(SERVICES)
    for (const [name, { difference, cases, users, verdict }] of [
      ...written.domains,
      ['overall', written.overall] as const,
    ]) {
      const { mean, low, high, p } = difference['ndcg@10']
      const plain = (value: number) => (Number.isNaN(value) ? '' : String(value))
      expect(rows.find(({ service }) => service === name)).toMatchObject({
        ...{ verdict, cases: String(cases), users: String(users), p: String(p) },
        'ndcg@10, model − twin': plain(mean),
        '95 % interval': `${plain(low)} to ${plain(high)}`,
      })
    }
    expect(rows.map((row) => row['answers now'])).toEqual([
      'twin: seed1',
      ...['model: mixed', 'model: mixed', 'model: mixed'],
      '',
    ])
    expect(faults).toEqual([])
    await close()
  })

  it('tries other fallbacks, asks who gives to whom, and goes back as it came', async () => {
    const { page, faults, close } = await open('')
    await page.getByRole('button', { name: 'Try other fallbacks' }).click()
    await page.getByRole('checkbox', { name: 'toys' }).check()
    const chosen = page.getByRole('row', { name: /as chosen/ })
    // Books come back to the model, toys go to the twin.
    await chosen.getByText(/toys to the twin/).waitFor()
    await chosen.getByText(/books to the model/).waitFor()
    await page.getByRole('button', { name: /^Ask the model/ }).click()
    await page.locator('section[aria-label="who gives to whom"]').waitFor()
    const debts = await copiedRows(page, 'who gives to whom')
    expect(debts.map((row) => [row['owe to books'], row['owe to toys']])).toEqual([
      ['0', '1'],
      ['0', '1'],
    ])
    expect(new URL(page.url()).search).toBe('?twin=toys&owed=40')
    await page.goBack()
    await page.goBack()
    await chosen.waitFor({ state: 'detached' })
    expect(new URL(page.url()).search).toBe('')
    expect(faults).toEqual([])
    await close()
  })

  it('goes from one training to another, and has no barrier in any light or width', async () => {
    const { page, faults, close } = await open('/newer?service=toys&twin=books&owed=10')
    const rows = await copiedRows(page, 'verdicts over trainings toys')
    expect(rows.map(({ training, data }) => [training, data])).toEqual([
      ['newer', 'shown'],
      ['older', 'the same'],
    ])
    expect(await flaws(page, 'services-newer')).toEqual([])
    await page.getByRole('link', { name: 'older' }).click()
    await page.waitForURL(/services\/older/)
    await settled(page)
    expect(await flaws(page, 'services-older')).toEqual([])
    expect(faults).toEqual([])
    await close()
  })
})
