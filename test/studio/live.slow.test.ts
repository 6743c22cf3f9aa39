import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { scoringPairs } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { createServer, Lineup, type Listening, listen, Models } from '../../src/server/index.ts'
import type { Decision } from '../../src/serving/decision.ts'
import { openStore } from '../../src/serving/store/open.ts'
import type { NewEvent, Store } from '../../src/serving/store/store.ts'
import { copiedRows, describeInBrowser, flaws, settled, type Watched, watch } from './browser.ts'
import { HOSTILE } from './generated-runs.ts'

const DAY = 86_400_000
const START = Date.now() - 10 * DAY
const EXPERIMENT = 'mixed-or-twin'
const dataset = buildDataset('shop', {
  user: ['ann', 'ann', 'bob', 'bob'],
  item: ['book1', 'book2', 'game1', 'game2'],
  domain: ['books', 'books', 'games', 'games'],
})

/** An A/B that ran for ten days: more is bought in books. */
async function fill(store: Store): Promise<void> {
  const rng = createRng(1)
  const arms = ['twin', 'mixed']
  const experiment = {
    ...{ status: 'running', startedAt: START, weighings: [{ from: START, coverage: 1, weights: [1, 1] }] },
    arms: arms.map((name) => ({ name, use: { model: name } })),
    metrics: [{ name: 'bought', reward: 'purchase:24h' }],
  }
  await store.putDocument('experiment', EXPERIMENT, experiment)
  const draft = { ...experiment, status: 'draft', startedAt: undefined, weighings: [], placement: 'home' }
  await store.putDocument('experiment', HOSTILE.markup, JSON.parse(JSON.stringify(draft)))
  const events: NewEvent[] = []
  for (let user = 0; user < 800; user++) {
    const [domain, arm] = [user % 3 === 0 ? 'games' : 'books', arms[user % 2]]
    const [id, at] = [`r_${user}`, START + (user * 9 * DAY) / 800]
    const told = { source: 'shop', user: `u${user}`, recommendation: id, item: 'book1', domain, timestamp: at + 1000 }
    store.putDecision({
      ...{
        id,
        at,
        user: `u${user}`,
        domain,
        model: arm,
        weights: 'w',
        policy: { kind: 'greedy' },
        candidatesHash: 'c',
      },
      ...{ asked: { k: 1, maskSeen: true }, experiment: { name: EXPERIMENT, arm }, took: 4 },
      items: [{ item: 'book1', score: 1, rank: 1, propensity: 1, source: 'model' }],
    } as unknown as Decision)
    events.push({ ...told, id: `i${user}`, type: 'impression', shown: ['book1'] })
    if (rng.float() < (arm === 'mixed' && domain === 'books' ? 0.7 : 0.2))
      events.push({ ...told, id: `p${user}`, type: 'purchase' })
  }
  await store.appendEvents(events)
  const verdict = {
    ...{ passed: false, reason: 'it is worse', metric: 'ndcg@10', cases: 412 },
    difference: { mean: -0.021, low: -0.034, high: -0.008 },
    domains: { books: 'harmed', games: 'no difference' },
  }
  const job = { started: START, ended: START + 60_000, sequence: 9 }
  await store.putDocument('job', 'training-monday', { ...job, status: 'kept', reason: 'it is worse', verdict })
  await store.putDocument('job', 'evaluation-refused', {
    ...{ status: 'done', started: START, ended: START + 5000, reason: 'the lists were never drawn' },
    asked: { policies: [{ model: 'mixed' }], reward: 'purchase:24h' },
  })
}

