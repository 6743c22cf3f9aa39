import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Dataset } from '../../core/dataset.ts'
import { buildDataset } from '../build/build.ts'
import { literal, withDatabase } from '../tables/duckdb.ts'
import { openDataset, writeDataset } from './store.ts'

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-side-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  folder = join(await mkdtemp(join(root, 'case-')), 'dataset')
})

const log = {
  user: ['ann', 'ann', 'bob', 'cy'],
  item: ['b', 'a', 'b', 'c'],
  domain: ['shop', 'shop', 'shop', 'shop'],
}
const features = {
  userFeatures: [
    { name: 'age "group"', kind: 'labels', of: new Map([['ann', ['20-30']]]) },
    { name: 'height', kind: 'number', of: new Map([['cy', 1.75]]) },
  ],
  itemFeatures: [
    {
      name: 'category',
      kind: 'labels',
      of: new Map([
        ['a', ['y', 'x']],
        ['c', ["it's"]],
      ]),
    },
  ],
} as const
const truth = { users: ['ann', 'cy'], items: ['a', 'b', 'c'], values: [1, 2.5, 3, 4, 5, 0.1] }
const factors = {
  users: ['cy', 'ann'],
  items: ['a', 'c'],
  width: 2,
  userFactors: [0.1, 2, 3, 4],
  itemFactors: [5, 6, 7, 8],
}

/** What a truth says, in plain numbers. */
const told = ({ truth }: Dataset) =>
  truth && {
    users: [...truth.users],
    items: [...truth.items],
    rows: Array.from(truth.users, (_, row) => [...truth.row(row)]),
    factors: truth.factors,
    extremes: [truth.min, truth.max],
  }

async function parquet(name: string, select: string): Promise<void> {
  await withDatabase(':memory:', async (connection) => {
    await connection.run(`COPY (${select}) TO ${literal(join(folder, name))} (FORMAT parquet)`)
  })
}

/** A folder without a hash, as another program writes it. */
async function foreign(files: Readonly<Record<string, string>>): Promise<void> {
  await mkdir(folder, { recursive: true })
  const rows = log.user.map((user, row) => `('${user}', '${log.item[row]}', 'shop')`).join(', ')
  await parquet('interactions.parquet', `SELECT * FROM (VALUES ${rows}) t("user", item, "domain")`)
  for (const [name, select] of Object.entries(files)) await parquet(name, select)
}

test('a folder gives back features and truth, dense or of factors', async () => {
  for (const side of [{ truth }, { truth: factors }, features, { ...features, truth }]) {
    const written = buildDataset('shop', log, side)
    await writeDataset(written, folder, { overwrite: true })
    const opened = await openDataset(folder)
    expect(opened.hash).toBe(written.hash)
    expect(told(opened)).toEqual(told(written))
    expect(opened.userFeatures).toEqual(written.userFeatures)
    expect(opened.itemFeatures).toEqual(written.itemFeatures)
  }
})

test('any finite rewards come back to the bit', async () => {
  const reward = fc.float({ noNaN: true, noDefaultInfinity: true })
  await fc.assert(
    fc.asyncProperty(fc.array(reward, { minLength: 6, maxLength: 6 }), async (values) => {
      const written = buildDataset('shop', log, { truth: { ...truth, values } })
      await writeDataset(written, folder, { overwrite: true })
      expect(told(await openDataset(folder))).toEqual(told(written))
    }),
    { numRuns: 5 },
  )
})

test('another program may write them: any order, types of its own, more items than are logged', async () => {
  await foreign({
    'truth.parquet': `SELECT * FROM (VALUES ('b', 'cy', 5), ('a', 'cy', 4), ('a', 'ann', 1), ('b', 'ann', 2)) t(item, "user", reward)`,
    'items.parquet': `SELECT * FROM (VALUES ('c', 'toy', [3, 1], true, 7), ('q', 'game', [2], false, 8)) t(item, kind, tags, new, price)`,
  })
  const { truth, itemFeatures, items } = await openDataset(folder)
  // Ids: b, a, c.
  expect([truth!.items, truth!.row(0), truth!.row(1)]).toEqual([
    Int32Array.of(1, 2),
    Float32Array.of(2, 1),
    Float32Array.of(5, 4),
  ])
  const c = items.id('c')!
  expect(
    itemFeatures!.map((feature) => [feature.name, feature.kind === 'number' ? feature.values[c] : feature.labels]),
  ).toEqual([
    ['kind', ['toy']],
    ['tags', ['1', '3']],
    ['new', ['true']],
    ['price', 7],
  ])
})

