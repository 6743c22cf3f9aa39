import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Dataset, domainOfItem } from '../../core/index.ts'
import { buildDataset } from '../build/build.ts'
import { openDataset } from '../store/store.ts'
import { type ImportOptions, importDataset } from './import.ts'

// From bytes to rows: whatever the line ends, quotes, marks and threads, the rows of the file are those of the dataset.

let root: string
let folder: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-reading-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'))
})

async function read(
  name: string,
  content: string | Uint8Array,
  options: Partial<ImportOptions> = {},
): Promise<{ rows: string[]; sum: object; notes: readonly string[]; hash: string; left: string[] }> {
  const path = join(folder, name)
  await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content)
  const reader = /\.(csv|tsv|jsonl)/.exec(name)![1]
  const out = join(folder, 'dataset')
  const { sum, files, badRows } = await importDataset({ reader, files: [path], out, overwrite: true, ...options })
  const dataset = await openDataset(out)
  expect(await readdir(out)).toEqual(['dataset.json', 'ids.safetensors', 'interactions.parquet'])
  const left = badRows.first.map(({ line, row, reason }) => `${line ?? `row ${row}`}: ${reason}`)
  return { rows: rowsOf(dataset), sum, notes: files[0].notes, hash: dataset.hash, left }
}

function rowsOf(dataset: Dataset): string[] {
  const { log, users, items, domains } = dataset
  return Array.from(log.user, (user, row) => {
    const item = log.item[row]
    return [users.name(user), items.name(item), domains[domainOfItem(dataset, item)], log.timestamp?.[row]]
      .filter((cell) => cell !== undefined)
      .join(' ')
  })
}

describe('a header', () => {
  it('may come after blank lines', async () => {
    expect((await read('a.csv', '\nuser,item,domain\nu1,i1,a\nu1,i2,a\n')).rows).toEqual(['u1 i1 a', 'u1 i2 a'])
    const windows = await read('b.csv', '\uFEFF\r\n  \r\nuser,item,domain\r\nu1,i1,a\r\n\r\nu1,i2,a\r\n\r\n')
    expect(windows.rows).toEqual(['u1 i1 a', 'u1 i2 a'])
    expect(windows.sum).toEqual({ read: 2, kept: 2, badRows: 0, filtered: 0, blankLines: 4 })
    expect((await read('c.tsv', '\n\nuser\titem\tdomain\nu1\ti1\ta\n')).rows).toEqual(['u1 i1 a'])
  })

  it('that stands in the file again, as in joined files, is no row', async () => {
    const joined = 'who,item,domain\nu1,i1,a\nwho,item,domain\nwho,i2,a\n'
    const columns = { user: 'who' }
    await expect(read('a.csv', joined, { columns })).rejects.toThrow(
      /1 row cannot be read, .*a\.csv, line 3, column 'who': the header stands here again/,
    )
    const { rows, left } = await read('b.csv', joined, { columns, maxBadRows: 1 })
    expect(rows).toEqual(['u1 i1 a', 'who i2 a'])
    expect(left).toEqual(['3: the header stands here again'])
  })
})

describe('a file', () => {
  it('is given once, by whatever name', async () => {
    const path = join(folder, 'a.csv')
    await writeFile(path, 'user,item,domain\nu1,i1,a\n')
    const link = join(folder, 'b.csv')
    await symlink(path, link)
    const twice = (files: string[]) => importDataset({ reader: 'csv', files, out: join(folder, 'dataset') })
    await expect(twice([path, path])).rejects.toThrow(`${path} was given twice, and its rows would count twice`)
    await expect(twice([path, link])).rejects.toThrow(`${link}, which is ${path}, was given twice`)
  })
})