describeInBrowser('the live page', (browser) => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-live-'))
  let store: Store
  let lineup: Lineup
  let server: Listening
  let watched: Watched
  beforeAll(async () => {
    store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
    await fill(store)
    const model = scoringPairs((_, item) => -item)
    const models = new Models(['twin', 'mixed'].map((name) => ({ name, model, dataset, weights: name })))
    const open = async () => {
      throw new Error('no run is opened here')
    }
    lineup = new Lineup({ models, store, open, onError: () => {} })
    await lineup.follow()
    server = await listen(createServer({ models, store, lineup }), { port: 0, closeOnSignal: false })
    await fetch(`${server.url}/v1/recommendations`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"domain":"books","k":5}',
    })
    watched = await watch(browser(), `${server.url}/studio/live`)
  })
  afterAll(async () => {
    await watched?.close()
    await server?.close()
    await lineup?.close()
    await store?.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const ask = async <T>(path: string) => (await (await fetch(`${server.url}/v1${path}`)).json()) as T

  it('says what is answered, as the API does, and hears of it each second', async () => {
    const { page } = watched
    await settled(page)
    const [row] = await copiedRows(page, 'services in 5 minutes')
    expect(row).toMatchObject({ service: 'books', lists: '1', short: '100 % (1 of 1)' })
    await page.getByText('mean of 2 s').first().waitFor()
    expect(await flaws(page, 'live-traffic')).toEqual([])
  })

  it('reads an experiment out, as the API does, with its course', async () => {
    const { page } = watched
    await page.getByRole('link', { name: 'Experiments', exact: true }).click()
    await page.getByRole('link', { name: EXPERIMENT }).click()
    await page.getByText('Over time').waitFor()
    await settled(page)
    interface Read {
      readonly decision: { readonly says: string }
      readonly metrics: { bought: { overall: { control: number; treatment: number; verdict: string; users: number } } }
    }
    const { decision, metrics } = await ask<Read>(`/experiments/${EXPERIMENT}/readout`)
    const { control, treatment, verdict, users } = metrics.bought.overall
    expect(await page.locator('.lead').innerText()).toBe(`${decision.says[0].toUpperCase()}${decision.says.slice(1)}`)
    const rows = await copiedRows(page, 'bought, mixed')
    const all = { verdict, users: String(users), twin: String(control), mixed: String(treatment) }
    expect(rows.at(-1)).toMatchObject(all)
    await page.getByText('24 moments as a table').click()
    const course = await copiedRows(page, 'course of bought, mixed')
    expect(course).toHaveLength(24)
    expect(course.at(-1)).toMatchObject({ verdict, users: String(users) })
    expect(await flaws(page, 'live-experiment')).toEqual([])
    await page.goBack()
    await page.getByRole('link', { name: HOSTILE.markup }).waitFor()
  })

  it('starts what users see only when its name was typed', async () => {
    const { page } = watched
    await page.getByRole('link', { name: HOSTILE.markup }).click()
    await page.getByRole('button', { name: 'Start' }).click()
    const dialog = page.getByRole('dialog', { name: 'Start' })
    const start = dialog.getByRole('button', { name: 'Start' })
    await dialog.getByRole('textbox').fill('another')
    expect(await start.isDisabled()).toBe(true)
    await dialog.getByRole('textbox').fill(HOSTILE.markup)
    expect(await flaws(page, 'live-confirm')).toEqual([])
    await page.keyboard.press('Enter')
    // It names a placement that there is not, and the dialog says so.
    await dialog.getByRole('alert').waitFor()
    expect(await dialog.getByRole('alert').innerText()).toContain("'home'")
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'hidden' })
    watched.faults.splice(0, watched.faults.length, ...watched.faults.filter((fault) => !fault.includes('422')))
  })

  it('tells what a gate has said, and lets another model answer', async () => {
    const { page } = watched
    await page.getByRole('link', { name: 'Retraining' }).click()
    await settled(page)
    const [training] = await copiedRows(page, 'trainings')
    expect(training).toMatchObject({
      model: 'monday',
      decided: 'kept',
      cases: '412',
      services: 'books: harmed, games: no difference',
    })
    await page.getByRole('button', { name: 'Promote mixed' }).click()
    await page.getByRole('textbox').fill('mixed')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Roll champion back' }).waitFor()
    expect(await ask('/models')).toMatchObject({ default: 'mixed' })
    expect(await flaws(page, 'live-trainings')).toEqual([])
    await page.getByRole('link', { name: 'What others would have earned' }).click()
    await settled(page)
    expect(await flaws(page, 'live-evaluations')).toEqual([])
    await page.getByRole('link', { name: 'refused' }).click()
    await page.getByText('the lists were never drawn').waitFor()
    expect(watched.faults).toEqual([])
  })
})
