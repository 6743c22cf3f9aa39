import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { difference as biaoDifference } from '../../reproduce/biao/intervals.ts'
import { METHODS, movedTo, SENSITIVE, tunedBy } from '../../reproduce/darlr/methods.ts'
import { recordedOf } from '../../reproduce/darlr/recorded.ts'
import { difference, halfWidth, pointsAway } from '../../reproduce/darlr/statistics.ts'
import { summaryOf } from '../../reproduce/darlr/summary.ts'
import { difference as returnsDifference } from '../../reproduce/ilrec/intervals.ts'
import { difference as newcomersDifference, RMSE } from '../../reproduce/marco/intervals.ts'
import { PLACES } from '../../reproduce/marco/worlds.ts'
import { oneOf, parseOptions, someOf, text, unlessNo, whole } from '../../reproduce/shared/command.ts'

const MODELS = ['sasrec', 'sasrec, twins', 'item-knn']
const options = {
  dataset: oneOf('the data set', ['coat', 'yahoo'], 'coat'),
  data: text('its files', 'FOLDER'),
  seeds: whole('seeds 1 to N', 5),
  epochs: whole('in place of those of the budget', undefined),
  only: someOf('models', MODELS),
  write: unlessNo('print only'),
}
const parse = (...args: string[]) => parseOptions({ script: 'some.ts', does: '', results: '', options }, args)

describe('options of a reproduction script', () => {
  it('have defaults', () => {
    expect(parse()).toEqual({ dataset: 'coat', seeds: 5, only: MODELS, write: true })
  })

  it.each([
    ['item-knn,sasrec', ['sasrec', 'item-knn']],
    ['item-knn; sasrec, twins', ['sasrec, twins', 'item-knn']],
    ['sasrec, twins,item-knn', ['sasrec, twins', 'item-knn']],
  ])('take names by semicolons and commas: %s', (given, only) => {
    const set = parse('--only', given, '--seeds=2', '--epochs', '20', '--no-write', '--dataset', 'yahoo', '--data', 'x')
    expect(set).toEqual({ dataset: 'yahoo', data: 'x', seeds: 2, epochs: 20, only, write: false })
  })

  it.each([
    [['--dataset', 'yaho'], "unknown value of --dataset 'yaho'; did you mean 'yahoo'?"],
    [['--dataset', 'mars'], "unknown value of --dataset 'mars'; known: coat, yahoo"],
    [['--only', 'item-knn;sasrek'], "unknown value of --only 'sasrek'; did you mean 'sasrec'?"],
    [['--seeds', '0'], "--seeds takes a whole number of at least 1; it was given '0'"],
    [['--seeds', '-1'], "--seeds takes a whole number of at least 1; it was given '-1'"],
    [['--seeds', '1.5'], "--seeds takes a whole number of at least 1; it was given '1.5'"],
    [['--epochs', 'many'], "--epochs takes a whole number of at least 1; it was given 'many'"],
    [['sasrec'], "'sasrec' belongs to no option; see --help"],
  ])('refuse %j', (args, sentence) => {
    expect(() => parse(...args)).toThrow(expect.objectContaining({ name: 'TributaryError', message: sentence }))
  })
})

// What the scripts share, in one that needs no data: a job leaves a file, or ends in failure.
const ROOT = join(import.meta.dirname, '../..')
const own = (file: string) => pathToFileURL(join(ROOT, 'reproduce', file)).href
const SCRIPT = `
import { existsSync, writeFileSync } from 'node:fs'
import { givenJob, runJobs } from '${own('shared/jobs.ts')}'

const given = givenJob()
if (given !== undefined) {
  if (given.broken) process.exit(3)
  writeFileSync(given.out, '')
} else {
  const { readOptions, text, whole } = await import('${own('shared/command.ts')}')
  const { data, workers } = readOptions({
    script: 'some.ts',
    does: \`Compares
      two things.\`,
    results: '.results/some.',
    options: { data: text('the files', 'FOLDER'), workers: whole('jobs at a time', 1) },
  })
  const jobs = ['done', 'broken', 'sound'].map((name) => ({ out: data + '/' + name, broken: name === 'broken' }))
  await runJobs(import.meta.url, jobs, workers, async ({ out }) => (existsSync(out) ? 'came to something' : undefined))
}
`

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reproduce-'))
  await writeFile(join(folder, 'some.mts'), SCRIPT)
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const run = (...args: string[]) => runScript(join(folder, 'some.mts'), args, ROOT)