describe('line ends', () => {
  const lines = ['user,item,domain,timestamp', 'u1,i1,a,1', 'u1,i2,a,2', 'u1,i3,a,3']
  it.each(['csv', 'tsv'])('may be of two kinds in one file, with and without the last one (%s)', async (reader) => {
    const kinds = fc.tuple(...lines.map(() => fc.constantFrom('\n', '\r\n')), fc.boolean())
    const check = async (ends: (string | boolean)[]) => {
      let text = lines.map((line, i) => line + ends[i]).join('')
      if (reader === 'tsv') text = text.replaceAll(',', '\t')
      if (ends.at(-1)) text = text.trimEnd()
      const { rows, sum } = await read(`a.${reader}`, text)
      expect(rows).toEqual(['u1 i1 a 1', 'u1 i2 a 2', 'u1 i3 a 3'])
      expect(sum).toMatchObject({ read: 3, kept: 3 })
    }
    await fc.assert(fc.asyncProperty(kinds, check), { numRuns: 4, examples: [[['\n', '\n', '\r\n', '\n', false]]] })
  })

  it('of carriage returns alone are refused by name', async () => {
    await expect(read('mac.csv', lines.join('\r'))).rejects.toThrow(/carriage returns alone/)
    const inside = await read('a.csv', `${lines.join('\n')}\nu1,i\r4,a,4\n`, { maxBadRows: 1 })
    expect(inside.left).toEqual(['5: a carriage return stands in it, which ends no line by itself'])
  })
})

describe('a quote that is left open', () => {
  const text = 'user,item,domain,timestamp\nu1,i1,a,1\nu1,"open,a,2\nu1,i3,a,3\nu2,i1,a,1\nu2,i2,a,2\n'
  it('takes its own line and no other with it', async () => {
    const { rows, sum, left } = await read('a.csv', text, { maxBadRows: 9 })
    expect(rows).toEqual(['u1 i1 a 1', 'u1 i3 a 3', 'u2 i1 a 1', 'u2 i2 a 2'])
    expect(left).toEqual(['3: a quote is opened in it and never closed'])
    expect(sum).toEqual({ read: 5, kept: 4, badRows: 1, filtered: 0, blankLines: 0 })
  })

  it('is told from one that a later quote seems to close', async () => {
    const { rows, left } = await read('a.csv', `${text}u3,"i, 4",a,5\n`, { maxBadRows: 9 })
    expect(rows).toEqual(['u1 i1 a 1', 'u1 i3 a 3', 'u2 i1 a 1', 'u2 i2 a 2', 'u3 i, 4 a 5'])
    expect(left).toEqual(['3: a quoted text does not end where its column does'])
  })

  it('is given up after a megabyte, whatever follows', async () => {
    const many = Array.from({ length: 120_000 }, (_, i) => `u${i % 7},i${i % 11},a,${i}\n`).join('')
    const { sum, left } = await read('a.csv.gz', `user,item,domain,timestamp\nu1,"open,a,2\n${many}`, { maxBadRows: 9 })
    expect(sum).toMatchObject({ read: 120_001, kept: 120_000, badRows: 1 })
    expect(left).toEqual(['2: it is longer than 1 MB; is a quote left open?'])
  })
})

describe('a byte order mark', () => {
  it('inside a name belongs to it, wherever the name stands', async () => {
    for (const cells of [
      ['u1', '\uFEFFi1'],
      ['\uFEFFu1', 'i1'],
      ['\uFEFF', '\uFEFF'],
    ]) {
      const [user, item] = cells as [string, string]
      const text = `user,item,domain,timestamp\nu1,i2,a,1\n${user},${item},a,2\nu1,i3,a,3\n`
      const expected = buildDataset('dataset', {
        user: ['u1', user, 'u1'],
        item: ['i2', item, 'i3'],
        domain: ['a', 'a', 'a'],
        timestamp: [1, 2, 3],
      })
      expect((await read('a.csv', text)).hash).toBe(expected.hash)
      const lines = [
        { user: 'u1', item: 'i2', domain: 'a', timestamp: 1 },
        { user, item, domain: 'a', timestamp: 2 },
        { user: 'u1', item: 'i3', domain: 'a', timestamp: 3 },
      ]
      expect((await read('a.jsonl', lines.map((line) => JSON.stringify(line)).join('\n'))).hash).toBe(expected.hash)
    }
  })

  it('at the beginning of a file does not, in any format', async () => {
    expect((await read('a.csv', '\uFEFFuser,item,domain\nu1,i1,a\n')).rows).toEqual(['u1 i1 a'])
    expect((await read('a.tsv', '\uFEFFuser\titem\tdomain\nu1\ti1\ta\n')).rows).toEqual(['u1 i1 a'])
    const lines = '{"user":"u1","item":"i1\\n","domain":"a\\\\"}\r\n{"user":"u\\t2","item":"i2","domain":"a\\\\"}\n'
    expect((await read('a.jsonl', `\uFEFF${lines}`)).rows).toEqual(['u\t2 i2 a\\', 'u1 i1\n a\\'])
  })
})

