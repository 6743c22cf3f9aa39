import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { createFolder, expectRefusal, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const json = <T>(...args: string[]) => tributaryJson<T>(args, folder)
const set = (...settings: string[]) => settings.flatMap((setting) => ['--set', setting])
const SPLIT = ['--split-by', 'cross-domain:books+music:games']
const USERS = 40

interface Mean {
  behaviors: number
  users: number
  mean: number
  low: number | null
  high: number | null
  std: number | null
}
interface Row {
  item: string
  category: string
  value: number
  timestamp: number
  weight: number
}
interface Explanation {
  report: string
  model: string
  runs: { folder: string; seed: number }[]
  agreement: number | null
  target: string
  sources: string[]
  scale: number
  behaviors: number
  users: number
  distribution: { quantiles: Record<string, number>; histogram: { behaviors: number }[] }
  domains: (Mean & { domain: string })[]
  categories: (Mean & { domain: string; category: string })[]
  lengths: (Mean & { from: number; to: number })[]
  items?: { most: (Mean & { item: string })[]; least: (Mean & { item: string })[] }
  user?: { name: string; source: number; target: number; most: Row[]; least: Row[]; lastTarget: Row[] }
}

/** Users rate books and records, some more than others, and then five games; every third item has no kind. */
function ratings(): string {
  const lines = ['user,item,domain,timestamp,rating,kind']
  let state = 99
  const below = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  for (let user = 0; user < USERS; user++) {
    let time = 1_600_000_000
    const rate = (domain: string) => {
      const item = below(12)
      const kind = item % 3 === 0 ? '' : item % 3 === 1 ? 'old' : 'new'
      time += 86_400
      lines.push(`u${user},${domain}${item},${domain},${time},${1 + below(5)},${kind}`)
    }
    for (let i = 0; i < 3 + (user % 5); i++) rate('books')
    for (let i = 0; i < 2; i++) rate('music')
    for (let i = 0; i < 5; i++) rate('games')
  }
  return `${lines.join('\n')}\n`
}

/** Rows of books and music. */
const BEHAVIORS = USERS * 2 + (USERS / 5) * (3 + 4 + 5 + 6 + 7)

beforeAll(async () => {
  writeText(folder, 'log.csv', ratings())
  await json('import', 'csv', 'log.csv', '--out', 'data', '--value', 'rating', '--category', 'kind')
  const small = set('epochs=2', 'batchSize=16', 'interval=2', 'recent=5', 'width=4')
  for (const seed of ['1', '2'])
    await json('train', 'biao', 'data', '--out', `run${seed}`, '--seed', seed, ...SPLIT, ...small)
})

let one: Explanation

test('explain says what the model trusts, and draws it', async () => {
  one = await json<Explanation>('explain', 'run1')
  const { behaviors, domains, categories, lengths, items, distribution } = one
  expect(one).toMatchObject({
    model: 'biao',
    runs: [{ folder: 'run1', seed: 1 }],
    agreement: null,
    target: 'games',
    sources: ['books', 'music'],
    behaviors: BEHAVIORS,
    users: USERS,
  })
  expect(one.scale).toBeGreaterThan(0)
  expect(distribution.quantiles.min).toBeGreaterThan(0)
  expect(distribution.quantiles.min).toBeLessThan(distribution.quantiles.max)
  for (const parts of [domains, categories, lengths]) {
    expect(parts.reduce((sum, part) => sum + part.behaviors, 0)).toBe(behaviors)
    // The average behavior has 1.
    expect(parts.reduce((sum, part) => sum + part.behaviors * part.mean, 0) / behaviors).toBeCloseTo(1, 5)
    for (const { mean, low, high, std } of parts) {
      expect(low).toBeLessThanOrEqual(mean)
      expect(high).toBeGreaterThanOrEqual(mean)
      expect(std).toBeNull()
    }
  }
  expect(categories.map(({ category, domain }) => `${domain}/${category}`).sort()).toEqual(
    ['books', 'music'].flatMap((domain) => ['new', 'old', 'others'].map((kind) => `${domain}/${kind}`)),
  )
  // Three of five games are trained on; 8 users each have 3 to 7 books, and all have 2 records.
  expect(lengths.map(({ from, to, users }) => [from, to, users])).toEqual(
    [2, 3, 4, 5, 6].map((difference) => [difference, difference, USERS / 5]),
  )
  expect(items!.most).toHaveLength(10)
  expect(items!.most[0].mean).toBeGreaterThan(items!.least[0].mean)
  expect(one.report).toBe('run1/explain.html')
  const html = readFileSync(join(folder, 'run1/explain.html'), 'utf8')
  expect(html.match(/<figure/g)).toHaveLength(4)
  expect(html).not.toMatch(/(src|href)="https?:/)
})

test('people read tables, and that one seed can be luck', async () => {
  const { code, stdout, stderr } = await tributary(['explain', 'run1', '-k', '2', '--out', 'pages'], { cwd: folder })
  expect(stderr).toBe('')
  expect(code).toBe(0)
  expect(stdout).toMatch(new RegExp(`^${BEHAVIORS} behaviors of ${USERS} users in books, music`, 'm'))
  expect(stdout).toMatch(/^others +music +\d+ +\d+ +\d\.\d+ +\[\d\.\d+, \d\.\d+\]$/m)
  expect(stdout).toMatch(/^source − target +behaviors/m)
  expect(stdout).toMatch(/^most trusted items\nitem .*\n.*\n.*\n\nleast trusted items$/m)
  expect(stdout).toContain('tributary explain RUN RUN')
  expect(readFileSync(join(folder, 'pages/explain.html'), 'utf8')).toContain('Most and least trusted items')
})

test('--user lists the behaviors of one user', async () => {
  const { user, items } = await json<Explanation>('explain', 'run1', '--user', 'u4', '-k', '3')
  expect(items).toBeUndefined()
  expect(user).toMatchObject({ name: 'u4', source: 9, target: 3 })
  expect(user!.most).toHaveLength(3)
  expect(user!.least).toHaveLength(3)
  expect(user!.most[2].weight).toBeGreaterThanOrEqual(user!.least[2].weight)
  const times = user!.lastTarget.map(({ timestamp }) => timestamp)
  expect(times).toEqual([...times].sort((a, b) => b - a))
  for (const { item, value } of [...user!.most, ...user!.least]) {
    expect(item).toMatch(/^(books|music)\d+$/)
    expect([1, 2, 3, 4, 5]).toContain(value)
  }
  const { stdout } = await tributary(['explain', 'run1', '--user', 'u4'], { cwd: folder })
  expect(stdout).toMatch(/^(books|music)\d+ +(old|new|others) +(books|music) +[1-5] +2020-09-\d\d +\d\.\d+$/m)
})

test('runs of several seeds are averaged', async () => {
  const of = (...runs: string[]) => json<Explanation>('explain', ...runs)
  const both = await of('run1', 'run2')
  const two = await of('run2')
  expect(both.runs).toEqual([
    { folder: 'run1', seed: 1 },
    { folder: 'run2', seed: 2 },
  ])
  expect(Math.abs(both.agreement!)).toBeLessThanOrEqual(1)
  const books = ({ domains }: Explanation) => domains.find(({ domain }) => domain === 'books')!
  expect(books(both).mean).toBeCloseTo((books(one).mean + books(two).mean) / 2, 6)
  expect(books(both).std).toBeCloseTo(Math.abs(books(one).mean - books(two).mean) / Math.SQRT2, 6)
})

test('refuses what it cannot explain', async () => {
  const explain = (...args: string[]) => tributary(['explain', ...args], { cwd: folder })
  expectRefusal(await explain('nowhere'), ['nowhere'])
  expectRefusal(await explain('run1', '--user', 'u99'), ["unknown user 'u99'", 'did you mean'])
  expectRefusal(await explain('run1', 'run1'), ['the same seed 1'])
  expectRefusal(await explain('run1', '-k', '0'), ["'-k <n>'", 'at least 1'])
  await json('train', 'lr', 'data', '--out', 'lr', ...SPLIT, ...set('epochs=1'))
  expectRefusal(await explain('lr'), [
    'lr holds lr',
    'explain is for runs of cgrec, syncrec, biao, gate, remit, marco, darlr, il-rec',
  ])
  await json('train', 'popularity', 'data', '--out', 'popularity')
  expectRefusal(await explain('popularity'), ['explain is for runs of cgrec', 'tributary transfer popularity'])
  expectRefusal(await explain('run1', 'run2', '--owed', '4'), ['--owed asks one run, not 2'])
})

test('asks any model that makes lists who gives to whom; what reads no history owes nothing', async () => {
  interface Owed {
    readonly asked: number
    readonly domains: readonly {
      readonly users: number
      readonly silent: number
      readonly owed: readonly { readonly mean: number | null }[]
    }[]
  }
  const { asked, domains } = await json<Owed>('explain', 'popularity', '--owed', '4')
  expect(asked).toBe(4)
  for (const { users, silent, owed } of domains) {
    expect([users, silent]).toEqual([0, 4])
    expect(owed.map(({ mean }) => mean)).toEqual(owed.map(() => null))
  }
})

interface Signals {
  of: string
  training: { bestEpoch: number; epochs: number[] }
  signals: {
    name: string
    values?: { about: Record<string, string | number>; value: number; course: (number | null)[] }[]
    by?: Record<string, { most: { name: string; mean: number }[] }>
    course?: { different: (number | null)[] }
  }[]
}

test('of domains it says what was weighed in each epoch', async () => {
  const small = set('epochs=3', 'patience=0', 'width=4', 'layers=1', 'heads=1', 'experts=2', 'crossExperts=1')
  await json('train', 'syncrec', 'data', '--out', 'syncrec', ...small)
  const { of, training, signals } = await json<Signals>('explain', 'syncrec')
  expect([of, training.epochs, signals.map(({ name }) => name)]).toEqual([
    'domain',
    [1, 2, 3],
    ['lambda', 'gap', 'gate'],
  ])
  const [lambda] = signals
  expect(lambda.values!.map(({ about }) => about.domain)).toEqual(['books', 'games', 'music'])
  // Three weights whose mean is neutral, as they were in the epoch that was kept.
  expect(lambda.values!.reduce((sum, { value }) => sum + value, 0)).toBeCloseTo(3, 4)
  for (const { value, course } of lambda.values!) expect(course[training.bestEpoch - 1]).toBe(value)
  const lines = readFileSync(join(folder, 'syncrec/metrics.jsonl'), 'utf8').trim().split('\n')
  const logged = lines.map((line) => JSON.parse(line) as { losses: object; trust: { signals: { values: number[] }[] } })
  expect(logged.map(({ trust }) => trust.signals[0].values[0])).toEqual(lambda.values![0].course)
  expect(Object.keys(logged[0].losses).filter((name) => name.includes('/'))).toEqual([])
  const { stdout, code } = await tributary(['explain', 'syncrec'], { cwd: folder })
  expect(code).toBe(0)
  expect(stdout).toMatch(/^domain +lambda +gap\nbooks +\d\.\d+ +−?\d/m)
  expect(stdout).toMatch(/^task +expert 1 +expert 2\ncross +0\.\d+ +0\.\d+$/m)
  expect(readFileSync(join(folder, 'syncrec/explain.html'), 'utf8').match(/<figure/g)).toHaveLength(3)
  expectRefusal(await tributary(['explain', 'syncrec', '--user', 'u4'], { cwd: folder }), ['domains are weighed'])
})

test('of a policy it says whose beliefs count, and who is whose reference user', async () => {
  for (const name of ['judged', 'world'])
    cpSync(fileURLToPath(new URL(`../golden/older/${name}`, import.meta.url)), join(folder, name), { recursive: true })
  const small = [
    'epochs=3',
    'stepsPerEpoch=50',
    'episodes=10',
    'maxLength=5',
    'hidden=8',
    'references=3',
    'neighbors=3',
  ]
  await json('train', 'darlr', 'judged', '--out', 'darlr', ...set('worldModel=world', ...small))
  const { of, training, signals } = await json<Signals>('explain', 'darlr', '-k', '2')
  expect([of, training, signals.map(({ name }) => name)]).toEqual([
    'user',
    { bestEpoch: 3, epochs: [1, 2, 3] },
    ['chosen', 'similarity', 'reference'],
  ])
  const { most } = signals[0].by!.reference
  expect(most).toHaveLength(2)
  expect(most[0].mean).toBeGreaterThan(1)
  for (const different of signals[0].course!.different) expect(different).toBeGreaterThan(3)
  expect(readFileSync(join(folder, 'darlr/explain.html'), 'utf8')).toContain('how many are not 0')
  const [{ name }] = signals[2].by!.user.most
  const one = await json<Signals>('explain', 'darlr', '--user', name)
  const own = one.signals.find(({ name }) => name === 'reference')!.values!.filter(({ about }) => about.user === name)
  expect(new Set(own.map(({ about }) => about.reference)).size).toBe(3)
})
