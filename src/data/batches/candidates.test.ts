import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Part } from '../../core/index.ts'
import { buildDataset } from '../build/build.ts'
import { evaluationCases } from '../split/cases.ts'
import { candidatesFromFile } from './candidates.ts'

const dataset = buildDataset('shop', {
  user: ['ann', 'ann', 'bob', 'bob', 'cat', 'dan'],
  item: ['a', 'b', 'b', 'c', 'd', 'e'],
  domain: ['x', 'x', 'x', 'x', 'x', 'y'],
  part: ['train', 'test', 'train', 'test', 'train', 'train'],
})
const cases = evaluationCases(dataset, { name: 'column', part: dataset.log.part! }, Part.test)
const id = (name: string) => dataset.items.id(name)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candidates-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function read(name: string, content: string | Uint8Array): Promise<Int32Array[]> {
  const path = join(folder, name)
  await writeFile(path, content)
  return candidatesFromFile(path, dataset, cases)
}

const good = 'user\tanswer\tn0\tn1\nbob\tc\td\te\nann\tb\tc\td\nann\ta\tc\td\n'

describe('candidatesFromFile', () => {
  it.each([
    ['tabs.tsv', good],
    ['commas.csv', good.replaceAll('\t', ',')],
    ['windows.tsv', `\uFEFF${good.replaceAll('\n', '\r\n')}`],
    ['packed.tsv.gz', gzipSync(good)],
  ])('gives each case the row of its user and answer: %s', async (name, content) => {
    expect(await read(name, content)).toEqual([Int32Array.of(id('c')!, id('d')!), Int32Array.of(id('d')!, id('e')!)])
  })

  it('reads quoted cells, whatever they hold', async () => {
    const names = ['Paris, Texas', 'Me, Myself & Irene', 'two\nlines', '  spaced ', '5" pipe']
    const [answer, ...negatives] = names
    const world = buildDataset('odd', {
      user: ['u,0', 'u,0', 'v', 'v', 'v'],
      item: [negatives[0], answer, ...negatives.slice(1)],
      domain: names.map(() => 'x'),
      part: ['train', 'test', 'train', 'train', 'train'],
    })
    const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`
    const path = join(folder, 'quoted.csv')
    const row = [quote('u,0'), quote(answer), quote(negatives[0]), quote(negatives[1]), negatives[2], negatives[3]]
    await writeFile(path, `user,answer,n0,n1,n2,n3\n${row.join(',')}\n`)
    const ofTest = evaluationCases(world, { name: 'column', part: world.log.part! }, Part.test)
    const ids = negatives.map((name) => world.items.id(name)!)
    expect(await candidatesFromFile(path, world, ofTest)).toEqual([Int32Array.from(ids)])
  })

  it.each([
    ['open.csv', 'user,answer,n0\nann,b,"c\nbob,c,d\n', 'bad-row', 'line 2: a quote is opened that is not closed'],
    ['no-header.tsv', 'ann\tb\tc\n', 'bad-column', 'begins with the columns ann, b, c'],
    ['ragged.tsv', 'user\tanswer\tn0\nann\tb\tc\td\n', 'bad-row', 'line 2: 4 cells, but the header has 3'],
    [
      'stranger.tsv',
      'user\tanswer\tn0\nann\tb\tzebra\n',
      'unknown-name',
      "line 2, column 3: 'zebra' is no item of 'shop'",
    ],
    ['missing.tsv', 'user\tanswer\tn0\nann\tb\tc\n', 'mismatch', "no row for user 'bob' and answer 'c'"],
    ['empty.tsv', '', 'file-empty', 'is empty'],
    ['cut.tsv.gz', gzipSync(good).subarray(0, 30), 'file-damaged', 'no whole gzip file'],
    ['text.tsv.gz', good, 'file-damaged', 'no whole gzip file'],
  ])('refuses %s', async (name, content, code, message) => {
    await expect(read(name, content)).rejects.toMatchObject({ code, message: expect.stringContaining(message) })
  })

  it('refuses a file that is not there', async () => {
    await expect(candidatesFromFile(join(folder, 'none.tsv'), dataset, cases)).rejects.toMatchObject({
      code: 'file-missing',
    })
  })
})
