import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dataset, domainOfItem, Part } from '../../core/index.ts'
import { type ImportOptions, importDataset } from '../import/import.ts'
import { openDataset } from '../store/store.ts'
import { literal, withDatabase } from '../tables/duckdb.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-readers-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function file(name: string, content: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, name.endsWith('.gz') ? gzipSync(content) : content)
  return path
}

async function rows(reader: string, files: string[], options: Partial<ImportOptions> = {}): Promise<string[]> {
  const out = join(folder, 'dataset')
  await importDataset({ reader, files, out, overwrite: true, ...options })
  return rowsOf(await openDataset(out))
}

function rowsOf(dataset: Dataset): string[] {
  const { log, users, items, domains } = dataset
  return Array.from(log.user, (user, row) => {
    const item = log.item[row]
    const cells = [
      users.name(user),
      items.name(item),
      domains[domainOfItem(dataset, item)],
      log.timestamp?.[row],
      log.value?.[row],
    ]
    const part = log.part && Object.keys(Part)[log.part[row]]
    return [...cells, part].filter((cell) => cell !== undefined).join(' ')
  })
}

describe('csv', () => {
  it('takes quotes, doubled quotes, line breaks inside them, a byte order mark and Windows line ends', async () => {
    const path = await file(
      'a.csv',
      '\uFEFF"user","item, or so","domain"\r\n"a, b",x,"d ""e"""\r\na,"two\r\nlines",d\r\n',
    )
    expect(await rows('csv', [path], { columns: { item: 'item, or so' } })).toEqual([
      'a two\r\nlines d',
      'a, b x d "e"',
    ])
  })

  it('takes names that look like patterns of paths', async () => {
    expect(await rows('csv', [await file('[1]*?.csv', 'user,item,domain\na,x,d\n')])).toEqual(['a x d'])
  })
})

describe('tsv', () => {
  it('takes quotes as they are', async () => {
    const path = await file('a.tsv.gz', 'userId\titemId\tdomain\tts\trating\tpart\na\t12" record\tMusic\t5\t1\ttest\n')
    expect(await rows('tsv', [path])).toEqual(['a 12" record Music 5 1 test'])
  })
})

describe('jsonl', () => {
  it('takes keys in any order, numbers as names, and ignores other keys', async () => {
    const lines = [
      '{"item":1,"user":"a","domain":"d","nested":{"x":[1]},"value":2.5}',
      '{"domain":"d","user":"b","item":2,"value":3}',
    ]
    const path = await file('a.jsonl.gz', `${lines.join('\n')}\n`)
    expect(await rows('jsonl', [path])).toEqual(['a 1 d 2.5', 'b 2 d 3'])
    const odd = await file('odd.jsonl', '{"/u~":"a","i\\"":"x"}\n')
    expect(await rows('jsonl', [odd], { columns: { user: '/u~', item: 'i"' }, domain: 'd' })).toEqual(['a x d'])
  })

  it('refuses broken lines and missing keys by row', async () => {
    const path = await file('b.jsonl', '{"user":"a","item":1}\n{"user":"a","item":\n{"user":"a"}\n[1]\n{"user":null}\n')
    await expect(rows('jsonl', [path], { domain: 'd' })).rejects.toMatchObject({
      code: 'bad-row',
      message: expect.stringMatching(
        /4 rows .* line 2, column 'user': is missing, or the line is no JSON object; line 3, column 'item'/,
      ),
    })
  })

  it('refuses a file without any object', async () => {
    const path = await file('c.jsonl', '[1]\n[2]\n')
    await expect(rows('jsonl', [path])).rejects.toMatchObject({ code: 'file-damaged' })
  })
})

describe('parquet', () => {
  const parquet = async (name: string, select: string) => {
    const path = join(folder, name)
    await withDatabase(':memory:', (connection) =>
      connection.run(`COPY (${select}) TO ${literal(path)} (FORMAT parquet)`),
    )
    return path
  }

  it('takes integers as names, and timestamps with and without zone as UTC', async () => {
    const select = (type: string) =>
      `SELECT 1 AS user_id, 2 AS item_id, 'd' AS "domain", CAST('1970-01-01 00:01:00' AS ${type}) AS timestamp`
    for (const type of ['TIMESTAMP', 'TIMESTAMPTZ', 'TIMESTAMP_NS']) {
      expect(await rows('parquet', [await parquet('t.parquet', select(type))])).toEqual(['1 2 d 60'])
    }
  })

  it('refuses a nested column and a null', async () => {
    const nested = await parquet('n.parquet', `SELECT 'a' AS "user", [1] AS item, 'd' AS "domain"`)
    await expect(rows('parquet', [nested])).rejects.toMatchObject({
      code: 'bad-column',
      message: expect.stringContaining('INTEGER[]'),
    })
    const empty = await parquet('e.parquet', `SELECT 'a' AS "user", NULL::VARCHAR AS item, 'd' AS "domain"`)
    await expect(rows('parquet', [empty])).rejects.toMatchObject({
      message: expect.stringMatching(/row 1, column 'item': is null/),
    })
  })
})