describe('an encoding other than UTF-8', () => {
  const text = 'user,item,domain\nu1,café,a\nu1,i2,a\n'
  it.each([
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le')],
    ['UTF-16', Buffer.from(text, 'utf16le')],
    ['UTF-16', Buffer.from(`\uFEFF${text}`, 'utf16le').swap16()],
    ['UTF-32', Buffer.from([0xff, 0xfe, 0, 0, 0x75, 0, 0, 0])],
  ])('is refused by its name: %s', async (name, bytes) => {
    await expect(read('a.csv', bytes)).rejects.toThrow(new RegExp(`it is ${name}; UTF-8 is needed: iconv -f ${name}`))
    await expect(read('a.jsonl', bytes)).rejects.toThrow(new RegExp(`it is ${name}`))
  })

  it('that does not say what it is costs the rows that hold such bytes', async () => {
    const latin = Buffer.from(text, 'latin1')
    await expect(read('a.csv', latin)).rejects.toThrow(/line 2: it is not UTF-8 \(Latin-1 or Windows-1252\?/)
    const { rows, sum } = await read('a.csv', latin, { maxBadRows: 1 })
    expect(rows).toEqual(['u1 i2 a'])
    expect(sum).toMatchObject({ read: 2, kept: 1, badRows: 1 })
    const header = Buffer.from(text.replace('domain', 'domäne'), 'latin1')
    await expect(read('a.csv', header)).rejects.toThrow(/it is not UTF-8/)
    const lines = Buffer.from('{"user":"a","item":"b","domain":"c"}\n{"user":"é","item":"b","domain":"c"}\n', 'latin1')
    await expect(read('a.jsonl', lines)).rejects.toThrow(/line 2: it is not UTF-8/)
  })

  it('is not taken for text: a byte 0 costs its row', async () => {
    const { left, rows } = await read('a.csv', 'user,item,domain\nu1,i\0,a\nu1,i2,a\n', { maxBadRows: 1 })
    expect(left).toEqual(['2: it holds a byte 0'])
    expect(rows).toEqual(['u1 i2 a'])
  })
})

describe('a key that comes late in a file of JSON lines', () => {
  const early = Array.from({ length: 150 }, (_, i) => `{"user":"u${i % 7}","item":"i${i % 5}","domain":"a"}\n`).join('')
  const text = `${early}{"user":"u1","item":"i1","domain":"a","timestamp":3,"note":1}\n`

  it('is named in a note where it would have been read', async () => {
    const { notes, sum } = await read('a.jsonl', text)
    expect(notes).toEqual([
      expect.stringMatching(
        /1 row has the key 'timestamp' for the timestamp, but none of the first 100, so it was not read; --timestamp timestamp reads it/,
      ),
    ])
    expect(sum).toMatchObject({ read: 151, kept: 151 })
    expect((await read('b.jsonl', early)).notes).toEqual([])
  })

  it('is read where it is stated', async () => {
    const options = { columns: { timestamp: 'timestamp' }, maxBadRows: 150 }
    const { rows, notes } = await read('a.jsonl', text, options)
    expect([rows, notes]).toEqual([['u1 i1 a 3'], []])
    await expect(read('a.jsonl', text, { columns: { timestamp: 'tiem' } })).rejects.toThrow(/no column 'tiem'/)
  })
})

describe('the sum', () => {
  it('adds up over files, bad rows and filters, and is written down', async () => {
    const one = join(folder, 'one.csv')
    await writeFile(one, 'user,item,domain\nu1,i1,a\nu1,"i2",a\nu2,i1,a\n\nu3\nu4,,a\n')
    const two = join(folder, 'two.csv')
    await writeFile(two, 'user,item,domain\nu2,i2,a\nu5,i5,a\n')
    const out = join(folder, 'dataset')
    const report = await importDataset({ reader: 'csv', files: [one, two], out, maxBadRows: 2, minUser: 2 })
    const sum = { read: 7, kept: 4, badRows: 2, filtered: 1, blankLines: 1 }
    expect(report.sum).toEqual(sum)
    expect(JSON.parse(await readFile(join(out, 'dataset.json'), 'utf8'))).toMatchObject({ origin: { sum } })
    const again = join(folder, 'again')
    const parquet = await importDataset({ reader: 'parquet', files: [join(out, 'interactions.parquet')], out: again })
    expect(parquet.sum).toEqual({ read: 4, kept: 4, badRows: 0, filtered: 0, blankLines: 0 })
  })

  it('holds for any cells, quotes, line ends and threads, which change no bit', async () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', 'b', '"', ',', '\t', '\n', '\r', '\\', '\\n', ' ', '\uFEFF', 'é'),
      minLength: 1,
      maxLength: 5,
    })
    const row = fc.record({ user: cell, item: cell, quoted: fc.boolean(), end: fc.constantFrom('\n', '\r\n', '\n\n') })
    const check = async (rows: { user: string; item: string; quoted: boolean; end: string }[], gz: boolean) => {
      const written = (text: string, quoted: boolean) =>
        quoted || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
      const text = rows.map(
        ({ user, item, quoted, end }) => `${written(user, quoted)},${written(item, quoted)},d${end}`,
      )
      const expected = buildDataset('dataset', {
        user: rows.map(({ user }) => user),
        item: rows.map(({ item }) => item),
        domain: rows.map(() => 'd'),
      })
      for (const threads of [1, 2, 4]) {
        const { hash, sum } = await read(gz ? 'a.csv.gz' : 'a.csv', `user,item,domain\n${text.join('')}`, { threads })
        expect(hash).toBe(expected.hash)
        expect(sum).toMatchObject({ read: rows.length, kept: rows.length })
      }
    }
    await fc.assert(fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 30 }), fc.boolean(), check), {
      numRuns: 4,
      seed: 1,
    })
  })
})