test('a truth changed after it was written is found', async () => {
  await writeDataset(buildDataset('shop', log, { truth }), folder)
  const elsewhere = `${folder}-other`
  await writeDataset(buildDataset('shop', log, { truth: { ...truth, values: [1, 2.5, 3, 4, 5, 0.2] } }), elsewhere)
  await writeFile(join(folder, 'truth.parquet'), await readFile(join(elsewhere, 'truth.parquet')))
  await expect(openDataset(folder)).rejects.toMatchObject({
    code: 'file-damaged',
    message: expect.stringContaining('the hash differs'),
  })
  await rm(join(folder, 'truth.parquet'))
  await expect(openDataset(folder)).rejects.toMatchObject({ code: 'file-damaged' })
})

test.each([
  ['NaN', `('ann', 'a', 'nan'::FLOAT)`, 'not-finite', "the reward of user 'ann' and item 'a' is NaN"],
  ['null', `('ann', 'a', NULL::FLOAT)`, 'not-finite', "the reward of user 'ann' and item 'a' is no number"],
  [
    'an unknown user',
    `('dan', 'a', 1)`,
    'bad-dataset',
    "the truth of 'dataset' names the user 'dan', which no interaction",
  ],
  [
    'an unknown item',
    `('ann', 'q', 1)`,
    'bad-dataset',
    "the truth of 'dataset' names the item 'q', which no interaction",
  ],
  [
    'a gap',
    `('ann', 'a', 1), ('bob', 'b', 1)`,
    'bad-dataset',
    "has no reward for user 'ann' and item 'b'; each of its 2 users",
  ],
  ['a pair twice', `('ann', 'a', 1), ('ann', 'a', 2)`, 'bad-row', "user 'ann' and item 'a' stands twice"],
  ['nobody', `(NULL, 'a', 1)`, 'bad-row', 'a row names no user'],
] as const)('a truth with %s is refused in one sentence', async (_, rows, code, words) => {
  await foreign({ 'truth.parquet': `SELECT * FROM (VALUES ${rows}) t("user", item, reward)` })
  const error = expect.objectContaining({ code, message: expect.stringContaining(words) })
  await expect(openDataset(folder)).rejects.toEqual(error)
})

test.each([
  [
    'truth.parquet',
    `SELECT 'ann' AS "user", 'a' AS item`,
    'bad-column',
    "has no column 'reward' (its columns: user, item)",
  ],
  [
    'truth.parquet',
    `SELECT 'ann' AS "user", 'a' AS item, [1.0] AS factors`,
    'bad-row',
    'names both a user and an item',
  ],
  [
    'truth.parquet',
    `SELECT * FROM (VALUES ('ann', NULL, [1.0]), (NULL, 'a', [1.0, 2.0])) t("user", item, factors)`,
    'bad-shape',
    "the item 'a' has 2 factors where 1 were expected",
  ],
  ['truth.parquet', `SELECT 'ann' AS "user", 'a' AS item, 1 AS reward LIMIT 0`, 'file-empty', 'has no rows'],
  ['users.parquet', `SELECT 'ann' AS name, 1 AS age`, 'bad-column', "has no column 'user'"],
  ['users.parquet', `SELECT * FROM (VALUES ('ann', 1), ('ann', 2)) t("user", age)`, 'bad-row', "'ann' stands twice"],
  ['items.parquet', `SELECT 'a' AS item, DATE '2020-01-01' AS born`, 'bad-column', "'born' has the type DATE"],
  ['items.parquet', `SELECT 'q' AS item, 1 AS price`, 'bad-dataset', "no item of 'dataset' has the feature 'price'"],
] as const)('%s of %s is refused', async (name, select, code, words) => {
  await foreign({ [name]: select })
  const error = expect.objectContaining({ code, message: expect.stringContaining(words) })
  await expect(openDataset(folder)).rejects.toEqual(error)
})
