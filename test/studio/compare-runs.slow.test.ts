import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { openRun } from '../../src/runs/run.ts'
import { createFolder, tributaryJson } from '../e2e/tributary.ts'
import { describeInBrowser, flaws, settled, watch } from './browser.ts'
import { writeGeneratedRun } from './generated-runs.ts'
import { makeShop, SHOP } from './shop-folder.ts'
import { startStudio } from './studio-process.ts'

describeInBrowser('runs beside one another', (browser) => {
  const root = createFolder()
  const seeds = [1, 2, 3]
  let base: string
  beforeAll(async () => {
    for (const learningRate of [0.01, 0.001])
      for (const seed of seeds)
        writeGeneratedRun(folderOf(learningRate, seed), {
          model: 'sasrec',
          overrides: { learningRate },
          seed,
          epochs: 30,
        })
    writeGeneratedRun(join(root, 'other'), { model: 'gru4rec', epochs: 12 })
    base = await startStudio(root)
  })
  const folderOf = (learningRate: number, seed: number) => join(root, `rate-${learningRate}/seed${seed}`)

  it('are found, picked and compared by keyboard, and the way back leads to what was picked', async () => {
    const { page, faults, close } = await watch(browser(), `${base}/runs?sort=learningRate`)
    await settled(page)
    await page.keyboard.press('/')
    await page.keyboard.type('model=sasrec best>0')
    await page.getByText('Showing 6 of 7 runs in 2 rows').waitFor()
    for (const key of ['Escape', 'j', 'x', 'j', 'x', 'c']) await page.keyboard.press(key)
    await page.getByRole('heading', { name: '6 runs in 2 groups' }).waitFor()
    expect(new URL(page.url()).searchParams.getAll('run')).toHaveLength(6)
    await settled(page)

    // Only what differs, and what was measured to the digits that are shown.
    expect(await table(page, 'Options of runs')).toEqual([
      ['Run', 'learningRate'],
      ['sasrec learningRate=0.001', '0.001'],
      ['sasrec learningRate=0.01', '0.01'],
    ])
    const [head, ...rows] = await table(page, 'Validation at the best epoch')
    for (const [r, learningRate] of [0.001, 0.01].entries())
      expect(rows[r][head.indexOf('ndcg@10')]).toBe(await measured(seeds.map((seed) => folderOf(learningRate, seed))))
    await page.getByText('Curves').scrollIntoViewIfNeeded()
    await page.locator('figure svg g[aria-label="line"]').nth(1).waitFor({ state: 'attached' })
    expect(await flaws(page, 'studio-compare')).toEqual([])

    await page.goBack()
    await page.getByText('Showing 6 of 7 runs').waitFor()
    expect(await page.inputValue('input[type=search]')).toBe('model=sasrec best>0')
    expect(await page.getByRole('button', { name: 'Compare 6' }).isEnabled()).toBe(true)
    expect(faults).toEqual([])
    await close()
  })

  it('one by itself says how it went and how to do it again; one that is gone is missed', async () => {
    const id = 'rate-0.01/seed2'
    const { page, faults, close } = await watch(browser(), `${base}/runs?run=${encodeURIComponent(id)}`)
    await settled(page)
    await page.getByText(`--set learningRate=0.01 --split-by`).waitFor()
    expect(await page.innerText('.facts')).toMatch(/30 of 200, best \d+/)
    expect(await flaws(page, 'studio-run')).toEqual([])
    await page.getByRole('link', { name: 'Compare all 3 seeds' }).click()
    await page.getByRole('heading', { name: '3 runs in 1 group' }).waitFor()
    await page.goto(`${base}/runs?run=nobody`)
    await page.getByRole('heading', { name: 'There is no run nobody' }).waitFor()
    expect(faults).toEqual([])
    await close()
  })

  it('what no run has is told, and a filter that nothing fits can be taken away', async () => {
    const { page, faults, close } = await watch(browser(), `${base}/runs?q=ndgc@10>0.1`)
    await page.getByText('No run has “ndgc@10”').waitFor()
    await page.getByRole('button', { name: 'Show all' }).click()
    await page.getByText('Showing 7 of 7 runs').waitFor()
    expect(faults).toEqual([])
    await close()
  })
})