describe('atomic', () => {
  it('drops the types of the header and takes the domain from a column or the file name', async () => {
    const header = 'user_id:token\titem_id:token\trating:float\ttimestamp:float\n'
    const books = await file('books.inter', `${header}1\tb1\t5\t10\n`)
    const films = await file('films.inter', `${header}1\tf1\t4\t5\n`)
    expect(await rows('atomic', [books, films])).toEqual(['1 f1 films 5 4', '1 b1 books 10 5'])
    const own = await file('own.inter', 'user_id:token\titem_id:token\tdomain:token\n1\tb1\tmusic\n')
    expect(await rows('atomic', [own])).toEqual(['1 b1 music'])
  })
})

describe('amazon-reviews', () => {
  it('reads reviews of each edition, the category from the file name', async () => {
    const old = (user: string, item: string) =>
      `{"reviewerID":"${user}","asin":"${item}","reviewText":"a \\"b\\"","overall":4.0,"unixReviewTime":1400000000}\n`
    const books = await file('reviews_Books_5.json.gz', old('A1', '0001'))
    const music = await file('Digital_Music_5.json', old('A1', 'B001'))
    expect(await rows('amazon-reviews', [books, music])).toEqual([
      'A1 0001 Books 1400000000 4',
      'A1 B001 Digital_Music 1400000000 4',
    ])
    const recent = '{"rating":5.0,"asin":"B2","parent_asin":"B0","user_id":"AF","timestamp":1588687728923}\n'
    expect(await rows('amazon-reviews', [await file('All_Beauty.jsonl', recent)])).toEqual([
      'AF B0 All_Beauty 1588687728.923 5',
    ])
  })

  it('reads ratings of each edition: user first in 2014, item first in 2018, a header in 2023', async () => {
    const in2014 = await file('ratings_Books.csv', 'A1,0001,4.0,1400000000\n')
    expect(await rows('amazon-reviews', [in2014])).toEqual(['A1 0001 Books 1400000000 4'])
    const in2018 = await file('Books.csv', '0001,A1,4.0,1400000000\n')
    expect(await rows('amazon-reviews', [in2018])).toEqual(['A1 0001 Books 1400000000 4'])
    const header = 'user_id,parent_asin,rating,timestamp,history\n'
    const train = await file('Books.train.csv.gz', `${header}AF,B1,5.0,1500000000000,\n`)
    const test = await file('Books.test.csv.gz', `${header}AF,B2,3.0,1500000001000,B1\n`)
    expect(await rows('amazon-reviews', [train, test])).toEqual([
      'AF B1 Books 1500000000 5 train',
      'AF B2 Books 1500000001 3 test',
    ])
  })
})

describe('movielens', () => {
  it('reads every release', async () => {
    const expected = ['1 10 movies 978300760 4.5']
    const latest = await file('ratings.csv', 'userId,movieId,rating,timestamp\n1,10,4.5,978300760\n')
    expect(await rows('movielens', [latest])).toEqual(expected)
    expect(await rows('movielens', [await file('ratings.dat', '1::10::4.5::978300760\n')])).toEqual(expected)
    expect(await rows('movielens', [await file('u.data', '1\t10\t4.5\t978300760\n')])).toEqual(expected)
    expect(await rows('movielens', [latest], { domain: 'films' })).toEqual(['1 10 films 978300760 4.5'])
  })

  it('says what a first line of another width looks like', async () => {
    const path = await file('other.dat', '1,10,4.5,978300760\n')
    await expect(rows('movielens', [path])).rejects.toMatchObject({
      code: 'bad-column',
      message: expect.stringMatching(/1 columns when split at '::', but 4 .* it reads '1,10,4.5,978300760'/),
    })
  })
})
