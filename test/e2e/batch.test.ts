import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from 'vitest'
import { fileArguments, rowsOf, withDatabase } from '../../src/data/tables/duckdb.ts'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()

interface Batch {
  readonly users: number
  readonly shards: number
  readonly made: number
  readonly found: number
  readonly missing: number
  readonly rows: number
}

interface Row {
  readonly user: string
  readonly domain: string
  readonly rank: number
  readonly item: string
  readonly score: number
}

beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv())
  const columns = ['--user', 'user', '--item', 'item', '--domain', 'domain', '--timestamp', 'timestamp']
  await tributaryJson(['import', 'csv', 'shop.csv', '--out', 'shop', ...columns], folder)
  const set = ['--set', 'width=8', '--set', 'epochs=1']
  await tributaryJson(['train', 'sasrec', 'shop', '--out', 'sasrec', ...set], folder)
})

const all = (out: string, ...words: string[]) => [
  'recommend',
  'sasrec',
  '--all-users',
  '-k',
  '4',
  '--out',
  out,
  ...words,
]

/** The bytes of all files, without what is being written. */
function filesOf(out: string): Map<string, string> {
  const path = join(folder, out)
  const names = readdirSync(path).filter((name) => !name.endsWith('.unfinished'))
  return new Map(names.sort().map((name) => [name, readFileSync(join(path, name)).toString('base64')]))
}

function rowsIn<R>(...files: string[]): Promise<R[]> {
  const relation = `read_parquet(${fileArguments(...files.map((file) => join(folder, file)))})`
  return withDatabase(':memory:', (connection) => rowsOf<R>(connection, `SELECT * FROM ${relation}`))
}

describe('lists of all users', () => {
  const sharded = ['--shard-users', '3', '--reasons']

  test('are the same from one process, from several, and from one that was killed and went on', async () => {
    const whole = await tributaryJson<Batch>(all('whole', ...sharded), folder)
    expect(whole).toMatchObject({ made: whole.shards, found: 0, missing: 0 })
    expect(whole.shards).toBe(Math.ceil(whole.users / 3))
    expect(whole.shards).toBeGreaterThan(3)

    const killed = start(all('killed', ...sharded), { cwd: folder })
    while (!existsSync(join(folder, 'killed/lists-00001.parquet')))
      await new Promise((resolve) => setTimeout(resolve, 2))
    killed.process.kill('SIGKILL')
    await killed.ended
    writeFileSync(join(folder, 'killed/.lists-00003.parquet.0badcafe.unfinished'), 'half')
    const { found, made } = await tributaryJson<Batch>(all('killed', ...sharded), folder)
    expect(found).toBeGreaterThanOrEqual(2)
    expect(found + made).toBe(whole.shards)
    expect(readdirSync(join(folder, 'killed')).filter((name) => name.endsWith('.unfinished'))).toEqual([])

    const shares = await Promise.all(
      ['1/2', '2/2'].map((share) => tributaryJson<Batch>(all('shared', ...sharded, '--shards', share), folder)),
    )
    expect(shares[0].made + shares[1].made).toBe(whole.shards)
    expect(shares[0].rows + shares[1].rows).toBe(whole.rows)
    expect(filesOf('killed')).toEqual(filesOf('whole'))
    expect(filesOf('shared')).toEqual(filesOf('whole'))
  })

  test('are the same from an engine, which makes what is missing, and says why a share was not made', async () => {
    const large = ['--shard-users', '60']
    await tributaryJson<Batch>(all('here', ...large), folder)
    const spread = await tributaryJson<Batch>(all('spread', ...large, '--on', 'local:2'), folder)
    expect(spread).toMatchObject({ made: 0, missing: 0, shards: 3 })
    expect(filesOf('spread')).toEqual(filesOf('here'))
    const again = await tributary(all('spread', ...large, '--on', 'local:2'), { cwd: folder })
    expect([again.code, again.stderr]).toEqual([0, ''])
    const both = await tributary(all('both', '--on', 'local', '--shards', '1/2'), { cwd: folder })
    expectRefusal(both, ['--shards', '--on'])
    const full = { cwd: folder, shell: 'ulimit -f 1' }
    expectRefusal(await tributary(all('full', ...large, '--on', 'local:2'), full), [
      /shares of the lists were not made/,
    ])
  })

  test('are those that a user is given alone, in the order of users, domains and ranks', async () => {
    const rows = await rowsIn<Row & { because: { items: { entries: { item: string; share: number } }[] } }>(
      ...[...filesOf('whole').keys()].filter((name) => name !== 'batch.json').map((name) => `whole/${name}`),
    )
    const users = [...new Set(rows.map(({ user }) => user))]
    for (const [user, domain] of [
      [users[0], 'books'],
      [users[4], 'games'],
    ]) {
      const own = rows.filter((row) => row.user === user && row.domain === domain)
      const words = ['recommend', 'sasrec', '--user', user, '--domain', domain, '-k', '4']
      const { items } = await tributaryJson<{ items: object[] }>(words, folder)
      expect(own.map(({ item, score, rank }) => ({ item, score, rank }))).toEqual(items)
    }
    expect(rows.some(({ because }) => JSON.stringify(because).includes('share'))).toBe(true)
    const seen = new Set(rows.map(({ user, domain }) => `${user} ${domain}`))
    expect(rows).toHaveLength(seen.size * 4)
  })

  test('are refused where something else was asked for', async () => {
    const refused = async (words: string[], parts: (string | RegExp)[]) =>
      expectRefusal(await tributary(words, { cwd: folder }), parts)
    await refused(all('whole', '--shard-users', '3'), ['whole', '--reasons true there, false here'])
    await refused(all('no', '--domain', 'boks'), ["'boks'", "'books'"])
    await refused(all('no', '--user', 'u1'), ['--user', '--all-users'])
    await refused(['recommend', 'sasrec', '--all-users'], ['--out'])
    await refused(['recommend', 'sasrec', '--domain', 'books', '--reasons'], ['--reasons', '--all-users'])
    await refused(all('no', '--shards', '3/2'), ['3/2', '1/4'])
    expect(existsSync(join(folder, 'no'))).toBe(false)
  })
})

