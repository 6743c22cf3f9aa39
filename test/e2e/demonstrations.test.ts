import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, expectRefusal, tributary, tributaryJson } from './tributary.ts'

const folder = createFolder()

test('rows of a log become demonstrations: those that train, and no others', async () => {
  const rows = ['a', 'b', 'c', 'd'].map((item, i) => `ann,${item},shop,${i + 1}`)
  await writeFile(join(folder, 'log.csv'), ['user,item,domain,rating', ...rows, 'bob,a,shop,5', ''].join('\n'))
  await tributary(['import', 'csv', 'log.csv', '--out', 'shop'], { cwd: folder })
  const written = await tributaryJson(['demonstrate', 'shop', '--from', 'log', '--out', 'shown'], folder)
  // ann's last two rows are for validation and test.
  const model = { model: 'shop', source: 'log', episodes: 2, steps: 3, users: 2, left: 0 }
  const description = {
    episodes: 2,
    steps: 3,
    users: 2,
    items: 2,
    models: [{ ...model, lenAll: 1.5, lenAcc: 1.5, returnAll: 4, returnAcc: 4 }],
    origin: { from: 'log', dataset: 'shop', hash: expect.stringMatching(/^[0-9a-f]{64}$/), split: 'leave-two-out' },
  }
  expect(written).toEqual({ out: 'shown', ...description })
  expect(await tributaryJson(['describe', 'shown'], folder)).toEqual(description)
  const { stdout } = await tributary(['describe', 'shown'], { cwd: folder })
  expect(stdout).toMatch(/^2 episodes of 2 users: 3 recommendations of 2 items\n/)
  expect(stdout).toMatch(/^shop +log +2 +0 +1\.50 +1\.50 +4\.00 +4\.00 +–$/m)

  expectRefusal(await tributary(['demonstrate', 'shop', '--from', 'log', '--out', 'shown'], { cwd: folder }), [
    'already exists',
    '--overwrite',
  ])
  expectRefusal(await tributary(['demonstrate', 'shop', '--out', 'other'], { cwd: folder }), ['--from log'])
})
