import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { createRng } from '../../src/math/index.ts'
import type { Manifest } from '../../src/runs/run.ts'
import type { Simulation } from '../../src/simulation/simulate.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const USERS = 20
const ITEMS = 24
const TRUTH = 'coat/coat_pseudoGT_ratingM.ascii'

const folder = createFolder()
const matrix = (rows: number, columns: number, cell: (row: number, column: number) => number) =>
  Array.from({ length: rows }, (_, r) => `${Array.from({ length: columns }, (_, c) => cell(r, c)).join(' ')}\n`).join(
    '',
  )

/** A folder as Coat's publishers lay theirs out, smaller: the first six coats please everybody. */
function writeCoatFolder(): void {
  const rng = createRng(4)
  const rating = (user: number, item: number) => (item < 6 ? 5 : 1 + rng.split('rating', user, item).below(3))
  const rated = (part: string) => (user: number, item: number) =>
    rng.split(part, user, item).below(3) === 0 ? rating(user, item) : 0
  writeText(folder, 'coat/train.ascii', matrix(USERS, ITEMS, rated('train')))
  writeText(folder, 'coat/test.ascii', matrix(USERS, ITEMS, rated('test')))
  writeText(folder, TRUTH, matrix(USERS, ITEMS, rating))
  const bits = (sizes: readonly number[]) => (row: number) =>
    sizes.flatMap((size) => Array.from({ length: size }, (_, bit) => Number(bit === row % size)))
  const features = (rows: number, ...sizes: number[]) =>
    matrix(
      rows,
      sizes.reduce((a, b) => a + b),
      (row, column) => bits(sizes)(row)[column],
    )
  writeText(folder, 'coat/user_features.ascii', features(USERS, 2, 6, 3, 3))
  writeText(folder, 'coat/item_features.ascii', features(ITEMS, 2, 16, 13, 2))
}

const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting])
const WORLD = set('ensemble=2', 'negatives=0', 'l2=0', 'hidden=16', 'batchSize=32', 'epochs=20', 'learningRate=0.01')
const SETTINGS = set('width=48', 'hidden=16', 'episodes=10', 'maxLength=12', 'stepsPerEpoch=1200', 'batchSize=60')
const POLICY = [...SETTINGS, ...set('learningRate=0.01', 'epochs=5')]
const train = (run: string, ...more: string[]) => [
  ...['train', 'mbpo', 'coats', '--out', run, '--seed', '7', '--threads', '1', '--checkpoint-seconds', '0'],
  ...more,
]
const learn = (run: string, ...more: string[]) => train(run, ...POLICY, ...set('worldModel=world'), ...more)
const LEAVING = ['--simulate-every', '1', '--simulate-leave', 'low-reward:2']
const WATCHED = ['--simulate-every', '2', '--simulate-episodes', '20']

const ok = async (...args: string[]) => {
  const outcome = await tributary(args, { cwd: folder })
  expect(outcome.stderr).not.toMatch(/^error/m)
  expect(outcome.code).toBe(0)
  return outcome
}
const refused = async (args: readonly string[], parts: readonly (string | RegExp)[]) => {
  const before = readdirSync(folder).sort()
  expectRefusal(await tributary(args, { cwd: folder }), parts)
  expect(readdirSync(folder).sort()).toEqual(before)
}
const manifest = (run: string) => JSON.parse(readFileSync(join(folder, run, 'manifest.json'), 'utf8')) as Manifest
const weights = (run: string) => readFileSync(join(folder, run, 'weights.safetensors'))
interface Line {
  readonly simulation?: Readonly<Record<string, Readonly<Record<string, number>>>>
}
const epochs = (run: string) =>
  readFileSync(join(folder, run, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Line), seconds: 0 }))

beforeAll(async () => {
  writeCoatFolder()
  await ok('import', 'coat', 'coat', '--out', 'coats')
  await ok('train', 'world-model', 'coats', '--out', 'world', ...WORLD)
  await ok(...learn('whole', ...WATCHED))
})