async function runScript(
  script: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<{ code: number; out: string; error: string }> {
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, script, ...args], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const code = new Promise<number>((resolve) => child.once('close', resolve))
  const [out, error] = await Promise.all([textOf(child.stdout), textOf(child.stderr)])
  return { code: await code, out, error }
}

describe.concurrent('a reproduction script', () => {
  it('explains itself', async ({ expect }) => {
    const { code, out, error } = await run('--help')
    expect([code, error]).toEqual([0, ''])
    expect(out).toContain(
      'Usage: npx tsx reproduce/some.ts [options]\n\nCompares two things.\n\nResults: .results/some.\n',
    )
    expect(out).toMatch(/--data <FOLDER> +the files\n/)
    expect(out).toMatch(/--workers <N> +jobs at a time \(default: 1\)\n/)
  })

  it.each([
    [['--worker', '3'], "unknown option '--worker' (Did you mean --workers?); see --help"],
    [['--data'], "option '--data <FOLDER>' argument missing; see --help"],
    [['--workers', 'two'], "--workers takes a whole number of at least 1; it was given 'two'"],
  ])('refuses %j in one sentence', async (args, sentence) => {
    expect(await run(...args)).toEqual({ code: 1, out: '', error: `error: ${sentence}\n` })
  })

  it('leaves what is done, goes on when a job fails and names it in the end', async ({ expect }) => {
    await writeFile(join(folder, 'done'), '')
    const { code, out, error } = await run('--data', folder)
    expect(out.replaceAll(/\d+ s;/g, '* s;').split('\n')).toEqual([
      '3 jobs, 1 of them done',
      `${folder}/broken: failed, ended with 3, * s; 1 to go`,
      `${folder}/sound: came to something, * s; 0 to go`,
      '',
    ])
    expect([code, error]).toEqual([1, `failed, and tried again by the next call: ${folder}/broken\n`])
  })
})

describe.concurrent('without its data', () => {
  const reproduce = (script: string, args: readonly string[], data: string) =>
    runScript(join(ROOT, 'reproduce', script), args, folder, { TRIBUTARY_DATA: data })

  it.each([
    ['syncrec.ts', 'amazon5/splits/mixed.tsv.gz'],
    ['amazon5.ts', 'amazon5/splits/mixed.tsv.gz'],
    ['biao.ts', 'ciao/categories.tsv'],
    ['ilrec.ts', 'llm-billp-trajectories/episodes.jsonl.gz'],
  ])('%s says which file it needs and where that comes from, in one sentence', async (script, file) => {
    const nowhere = join(folder, 'nowhere')
    const { code, error } = await reproduce(script, [], nowhere)
    expect(code).toBe(1)
    expect(error).toMatch(/^error: .*\n$/)
    for (const part of [file, nowhere, 'docs/reproduce.md', 'TRIBUTARY_DATA']) expect(error).toContain(part)
  })

  it.each([
    [['--dataset', 'kuairec'], 'docs/reproduce.md'],
    [['--dataset', 'kuairec', '--data', 'nowhere'], 'nowhere'],
    [[], 'docs/reproduce.md'],
  ])('darlr.ts %j, too', async (args, part) => {
    const { code, error } = await reproduce('darlr.ts', args, join(folder, 'nowhere'))
    expect(code).toBe(1)
    expect(error).toMatch(/^error: .*\n$/)
    expect(error).toContain(part)
  })
})

