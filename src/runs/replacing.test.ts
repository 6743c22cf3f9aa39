import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { importDataset, openDataset } from '../data/index.ts'
import { refuseForeignFiles, writeOwnFile } from '../files/own-files.ts'
import { renderReport } from '../pages/report.ts'
import { trainRun } from './train.ts'

let root: string
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tributary-replacing-'))
  write('log.csv', csv(4))
  write('other.csv', csv(3))
  await importInto('shop')
  await trainInto('run')
})
afterAll(() => rmSync(root, { recursive: true, force: true }))

const at = (...parts: readonly string[]) => join(root, ...parts)
const csv = (users: number) =>
  ['user,item,domain', ...Array.from({ length: users * 4 }, (_, i) => `u${i % users},i${i % 5},d`)].join('\n')
const everything = (where: string) => readdirSync(where, { recursive: true }).map(String).sort()

function write(path: string, text: string): void {
  mkdirSync(dirname(at(path)), { recursive: true })
  writeFileSync(at(path), text)
}

function importInto(out: string, options: { file?: string; reader?: string; overwrite?: boolean } = {}) {
  const { file = 'log.csv', reader = 'csv', overwrite } = options
  return importDataset({ reader, files: [at(file)], out: at(out), overwrite })
}

async function trainInto(out: string, options: { overwrite?: boolean; datasetFolder?: string } = {}) {
  const { overwrite = false, datasetFolder = at('shop') } = options
  for await (const _ of trainRun({ model: 'popularity', datasetFolder, out: at(out), overwrite }));
}

/** Refused, and nothing below the root is other than before. */
async function keepsAll(work: () => Promise<unknown>, expected: { code: string; message: RegExp }): Promise<void> {
  const before = everything(root)
  const { code, message } = expected
  await expect(work()).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  expect(everything(root)).toEqual(before)
}

describe('an import that overwrites', () => {
  const overwrite = (out: string, options: { file?: string; reader?: string } = {}) =>
    importInto(out, { ...options, overwrite: true })

  it('replaces a dataset', async () => {
    cpSync(at('shop'), at('again'), { recursive: true })
    write('again/.DS_Store', 'written by the system')
    await overwrite('again', { file: 'other.csv' })
    expect((await openDataset(at('again'))).users.size).toBe(3)
    expect(everything(at('again'))).toEqual(everything(at('shop')))
  })

  it('replaces the dataset behind a link, and keeps the link', async () => {
    cpSync(at('shop'), at('elsewhere/shop'), { recursive: true })
    symlinkSync(at('elsewhere/shop'), at('linked'))
    await overwrite('linked', { file: 'other.csv' })
    expect((await openDataset(at('elsewhere/shop'))).users.size).toBe(3)
  })

  it.each<[string, (() => void) | undefined, string, { file?: string; reader?: string }, RegExp]>([
    ['a folder that is no dataset', () => write('letters/one.txt', 'dear'), 'letters', {}, /is not a dataset/],
    ['an empty folder', () => mkdirSync(at('empty')), 'empty', {}, /is not a dataset/],
    ['a plain file', () => write('plain', 'x'), 'plain', {}, /is a file/],
    ['a run', undefined, 'run', {}, /is not a dataset/],
    [
      'a dataset with a file of the user in it',
      () => {
        cpSync(at('shop'), at('with-notes'), { recursive: true })
        write('with-notes/deep/notes.txt', 'mine')
      },
      'with-notes',
      {},
      /holds deep\/notes\.txt, .*--overwrite would delete/,
    ],
    ['its input', undefined, 'shop', { reader: 'parquet', file: 'shop/interactions.parquet' }, /holds the input/],
    [
      'its input by another name',
      () => symlinkSync(at('shop'), at('alias')),
      'shop',
      { reader: 'parquet', file: 'alias/interactions.parquet' },
      /holds the input/,
    ],
  ])('keeps %s', async (_, prepare, out, options, message) => {
    prepare?.()
    await keepsAll(() => overwrite(out, options), { code: 'file-exists', message })
  })
})

