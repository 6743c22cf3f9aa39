import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Part } from '../../src/core/index.ts'
import { importDataset, openDataset } from '../../src/data/index.ts'
import { READERS } from '../../src/registry.ts'
import { PUBLISHED, writeFiles } from '../folders/published-folders.ts'

// The same log for every reader: two users, three items, one domain; times tie, so the file's order decides.
const ROWS = [
  ['ann', 'hat', 5, 100],
  ['bob', 'cap', 3, 100],
  ['ann', 'cap', 4, 200],
  ['ann', 'bag', 1, 200],
  ['bob', 'hat', 2, 300],
] as const

interface Sample {
  readonly file: string
  readonly lines: readonly string[]
  /** Given where the layout has no domain. */
  readonly domain?: string
}

const table = (header: string, delimiter: string) => [header, ...ROWS.map((row) => row.join(delimiter))]

/** One file a reader, holding ROWS. A new reader of files needs a line here, a new one of folders an entry in PUBLISHED. */
const SAMPLES: Readonly<Record<string, Sample>> = {
  csv: { file: 'log.csv', lines: table('user,item,value,timestamp', ','), domain: 'shop' },
  tsv: { file: 'log.tsv', lines: table('user\titem\tvalue\ttimestamp', '\t'), domain: 'shop' },
  jsonl: {
    file: 'log.jsonl',
    lines: ROWS.map(([user, item, value, timestamp]) => JSON.stringify({ user, item, value, timestamp })),
    domain: 'shop',
  },
  parquet: { file: 'log.parquet', lines: [], domain: 'shop' },
  atomic: {
    file: 'shop.inter',
    lines: table('user_id:token\titem_id:token\trating:float\ttimestamp:float', '\t'),
  },
  'amazon-reviews': {
    file: 'shop.jsonl',
    lines: ROWS.map(([user_id, parent_asin, rating, timestamp]) =>
      JSON.stringify({ user_id, parent_asin, rating, timestamp }),
    ),
  },
  movielens: { file: 'ratings.csv', lines: table('userId,movieId,rating,timestamp', ','), domain: 'shop' },
}

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'readers-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

it('every registered reader has a sample', () => {
  const names = (folders: boolean) =>
    READERS.filter(({ folder }) => (folder !== undefined) === folders).map(({ name }) => name)
  expect(Object.keys(SAMPLES).sort()).toEqual(names(false).sort())
  expect(Object.keys(PUBLISHED).sort()).toEqual(names(true).sort())
})

describe.each(Object.keys(PUBLISHED))('%s', (reader) => {
  it('reads a folder with its truth and rows to train on, the same each time', async () => {
    const path = await writeFiles(join(folder, reader), PUBLISHED[reader])
    const hashes = []
    for (const time of ['first', 'second']) {
      const out = join(folder, `${reader}-${time}`)
      await importDataset({ reader, files: [path], out })
      const { hash, truth, log } = await openDataset(out)
      expect(truth!.users.length * truth!.items.length).toBeGreaterThan(0)
      expect(log.part).toContain(Part.train)
      hashes.push(hash)
    }
    expect(hashes[1]).toBe(hashes[0])
  })
})

describe.each(Object.keys(SAMPLES))('%s', (reader) => {
  const sample = SAMPLES[reader]
  const text = `${sample.lines.join('\n')}\n`

  async function read(file: string, content: Uint8Array | string | undefined) {
    const path = join(folder, file)
    if (content !== undefined) await writeFile(path, content)
    const out = join(folder, `${reader}-${file}-dataset`)
    const domain = sample.domain === undefined ? {} : { domain: sample.domain }
    await importDataset({ reader, files: [path], out, overwrite: true, ...domain })
    return openDataset(out)
  }

  async function expectRows(dataset: Awaited<ReturnType<typeof openDataset>>) {
    const { log, users, items, domains } = dataset
    const rows = Array.from({ length: log.length }, (_, row) => [
      users.name(log.user[row]),
      items.name(log.item[row]),
      log.value![row],
      log.timestamp![row],
    ])
    const byUser = (user: string) => ROWS.filter(([name]) => name === user)
    expect(rows).toEqual([...byUser('ann'), ...byUser('bob')])
    expect(domains).toEqual(['shop'])
  }

  it('reads the rows in the file’s order', async () => {
    if (reader === 'parquet') await writeParquet(join(folder, sample.file))
    await expectRows(await read(sample.file, reader === 'parquet' ? undefined : text))
  })

  it.skipIf(reader === 'parquet')('reads them gzipped', async () => {
    await expectRows(await read(`${sample.file}.gz`, gzipSync(text)))
  })

  it('refuses a missing, an empty and a damaged file', async () => {
    await expect(read(`missing-${sample.file}`, undefined)).rejects.toMatchObject({ code: 'file-missing' })
    await expect(read(`empty-${sample.file}`, '')).rejects.toMatchObject({ name: 'TributaryError' })
    const damaged = gzipSync(text.repeat(50)).subarray(0, 40)
    const file = reader === 'parquet' ? `damaged-${sample.file}` : `damaged-${sample.file}.gz`
    await expect(read(file, damaged)).rejects.toMatchObject({ name: 'TributaryError' })
  })
})

async function writeParquet(path: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const values = ROWS.map(([user, item, value, time]) => `('${user}', '${item}', ${value}, ${time})`).join(', ')
  await connection.run(
    `COPY (SELECT * FROM (VALUES ${values}) AS log("user", item, "value", "timestamp")) TO '${path}' (FORMAT parquet)`,
  )
  connection.closeSync()
  instance.closeSync()
}
