import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../../src/data/index.ts'
import { openRun } from '../../src/runs/run.ts'
import { describeInBrowser, flaws, settled, type Watched, watch } from './browser.ts'
import { shopRows } from './shop-folder.ts'
import { startStudio } from './studio-process.ts'

let root: string
let url: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-train-'))
  await mkdir(join(root, 'runs'))
  const rows = shopRows()
  const dataset = buildDataset('shop', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(({ domain }) => domain),
    timestamp: rows.map(({ timestamp }) => timestamp),
  })
  await writeDataset(dataset, join(root, 'datasets/shop'))
  url = await startStudio(join(root, 'runs'), join(root, 'datasets'))
})
afterAll(() => rm(root, { recursive: true }))

const field = (page: Page, name: string) => page.getByLabel(new RegExp(`^${name}( \\(set\\))?$`))

describeInBrowser('the page that trains', (browser) => {
  let watched: Watched
  const open = async (path: string, allowed: readonly string[] = []) => {
    watched = await watch(browser(), `${url}${path}`, { allowed })
    await settled(watched.page)
    return watched.page
  }

  it('finds a model by what it predicts and by words', async () => {
    const page = await open('/train')
    expect(await flaws(page, 'train-models')).toEqual([])
    await page.keyboard.press('/')
    await page.keyboard.type('self-attention ICDM')
    await page.locator('.models a', { hasText: /^sasrec$/ }).click()
    await page.locator('form .fields').first().waitFor()
    expect(new URL(page.url()).searchParams.get('model')).toBe('sasrec')
    expect(await flaws(page, 'train-form')).toEqual([])
    await page.goBack()
    await page.locator('.models').first().waitFor()
    expect(await page.getByRole('searchbox').inputValue()).toBe('self-attention ICDM')
    expect(watched.faults).toEqual([])
    await watched.close()
  })

  it('says at the field what is wrong, and trains what is right while one looks', async () => {
    const page = await open('/train?model=sasrec', ['400 /v1/runs'])
    await field(page, 'epochs').fill('many')
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    expect(await page.locator('[aria-invalid=true]').getAttribute('name')).toBe('set.epochs')
    expect(await page.locator('.failure').allTextContents()).toEqual(['must be an integer of at least 1'])
    await field(page, 'epochs').fill('2')
    await field(page, 'name of the run').fill('../sasrec')
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    await page.locator('.failure', { hasText: "'name' must be letters" }).waitFor()
    expect(await page.locator('[aria-invalid=true]').getAttribute('name')).toBe('name')
    expect(await flaws(page, 'train-wrong')).toEqual([])
    await field(page, 'name of the run').fill('')
    await field(page, 'width').fill('8')
    await field(page, 'seeds').fill('1, 2')
    expect(await page.locator('.command code').last().textContent()).toBe(
      `tributary train sasrec ${root}/datasets/shop --out ${root}/runs/sasrec/seed2 --seed 2 --set width=8 --set epochs=2`,
    )
    await page.getByRole('button', { name: 'Train 2 runs' }).click()
    // Without a reload: the run, its curve, and where to go from it.
    await page.locator('.watch').getByRole('link', { name: 'Look at the run' }).waitFor()
    await page.locator('.watch figure svg').waitFor()
    await page.getByRole('row', { name: /seed2 done/ }).waitFor()
    expect(await flaws(page, 'train-done')).toEqual([])
    const { manifest } = await openRun(join(root, 'runs/sasrec/seed2'))
    expect(manifest).toMatchObject({ status: 'done', seed: 2, config: { epochs: { value: 2, from: 'set' } } })
    expect(Object.values(manifest.config).filter(({ from }) => from === 'set')).toHaveLength(2)
    expect(watched.faults).toEqual([])
    await watched.close()
  })

  it('ends a training, which can be gone on with', async () => {
    const page = await open('/train?model=sasrec&set.epochs=5000&set.patience=0&set.width=8&name=long')
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    await page.locator('.watch figure svg').waitFor()
    await page.locator('.watch').getByRole('button', { name: /^Stop/ }).click()
    const on = page.locator('.watch').getByRole('button', { name: 'Go on from the last checkpoint' })
    await on.waitFor()
    expect(await flaws(page, 'train-stopped')).toEqual([])
    await on.click()
    await page.locator('.watch').getByRole('button', { name: /^Stop/ }).click()
    await on.waitFor()
    expect(watched.faults).toEqual([])
    await watched.close()
  })

  it('says why a training failed', async () => {
    const page = await open('/train?model=popularity&split=column')
    await page.getByRole('button', { name: 'Train', exact: true }).click()
    await page.locator('.watch .failure', { hasText: /^ ?failed: .*column/ }).waitFor()
    expect(await flaws(page, 'train-failed')).toEqual([])
    expect(watched.faults).toEqual([])
    await watched.close()
  })

  it('leads to the run of a training that it knows nothing of', async () => {
    const page = await open('/train?watch=runs%2Fearlier', ['404 /v1/jobs/runs%2Fearlier'])
    await page.locator('.watch').getByText('It was not begun since this server was started').waitFor()
    expect(watched.faults).toEqual([])
    await watched.close()
  })

  it('says what would fill it where there is nothing to train on', async () => {
    await mkdir(join(root, 'empty'))
    const empty = await startStudio(join(root, 'empty'))
    watched = await watch(browser(), `${empty}/train?model=sasrec`)
    await watched.page.getByText('There is no dataset below the folders').waitFor()
    expect(await flaws(watched.page, 'train-empty')).toEqual([])
    expect(watched.faults).toEqual([])
    await watched.close()
  })
})
