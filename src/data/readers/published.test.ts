import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Files, PUBLISHED, writeFiles } from '../../../test/folders/published-folders.ts'
import { type Dataset, Part } from '../../core/dataset.ts'
import { type ImportOptions, importDataset } from '../import/import.ts'
import { openDataset } from '../store/store.ts'

let root: string
let folder: string
let out: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-published-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'))
  out = join(folder, 'dataset')
})

async function imported(reader: string, files: Files = PUBLISHED[reader], options: Partial<ImportOptions> = {}) {
  await writeFiles(folder, files)
  const report = await importDataset({ reader, files: [folder], out, ...options })
  return { report, dataset: await openDataset(out) }
}

const logged = ({ log, users, items }: Dataset) =>
  Array.from(log.user, (user, row) => {
    const part = Object.keys(Part)[log.part![row]]
    return `${users.name(user)} ${items.name(log.item[row])} ${log.value![row]} ${part}`
  })

/** Reward by names. */
function paid({ truth, users, items }: Dataset): Record<string, Record<string, number>> {
  const cells = (row: number) =>
    [...truth!.items].map((item, column) => [items.name(item), truth!.at(row, column)] as const).sort()
  return Object.fromEntries([...truth!.users].map((user, row) => [users.name(user), Object.fromEntries(cells(row))]))
}

/** What an item or user is said to be. */
function said(dataset: Dataset, kind: 'user' | 'item', name: string): Record<string, unknown> {
  const id = (kind === 'user' ? dataset.users : dataset.items).id(name)!
  const features = (kind === 'user' ? dataset.userFeatures : dataset.itemFeatures)!
  return Object.fromEntries(
    features.map((feature) => {
      if (feature.kind === 'number') return [feature.name, feature.values[id]]
      return [
        feature.name,
        [...feature.ids.subarray(feature.start[id], feature.start[id + 1])].map((l) => feature.labels[l]),
      ]
    }),
  )
}

test('coat: chosen ratings train, random ones test, the completed matrix pays', async () => {
  const { report, dataset } = await imported('coat')
  expect(logged(dataset)).toEqual([
    ...['0 0 5 train', '0 2 3 train', '0 3 1 test'],
    ...['1 1 2 train', '1 3 1 train', '1 0 3 test'],
    ...['2 0 4 train', '2 1 2 test'],
  ])
  expect(dataset.domains).toEqual(['coats'])
  expect(paid(dataset)).toEqual({
    0: { 0: 5, 1: 2, 2: 3, 3: 1 },
    1: { 0: 3, 1: 2, 2: 2, 3: 1 },
    2: { 0: 4, 1: 2, 2: 2, 3: 2 },
  })
  expect([dataset.truth!.min, dataset.truth!.max]).toEqual([1, 5])
  expect(said(dataset, 'user', '0')).toEqual({
    gender: ['men'],
    age: ['under 20'],
    location: ['urban'],
    fashioninterest: ['very'],
  })
  expect(said(dataset, 'item', '2')).toEqual({
    gender: ['men'],
    jackettype: ['waterproof'],
    color: ['red'],
    onfrontpage: ['no'],
  })
  expect(report.truth).toEqual({ users: 3, items: 4, notes: [] })
})

test('yahoo-r3: rows of the matrix are the users from 1', async () => {
  const { dataset } = await imported('yahoo-r3')
  expect(logged(dataset)).toEqual([
    '1 1 5 train',
    '1 3 1 train',
    '1 2 3 test',
    '2 2 4 train',
    '2 3 1 test',
    '3 1 2 train',
  ])
  expect(paid(dataset)).toEqual({ 1: { 1: 5, 2: 3, 3: 1 }, 2: { 1: 2, 2: 4, 3: 1 }, 3: { 1: 2, 2: 2, 3: 2 } })
  expect([dataset.domains, dataset.userFeatures]).toEqual([['songs'], undefined])
})