test('an untaught policy says that one list for all earns more of what is believed', async () => {
  const settings = [...SETTINGS, ...set('learningRate=0.000001', 'epochs=1', 'worldModel=world')]
  const { stdout } = await ok(...train('untaught', ...settings))
  const caution = /^caution: (it believes to earn \S+ an episode, and \S+ with one list for all: .+)$/m.exec(
    stdout,
  )?.[1]
  const { result } = manifest('untaught')
  expect(result).toMatchObject({ cautions: [caution], believed: { entropyAtRandom: Math.log(ITEMS) } })
  expect(result!.believed!.return).toBeLessThan(result!.believed!.listReturn)
  expect(readFileSync(join(folder, 'untaught/report.html'), 'utf8')).toContain('with one list for all')
})

test('training tells its turns and what it earns, and the run says in which world and beside whom', async () => {
  const { stderr } = await ok(...learn('told', ...WATCHED))
  expect(stderr).toMatch(/epoch 1 of at most 5: .*return \d+\.\d{4}/)
  expect(stderr).toMatch(
    /epoch 2 of at most 5: .*simulated R_tra free \d+\.\d\d, noRepeat \d+\.\d\d, noRepeat10 \d+\.\d\d/,
  )
  expect(epochs('told').map(({ simulation }) => Object.keys(simulation ?? {}).length)).toEqual([0, 3, 0, 3, 0])
  const { uses, simulation } = manifest('told')
  expect(uses).toEqual({ world: manifest('world').weightsHash })
  expect(simulation).toMatchObject({ every: 2, episodes: 20, leave: [], maxLength: 12 })
  expect(Object.keys(simulation!.controls)).toContain('best-list')
  const page = readFileSync(join(folder, 'told', 'report.html'), 'utf8')
  expect(page).toContain('What it earned while it learned')
  expect(page).not.toMatch(/NaN|Infinity|⚠/)
  // Nobody is asked what the watching changed: the same weights come without it.
  await ok(...learn('unwatched'))
  expect(weights('unwatched').equals(weights('told'))).toBe(true)
})

test('a trained policy acts by itself, better than at random; --acting overrides it', async () => {
  const args = ['simulate', 'whole', '--episodes', '200', '--mode', 'noRepeat', '--max-length', '6']
  const own = await tributaryJson<Simulation>(args, folder)
  expect(own.protocol).toMatchObject({ acting: 'sampled', remembers: 'episode' })
  expect(own.mode.noRepeat!.rTra).toBeGreaterThan(own.controls.random.mode.noRepeat!.rTra + 2)
  const greedy = await tributaryJson<Simulation>([...args, '--acting', 'greedy'], folder)
  expect(greedy.protocol).toMatchObject({ acting: 'greedy', remembers: 'episode' })
  expect(greedy.mode.noRepeat!.rTra).toBeGreaterThan(own.mode.noRepeat!.rTra)
  expect((await ok(...args)).stdout).toContain('draws items by softmax of its scores, told of the episode alone')
})

test('a policy ranks: evaluate, recommend, compare and serve know it', async () => {
  const { overall } = await tributaryJson<{ overall: Record<string, number> }>(['evaluate', 'whole'], folder)
  expect(overall['ndcg@10']).toBeGreaterThan(0)
  const { items } = await tributaryJson<{ items: { item: string }[] }>(
    ['recommend', 'whole', '--domain', 'coats', '--user', '3', '-k', '6', '--keep-seen'],
    folder,
  )
  expect(items.filter(({ item }) => Number(item) < 6).length).toBeGreaterThanOrEqual(4)
  const entry = `mbpo:worldModel=world:${SETTINGS.filter((word) => word !== '--set').join(':')}:epochs=1`
  const compared = await tributaryJson<{ models: object }>(
    ['compare', `popularity,${entry}`, 'coats', '--seeds', '2', '--out', 'compared', ...LEAVING],
    folder,
  )
  expect(Object.keys(compared.models)).toEqual(['popularity', entry])
  const page = readFileSync(join(folder, 'compared', 'report.html'), 'utf8')
  expect(page).toMatch(/100 episodes in the truth of the dataset after every epoch, .*users leave by low-reward:2\./)
  const server = start(['serve', 'whole', '--port', '0', '--json'], { cwd: folder })
  const [, url] = await server.seen(/"url":"([^"]+)"/)
  const answer = await fetch(`${url}/v1/recommendations`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ domain: 'coats', history: ['1', '9'], values: [5, 1], k: 4, maskSeen: true }),
  })
  const told = (await answer.json()) as { items: { item: string }[] }
  expect(told.items).toHaveLength(4)
  expect(told.items.map(({ item }) => item)).not.toContain('1')
  server.process.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
})

