import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Dataset, Part, TributaryError } from '../../core/index.ts'
import { buildDataset, type InteractionColumns } from '../build/build.ts'
import { filterDataset } from '../build/filter.ts'
import { openDataset } from '../store/store.ts'
import { type ImportOptions, importDataset } from './import.ts'

let root: string
let folder: string
let out: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-import-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
beforeEach(async () => {
  folder = await mkdtemp(join(root, 'case-'))
  out = join(folder, 'dataset')
})

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, name.endsWith('.gz') && typeof content === 'string' ? gzipSync(content) : content)
  return path
}

const run = (reader: string, files: string | string[], options: Partial<ImportOptions> = {}) =>
  importDataset({ reader, files: [files].flat(), out, ...options })

/** Rows in log order, in the words of the file. */
function rowsOf({ log, users, items, domains, domainStart }: Dataset): string[] {
  return Array.from(log.user, (user, row) => {
    const item = log.item[row]
    const domain = domains[domainStart.findLastIndex((start) => start <= item)]
    const part = log.part && Object.keys(Part)[log.part[row]]
    const cells = [users.name(user), items.name(item), domain, log.timestamp?.[row], log.value?.[row], part]
    return cells.filter((cell) => cell !== undefined).join(' ')
  })
}

/** The import must fail with this code and these words, and leave nothing beside the files that were there. */
async function refused(attempt: () => Promise<unknown>, code: string, ...words: RegExp[]): Promise<void> {
  const before = await readdir(folder)
  const error = await attempt().then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(TributaryError)
  const { code: given, message } = error as TributaryError
  expect(given, message).toBe(code)
  for (const word of words) expect(message).toMatch(word)
  expect(message).not.toMatch(/\n/)
  expect(await readdir(folder)).toEqual(before)
}

const CSV = 'user,item,domain,timestamp,value\nb,x,Shop,20,1.5\na,y,Music,10,2\na,x,Shop,10,3\nb,z,Shop,5,4\n'
const CSV_ROWS = ['a y Music 10 2', 'a x Shop 10 3', 'b z Shop 5 4', 'b x Shop 20 1.5']

