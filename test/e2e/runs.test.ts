import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const at = (...parts: readonly string[]) => join(folder, ...parts)
const SETTINGS = ['width=8', 'layers=1', 'heads=1', 'batchSize=8', 'maxLength=10']
const train = (run: string, epochs: number, ...more: readonly string[]) => [
  ...['train', 'sasrec', 'shop', '--out', run, '--checkpoint-seconds', '0'],
  ...[`epochs=${epochs}`, 'patience=0', ...SETTINGS].flatMap((setting) => ['--set', setting]),
  ...more,
]
const succeeds = async (args: readonly string[], cwd = folder) =>
  expect(await tributary(args, { cwd })).toMatchObject({ code: 0 })
const weights = (run: string) => readFileSync(at(run, 'weights.safetensors'))
const epochs = (run: string) =>
  readFileSync(at(run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { epoch: number }).epoch)
/** Long enough to be met at work, and stopped where it is. */
const trainingStopped = async (run: string) => {
  const training = start(train(run, 1000), { cwd: folder })
  await training.seen(/epoch 2 of/)
  training.process.kill('SIGSTOP')
  return training
}

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 40 }))
  await succeeds(['import', 'csv', 'shop.csv', '--out', 'shop'])
  await succeeds(train('whole', 6))
})

describe('a run that another process trains', () => {
  test('is written by nobody else, and can be read', async () => {
    const training = await trainingStopped('taken')
    const process = `taken is being written by process ${training.process.pid}; wait for it or stop it`
    const before = readFileSync(at('taken/metrics.jsonl'))
    for (const more of [[], ['--resume'], ['--resume-previous'], ['--overwrite']])
      expectRefusal(await tributary(train('taken', 1000, ...more), { cwd: folder }), [process])
    expect(readFileSync(at('taken/metrics.jsonl'))).toEqual(before)
    await succeeds(['report', 'taken', '--out', 'page.html'])
    training.process.kill('SIGCONT')
    training.process.kill('SIGINT')
    expect((await training.ended).code).toBe(130)
    expect(existsSync(at('taken/.lock'))).toBe(false)
  })

  test('is refused to a comparison, too', async () => {
    const label = SETTINGS.reduce((entry, setting) => `${entry}:${setting}`, 'sasrec:epochs=1000:patience=0')
    const compare = ['compare', label, 'shop', '--seeds', '1', '--out', 'compared']
    const first = start(compare, { cwd: folder })
    const run = at('compared', label.replaceAll(':', '-'), 'seed1')
    while (!existsSync(join(run, '.lock'))) await new Promise((done) => setTimeout(done, 5))
    first.process.kill('SIGSTOP')
    expectRefusal(await tributary(compare, { cwd: folder }), [`seed1 is being written by process ${first.process.pid}`])
    first.process.kill('SIGKILL')
    await first.ended
  })

  test('is free once that process is dead, whatever it left', async () => {
    const training = await trainingStopped('left')
    training.process.kill('SIGKILL')
    await training.ended
    expect(existsSync(at('left/.lock'))).toBe(true)
    await succeeds(train('left', 6, '--overwrite'))
    expect(readdirSync(at('left')).sort()).toEqual(readdirSync(at('whole')).sort())
    expect(weights('left').equals(weights('whole'))).toBe(true)
  })

  test('goes on once, however many ask for it at a time', async () => {
    const training = start(train('many', 40), { cwd: folder })
    await training.seen(/epoch 2 of/)
    training.process.kill('SIGKILL')
    await training.ended
    const askers = [1, 2, 3].map(() => tributary(train('many', 40, '--resume'), { cwd: folder }))
    const outcomes = await Promise.all(askers)
    for (const outcome of outcomes) if (outcome.code !== 0) expectRefusal(outcome, ['many is being written by process'])
    expect(outcomes.map(({ code }) => code)).toContain(0)
    expect(epochs('many')).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    expect(readdirSync(at('many')).sort()).toEqual(readdirSync(at('whole')).sort())
  })
})