test('seeds of a policy stand together in one page', async () => {
  await ok(...learn('second', ...WATCHED, '--seed', '8'))
  const args = ['report', 'whole', 'second', '--out', 'both.html']
  const { models } = await tributaryJson<{ models: { name: string; runs: { lastQuarter: object }[] }[] }>(args, folder)
  expect(models.map(({ name, runs }) => [name, runs.length])).toEqual([['mbpo', 2]])
  const page = readFileSync(join(folder, 'both.html'), 'utf8')
  expect(page).toContain('shaded from the lowest seed to the highest')
  expect(page).toContain('mbpo, run 2')
  await refused(['report', 'whole', 'whole', '--out', 'twice.html'], ['whole is named twice'])
})

describe('a killed training goes on to the same bits and the same curve', () => {
  test.each([1, 3])('killed after epoch %i', async (epoch) => {
    const run = `killed-${epoch}`
    const training = start(learn(run, ...WATCHED), { cwd: folder })
    await training.seen(new RegExp(`epoch ${epoch} of at most`))
    training.process.kill('SIGKILL')
    expect((await training.ended).code).toBeNull()
    expect(existsSync(join(folder, run, 'weights.safetensors'))).toBe(false)
    await ok(...train(run, '--resume'))
    expect(weights(run).equals(weights('whole'))).toBe(true)
    expect(epochs(run)).toEqual(epochs('whole'))
    expect(manifest(run).simulation).toEqual(manifest('whole').simulation)
  })
})