describe('import and open', () => {
  it('give the dataset that the same rows give in memory', async () => {
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 4 }).filter((text) => !/[\r\n\0]/.test(text))
    const row = fc.record({
      user: fc.oneof(name, fc.constantFrom('a', 'b', 'B', '10', '9')),
      item: fc.oneof(name, fc.constantFrom('p', 'q', 'r', 's')),
      timestamp: fc.integer({ min: 0, max: 3 }),
      value: fc.float({ noNaN: true, noDefaultInfinity: true }),
      part: fc.constantFrom('train' as const, 'valid' as const, 'test' as const, 'unused' as const),
      category: fc.oneof(name, fc.constantFrom('', 'rock', 'Rock')),
    })
    const quoted = (text: unknown) => `"${String(text).replaceAll('"', '""')}"`
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 40 }), async (rows) => {
        const all = rows.map((r) => ({ ...r, domain: r.item.length % 2 === 0 ? 'even' : 'odd' }))
        const columns = {
          user: all.map((r) => r.user),
          item: all.map((r) => r.item),
          domain: all.map((r) => r.domain),
          timestamp: all.map((r) => r.timestamp),
          value: all.map((r) => r.value),
          part: all.map((r) => r.part),
          category: all.map((r) => r.category),
        } satisfies InteractionColumns
        const text = [Object.keys(columns), ...all.map((r) => Object.keys(columns).map((c) => r[c as keyof typeof r]))]
        const path = await file('log.csv', text.map((cells) => `${cells.map(quoted).join(',')}\n`).join(''))
        const report = await run('csv', path, { overwrite: true, columns: { category: 'category' } })
        const opened = await openDataset(out)
        const built = buildDataset('dataset', columns)
        expect(rowsOf(opened)).toEqual(rowsOf(built))
        expect(opened.hash).toBe(built.hash)
        expect(opened.categories).toEqual(built.categories)
        expect(report.hash).toBe(built.hash)
      }),
      { numRuns: 6 },
    )
  })

  it('keep the file order of equal times beyond one chunk and one thread, and of rows without times', async () => {
    const n = 150_000
    const lines = Array.from({ length: n }, (_, i) => `u${i % 3},i${i},one,${Math.floor(i / 1000)}`)
    await run('csv', await file('log.csv.gz', `user,item,domain,timestamp\n${lines.join('\n')}\n`))
    const { log, items } = await openDataset(out)
    for (let row = 0, next = [0, 1, 2]; row < n; row++) {
      const user = log.user[row]
      if (items.name(log.item[row]) !== `i${next[user]}`) expect.fail(`row ${row} is out of order`)
      next[user] += 3
    }
    await run('csv', await file('untimed.csv', 'user,item,domain\nb,y,one\na,x,one\nb,x,one\n'), { overwrite: true })
    expect(rowsOf(await openDataset(out))).toEqual(['a x one', 'b y one', 'b x one'])
  })

  it('take several files in the order given', async () => {
    const one = await file('one.csv', 'user,item,domain,timestamp\na,x,d,1\n')
    const two = await file('two.csv', 'timestamp,user,item,domain\n1,a,y,d\n0,a,z,d\n')
    await run('csv', [one, two])
    expect(rowsOf(await openDataset(out))).toEqual(['a z d 0', 'a x d 1', 'a y d 1'])
    await run('csv', [two, one], { overwrite: true })
    expect(rowsOf(await openDataset(out))).toEqual(['a z d 0', 'a y d 1', 'a x d 1'])
  })

  const GENRES = 'user,item,domain,genre\na,x,Shop,\nb,x,Shop,toys\nb,x,Shop,games\na,y,Shop,\nb,m,Music,rock\n'
  const genres = async (reader: string, path: string) => {
    const report = await run(reader, path, { overwrite: true, columns: { category: 'genre' } })
    const { categories, items } = await openDataset(out)
    return [report.categories, ...['m', 'x', 'y'].map((item) => categories!.names[categories!.ofItem[items.id(item)!]])]
  }

  it('take the category of an item from its first row that has one, in every format', async () => {
    expect(await genres('csv', await file('log.csv', GENRES))).toEqual([2, 'rock', 'toys', ''])
    expect(await genres('tsv', await file('log.tsv', GENRES.replaceAll(',', '\t')))).toEqual([2, 'rock', 'toys', ''])
    const [header, ...rows] = GENRES.trim()
      .split('\n')
      .map((line) => line.split(','))
    const objects = rows.map((cells) =>
      Object.fromEntries(cells.flatMap((cell, c) => (cell ? [[header[c], cell]] : []))),
    )
    const lines = objects.map((row) => `${JSON.stringify(row)}\n`).join('')
    expect(await genres('jsonl', await file('log.jsonl', lines))).toEqual([2, 'rock', 'toys', ''])
  })

  it('take no column for the category unless it is named', async () => {
    const path = await file('log.csv', GENRES.replace('genre', 'category'))
    expect(await run('csv', path)).not.toHaveProperty('categories')
    expect(await openDataset(out)).not.toHaveProperty('categories.names')
    // The folder itself says what its columns are.
    await run('csv', path, { overwrite: true, columns: { category: 'category' } })
    await run('parquet', join(out, 'interactions.parquet'), { out: join(folder, 'again') })
    expect((await openDataset(out)).categories).toBeDefined()
    expect((await openDataset(join(folder, 'again'))).categories).toBeUndefined()
  })

  it('keep categories through a filter', async () => {
    const path = await file('log.csv', GENRES)
    await run('csv', path, { columns: { category: 'genre' }, minItem: 2 })
    expect((await openDataset(out)).categories).toEqual({ names: ['', 'toys'], ofItem: Int32Array.of(0, 1) })
  })

  it('filter as in memory', async () => {
    const path = await file('log.csv', CSV)
    const report = await run('csv', path, { minItem: 2, name: 'filtered' })
    expect(report.filter).toMatchObject({ minItem: 2, removed: { interactions: 2, users: 0, items: 2 } })
    const filtered = await openDataset(out)
    expect(rowsOf(filtered)).toEqual(['a x Shop 10 3', 'b x Shop 20 1.5'])
    expect(filtered.domains).toEqual(['Shop'])
    await run('csv', path, { overwrite: true })
    expect(filterDataset(await openDataset(out), { minItem: 2 }).dataset.hash).toBe(filtered.hash)
  })

  it('filter on the disk as in memory', async () => {
    const path = await file('log.csv', `${CSV}c,x,Shop,never,1\na,"new\nline",Shop,3,3\nb,"new\nline",Shop,4,3\n`)
    for (const [at, options] of [
      { minItem: 2 },
      { minUser: 2, minItem: 2 },
      { minUser: 3 },
      { minUser: 1 },
      { minItem: 2, itemDomain: 'prefix' },
    ].entries()) {
      const asked = { ...options, maxBadRows: 1, name: 'log' }
      const { out: _, ...inMemory } = await run('csv', path, { ...asked, out: join(folder, `memory${at}`) })
      const { out: __, ...onDisk } = await run('csv', path, { ...asked, out: join(folder, `disk${at}`), memoryRows: 0 })
      expect(onDisk).toEqual(inMemory)
      for (const name of await readdir(join(folder, `memory${at}`))) {
        const [a, b] = ['memory', 'disk'].map((which) => readFile(join(folder, `${which}${at}`, name)))
        expect((await a).equals(await b), name).toBe(true)
      }
    }
    const disk = (options: Partial<ImportOptions>) => run('csv', path, { maxBadRows: 1, memoryRows: 0, ...options })
    await refused(() => disk({ minItem: 9 }), 'bad-dataset', /no interaction .* 9 an item/)
    await refused(() => disk({ minItem: 0 }), 'bad-argument', /minItem is 0/)
    const shared = await file('shared.csv', 'user,item,domain\na,x,Shop\nb,x,Music\n')
    await refused(
      () => run('csv', shared, { minItem: 2, memoryRows: 0 }),
      'bad-dataset',
      /"x" stands in two domains|'x'/,
    )
  })

  it('cap values, and say how many; without that, that the truth has another range', async () => {
    const path = await file('log.csv', 'user,item,domain,value\na,x,Shop,144\nb,x,Shop,1.5\nb,y,Shop,3\n')
    const truth = await file('truth.csv', 'user,item,reward\na,x,3\na,y,0\nb,x,1\nb,y,2\n')
    const open = await run('csv', path, { truth })
    expect(open.truth!.notes[1]).toMatch(/values of the log go up to 144 and those of the truth to 3; --max-value 3/)
    const report = await run('csv', path, { truth, maxValue: 2.5, overwrite: true })
    expect(report).toMatchObject({ capped: { maxValue: 2.5, rows: 2 }, sum: { kept: 3 } })
    expect(report.truth!.notes).toHaveLength(1)
    const { log, hash } = await openDataset(out)
    expect([...log.value!].sort()).toEqual([1.5, 2.5, 2.5])
    const cut = await file('cut.csv', 'user,item,domain,value\na,x,Shop,2.5\nb,x,Shop,1.5\nb,y,Shop,2.5\n')
    await run('csv', cut, { truth, overwrite: true })
    expect((await openDataset(out)).hash).toBe(hash)
  })

  it('understand seconds, larger units by their magnitude, and dates', async () => {
    const times = async (cells: string[]) => {
      const lines = cells.map((time, i) => `u${i},x,one,"${time}"\n`)
      const report = await run('csv', await file('t.csv', `user,item,domain,time\n${lines.join('')}`), {
        overwrite: true,
      })
      return [report.files[0].timestampUnit, ...(await openDataset(out)).log.timestamp!]
    }
    expect(await times(['1500000000', '1.5e9', '12.25'])).toEqual(['seconds', 1.5e9, 1.5e9, 12.25])
    expect(await times(['1500000000123', '1500000000000', '0'])).toEqual(['milliseconds', 1500000000.123, 1.5e9, 0])
    expect(await times(['1500000000000000'])).toEqual(['microseconds', 1.5e9])
    expect(
      await times(['2017-07-14', '2017-07-14 02:40:00', '2017-07-14T02:40:00Z', '2017-07-14T04:40:00+02:00']),
    ).toEqual(['seconds', 1499990400, 1.5e9, 1.5e9, 1.5e9])
  })

  it('leave out as many bad rows as allowed, and say which', async () => {
    const path = await file('log.csv', `${CSV}c,y,Music,noon,1\nc,y\nc,y,Music,1,\n`)
    const report = await run('csv', path, { maxBadRows: 3 })
    expect(report.badRows.count).toBe(3)
    expect(report.badRows.first).toEqual([
      { file: path, line: 6, column: 'timestamp', reason: expect.stringContaining("'noon' is no time") },
      { file: path, line: 7, reason: 'it has 2 columns where 5 were expected' },
      { file: path, line: 8, column: 'value', reason: 'is empty' },
    ])
    expect(rowsOf(await openDataset(out))).toEqual(CSV_ROWS)
  })
})

