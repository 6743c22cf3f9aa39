import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Query, scoringPairs } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createServer, type Listening, listen } from '../../src/server/index.ts'
import { describeInBrowser, flaws, settled, type Watched, watch } from './browser.ts'
import { HOSTILE } from './generated-runs.ts'

const DAY = 86_400
const items = ['books', 'games'].flatMap((domain) => Array.from({ length: 12 }, (_, i) => `${domain}-${i}`))
const users = ['ann', 'annabel', HOSTILE.markup]
const rows = users.flatMap((user, u) => items.filter((_, i) => (i + u) % 3 === 0).map((item, t) => ({ user, item, t })))
const titles = new Map(items.map((item, i) => [item, [i === 4 ? HOSTILE.markup : `The ${item.replace('-', ' no. ')}`]]))
const dataset = buildDataset(
  'shop',
  {
    user: [...rows.map(({ user }) => user), ...items.map(() => 'everybody')],
    item: [...rows.map(({ item }) => item), ...items],
    domain: [...rows.map(({ item }) => item), ...items].map((item) => item.slice(0, 5)),
    timestamp: [...rows.map(({ t }) => t * DAY), ...items.map((_, i) => i)],
  },
  {
    itemFeatures: [
      { name: 'title', kind: 'labels', of: titles },
      { name: 'price', kind: 'number', of: new Map(items.map((item, i) => [item, i % 12])) },
    ],
  },
)
const numberOf = (item: number) => Number(dataset.items.name(item).slice(6))
/** What is near to what was liked, whatever the service. */
const near = scoringPairs(({ history }: Query, item: number) =>
  [...history].reduce((sum, liked) => sum + 1 / (1 + Math.abs(numberOf(liked) - numberOf(item))), numberOf(item) / 100),
)
const popular = scoringPairs((_: Query, item: number) => -numberOf(item))

describeInBrowser('the preview', (browser) => {
  let server: Listening
  let watched: Watched
  beforeAll(async () => {
    const models = [
      { name: 'near', model: near, dataset },
      { name: 'popular', model: popular, dataset },
    ]
    server = await listen(createServer({ models }), { port: 0, closeOnSignal: false })
  })
  afterAll(async () => {
    await watched.close()
    await server.close()
  })

  const asked = async (body: object) => {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }
    const answer = await fetch(`${server.url}/v1/recommendations`, init)
    return (await answer.json()) as { items: { item: string; because: { item: string; share: number }[] }[] }
  }
  const at = () => decodeURIComponent(new URL(watched.page.url()).search)
  const textOf = (place: number) => watched.page.locator('.list').nth(place).innerText()
  /** Holds both lists, as soon as they are there, to what the server answers when it is asked for them. */
  const expectLists = async (body: object) => {
    for (const [place, model] of ['near', 'popular'].entries()) {
      const { items } = await asked({ domain: 'books', k: 10, explain: true, log: false, ...body, model })
      const shown = () => watched.page.locator('.list').nth(place).locator('.title').allInnerTexts()
      await expect.poll(shown).toEqual(items.map(({ item }) => titles.get(item)?.[0]))
      for (const { because } of items)
        for (const { item, share } of because.slice(0, 1))
          expect(await textOf(place)).toContain(`${titles.get(item)?.[0]} (${Math.round(100 * share)} %)`)
    }
  }

  it('shows a newcomer at first, and a user who is found by keyboard alone, as the server answers', async () => {
    watched = await watch(browser(), `${server.url}/studio/preview`)
    const { page, faults } = watched
    await settled(page)
    await expectLists({})
    await page.keyboard.press('/')
    await page.keyboard.type('ann')
    await page.locator('.found li').nth(1).waitFor()
    expect(await page.locator('.found li').allInnerTexts()).toEqual(['ann', 'annabel'])
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.locator('.chip').first().waitFor()
    expect(at()).toBe('?user=ann')
    await expectLists({ user: 'ann' })
    expect(await flaws(page, 'preview')).toEqual([])
    expect(faults).toEqual([])
  })

  it('asks with a history that was changed, which the address holds and the back button undoes', async () => {
    const { page } = watched
    await page.locator('.chip').first().focus()
    await page.keyboard.press('Delete')
    await page.keyboard.press('Shift+ArrowRight')
    expect(at()).toBe('?user=ann&history=2,1,3-7')
    const history = rows.filter(({ user }) => user === 'ann').map(({ item }) => item)
    const changed = [2, 1, 3, 4, 5, 6, 7].map((place) => history[place])
    await expectLists({ user: 'ann', history: changed })
    await page.getByLabel('Add an item').fill('no. 5 games')
    await page.locator('.found li button').click()
    await expectLists({ user: 'ann', history: [...changed, 'games-5'] })
    await page.goBack()
    await page.goBack()
    await page.goBack()
    await expectLists({ user: 'ann' })
  })

  it('goes back in time, and says what the user took later', async () => {
    const { page } = watched
    await page.locator('input[type=range]').fill('3')
    await page.waitForURL(/asof=3/)
    await expectLists({ user: 'ann', history: ['books-0', 'books-3', 'books-6'] })
    expect(await page.locator('.moment').innerText()).toContain('before 1970-01-04 00:00 UTC, the first 3 of 8 items')
    expect(await textOf(0)).toMatch(/1 of 9 taken later/)
    expect(await page.locator('.list').first().locator('li', { hasText: 'taken later' }).innerText()).toContain('no. 9')
  })

  it('asks what would be if only some items might appear', async () => {
    const { page, faults } = watched
    await page.locator('summary').first().click()
    await page.getByLabel('Field').fill('price')
    await page.getByLabel('How it is compared').selectOption('at most')
    await page.getByLabel('What it is compared with').fill('4')
    await page.keyboard.press('Enter')
    await page.waitForURL(/filter=/)
    const filter = { field: 'price', lte: 4 }
    await expectLists({ user: 'ann', history: ['books-0', 'books-3', 'books-6'], filter })
    await page.getByRole('button', { name: 'Take away' }).click()
    await page.getByRole('button', { name: 'A newcomer instead' }).click()
    await expectLists({})
    // A name that is a page, and one that nobody has.
    await page.getByLabel('User').fill(HOSTILE.markup)
    await page.keyboard.press('Enter')
    await page.locator('h1', { hasText: HOSTILE.markup }).waitFor()
    await expectLists({ user: HOSTILE.markup })
    expect(await page.evaluate("'acted' in globalThis")).toBe(false)
    expect(faults).toEqual([])
  })
})