describe('what is no file of rows', () => {
  it.skipIf(process.platform === 'win32')('a pipe is refused as one', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe.csv')])
    const attempt = importDataset({ reader: 'csv', files: [join(folder, 'pipe.csv')], out: join(folder, 'dataset') })
    await expect(attempt).rejects.toThrow(/pipe\.csv: it is a pipe or a device, not a file/)
  })

  it('twenty megabytes of line ends are read once and found empty', async () => {
    for (const [name, text] of [
      ['a.jsonl.gz', '\n'],
      ['a.csv', '\r\n'],
    ] as const) {
      await expect(read(name, text.repeat(20_000_000 / text.length))).rejects.toThrow(/is empty/)
    }
  })

  it('a signal is heard while they are read', async () => {
    const stop = new AbortController()
    const path = join(folder, 'a.csv')
    await writeFile(path, `user,item,domain\nu,i,d\n${'\n'.repeat(30_000_000)}`)
    const files = [path]
    const options = { reader: 'csv', files, out: join(folder, 'dataset'), signal: stop.signal }
    const attempt = importDataset({ ...options, onProgress: () => setImmediate(() => stop.abort()) })
    await expect(attempt).rejects.toMatchObject({ code: 'interrupted' })
    expect(await readdir(folder)).toEqual(['a.csv'])
  })
})