describe('import refuses', () => {
  it('a missing file, a folder, an unknown reader, a taken name', async () => {
    const path = await file('log.csv', CSV)
    await refused(() => run('csv', join(folder, 'no.csv')), 'file-missing', /no\.csv: there is no such file/)
    await refused(() => run('csv', folder), 'file-missing', /it is a folder/)
    await refused(() => run('cvs', path), 'unknown-name', /did you mean 'csv'/)
    await run('csv', path)
    await refused(() => run('csv', path), 'file-exists', /already exists/)
  })

  it.each(['csv', 'tsv', 'jsonl', 'parquet', 'atomic', 'amazon-reviews', 'movielens'])(
    'an empty file (%s)',
    async (reader) => {
      const path = await file('empty.csv', '')
      await refused(() => run(reader, path), 'file-empty', /empty\.csv is empty/)
    },
  )

  it('a file of blank lines or with a header alone', async () => {
    const blank = await file('blank.csv', '\n\r\n  \n')
    await refused(() => run('csv', blank), 'file-empty', /blank\.csv/)
    const header = await file('header.csv', 'user,item,domain\n')
    await refused(() => run('csv', header), 'file-empty', /a header and no rows/)
  })

  it('a wrong delimiter, saying how the header looks and which delimiter fits', async () => {
    const path = await file('log.csv', CSV.replaceAll(',', ';'))
    await refused(
      () => run('csv', path),
      'bad-column',
      /reads 'user;item;domain;timestamp;value'/,
      /with the delimiter ';'/,
    )
    const tabs = await file('tabs.csv', CSV.replaceAll(',', '\t'))
    await refused(() => run('csv', tabs), 'bad-column', /use the reader 'tsv'/)
    await run('csv', path, { delimiter: ';' })
    expect(rowsOf(await openDataset(out))).toEqual(CSV_ROWS)
  })

  it('a missing column, with a suggestion', async () => {
    const path = await file('log.csv', CSV.replace('item', 'product'))
    await refused(
      () => run('csv', path),
      'bad-column',
      /no column for the item \(looked for item, item_id, itemId\)/,
      /--item/,
    )
    await refused(() => run('csv', path, { columns: { item: 'prodct' } }), 'bad-column', /did you mean 'product'/)
    await run('csv', path, { columns: { item: 'product' } })
    await rm(out, { recursive: true })
    const bare = await file('bare.csv', 'user,item\na,x\n')
    await refused(() => run('csv', bare), 'bad-column', /no column for the domain/)
    await run('csv', bare, { domain: 'Shop' })
    expect(rowsOf(await openDataset(out))).toEqual(['a x Shop'])
  })

  it('a duplicate header', async () => {
    const path = await file('log.csv', CSV.replace('value', 'user'))
    await refused(() => run('csv', path), 'bad-column', /column 'user' stands twice in the header \(columns 1 and 5\)/)
  })

  it('an unparsable time, value or part, naming line and column', async () => {
    const time = await file('time.csv', CSV.replace('y,Music,10', 'y,Music,1O'))
    await refused(() => run('csv', time), 'bad-row', /time\.csv, line 3, column 'timestamp': '1O' is no time/)
    const value = await file('value.csv.gz', CSV.replace('1.5', 'nan'))
    await refused(
      () => run('csv', value),
      'bad-row',
      /value\.csv\.gz, line 2, column 'value': 'nan' is no finite number/,
    )
    const part = await file('part.csv', 'user,item,domain,part\na,x,d,train\na,y,d,tset\n')
    await refused(
      () => run('csv', part),
      'bad-row',
      /line 3, column 'part': 'tset' is no part \(train, valid, test, unused\)/,
    )
    const user = await file('user.csv', 'user,item,domain\n,x,d\n')
    await refused(() => run('csv', user), 'bad-row', /line 2, column 'user': is empty/)
  })

  it('rows of another width or with an open quote, counting all and showing the first', async () => {
    const path = await file('log.csv', `${CSV}a,b\n${'a,b,c,d,e,f\n'.repeat(5)}`)
    await refused(
      () => run('csv', path),
      'bad-row',
      /6 rows cannot be read, 0 may be left out/,
      /line 6: it has 2/,
      /and 3 more/,
    )
    await refused(() => run('csv', path, { maxBadRows: 5 }), 'bad-row', /6 rows/)
    const quote = await file('quote.csv', CSV.replace('z,', '"z,'))
    await refused(() => run('csv', quote), 'bad-row', /line 5/)
  })

  it('names the line in which a row begins, also after blank lines and line breaks inside quotes', async () => {
    const path = await file('log.csv', 'user,item,domain,value\n\n"a\nb",x,d,1\na,x,d,one\n')
    await refused(() => run('csv', path), 'bad-row', /log\.csv, line 5, column 'value'/)
  })

  it('an item in two domains, naming the item, both domains and a row of each', async () => {
    const path = await file('log.csv', CSV.replace('z,Shop', 'y,Shop'))
    await refused(
      () => run('csv', path),
      'bad-dataset',
      /item 'y' stands in two domains, 'Music' \(.*log\.csv, row 2\) and 'Shop' \(.*log\.csv, row 4\)/,
    )
    const skipped = await file('skipped.csv', `user,item,domain\na,x\n,x,c\na,x,c\nb,x,d\n`)
    await refused(() => run('csv', skipped, { maxBadRows: 2 }), 'bad-dataset', /'c' \(.*row 2\) and 'd' \(.*row 3\)/)
  })

  it('truncated and false files', async () => {
    const gz = gzipSync(`user,item,domain\n${Array.from({ length: 5000 }, (_, i) => `u${i},x,d\n`).join('')}`)
    const cut = await file('cut.csv.gz', gz.subarray(0, gz.length - 100))
    await refused(() => run('csv', cut), 'file-damaged', /cut\.csv\.gz: it is damaged/)
    const plain = await file('plain.csv.gz', Buffer.from(CSV))
    await refused(() => run('csv', plain), 'file-damaged', /gzip/)
    await run('csv', await file('log.csv', CSV))
    const whole = await readFile(join(out, 'interactions.parquet'))
    const half = await file('half.parquet', whole.subarray(0, whole.length / 2))
    await rm(out, { recursive: true })
    await refused(() => run('parquet', half), 'file-damaged', /half\.parquet: it is damaged/)
    await refused(() => run('parquet', join(folder, 'log.csv')), 'file-damaged')
    await refused(() => run('csv', half), 'file-damaged', /binary data/)
  })

  it('a column of categories that is not there', async () => {
    const path = await file('log.csv', CSV)
    await refused(
      () => run('csv', path, { columns: { category: 'vaule' } }),
      'bad-column',
      /no column 'vaule' for the category/,
      /did you mean 'value'/,
    )
  })

  it('files of one log with different columns', async () => {
    const one = await file('one.csv', 'user,item,domain,timestamp\na,x,d,1\n')
    const two = await file('two.csv', 'user,item,domain\na,x,d\n')
    await refused(
      () => run('csv', [one, two]),
      'bad-column',
      /one\.csv has a column for the timestamp and .*two\.csv has none/,
    )
  })

  it('bounds that leave nothing, and senseless options', async () => {
    const path = await file('log.csv', CSV)
    await refused(() => run('csv', path, { minUser: 3 }), 'bad-dataset', /no interaction .* is left/)
    await refused(() => run('csv', path, { minItem: 0 }), 'bad-argument', /minItem is 0/)
    await refused(() => run('csv', path, { maxBadRows: -1 }), 'bad-argument', /maxBadRows/)
    await refused(() => run('csv', path, { delimiter: '"' }), 'bad-argument', /delimiter/)
    await refused(() => run('csv', path, { maxValue: Number.NaN }), 'bad-argument', /maxValue is NaN/)
    const valueless = await file('valueless.csv', 'user,item,domain\na,x,Shop\n')
    await refused(() => run('csv', valueless, { maxValue: 5 }), 'bad-argument', /no column for the value/)
    await refused(() => run('csv', []), 'bad-argument', /no file/)
  })
})
