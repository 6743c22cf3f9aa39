import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, writeText } from './tributary.ts'

const folder = createFolder()
const EPOCHS = 8
// Small, yet with everything that a resume must restore: dropout, Adam's moments, several blocks of batches.
const SETTINGS = [`epochs=${EPOCHS}`, 'patience=0', 'width=16', 'layers=1', 'batchSize=8', 'maxLength=20']
const train = (run: string, ...more: string[]) => [
  ...['train', 'sasrec', 'shop', '--out', run, '--seed', '7', '--checkpoint-seconds', '0'],
  ...SETTINGS.flatMap((setting) => ['--set', setting]),
  ...more,
]
const weights = (run: string) => readFileSync(join(folder, run, 'weights.safetensors'))
const firstEpoch = (stderr: string) => Number(stderr.match(/epoch (\d+) of at most/)?.[1])
/** What an epoch says, without its seconds. */
const epochs = (run: string) =>
  readFileSync(join(folder, run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Record<string, unknown>), seconds: undefined }))

const LOGGED = ['tensorboard:curves', 'mlflow:http://127.0.0.1:1'].flatMap((where) => ['--log-to', where])

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv())
  expect(await tributary(['import', 'csv', 'shop.csv', '--out', 'shop'], { cwd: folder })).toMatchObject({ code: 0 })
  expect(await tributary(train('whole', '--threads', '2', ...LOGGED), { cwd: folder })).toMatchObject({ code: 0 })
})

test('a training is told to TensorBoard, and a server of MLflow that is gone does not hold it up', () => {
  const [file = ''] = readdirSync(join(folder, 'curves'))
  expect(readFileSync(join(folder, 'curves', file), 'latin1').match(/validation\/ndcg@10/g)).toHaveLength(EPOCHS)
})

describe('a killed training goes on to the bits of an uninterrupted one', () => {
  test.each([
    // The run directory is there, but no epoch is done.
    { moment: 'in the first epoch', after: undefined, wait: 0, resumesAt: (epoch: number) => epoch === 1 },
    { moment: 'as a checkpoint is about to be written', after: 3, wait: 0, resumesAt: (epoch: number) => epoch >= 3 },
    { moment: 'in the middle of a later epoch', after: 5, wait: 40, resumesAt: (epoch: number) => epoch >= 5 },
  ])('killed $moment', async ({ moment, after, wait, resumesAt }) => {
    const run = moment.replaceAll(' ', '-')
    const training = start(train(run), { cwd: folder })
    if (after === undefined) while (!existsSync(join(folder, run, 'manifest.json'))) await sleep(2)
    else await training.seen(new RegExp(`epoch ${after} of`))
    await sleep(wait)
    training.process.kill('SIGKILL')
    const killed = await training.ended
    expect(killed.code).toBeNull()
    expect(existsSync(join(folder, run, 'weights.safetensors'))).toBe(false)

    expectRefusal(await tributary(['evaluate', run], { cwd: folder }), [/unfinished/, /--resume/])
    const resumed = await tributary(train(run, '--resume'), { cwd: folder })
    expect(resumed).toMatchObject({ code: 0 })
    expect(resumesAt(firstEpoch(resumed.stderr))).toBe(true)
    expect(weights(run).equals(weights('whole'))).toBe(true)
    expect(epochs(run)).toEqual(epochs('whole'))
    expect(readdirSync(join(folder, run)).sort()).toEqual(readdirSync(join(folder, 'whole')).sort())
  })
})

test('one thread and two threads give the same weights', async () => {
  expect(await tributary(train('one-thread', '--threads', '1'), { cwd: folder })).toMatchObject({ code: 0 })
  expect(weights('one-thread').equals(weights('whole'))).toBe(true)
})

test('another seed gives other weights, so the comparisons above can fail', async () => {
  expect(await tributary([...train('other-seed'), '--seed', '8'], { cwd: folder })).toMatchObject({ code: 0 })
  expect(weights('other-seed').equals(weights('whole'))).toBe(false)
})

test('Ctrl-C stops cleanly with exit code 130 and says how to go on', async () => {
  const training = start(train('interrupted'), { cwd: folder })
  await training.seen(/epoch 2 of/)
  training.process.kill('SIGINT')
  const { code, stdout, stderr } = await training.ended
  expect(stdout).toBe('')
  expect(stderr.trim().split('\n').at(-1)).toMatch(
    /^error: training was stopped in epoch \d+; go on with: tributary train sasrec shop --out interrupted --resume$/,
  )
  expect(code).toBe(130)
  const resumed = await tributary(['train', 'sasrec', 'shop', '--out', 'interrupted', '--resume'], { cwd: folder })
  expect(resumed).toMatchObject({ code: 0 })
  expect(weights('interrupted').equals(weights('whole'))).toBe(true)
})

test('a reader that closes the pipe stops a training as Ctrl-C does, with the exit code of SIGPIPE', async () => {
  const training = start(train('unread'), { cwd: folder })
  await training.seen(/epoch 2 of/)
  training.process.stderr?.destroy()
  expect((await training.ended).code).toBe(141)
  expect(existsSync(join(folder, 'unread', 'weights.safetensors'))).toBe(false)
  expect(await tributary(train('unread', '--resume'), { cwd: folder })).toMatchObject({ code: 0 })
  expect(weights('unread').equals(weights('whole'))).toBe(true)
})

test('Ctrl-C during an import leaves nothing', async () => {
  writeText(folder, 'large.csv', shopCsv({ users: 20_000 }))
  const before = readdirSync(folder).sort()
  const importing = start(['import', 'csv', 'large.csv', '--out', 'large'], { cwd: folder })
  while (readdirSync(folder).length === before.length) await sleep(2)
  importing.process.kill('SIGINT')
  const { code, stdout, stderr } = await importing.ended
  expect(stdout).toBe('')
  expect(stderr).toMatch(/error: the import was stopped; large was not written\n$/)
  expect(code).toBe(130)
  expect(readdirSync(folder).sort()).toEqual(before)
})

test('a finished run is not trained again, and not replaced without being asked', async () => {
  const before = weights('whole')
  expectRefusal(await tributary(train('whole'), { cwd: folder }), ['whole already holds a run', '--resume'])
  expect(await tributary(train('whole', '--resume'), { cwd: folder })).toMatchObject({ code: 0 })
  expect(weights('whole').equals(before)).toBe(true)
  const other = ['train', 'sasrec', 'shop', '--out', 'whole', '--resume', '--set', 'width=32']
  expectRefusal(await tributary(other, { cwd: folder }), ['width=16', 'not 32'])
  expectRefusal(await tributary(train('whole', '--resume', '--overwrite'), { cwd: folder }), [
    '--resume',
    '--overwrite',
  ])
})

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