describe('a damaged file of a run', () => {
  const interrupted = async (run: string) => {
    const training = start(train(run, 6), { cwd: folder })
    await training.seen(/epoch 3 of/)
    training.process.kill('SIGKILL')
    await training.ended
  }
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path)
    bytes[at < 0 ? bytes.length + at : at] ^= 0x40
    writeFileSync(path, bytes)
  }

  test('is named before training, and the checkpoint before gives the same bits', async () => {
    await interrupted('damaged')
    flip(at('damaged/optimizer.safetensors'), -5000)
    const before = readFileSync(at('damaged/metrics.jsonl'))
    const refused = await tributary(train('damaged', 6, '--resume'), { cwd: folder })
    expectRefusal(refused, ['damaged/optimizer.safetensors', 'SHA-256', '--resume-previous'])
    expect(refused.stderr).not.toMatch(/epoch/)
    expect(readFileSync(at('damaged/metrics.jsonl'))).toEqual(before)
    await succeeds(train('damaged', 6, '--resume-previous'))
    expect(weights('damaged').equals(weights('whole'))).toBe(true)
    expect(epochs('damaged')).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('is named where it is the metrics or the manifest', async () => {
    await interrupted('metrics')
    cpSync(at('metrics'), at('manifest'), { recursive: true })
    flip(at('metrics/metrics.jsonl'), 30)
    const metrics = await tributary(train('metrics', 6, '--resume'), { cwd: folder })
    expectRefusal(metrics, ['metrics/metrics.jsonl', /--resume-previous|--overwrite/])
    const path = at('manifest/manifest.json')
    writeFileSync(path, readFileSync(path, 'utf8').replace('"seed": 1,', '"seed": 0,'))
    expectRefusal(await tributary(train('manifest', 6, '--resume'), { cwd: folder }), [
      'manifest/manifest.json',
      'seed',
      '--overwrite',
    ])
    await succeeds(train('manifest', 6, '--overwrite'))
    expect(weights('manifest').equals(weights('whole'))).toBe(true)
  })
})

describe('a finished run', () => {
  test('goes on with more epochs to the bits of a run that had them from its start', async () => {
    await succeeds(train('longer', 4))
    await succeeds(['train', 'sasrec', 'shop', '--out', 'longer', '--resume', '--set', 'epochs=6'])
    expect(weights('longer').equals(weights('whole'))).toBe(true)
    expect(epochs('longer')).toEqual(epochs('whole'))
    expect(JSON.parse(readFileSync(at('longer/manifest.json'), 'utf8'))).toMatchObject({
      status: 'done',
      config: { epochs: { value: 6, from: 'set' } },
      result: { epochs: 6 },
    })
    expectRefusal(await tributary(train('longer', 5, '--resume'), { cwd: folder }), ['epochs=6, not 5', 'raises it'])
  })

  test('that is killed on its way goes on with what it was asked', async () => {
    await succeeds(train('killed', 2))
    const more = start(train('killed', 20, '--resume'), { cwd: folder })
    await more.seen(/epoch 4 of/)
    more.process.kill('SIGKILL')
    await more.ended
    expectRefusal(await tributary(['evaluate', 'killed'], { cwd: folder }), ['killed is still unfinished'])
    await succeeds(['train', 'sasrec', 'shop', '--out', 'killed', '--resume'])
    await succeeds(train('twenty', 20))
    expect(weights('killed').equals(weights('twenty'))).toBe(true)
  })
})

test('a run finds its dataset from any directory, and where both have moved', async () => {
  const run = ['train', 'popularity', '../shop', '--out', '../projects/run']
  writeText(folder, 'elsewhere/empty', '')
  await succeeds(run, at('elsewhere'))
  const evaluate = async (cwd: string, path: string) => await tributaryJson(['evaluate', path], cwd)
  const expected = await evaluate(at('elsewhere'), '../projects/run')
  expect(await evaluate(folder, 'projects/run')).toEqual(expected)
  expect(await evaluate('/', at('projects/run'))).toEqual(expected)
  cpSync(at('shop'), at('moved/shop'), { recursive: true })
  cpSync(at('projects'), at('moved/projects'), { recursive: true })
  renameSync(at('moved'), at('moved-again'))
  expect(await evaluate('/', at('moved-again/projects/run'))).toEqual(expected)
  cpSync(at('projects/run'), at('moved-again/deep/alone/run'), { recursive: true })
  expectRefusal(await tributary(['evaluate', at('moved-again/deep/alone/run')], { cwd: folder }), [
    'cannot read ../shop',
    '--dataset',
  ])
})
