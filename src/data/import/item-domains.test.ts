import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domainOfItem } from '../../core/index.ts'
import { openDataset } from '../store/store.ts'
import { importDataset } from './import.ts'

let folder: string
let out: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-item-domains-'))
  out = join(folder, 'dataset')
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const LOG = 'user,item,domain,timestamp\nu,x,books,1\nu,x,kindle,2\nv,x,kindle,3\nu,y,books,4\n'

async function imported(itemDomain: string | undefined, text = LOG) {
  const path = join(folder, 'log.csv')
  await writeFile(path, text)
  const report = await importDataset({ reader: 'csv', files: [path], out, overwrite: true, itemDomain })
  const dataset = await openDataset(out)
  const rows = Array.from(
    dataset.log.item,
    (item) => `${dataset.items.name(item)} in ${dataset.domains[domainOfItem(dataset, item)]}`,
  )
  return { rows, shared: report.sharedItems }
}

describe('an item listed in two domains', () => {
  it('is refused unless a rule is given, and the sentence names the option', async () => {
    await expect(imported(undefined)).rejects.toMatchObject({
      code: 'bad-dataset',
      message: expect.stringMatching(/'x'.*'books' \(.*row 1\).*'kindle' \(.*row 2\).*--item-domain prefix/),
    })
    await expect(imported('frist')).rejects.toThrow(/did you mean 'first'/)
  })

  it('becomes an item in each by prefix, under names that do not depend on what is shared', async () => {
    expect(await imported('prefix')).toEqual({
      rows: ['books:x in books', 'kindle:x in kindle', 'books:y in books', 'kindle:x in kindle'],
      shared: { rule: 'prefix', items: 1, examples: ['x'], movedRows: 0 },
    })
    const apart = await imported('prefix', 'user,item,domain\nu,y,books\n')
    expect(apart).toEqual({
      rows: ['books:y in books'],
      shared: { rule: 'prefix', items: 0, examples: [], movedRows: 0 },
    })
  })

  it('stays in the domain of its first row, or of most of them', async () => {
    expect(await imported('first')).toEqual({
      rows: ['x in books', 'x in books', 'y in books', 'x in books'],
      shared: { rule: 'first', items: 1, examples: ['x'], movedRows: 2 },
    })
    expect(await imported('most')).toEqual({
      rows: ['x in kindle', 'x in kindle', 'y in books', 'x in kindle'],
      shared: { rule: 'most', items: 1, examples: ['x'], movedRows: 1 },
    })
    // What was done stays with the data.
    expect(JSON.parse(await readFile(join(out, 'dataset.json'), 'utf8')).origin.sharedItems.movedRows).toBe(1)
  })

  it('keeps the first of two domains with equally many rows', async () => {
    expect((await imported('most', 'user,item,domain\nu,x,kindle\nu,x,books\n')).rows).toEqual([
      'x in kindle',
      'x in kindle',
    ])
  })

  it('is refused still where a prefix makes one name of two items', async () => {
    await expect(imported('prefix', 'user,item,domain\nu,b:c,a\nu,c,a:b\n')).rejects.toThrow(
      /'a:b:c' stands in two domains/,
    )
  })
})