describe('what two forms of BIAO differ by', () => {
  const rows = [...Array(40).keys()]
  const labels = rows.map((row) => row % 2)
  const users = rows.map((row) => `user${row >> 1}`)
  /** Wrong in every `often`-th pair of rows. */
  const erring = (often: number) => labels.map((label, row) => ((row >> 1) % often === 0 ? 1 - label : label))
  const of = (...predictions: number[][]) => ({ users, labels, predictions })

  it('is nothing between equals, and plain between right and wrong', () => {
    expect(biaoDifference([of(labels)], [of(labels)])).toEqual({ mean: 0, low: 0, high: 0 })
    const { mean, low, high } = biaoDifference([of(labels, labels)], [of(erring(4), erring(4))])
    // A quarter of either class stands on the wrong side: 1 − (.75² + 2 · .75 · .25 / 2).
    expect(mean).toBeCloseTo(0.25, 12)
    expect(low).toBeGreaterThan(0)
    expect(high).toBeLessThan(0.6)
  })

  it('is less sure where seeds disagree, and a mean over pairs', () => {
    const agreeing = biaoDifference([of(labels, labels)], [of(erring(5), erring(5))])
    const lucky = biaoDifference([of(labels, labels)], [of(erring(2), labels)])
    expect(lucky.low).toBeLessThanOrEqual(0)
    expect(agreeing.low).toBeGreaterThan(0)
    const both = biaoDifference([of(labels), of(labels)], [of(erring(4)), of(labels)])
    expect(both.mean).toBeCloseTo(0.125, 12)
  })
})

describe('differences of models for users who are new', () => {
  const users = Array.from({ length: 40 }, (_, u) => `u${u}`)
  const rows = users.map((_, u) => 1 + (u % 3))
  /** Of a model that is off by so much in every row, by place, share and seed. */
  const off = (...bySeed: number[]) =>
    new Map(
      bySeed.map((error, s) => {
        const square = rows.map((count) => count * error ** 2)
        const absolute = rows.map((count) => count * error)
        const tested = { users, rows, square, absolute, squareClipped: square, absoluteClipped: absolute }
        return [`ciao:Books 50 ${s + 1}`, { validation: error, epochs: 1, seconds: 1, set: {}, tested }]
      }),
    )
  const apart = (a: Parameters<typeof newcomersDifference>[1], b: typeof a) =>
    newcomersDifference(RMSE, a, b, PLACES, ['50'], 5)

  it('are of what both have, in the unit of the ratings', () => {
    expect(apart(off(1, 1), off(0.75, 0.75, 0.75))).toEqual({ mean: 0.25, low: 0.25, high: 0.25, cells: 1, seeds: 2 })
    expect(apart(off(1), off(1))).toMatchObject({ mean: 0, low: 0, high: 0 })
    expect(apart(off(1), new Map())).toBeUndefined()
  })

  it('are less sure where seeds disagree', () => {
    const lucky = apart(off(1, 1, 1), off(0.4, 1.2, 0.9))!
    expect(lucky.mean).toBeCloseTo((0.6 - 0.2 + 0.1) / 3, 6)
    expect(lucky.low).toBeLessThan(0)
    expect(lucky.high).toBeGreaterThan(lucky.mean)
  })
})

describe('differences of returns over splits of users', () => {
  const users = [...Array(50).keys()]
  const split = (...bySeed: number[]) => bySeed.map((more) => users.map((user) => (user % 7) + more))

  it('are paired by user, and a mean over splits', () => {
    const { mean, low, high } = returnsDifference([split(1, 1), split(3, 3)], [split(0, 0), split(0, 0)])
    expect([mean, low, high]).toEqual([2, expect.closeTo(1, 9), expect.closeTo(3, 9)])
    expect(returnsDifference([split(1)], [split(1, 1)])).toEqual({
      mean: 0,
      low: expect.closeTo(0, 9),
      high: expect.closeTo(0, 9),
    })
  })

  it('are less sure where seeds disagree', () => {
    const { mean, low, high } = returnsDifference([split(-4, 6)], [split(0, 0)])
    expect(mean).toBeCloseTo(1, 9)
    expect([low, high]).toEqual([expect.closeTo(-4, 9), expect.closeTo(6, 9)])
  })
})

