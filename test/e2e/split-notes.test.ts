import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createFolder, tributary } from './tributary.ts'

const folder = createFolder()

/** Twenty users in four periods, so that no cut falls where it is aimed. */
beforeAll(async () => {
  const rows = Array.from({ length: 20 }, (_, u) =>
    [1, 2, 2, 2, 2, 3, 4].map((time, i) => `u${u},i${(u + i) % 7},a,${time}\n`),
  )
  writeFileSync(join(folder, 'periods.csv'), `user,item,domain,timestamp\n${rows.flat().join('')}`)
  expect(await tributary(['import', 'csv', 'periods.csv', '--out', 'periods'], { cwd: folder })).toMatchObject({
    code: 0,
  })
})

const ran = async (...args: string[]) => {
  const { code, stdout, stderr } = await tributary(args, { cwd: folder })
  expect(code, stderr).toBe(0)
  return { stdout, stderr, json: args.includes('--json') ? JSON.parse(stdout) : undefined }
}

const SHARES = 'train 71.4 %, valid 14.3 %, test 14.3 % of the rows'

test('train, evaluate and compare say what a split leaves out', async () => {
  const trained = await ran('train', 'popularity', 'periods', '--out', 'run', '--split-by', 'global-time', '--json')
  expect(trained.stderr).toContain(`split global-time: ${SHARES}`)
  expect(trained.json.splitRows).toEqual({ train: 100, valid: 20, test: 20, unused: 0 })
  expect(trained.json.splitNotes).toEqual([
    expect.stringContaining(SHARES),
    expect.stringContaining('20 rows have the time'),
  ])
  expect((await ran('evaluate', 'run', '--json')).json.splitNotes).toEqual(trained.json.splitNotes)
  expect((await ran('evaluate', 'run')).stdout).toContain(SHARES)
  const compare = [
    'compare',
    'popularity,random',
    'periods',
    '--seeds',
    '1',
    '--split-by',
    'global-time',
    '--out',
    'compared',
  ]
  expect((await ran(...compare, '--json')).json.splitNotes).toEqual(trained.json.splitNotes)
  expect((await ran(...compare)).stdout).toContain(SHARES)
})

test('a log too small to measure anything says so, and shows no NaN', async () => {
  writeFileSync(join(folder, 'tiny.csv'), 'user,item,domain\na,x,s\na,y,s\nb,x,s\n')
  await ran('import', 'csv', 'tiny.csv', '--out', 'tiny')
  const { stderr } = await ran('train', 'popularity', 'tiny', '--out', 'tiny-run')
  expect(stderr).toContain('epoch 1 of at most 1')
  expect(stderr).not.toMatch(/NaN|best so far/)
  expect(stderr).toContain('there is no row to validate or test on')
  expect((await ran('evaluate', 'tiny-run')).stdout).toContain('there is no row to validate or test on')
})
