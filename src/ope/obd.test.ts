import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { importObd } from './obd.ts'
import { readColumns } from './read.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-obd-'))
})
afterAll(() => rm(folder, { recursive: true }))

const HEADER = ',timestamp,item_id,position,click,propensity_score,user_feature_0\n'
const log = (rows: readonly string[]) => HEADER + rows.map((row, i) => `${i},${row},x\n`).join('')
const at = (second: number) => `2019-11-24 00:00:0${second}.500000+00:00`

/** Two items at one position: each twice at random; Thompson sampling has shown the first three times of four. */
const random = log([0, 1, 2, 3].map((i) => `${at(i)},${i % 2},1,${Number(i === 1)},0.5`))
const bts = log([0, 1, 2, 3].map((i) => `${at(i)},${Number(i === 3)},1,0,${i === 3 ? 0.2 : 0.8}`))

it.each([
  [
    'as published',
    async (place: string) => {
      for (const [policy, text] of [
        ['random', random],
        ['bts', bts],
      ] as const) {
        await mkdir(join(place, policy, 'men'), { recursive: true })
        await writeFile(join(place, policy, 'men', 'men.csv'), text)
      }
    },
  ],
  [
    'as two files',
    async (place: string) => {
      await writeFile(join(place, 'random.csv.gz'), gzipSync(random))
      await writeFile(join(place, 'bts.csv.gz'), gzipSync(bts))
    },
  ],
])('the Open Bandit Dataset %s is two logs, each with what the other policy would have done', async (how, fill) => {
  const place = join(folder, how, 'men')
  await mkdir(place, { recursive: true })
  await fill(place)
  const out = join(folder, how, 'logs')
  const report = await importObd(place, out)
  expect(report.domains).toEqual(['men'])
  expect(report.logs.map(({ policy, rows, clicks, items }) => [policy, rows, clicks, items])).toEqual([
    ['random', 4, 1, 2],
    ['bts', 4, 0, 2],
  ])
  const ofRandom = await readColumns(join(out, 'random.parquet'), { policies: ['bts'], reward: 'reward' })
  expect([...ofRandom.targets[0].probabilities]).toEqual([0.75, 0.25, 0.75, 0.25])
  expect([...ofRandom.logged.rewards]).toEqual([0, 1, 0, 0])
  expect(ofRandom.logged.times?.[1]).toBe(Date.UTC(2019, 10, 24, 0, 0, 1, 500))
  const ofBts = await readColumns(join(out, 'bts.parquet'), { policies: ['random'], reward: 'reward' })
  expect([...ofBts.logged.propensities]).toEqual([0.8, 0.8, 0.8, 0.2])
  expect([...ofBts.targets[0].probabilities]).toEqual([0.5, 0.5, 0.5, 0.5])
  // The clicked row was taught by three that were not.
  expect(ofRandom.logged.predicted?.[1]).toBe(0)
  expect(ofRandom.logged.predicted?.[0]).toBeCloseTo(500 / 3 / 501, 12)
})

it('says what a folder should hold that is none', async () => {
  await expect(importObd(folder, join(folder, 'none'))).rejects.toMatchObject({
    code: 'file-missing',
    message: expect.stringContaining('random/CAMPAIGN/CAMPAIGN.csv'),
  })
})