test('kuairec: the log as it stands, the small matrix capped, completed and counted', async () => {
  const { report, dataset } = await imported('kuairec')
  expect(logged(dataset)).toEqual(['0 10 0.5 train', '0 13 7 train', '1 11 1 train', '1 12 0.5 train', '2 10 1 train'])
  expect(dataset.log.timestamp![0]).toBe(1593878903.438)
  // The mean of 2, 5 (8 capped), 0.5 and 1.5.
  expect(paid(dataset)).toEqual({ 0: { 10: 2, 11: 5, 12: 0 }, 1: { 10: 2.25, 11: 0.5, 12: 1.5 } })
  expect(report.truth).toEqual({
    users: 2,
    items: 3,
    notes: [
      '1 of the 6 pairs of small_matrix.csv have no row and pay 0, as in the published environment',
      '1 pairs of small_matrix.csv have no watch ratio and pay the mean of the others, 2.25',
    ],
  })
  expect(said(dataset, 'item', '11')).toEqual({ category: ['27', '9'], duration: 3 })
  expect(said(dataset, 'item', '13')).toEqual({ category: ['11', '24', '5'], duration: 2 })
  expect(said(dataset, 'user', '0')).toMatchObject({ user_active_degree: ['high_active'], onehot_feat0: ['3'] })
  expect(said(dataset, 'user', '1')).toMatchObject({ user_active_degree: [], is_live_streamer: [], onehot_feat0: [] })
})

test('kuairec as published: the log capped like the truth', async () => {
  const { report, dataset } = await imported('kuairec', PUBLISHED.kuairec, { maxValue: 5 })
  expect(logged(dataset)).toEqual(['0 10 0.5 train', '0 13 5 train', '1 11 1 train', '1 12 0.5 train', '2 10 1 train'])
  expect(report.capped).toEqual({ maxValue: 5, rows: 1 })
})

test('kuairand: clicks, and a truth completed from the random exposures', async () => {
  const { report, dataset } = await imported('kuairand')
  const rows = logged(dataset)
  expect(rows.filter((row) => row.endsWith('train'))).toHaveLength(9)
  expect(rows.filter((row) => row.endsWith('test'))).toHaveLength(48)
  expect(rows[0]).toMatch(/^0 0 1 /)
  expect(dataset.log.timestamp![0]).toBe(1649400000)
  expect(dataset.truth!.users).toHaveLength(6)
  expect(dataset.truth!.items).toHaveLength(8)
  expect(dataset.truth!.factors).toMatchObject({ width: 10 })
  const rewards = paid(dataset)
  for (const user of ['0', '5']) {
    for (const video of ['0', '2', '6']) expect(rewards[user][video], `${user} ${video}`).toBeGreaterThan(0.6)
    for (const video of ['1', '3', '7']) expect(rewards[user][video], `${user} ${video}`).toBeLessThan(0.4)
  }
  expect(report.truth!.notes[0]).toMatch(/^the truth is completed from the 48 random exposures \(rank 8, penalty \d+\)/)
  expect(said(dataset, 'item', '2')).toEqual({ category: ['12', '65'], duration: 4.5 })
  expect(said(dataset, 'item', '5')).toEqual({ category: ['12', '65'], duration: Number.NaN })
  expect(said(dataset, 'item', '0')).toEqual({ category: [], duration: 1.5 })
})

test.each(['coat', 'kuairec'])('%s: files may be gzipped', async (reader) => {
  const { dataset } = await imported(reader)
  await rm(folder, { recursive: true })
  const gzipped = Object.entries(PUBLISHED[reader])
  for (const [name] of gzipped) await writeFiles(folder, { [`${name}.gz`]: '' })
  for (const [name, content] of gzipped) await writeFile(join(folder, `${name}.gz`), gzipSync(content))
  await importDataset({ reader, files: [folder], out, overwrite: true })
  expect((await openDataset(out)).hash).toBe(dataset.hash)
})

/** The import must be refused with this code and these words, and leave nothing behind. */
async function refused(
  reader: string,
  changed: Files,
  code: string,
  words: string,
  options: Partial<ImportOptions> = {},
) {
  const files = { ...PUBLISHED[reader], ...changed }
  const error = expect.objectContaining({ code, message: expect.stringContaining(words) })
  await expect(imported(reader, files, options)).rejects.toEqual(error)
  await expect(stat(out)).rejects.toThrow()
  expect((await readdir(folder)).some((name) => name.includes('unfinished'))).toBe(false)
}

test('matrices that are damaged or do not belong together are refused', async () => {
  const truth = 'coat_pseudoGT_ratingM.ascii'
  await refused('coat', { [truth]: '5 2 3 1\n3 nan 2 1\n4 2 2 2\n' }, 'file-damaged', `${truth}: it is damaged`)
  await refused(
    'coat',
    { [truth]: '5 2 3 1\n3 nan 2 1\n4 2 2 2\n' },
    'file-damaged',
    "row 2, column 2: 'nan' is no finite number",
  )
  await refused(
    'coat',
    { [truth]: '5 2 3 1\n3 2 2\n4 2 2 2\n' },
    'file-damaged',
    'row 2 has 3 numbers where 4 were expected',
  )
  await refused('coat', { [truth]: '5 2 3 1\n3 2 2 1\n' }, 'mismatch', `${truth} has 2 rows and`)
  await refused('coat', { 'test.ascii': '0 0 1\n1 0 0\n0 2 0\n' }, 'mismatch', 'test.ascii has 3 columns and')
  await refused('coat', { 'train.ascii': '' }, 'file-empty', 'train.ascii is empty')
  const features = 'user_item_features/user_features.ascii'
  await refused(
    'coat',
    { [features]: '1 0\n0 1\n1 0\n' },
    'bad-column',
    "has 2 columns; Coat's features are 14 bits a row",
  )
})

