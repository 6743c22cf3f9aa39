import { mkdir, writeFile } from 'node:fs/promises'
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

test('episodes of a language model become demonstrations, and no option of datasets is taken for them', async () => {
  const traj_by_line = [
    'Action 1: recommend[Braid]',
    'Observation 1: Episode continue, reward=4',
    'Action 2: recommend[x]',
  ]
  const name = 'steam_train_0_1_gpt-4_0.5_2024-01-20.json'
  await mkdir(join(folder, 'trajs'))
  await writeFile(join(folder, 'trajs', name), JSON.stringify({ 1: { userid: 7, traj_by_line } }))
  const args = ['import', 'billp', 'trajs', '--out', 'played', '--env', 'steam']
  const { origin, models } = await tributaryJson<{ origin: object; models: object[] }>(args, folder)
  expect(origin).toEqual({ from: 'billp', env: 'steam', files: [name], unpaid: 1, empty: 0 })
  expect(models).toEqual([
    expect.objectContaining({ model: 'gpt-4', source: 'recorded', steps: 1, outsideCatalogue: 0 }),
  ])
  const wrong = await tributary([...args, '--overwrite', '--no-timestamp', '--min-item', '5'], { cwd: folder })
  expectRefusal(wrong, ['--no-timestamp, --min-item', '--split'])
  expectRefusal(await tributary(['import', 'csv', 'log.csv', '--out', 'x', '--env', 'steam'], { cwd: folder }), [
    'billp',
  ])
})