it('intervals over seeds are Student’s, however many seeds there are', () => {
  const limit = (count: number) => halfWidth({ mean: 0, sd: Math.sqrt(count), count })
  // Tables of t: .975 at 1, 4, 9, 10 and 29 degrees of freedom.
  for (const [count, t] of [
    [2, 12.706],
    [5, 2.776],
    [10, 2.262],
    [11, 2.228],
    [30, 2.045],
  ] as const)
    expect(limit(count)).toBeCloseTo(t, 3)
  expect(limit(1)).toBeNaN()
})

describe('the page of DARLR', () => {
  it('has differences to published means in points, with the error of seeds and of published epochs', () => {
    const { difference, error } = pointsAway({ mean: 74, sd: 1, count: 4 }, { rTra: 76, sd: 2 })
    expect(difference).toBe(-2)
    expect(error).toBeCloseTo(Math.sqrt(1 / 4 + 4 / 200), 12)
    expect(pointsAway({ mean: 74, sd: 0, count: 1 }, { rTra: 76, sd: 2 }).error).toBeNaN()
  })

  const final = (rewards: readonly number[]) =>
    ({
      rTra: rewards.reduce((a, b) => a + b) / rewards.length,
      coverage: 0.5,
      users: rewards.map((_, u) => u),
      rewards,
    }) as never
  const list = final([1, 2, 3, 4])

  it('draws seeds as well as users: seeds that differ widen the interval', () => {
    const alike = difference([final([2, 3, 4, 5]), final([2, 3, 4, 5])], [list])
    const apart = difference([final([0, 1, 2, 3]), final([4, 5, 6, 7])], [list])
    expect([alike.mean, alike.low, alike.high]).toEqual([1, 1, 1])
    expect(apart.mean).toBe(1)
    expect(apart.high - apart.low).toBeGreaterThan(3)
  })

  it('sums up what was run, and keeps what is recorded apart from it', () => {
    const epochs = [70, 72, 74, 76].map((rTra) => ({ epoch: 1, seconds: 1, losses: {}, mode: { noRepeat: { rTra } } }))
    const summary = summaryOf([{ seed: 1, set: {}, epochs, final: final([2, 3, 4, 5]) }], list)!
    expect([summary.overEpochs.mean, summary.end.mean, summary.last, summary.againstList!.mean]).toEqual([
      73, 76, 3.5, 1,
    ])
    expect(summary.recorded).toBe(false)
    expect(summaryOf([], list)).toBeUndefined()
    expect(recordedOf('roler')).toMatchObject({ last: 73.51, recorded: true, end: { count: 5 } })
    expect(recordedOf('darlr')).toBeUndefined()
  })

  it('tunes DARLR by the best value of each option, and leaves what is best as it is', () => {
    const tried = new Map(METHODS.filter(({ kind }) => kind === 'sensitivity').map(({ label }) => [label, 70]))
    tried.set('darlr, repeats=false', 71).set('darlr, references=40', 72).set('darlr, lambdaU=0.01', 73)
    const { label, set } = tunedBy('truth', tried)!
    expect(label).toContain('chosen by the truth')
    expect(set).toEqual({ repeats: false, references: 40, lambdaU: 0.01 })
    tried.delete('darlr, lambdaD=0.5')
    expect(tunedBy('log', tried)).toBeUndefined()
    // The published ranges without their defaults: 3 + 3 + 3 + 4 settings.
    expect(SENSITIVE.map((option) => METHODS.filter((method) => movedTo(method, option) !== undefined).length)).toEqual(
      [3, 3, 3, 4],
    )
  })
})