test('a truth whose users or items nobody logged is refused by name', async () => {
  await refused(
    'coat',
    { 'train.ascii': '5 0 3 0\n0 0 0 0\n4 0 0 0\n', 'test.ascii': '0 1 0 1\n0 0 0 0\n0 2 0 0\n' },
    'bad-dataset',
    "names the user '1', which no interaction",
  )
  const song = { 'ydata-ymusic-rating-study-v1_0-train.txt': '1\t1\t5\n2\t1\t4\n3\t1\t2\n' }
  await refused(
    'yahoo-r3',
    { ...song, 'ydata-ymusic-rating-study-v1_0-test.txt': '1\t2\t3\n' },
    'bad-dataset',
    "names the item '3', which no interaction",
  )
})

test.each([
  [
    'coat',
    'user_item_features/item_features.ascii',
    'has no item_features.ascii (nor in its folder user_item_features)',
  ],
  ['coat', 'coat_pseudoGT_ratingM.ascii', 'has no coat_pseudoGT_ratingM.ascii'],
  ['yahoo-r3', 'ydata-ymusic-rating-study-v1_0-test.txt', 'has no ydata-ymusic-rating-study-v1_0-test.txt; all of'],
  ['kuairec', 'data/small_matrix.csv', 'has no small_matrix.csv (nor in its folder data)'],
  ['kuairand', 'log_random_4_22_to_5_08_pure.csv', 'has no log_random_4_22_to_5_08_pure.csv'],
])('%s without %s is refused', async (reader, absent, words) => {
  await writeFiles(folder, PUBLISHED[reader])
  await rm(join(folder, absent))
  const error = expect.objectContaining({ code: 'file-missing', message: expect.stringContaining(words) })
  await expect(importDataset({ reader, files: [folder], out })).rejects.toEqual(error)
})

test('Kuaishou files with a missing column, a bad number or a pair twice are refused', async () => {
  await refused(
    'kuairec',
    { 'data/item_categories.csv': 'video_id,tags\n10,[8]\n' },
    'bad-column',
    "has no column 'feat' (its columns: video_id, tags)",
  )
  const small = PUBLISHED.kuairec['data/small_matrix.csv']
  await refused('kuairec', { 'data/small_matrix.csv': small.replace('8.0\n', 'much\n') }, 'file-damaged', 'much')
  await refused(
    'kuairec',
    { 'data/small_matrix.csv': small + small.split('\n')[1] },
    'bad-row',
    "'0' and item '10' stands twice",
  )
  await refused(
    'kuairec',
    { 'data/small_matrix.csv': `${small}9,10,1,1,,,,1.0\n` },
    'bad-dataset',
    "names the user '9'",
  )
  const big = PUBLISHED.kuairec['data/big_matrix.csv']
  await refused(
    'kuairec',
    { 'data/big_matrix.csv': big.replace('0.5\n', 'half\n') },
    'bad-row',
    "'half' is no finite number",
  )
})

test('a published data set is one folder, whose columns are not stated', async () => {
  await writeFiles(folder, PUBLISHED.coat)
  const attempt = (files: string[], options = {}) => importDataset({ reader: 'coat', files, out, ...options })
  await expect(attempt([join(folder, 'train.ascii')])).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('reads one folder'),
  })
  await expect(attempt([folder, folder])).rejects.toMatchObject({
    message: expect.stringContaining('2 paths were given'),
  })
  await expect(attempt([join(folder, 'nowhere')])).rejects.toMatchObject({ code: 'file-missing' })
  await expect(attempt([folder], { columns: { value: 'x' } })).rejects.toMatchObject({
    message: expect.stringContaining('leave the value out'),
  })
  await expect(attempt([folder], { delimiter: ';' })).rejects.toMatchObject({
    message: expect.stringContaining('leave the delimiter out'),
  })
  await expect(attempt([folder], { minItem: 2 })).rejects.toMatchObject({
    code: 'bad-argument',
    message: expect.stringContaining('whose truth pays'),
  })
})