describeInBrowser('runs held against the first', (browser) => {
  const root = createFolder()
  let base: string
  beforeAll(async () => {
    await makeShop(root)
    base = await startStudio(join(root, 'runs'))
  })

  it('have the figures that the command line has for the same runs', async () => {
    const ids = ['twin', 'mixed'].flatMap((name) => [1, 2].map((seed) => `compared/${name}/seed${seed}`))
    // Beside what the page asks for: each is a process of its own.
    const printing = tributaryJson<Results>(['compare', '--runs', ...ids.map((id) => join(root, 'runs', id))], root)
    const { page, faults, close } = await watch(
      browser(),
      `${base}/runs?${ids.map((id) => `run=${encodeURIComponent(id)}`).join('&')}`,
    )
    await page.getByRole('button', { name: 'Evaluate 4 runs on the test part' }).click()
    await page.getByText('compared with').first().waitFor()
    expect(await table(page, 'Differences in ndcg@10')).toEqual(expected(await printing))
    expect(faults).toEqual([])
    await close()
  })

  it('that were written to a file are shown as they stand there', async () => {
    const { page, faults, close } = await watch(browser(), `${base}/runs`)
    await page.getByRole('link', { name: 'compared', exact: true }).click()
    await page.getByText('compared with').first().waitFor()
    const results = JSON.parse(readFileSync(join(root, SHOP.comparison, 'results.json'), 'utf8'))
    expect(await table(page, 'Differences in ndcg@10')).toEqual(expected(results))
    expect(await flaws(page, 'studio-comparison')).toEqual([])
    expect(faults).toEqual([])
    await close()
  })
})

type Figures = Record<string, number | null>
interface Results {
  readonly models: Record<
    string,
    { seeds: number[]; domains: Record<string, Record<string, Figures>>; overall: Record<string, Figures> }
  >
  readonly differences: Record<string, Record<string, Record<string, Figures & { verdict: string }>>>
  readonly overallDifferences: Record<string, Record<string, Figures & { verdict: string }>>
  readonly cases: Record<string, number>
  readonly users: Record<string, number>
  readonly allUsers: number
}

/** The cells of the table of differences, from what `compare --json` prints. */
function expected(results: Results): string[][] {
  const { models, differences, overallDifferences, cases, users, allUsers } = results
  const digits = (value: number | null) => (value === null ? '' : value.toFixed(4))
  const signed = (value: number | null) => (value === null ? '' : `${value < 0 ? '−' : '+'}${digits(Math.abs(value))}`)
  const sum = Object.values(cases).reduce((total, one) => total + one, 0)
  const places = [
    ...Object.keys(cases).map((name) => ({ name, n: cases[name], who: users[name] })),
    { name: 'overall', n: sum, who: allUsers },
  ]
  const rows = places.flatMap(({ name, n, who }) =>
    Object.entries(models).map(([model, { seeds, domains, overall }]) => {
      const { mean, std } = (domains[name] ?? overall)['ndcg@10']
      const difference = (differences[model]?.[name] ?? (name === 'overall' ? overallDifferences[model] : undefined))?.[
        'ndcg@10'
      ]
      const figures =
        difference === undefined
          ? ['', '', '', '']
          : [
              ...[difference.mean, difference.low, difference.high].map(signed),
              difference.p === null ? '' : difference.p.toPrecision(2),
            ]
      const of = `${digits(mean)}${std === null ? '' : ` ± ${digits(std)}`}`
      const verdict = difference?.verdict ?? 'compared with'
      return [model, name, verdict, ...figures, of, `${n}`, `${who}`, seeds.join(', ')]
    }),
  )
  return [['Model', 'Domain', 'Verdict', 'Difference', 'From', 'To', 'p', 'Mean', 'Cases', 'Users', 'Seeds'], ...rows]
}

async function table(page: Page, name: string): Promise<string[][]> {
  const rows = page.getByLabel(name, { exact: true }).locator('tr')
  return await Promise.all((await rows.all()).map((row) => row.locator('th, td').allInnerTexts()))
}

/** Mean ± standard deviation of what the manifests hold. */
async function measured(folders: readonly string[]): Promise<string> {
  const runs = await Promise.all(folders.map((folder) => openRun(folder)))
  const values = runs.map(({ manifest }) => manifest.result?.validation?.['ndcg@10'] ?? Number.NaN)
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
  return `${mean.toFixed(4)} ± ${deviation.toFixed(4)}`
}