describe('a training that overwrites', () => {
  it('replaces a run with all that commands have put into it', async () => {
    cpSync(at('run'), at('old'), { recursive: true })
    write('old/transfer.json', '{}')
    cpSync(at('run'), at('old/transfer/popularity-sequences=single/seed1'), { recursive: true })
    await trainInto('old', { overwrite: true })
    expect(everything(at('old'))).toEqual(everything(at('run')))
  })

  it.each<[string, (() => void) | undefined, string, RegExp]>([
    [
      'a run with a file of the user in it',
      () => {
        cpSync(at('run'), at('noted'), { recursive: true })
        write('noted/notes.txt', 'mine')
      },
      'noted',
      /holds notes\.txt/,
    ],
    ['what only has a manifest', () => write('site/manifest.json', '{"name": "a page"}'), 'site', /is not a run/],
    ['a dataset', undefined, 'shop', /is not a run/],
  ])('keeps %s', async (_, prepare, out, message) => {
    prepare?.()
    await keepsAll(() => trainInto(out, { overwrite: true }), { code: 'file-exists', message })
  })
})

describe('a path', () => {
  it.each(['what?now', '[a]*{b,c}', 'user=7', "it's", 'h#h%41', '~', 'ü ☃'])(
    'that DuckDB would read otherwise holds what was written: %s',
    async (name) => {
      write(`${name}/log.csv`, csv(4))
      const { hash } = await importInto(`${name}/ds`, { file: `${name}/log.csv` })
      expect(hash).toBe((await openDataset(at('shop'))).hash)
      expect((await openDataset(at(name, 'ds'))).hash).toBe(hash)
      const again = { reader: 'parquet', file: `${name}/ds/interactions.parquet` }
      expect((await importInto(`${name}/again`, again)).hash).toBe(hash)
    },
  )

  it('may have a name as long as names can be', async () => {
    await importInto('n'.repeat(255))
    expect(readdirSync(root).filter((name) => name.startsWith('.n'))).toEqual([])
  })

  it.each<[string, (() => void) | undefined, string, RegExp]>([
    ['a name that is too long', undefined, 'n'.repeat(256), /too long/],
    ['a link to itself', () => symlinkSync('loop', at('loop')), 'loop/ds', /links .* circle/],
    ['a file as a folder', undefined, 'log.csv/ds', /not a folder/],
  ])('that cannot be is one sentence: %s', async (_, prepare, out, reason) => {
    prepare?.()
    const message = new RegExp(`cannot (read|write) ${at(out)}.*${reason.source}`)
    await keepsAll(() => importInto(out), { code: 'file-missing', message })
    await keepsAll(() => importInto(out, { overwrite: true }), { code: 'file-missing', message })
    await keepsAll(() => trainInto(out), { code: 'file-missing', message })
    await keepsAll(() => writeOwnFile(at(out, 'report.html'), 'x'), { code: 'file-missing', message })
  })
})

describe('a page or a report', () => {
  it('replaces its own kind only', async () => {
    const page = renderReport({ title: 'one' })
    await writeOwnFile(at('page.html'), page)
    await writeOwnFile(at('page.html'), page)
    await writeOwnFile(at('results.json'), JSON.stringify({ dataset: 'd', protocol: {}, cases: {} }))
    await refuseForeignFiles(at('results.json'), at('page.html'), at('absent'))
    write('mine.html', '<h1>mine</h1>')
    write('mine.json', '{"dataset": "mine"}')
    for (const name of ['mine.html', 'mine.json', 'run']) {
      const refusal = { code: 'file-exists', message: /was not written by tributary/ }
      await keepsAll(() => writeOwnFile(at(name), page), refusal)
    }
    expect(readFileSync(at('mine.html'), 'utf8')).toBe('<h1>mine</h1>')
    expect(existsSync(at('run/manifest.json'))).toBe(true)
  })
})
