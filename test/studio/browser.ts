import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe } from 'vitest'

const CHROMIUM = process.env.TRIBUTARY_CHROMIUM ?? '/usr/bin/chromium'

/** Why nothing can be looked at in a browser here; undefined where it can. */
export const noBrowser = existsSync(CHROMIUM)
  ? undefined
  : `there is no ${CHROMIUM}: install Debian's chromium, or say in TRIBUTARY_CHROMIUM where one is`

/** Without these it calls its makers by the dozen. */
const QUIET = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  '--no-sandbox',
]

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, headless: true, args: [...QUIET, '--js-flags=--expose-gc'] })
}

const WIDTHS = { wide: { width: 1280, height: 900 }, narrow: { width: 400, height: 800 } } as const

/** Each way in which a page has to be readable. */
const LOOKS = (['wide', 'narrow'] as const).flatMap((width) =>
  (['light', 'dark'] as const).map((scheme) => ({ width, scheme })),
)

/** A page of which all is kept that went wrong. */
export interface Watched {
  readonly page: Page
  /** Errors of the console and of scripts, refused by the CSP, asked of another host, failed or answered by an error: a line each. */
  readonly faults: string[]
  close(): Promise<void>
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Opens a page that reaches the host of `url` and no other.
 * @param allowed answers of the server that the page is expected to get, as `404 /v1/runs/x`
 */
export async function watch(
  browser: Browser,
  url: string,
  { allowed = [] }: { readonly allowed?: readonly string[] } = {},
): Promise<Watched> {
  const context = await browser.newContext({
    viewport: WIDTHS.wide,
    colorScheme: 'light',
    // What moves is not compared with anything here, and axe would meet colors that are half gone.
    reducedMotion: 'reduce',
    permissions: ['clipboard-read', 'clipboard-write'],
  })
  const { origin } = new URL(url)
  const faults: string[] = []
  await offline(context, origin, faults)
  const page = await context.newPage()
  page.on('console', (message) => {
    // The answer itself is told with its address, below.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text()))
      faults.push(`console: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(`script: ${error.message}`))
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? ''
    // A page that is left ends its streams and what it still asked.
    if (reason !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()} ${reason}`)
  })
  page.on('response', (response) => {
    const { pathname } = new URL(response.url())
    const told = `${response.status()} ${pathname}`
    if (response.status() >= 400 && !allowed.includes(told)) faults.push(`answered: ${told}`)
  })
  await page.goto(url)
  return { page, faults, close: () => context.close() }
}

/** What a button of the page copies. */
export async function copied(button: Locator): Promise<string> {
  await button.click()
  const page = button.page()
  // Its name is another one then.
  await page.locator('button:focus', { hasText: 'Copied' }).waitFor()
  return await page.evaluate<string>('navigator.clipboard.readText()')
}

/** The rows of a table of the page as they are copied, by the titles of its columns. */
export async function copiedRows(page: Page, table: string): Promise<Readonly<Record<string, string>>[]> {
  const place = page.locator('.data-table', { has: page.locator(`section[aria-label=${JSON.stringify(table)}]`) })
  const text = await copied(place.getByRole('button', { name: 'Copy as Markdown' }))
  const [head = [], , ...rows] = text
    .trim()
    .split('\n')
    // What would mean something in Markdown has a backslash before it.
    .map((line) =>
      line
        .slice(2, -2)
        .split(' | ')
        .map((cell) => cell.replaceAll(/\\(?=[\\|*`<~_\]])/g, '')),
    )
  return rows.map((cells) => Object.fromEntries(head.map((title, column) => [title, cells[column]])))
}

/** Waits until a page has said what it has to say: nothing of it is still asked for. */
export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor()
  const loading = page.locator('main .loading')
  while ((await loading.count()) > 0) await loading.first().waitFor({ state: 'detached' })
}

async function offline(context: BrowserContext, origin: string, faults: string[]): Promise<void> {
  await context.route('**', async (route) => {
    const { origin: asked, protocol } = new URL(route.request().url())
    if (asked === origin || protocol === 'data:' || protocol === 'blob:') return await route.continue()
    faults.push(`another host: ${route.request().url()}`)
    await route.abort()
  })
}

/**
 * What is wrong with a page as it stands, wide and narrow, light and dark: its barriers, and whether it has to be scrolled sideways; a
 * line each. Each look is kept as a picture where `TRIBUTARY_PICTURES` names a folder.
 */
export async function flaws(page: Page, name: string): Promise<string[]> {
  const found: string[] = []
  for (const { width, scheme } of LOOKS) {
    await page.setViewportSize(WIDTHS[width])
    await scrollThrough(page)
    await page.emulateMedia({ colorScheme: scheme })
    await picture(page, `${name}-${width}-${scheme}`)
    // Structure does not change with colors, nor contrast with the width, as a rule; half the looks find it all.
    if ((width === 'wide') === (scheme === 'light'))
      for (const line of await barriers(page)) found.push(`${width}, ${scheme}: ${line}`)
    for (const line of await overflowing(page)) found.push(`${width}, ${scheme}: ${line}`)
  }
  await page.setViewportSize(WIDTHS.wide)
  await page.emulateMedia({ colorScheme: 'light' })
  return found
}

/** What a screen reader, a keyboard or weak eyes cannot use: serious and critical findings of axe and what it leaves out, a line each. */
async function barriers(page: Page): Promise<string[]> {
  // Through the debugger, which no CSP of the page forbids.
  await page.evaluate(AXE)
  return await page.evaluate<string[]>(FIND_BARRIERS)
}

/** In the page, of which this project has no types. Chromium lets the keyboard into whatever scrolls, and axe believes it; others do not. */
const FIND_BARRIERS = `(async () => {
  const { violations } = await axe.run({ resultTypes: ['violations'] })
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ html, target }) =>
      id + ' (' + help + '): ' + target.join(' ') + ' ' + html.slice(0, 160)))
  const scrolls = (one) => ['X', 'Y'].some((way) => /auto|scroll/.test(getComputedStyle(one)['overflow' + way]) &&
    (way === 'X' ? one.scrollWidth - one.clientWidth : one.scrollHeight - one.clientHeight) > 1)
  const reached = '[tabindex]:not([tabindex="-1"]), a[href], button, input, select, textarea, summary'
  for (const one of document.body.querySelectorAll('*'))
    if (scrolls(one) && !one.matches(reached) && one.querySelector(reached) === null)
      found.push('unreachable-scrolling: ' + one.outerHTML.slice(0, 160))
  return found
})()`

/** What is drawn only when it comes near is drawn then. */
async function scrollThrough(page: Page): Promise<void> {
  await page.evaluate(`(async () => {
    const frame = () => new Promise((resolve) => requestAnimationFrame(resolve))
    for (let at = 0; at < document.documentElement.scrollHeight; at += innerHeight) {
      scrollTo(0, at)
      await frame()
      await frame()
    }
    scrollTo(0, 0)
    await frame()
  })()`)
}

/** Bytes of the heap of scripts that are still in use after a collection. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page)
  await session.send('HeapProfiler.enable')
  await session.send('HeapProfiler.collectGarbage')
  const { usedSize } = (await session.send('Runtime.getHeapUsage')) as { usedSize: number }
  await session.detach()
  return usedSize
}

/** What makes the page wider than its window, so that one has to scroll sideways to read it; outermost first. */
async function overflowing(page: Page): Promise<string[]> {
  return await page.evaluate<string[]>(`(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > width + 1)
      .slice(0, 3).map((one) => 'wider than the window: ' + one.outerHTML.slice(0, 120))
  })()`)
}

const PICTURES = process.env.TRIBUTARY_PICTURES

/** Keeps what is seen, where `TRIBUTARY_PICTURES` names a folder for it. */
async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `${name}.png`), fullPage: true })
}

/** Tests that look at pages; skipped, with its reason in their name, where there is no browser. */
export function describeInBrowser(
  name: string,
  tests: (browser: () => Browser) => void,
  reason: string | undefined = noBrowser,
): void {
  if (reason !== undefined) {
    describe.skip(`${name} (${reason})`, () => tests(() => undefined as never))
    return
  }
  describe(name, () => {
    let browser: Browser
    beforeAll(async () => {
      browser = await launch()
    })
    afterAll(() => browser.close())
    tests(() => browser)
  })
}
