import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Decision } from '../../src/serving/decision.ts'
import { openStore } from '../../src/serving/store/open.ts'
import { createFolder, expectRefusal, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const STORE = ['--store', 'sqlite:shop.db']
const experiment = (...args: string[]) => tributary(['experiment', ...args, ...STORE], { cwd: folder })
const json = <T = unknown>(...args: string[]) => tributaryJson<T>(['experiment', ...args, ...STORE], folder)

test('an experiment is told by a file, started, looked at, stopped and taken away', async () => {
  const body = {
    arms: [{ name: 'twin' }, { name: 'mixed', weight: 3, use: { alias: 'champion' } }],
    metrics: [{ name: 'bought', reward: 'purchase:24h' }],
    overrides: { tester: 'mixed' },
  }
  writeText(folder, 'experiment.json', JSON.stringify(body))
  const draft = { name: 'trial', ...body, status: 'draft', weighings: [] }
  expect(await json('put', 'trial', 'experiment.json')).toEqual(draft)
  expect((await experiment('start', 'trial')).stdout).toMatch(
    /^trial \(ab: twin, mixed\) runs since \d{4}-\d\d-\d\d\n$/,
  )
  expect(await json('list')).toMatchObject({ experiments: [{ name: 'trial', status: 'running' }] })

  const store = await openStore(`sqlite:${folder}/shop.db`)
  for (const [user, arm] of [
    ['u1', 'twin'],
    ['u2', 'mixed'],
    ['u2', 'twin'],
  ] as const)
    store.putDecision({ id: `r_${user}${arm}`, at: 5, user, experiment: { name: 'trial', arm } } as Decision)
  await store.close()
  const status = await experiment('status', 'trial')
  expect(status.stdout).toMatch(/twin +1 +1\n *mixed +3 +1\n1 users met more than one arm/)
  expect(await json('assign', 'trial', 'u2')).toMatchObject({ arm: 'mixed', at: 5, several: true })
  expectRefusal(await experiment('delete', 'trial'), ["'trial' runs; stop it first"])
  expect((await experiment('stop', 'trial')).stdout).toMatch(/ran from/)
  expect(await json('delete', 'trial')).toEqual({ name: 'trial', deleted: true })
})

test('an experiment is read out as text, as JSON and as a page', async () => {
  const body = { arms: [{ name: 'twin' }, { name: 'mixed' }], metrics: [{ name: 'bought', reward: 'purchase:24h' }] }
  await json('put', 'read', JSON.stringify(body))
  expectRefusal(await experiment('readout', 'read'), ["'read' was not started"])
  await json('start', 'read')
  const start = Date.now()
  const store = await openStore(`sqlite:${folder}/shop.db`)
  for (let user = 0; user < 8; user++) {
    const arm = user % 2 === 0 ? 'twin' : 'mixed'
    const list = {
      id: `r_${user}`,
      at: start + user,
      user: `u${user}`,
      domain: 'books',
      experiment: { name: 'read', arm },
    }
    store.putDecision({ ...list, asked: { k: 1 }, items: [{ item: 'a' }] } as unknown as Decision)
  }
  await store.close()
  const at = ['--at', new Date(start + 9 * 86_400_000).toISOString()]
  const told = await experiment('readout', 'read', ...at)
  expect(told.stdout).toMatch(/^read: go on/)
  expect(told.stdout).toMatch(/users as planned +sound/)
  expect(told.stdout).toMatch(/books +8 .* too few users\n/)
  const out = ['--out', 'readout']
  expect(await json('readout', 'read', ...at, ...out)).toMatchObject({ users: { twin: 4, mixed: 4 }, control: 'twin' })
  expect(JSON.parse(readFileSync(`${folder}/readout/readout.json`, 'utf8'))).toMatchObject({ experiment: 'read' })
  expect(readFileSync(`${folder}/readout/readout.html`, 'utf8')).toContain('Is it sound?')
  // The window of a day is open: there is one moment, which is now.
  expect(await json('course', 'read')).toMatchObject({ control: 'twin', moments: [{ users: { twin: 0, mixed: 0 } }] })
  expect((await experiment('forecasts')).stdout).toBe('no experiment that was stopped has a forecast\n')
})

test('what cannot be is refused in one sentence', async () => {
  expectRefusal(await experiment('start', 'trail'), ["unknown experiment 'trail'"])
  expectRefusal(await experiment('put', 'x', '{"arms": [{"name": "a"}], "metrcs": []}'), ["did you mean 'metrics'"])
})
