import type { Page } from 'playwright-core'
import { heapOf } from './browser.ts'

/** What a page of many runs takes: milliseconds, bytes, elements. */
export interface MeasuredRuns {
  readonly firstPaint: number
  /** From the start of loading until rows are there. */
  readonly usable: number
  /** From a key to the frame in which another row is chosen. */
  readonly key: number
  /** From the last letter of a filter to the frame that shows what is left. */
  readonly filter: number
  readonly sort: number
  readonly scroll: number
  readonly heap: number
  readonly nodes: number
}

/** From an act to the first frame in which a condition holds, both told as scripts of the page. */
function until(page: Page, act: string, holds: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve, reject) => {
    const start = performance.now()
    const look = () => {
      if (${holds}) return requestAnimationFrame(() => resolve(performance.now() - start))
      if (performance.now() - start > 20000) return reject(new Error('never: ' + ${JSON.stringify(holds)}))
      requestAnimationFrame(look)
    }
    ${act}
    requestAnimationFrame(look)
  })`)
}

/** Opens the page of SASRec runs that `writeTuning` made and uses it as somebody would who looks for something. */
export async function measureRuns(page: Page, url: string): Promise<MeasuredRuns> {
  await page.goto(url)
  await until(page, '', "document.querySelectorAll('main tbody tr').length > 5")
  const usable = await page.evaluate<number>('performance.now()')
  const firstPaint = await page.evaluate<number>("performance.getEntriesByName('first-contentful-paint')[0].startTime")
  const press = (name: string) =>
    `document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }))`
  const key = await until(page, press('j'), "document.querySelector('tr.active') !== null")
  const type = (text: string) => `{
    const field = document.querySelector('input[type=search]')
    field.value = '${text}'
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }`
  const told = "document.querySelector('main [role=status]').textContent"
  const before = await page.evaluate<string>(told)
  const filter = await until(page, type('width=32 seed:1-3'), `${told} !== ${JSON.stringify(before)}`)
  await until(page, type(''), `${told} === ${JSON.stringify(before)}`)
  const head = 'document.querySelectorAll("main thead button")[0]'
  const sort = await until(page, `${head}.click()`, `${head}.closest('th').hasAttribute('aria-sort')`)
  const scroll = await until(
    page,
    'document.querySelector("section.runs").scrollTop = 3000',
    '[...document.querySelectorAll("main tbody tr")].some((row) => Number(row.dataset.row) > 80)',
  )
  const nodes = await page.evaluate<number>("document.querySelectorAll('*').length")
  return { firstPaint, usable, key, filter, sort, scroll, heap: await heapOf(page), nodes }
}
