import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describingFeatures, itemGenres, itemTitle } from '../../core/index.ts'
import { openDataset } from '../store/store.ts'
import { importDataset } from './import.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-item-features-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function imported(name: string, features: string) {
  const [log, path, out] = [join(folder, 'log.csv'), join(folder, name), join(folder, 'dataset')]
  await writeFile(log, 'user,item,domain\nu,7,films\nu,8,films\nv,9,films\n')
  await writeFile(path, features)
  const report = await importDataset({ reader: 'csv', files: [log], itemFeatures: path, out, overwrite: true })
  return { dataset: await openDataset(out), known: report.itemFeatures }
}

test.each([
  ['films.csv', ',', '"A ""title"", with | signs"'],
  ['films.tsv', '\t', 'A "title", with | signs'],
])('%s brings titles, labels and numbers', async (name, between, title) => {
  const rows = [
    ['movieId', 'title', 'genres', 'year'],
    ['7', title, 'War|Love', '1999'],
    ['8', '', 'War', ''],
    ['10', 'Nobody met it', 'Crime', '1'],
  ]
  const { dataset, known } = await imported(name, `${rows.map((row) => row.join(between)).join('\n')}\n`)
  expect(known).toEqual(['title', 'genres', 'year'])
  const ids = ['7', '8', '9'].map((item) => dataset.items.id(item) ?? 0)
  // Who has no title is called by its name.
  expect(ids.map((id) => itemTitle(dataset, id))).toEqual(['A "title", with | signs', '8', '9'])
  expect(ids.map((id) => itemGenres(dataset, id))).toEqual([['Love', 'War'], ['War'], []])
  const features = describingFeatures(dataset.itemFeatures)
  // A title is no property that a model could learn anything from; the words of titles are.
  expect(features.map((feature) => [feature.name, feature.kind])).toEqual([
    ['genres', 'labels'],
    ['year', 'number'],
  ])
  const words = [
    {
      name: 'title',
      kind: 'labels',
      labels: ['a', 'b'],
      start: Int32Array.of(0, 0, 2),
      ids: Int32Array.of(0, 1),
    } as const,
  ]
  expect(describingFeatures(words)).toEqual(words)
})

test.each([
  [
    'films.csv',
    'film,title\n7,x\n',
    'bad-column',
    'no column for the item (looked for item, item_id, itemId, movieId)',
  ],
  ['films.csv', 'item\n7\n', 'bad-column', "the column 'item' alone"],
  ['films.csv', 'item,a,a\n7,x,y\n', 'bad-column', "'a' stands twice"],
  ['films.csv', 'item,title\n7,x\n7,y\n', 'bad-row', "the item '7' stands twice"],
  ['films.csv', 'item,title\n70,x\n', 'bad-dataset', 'describes the items of another log'],
  ['films.json', '{}', 'bad-argument', 'neither a .csv, .tsv'],
])('%s of %j is refused', async (name, text, code, message) => {
  await expect(imported(name, text)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
})