describe('refuses in one sentence, and leaves nothing,', () => {
  beforeAll(async () => {
    cpSync(join(folder, 'coat'), join(folder, 'other-coat'), { recursive: true })
    writeFileSync(
      join(folder, 'other-coat/train.ascii'),
      matrix(USERS, ITEMS, (r, c) => (r === c ? 3 : 0)),
    )
    await ok('import', 'coat', 'other-coat', '--out', 'others')
    await ok('train', 'world-model', 'others', '--out', 'other-world', ...WORLD)
    await ok('train', 'popularity', 'coats', '--out', 'popular')
    writeText(folder, 'log.csv', 'user,item,domain,value\na,x,d,1\na,y,d,2\nb,x,d,3\nb,y,d,1\n')
    await ok('import', 'csv', 'log.csv', '--out', 'log')
    await ok('train', 'world-model', 'coats', '--out', 'ninths', '--split-by', 'leave-two-out', ...WORLD)
  })

  test('a policy without a world model', () =>
    refused(train('new', ...POLICY), ['learns in a world model', 'tributary train world-model', 'set worldModel']))

  test.each<[string, string, (string | RegExp)[]]>([
    ['that is not there', 'nowhere', ['there is no run at nowhere']],
    ['of another dataset', 'other-world', ["other-world was trained on dataset 'others', not on 'coats'"]],
    ['of another split', 'ninths', ['ninths was trained on split leave-two-out', 'column']],
    ['that is none', 'popular', ['popular holds no world model', 'set worldModel']],
  ])('a world model %s', (_, run, parts) => refused(train('new', ...POLICY, ...set(`worldModel=${run}`)), parts))

  test.each<[string, string[], (string | RegExp)[]]>([
    ['a rule under which all leave at once', set('leave=low-reward:9'), ["'low-reward:9'", 'first turn']],
    ['a rule that is none', set('leave=boredom'), ["'boredom' is no rule for leaving"]],
    ['longer episodes than items without repeats', [...WATCHED, ...set('maxLength=25')], ['25 turns', 'has 24']],
    ['an option that is unknown', set('epoch=3'), ["did you mean 'epochs'"]],
  ])('%s', (_, more, parts) => {
    const given = [...set('worldModel=world', 'width=48', 'episodes=10', 'stepsPerEpoch=120'), ...more]
    return refused(train('new', ...given), parts)
  })

  test('curves where there is no truth, or no policy, or nobody says when', async () => {
    const simple = ['train', 'sqn', 'log', '--out', 'new', '--split-by', 'leave-two-out']
    await refused([...simple, '--simulate-every', '1'], ["'log' does not say what each pair", 'coat, kuairec'])
    await refused(
      ['train', 'popularity', 'coats', '--out', 'new', '--simulate-every', '1'],
      ['popularity is no policy'],
    )
    await refused(
      ['train', 'popularity', 'coats', '--out', 'new', '--simulate-episodes', '5'],
      ['--simulate-every too'],
    )
    await refused(['train', 'gt', 'log', '--out', 'new', '--split-by', 'leave-two-out'], ['gt learns in the truth'])
  })

  test('to go on with another curve, or in a world that was trained again', async () => {
    const stopped = start(learn('stopped', ...WATCHED), { cwd: folder })
    await stopped.seen(/epoch 1 of at most/)
    stopped.process.kill('SIGINT')
    const { code, stderr } = await stopped.ended
    expect(code).toBe(130)
    expect(stderr.trim()).toMatch(/go on with: tributary train mbpo coats --out stopped --resume$/)
    await refused(train('stopped', '--resume', '--simulate-every', '1'), [
      'was begun with 20 simulated episodes every 2',
    ])
    await ok('train', 'world-model', 'coats', '--out', 'world', '--overwrite', '--seed', '9', ...WORLD)
    await refused(train('stopped', '--resume'), ['world has been trained again since stopped was begun'])
  })

  test('a truth with NaN, or of other users or items than the log', async () => {
    const truth = readFileSync(join(folder, TRUTH), 'utf8')
    const importing = async (text: string, parts: (string | RegExp)[]) => {
      writeFileSync(join(folder, TRUTH), text)
      await refused(['import', 'coat', 'coat', '--out', 'new'], parts)
    }
    await importing(truth.replace(/^\d/, 'nan'), [/row 1, column 1: 'nan' is no finite number/])
    await importing(truth.slice(truth.indexOf('\n') + 1), [TRUTH, '19 rows', '20'])
    await importing(truth.replaceAll(/ \d+\n/g, '\n'), [TRUTH, '23 columns', '24'])
    writeFileSync(join(folder, TRUTH), truth)
  })

  test('transfer and explain of a policy', async () => {
    await refused(['transfer', 'whole'], ['whole holds mbpo, a policy', 'transfer is between domains'])
    await refused(['explain', 'whole'], ['whole holds mbpo, which trusts all that it learns from alike'])
  })

  test('to be judged by episodes of few users, by the gate of a training, too', async () => {
    const log = ['--log', 'episodes.parquet']
    const playing = ['simulate', 'random', 'coats', '--max-length', '3', '--episodes', '60', ...log]
    await refused(playing, ['--log keeps the episodes of one mode', '--mode free or noRepeat'])
    await ok(...playing, '--mode', 'noRepeat')
    const asked = ['ope', ...log, '--policy', 'whole:temperature=9', '--threads', '1']
    const few = await tributary(asked, { cwd: folder })
    expect(few.code).toBe(1)
    expect(few.stderr).toMatch(/^error: whole:temperature=9 cannot be judged by this log: .* of 19 users/m)
    await refused([...asked, '--policy', 'nobody'], ["'nobody' is no run and other policies are"])
    const { targets, worldModel } = (await tributaryJson([...asked, '--force', '--world', 'world'], folder)) as {
      targets: { overall: { verdict: string; estimates: { estimator: string; value: { mean: number } }[] } }[]
      worldModel: { believed: Record<string, { mean: number }> }
    }
    const [{ overall }] = targets
    expect(overall.verdict).toBe('not supported')
    expect(overall.estimates.map(({ estimator }) => estimator)).toEqual([
      'pdis',
      'snpdis',
      'sequential-dr',
      'fqe',
      'mis',
      'tis',
      'sntis',
    ])
    for (const { value } of overall.estimates) expect(value.mean).toBeGreaterThan(3)
    expect(worldModel.believed['whole:temperature=9'].mean).toBeGreaterThan(3)
    const gated = await tributary(learn('gated', '--gate', 'ope', '--gate-log', 'episodes.parquet'), { cwd: folder })
    expect(gated.code).toBe(1)
    expect(gated.stderr).toMatch(/^error: gated was trained, and the gate stays shut: .*users/m)
    expect(manifest('gated').status).toBe('done')
    await refused(learn('new', '--gate', 'ope'), ['give both or none'])
  })
})