test('vectors of users and items are exported, and those of a model without are refused', async () => {
  const said = await tributaryJson<{ width: number; items: { rows: number } }>(
    ['export', 'sasrec', '--out', 'vectors'],
    folder,
  )
  expect(said.width).toBe(8)
  expect(await rowsIn('vectors/items.parquet')).toHaveLength(said.items.rows)
  await tributaryJson(['train', 'popularity', 'shop', '--out', 'popular'], folder)
  const refusal = await tributary(['export', 'popular', '--out', 'none'], { cwd: folder })
  expectRefusal(refusal, ['popularity', 'products of vectors'])
  expect(existsSync(join(folder, 'none'))).toBe(false)
})

test('a model is exported as an ONNX file, and the example of the docs asks it without Tributary', async () => {
  const said = await tributaryJson<Record<string, unknown>>(
    ['export', 'sasrec', '--format', 'onnx', '--out', 'model'],
    folder,
  )
  expect(said).toMatchObject({ model: 'sasrec', maxLength: 50, onnxOpset: 20 })
  expect(readdirSync(join(folder, 'model')).sort()).toEqual(['README.json', 'items.jsonl', 'model.onnx'])

  const root = fileURLToPath(new URL('../..', import.meta.url))
  const example = readFileSync(`${root}/examples/onnx.mjs`, 'utf8')
  expect(readFileSync(`${root}/docs/batch.md`, 'utf8')).toContain(example)
  const [first, second] = ['music-1', 'books-2']
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [`${root}/examples/onnx.mjs`, 'model', 'music', first, second],
    { cwd: folder },
  )
  const asked = [
    'recommend',
    'sasrec',
    '--history',
    `${first},${second}`,
    '--domain',
    'music',
    '-k',
    '5',
    '--keep-seen',
  ]
  const { items } = await tributaryJson<{ items: { item: string; score: number }[] }>(asked, folder)
  expect(stdout.trim().split('\n')).toEqual(items.map(({ item, score }) => `${item} ${score.toFixed(4)}`))

  const refusal = await tributary(['export', 'popular', '--format', 'onnx', '--out', 'none'], { cwd: folder })
  expectRefusal(refusal, ['has no graph from a question to all scores'])
})
