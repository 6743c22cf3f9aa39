import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { TributaryError } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/build/build.ts'
import { type ImportOptions, importDataset } from '../../src/data/import/import.ts'
import type { ImportReport } from '../../src/data/import/report.ts'
import { readers } from '../../src/data/readers/index.ts'
import { openDataset } from '../../src/data/store/store.ts'
import { withDatabase } from '../../src/data/tables/duckdb.ts'
import { createRng, type Rng } from '../../src/math/index.ts'
import { type PlainCell, type PlainRows, readDelimited, readJsonLines } from './plain-readers.ts'

// Damaged files: what an import accepts must be, cell by cell, what another reader of the same bytes finds, and what it left out
// must be what that one cannot read. A file that is refused is refused with one sentence.

const INPUTS = 2000
const TOGETHER = 60

let root: string
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-fuzz-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

interface Layout {
  readonly reader: string
  readonly name: string
  readonly seed: string
  readonly options?: Partial<ImportOptions>
  readonly plain: (file: Buffer) => PlainRows
}

const same = (cell: string) => cell
const untyped = (cell: string) => cell.replace(/:(token|token_seq|float|float_seq)$/, '')
const csvRows = [
  'ann,"b, 1",books,1500000000,4',
  'bob,"two\nlines",books,1500000050,3.5',
  'ann,"say ""hi""",films,1500000040,1',
  'çelik,f\\2,films,1500000030,2',
  '"",x,films,1500000031,2',
  '"cy\r\nd",b1,books,20,5',
]
const csv = `user,item,domain,timestamp,value\n${csvRows.join('\n')}\n`
const lines = [
  '{"user":"ann","item":"b1","domain":"books","timestamp":1500000000,"value":4}',
  '{"item":17,"user":"bo\\"b","domain":"books","timestamp":1500000050,"value":3.5}',
  '{"user":"ann","item":"f\\u00e9","domain":"films","other":{"a":[1,{"b":null}]},"timestamp":1500000040,"value":"1"}',
  '{"user":"çelik","item":"f2","domain":"films","timestamp":1500000030,"value":2}',
  '{"user":"dd","item":null,"domain":"films","timestamp":1500000030,"value":2}',
]
const review = (user: string, item: string, text: string) =>
  `{"reviewerID": "${user}", "asin": "${item}", "reviewText": "${text}", "overall": 4.0, "unixReviewTime": 1400000000}`
const table = (delimiter: string, rows: readonly string[][]) =>
  rows.map((cells) => `${cells.join(delimiter)}\n`).join('')
const ratings = [
  ['1', '10', '4.5', '978300760'],
  ['2', '10', '3', '978300761'],
  ['1', '11', '1', '978300700'],
  ['3', 'é', '2', '978300700'],
]

const layouts: readonly Layout[] = [
  { reader: 'csv', name: 'a.csv', seed: csv, plain: (file) => readDelimited(file, ',', true, same) },
  {
    reader: 'csv',
    name: 'w.csv',
    seed: `\uFEFF\n${csv.replaceAll('\n', '\r\n')}`,
    plain: (file) => readDelimited(file, ',', true, same),
  },
  {
    reader: 'csv',
    name: 's.csv.gz',
    seed: csv.replaceAll('"', '').replaceAll('b, 1', 'b1').replace('two\nlines', 'two').replaceAll(',', ';'),
    options: { delimiter: ';' },
    plain: (file) => readDelimited(file, ';', true, same),
  },
  {
    reader: 'tsv',
    name: 'a.tsv',
    seed: table('\t', [
      ['user', 'item', 'domain', 'value'],
      ['a', '12" disc', 'music', '1'],
      ['b', 'x', 'films', '2.5'],
    ]),
    plain: (file) => readDelimited(file, '\t', false, same),
  },
  { reader: 'jsonl', name: 'a.jsonl', seed: `${lines.join('\n')}\n`, plain: readJsonLines },
  { reader: 'jsonl', name: 'w.jsonl.gz', seed: `\uFEFF${lines.join('\r\n')}`, plain: readJsonLines },
  {
    reader: 'atomic',
    name: 'books.inter',
    seed: table('\t', [['user_id:token', 'item_id:token', 'rating:float', 'timestamp:float'], ...ratings]),
    plain: (file) => readDelimited(file, '\t', false, untyped),
  },
  {
    reader: 'amazon-reviews',
    name: 'reviews_Books_5.json.gz',
    seed: `${review('A1', '0001', 'a \\"b\\"')}\n${review('A2', '0001', 'é')}\n${review('A1', 'B002', '')}\n`,
    plain: readJsonLines,
  },
  {
    reader: 'amazon-reviews',
    name: 'ratings_Books.csv',
    seed: table(',', ratings),
    plain: (file) => readDelimited(file, ',', true, ['user_id', 'asin', 'rating', 'timestamp']),
  },
  {
    reader: 'movielens',
    name: 'ratings.dat',
    seed: table('::', ratings),
    plain: (file) => readDelimited(file, '::', false, ['userId', 'movieId', 'rating', 'timestamp']),
  },
]

const SIGNS = [
  '"',
  '""',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\t',
  '\\',
  '\0',
  '\uFEFF',
  '{',
  '}',
  ':',
  ' ',
  ';',
  'é',
  '1',
  '-',
  '.',
  '\\n',
  '\\u0000',
  '\n\n',
]
const pick = <T>(rng: Rng, from: readonly T[]): T => from[rng.below(from.length)]!

/** One to four small damages. */
function damage(seed: Buffer, rng: Rng): Buffer {
  let bytes = seed
  for (let n = 1 + rng.below(4); n > 0; n--) {
    const at = rng.below(bytes.length + 1)
    const to = Math.min(bytes.length, at + 1 + rng.below(12))
    const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, to), bytes.subarray(to)]
    const changes = [
      () => [head, Buffer.from(pick(rng, SIGNS)), middle, tail],
      () => [head, tail],
      () => [head, middle, middle, tail],
      () => [head, Buffer.from([rng.below(256)]), middle.subarray(1), tail],
      () => [tail, head, middle],
      () => [head, Buffer.from(pick(rng, SIGNS)), middle.subarray(1), tail],
      () => [head],
    ]
    // A cut loses most of a file, so it is rarer.
    const change = changes[rng.below(rng.below(4) === 0 ? changes.length : changes.length - 1)]
    bytes = Buffer.concat(change())
  }
  return bytes
}

type Interaction = { user: string; item: string; domain: string; timestamp?: number; value?: number }

const NUMBER = /^[ \t\n\v\f\r]*[+-]?(\d[\d_]*\.?\d*|\.\d+)(e[+-]?\d+)?[ \t\n\v\f\r]*$/i

/** The interactions of the independent reading, by the columns that the import says it took; undefined for a row to be left out. */
function interactionOf(
  row: ReadonlyMap<string, PlainCell>,
  { columns }: ImportReport['files'][number],
  header: readonly string[],
): Interaction | undefined {
  const nameOf = (role: 'user' | 'item' | 'domain') => {
    const label = columns[role]!
    if (!header.includes(label)) return label
    const cell = row.get(label)
    return cell === undefined || cell.kind === 'other' ? '' : cell.text
  }
  const numberOf = (role: 'timestamp' | 'value') => {
    const text = row.get(columns[role]!)?.text ?? ''
    return NUMBER.test(text) ? Number(text.replaceAll('_', '')) : Number.NaN
  }
  const [user, item, domain] = [nameOf('user'), nameOf('item'), nameOf('domain')]
  const timestamp = columns.timestamp === undefined ? undefined : numberOf('timestamp')
  const value = columns.value === undefined ? undefined : Math.fround(numberOf('value'))
  if (user === '' || item === '' || domain === '') return undefined
  if (value !== undefined && !Number.isFinite(value)) return undefined
  if (timestamp !== undefined && !(timestamp >= -62_135_596_800 && timestamp <= 253_402_300_799)) return undefined
  // Every item is named with its domain, since damage makes items of two domains.
  const names = { user, item: `${domain}:${item}`, domain }
  return { ...names, ...(timestamp !== undefined && { timestamp }), ...(value !== undefined && { value }) }
}

interface Input {
  readonly layout: Layout
  readonly path: string
  readonly bytes: Buffer
}

async function importAll(inputs: readonly Input[]): Promise<ImportReport> {
  const { reader, options } = inputs[0].layout
  const files = inputs.map(({ path }) => path)
  const rules = { maxBadRows: 1e6, itemDomain: 'prefix', timestampUnit: 'seconds', overwrite: true }
  return await importDataset({ reader, files, out: join(root, 'dataset'), ...rules, ...options })
}

/** What differs between the import of these files and the independent reading of them; undefined where nothing does. */
async function difference(inputs: readonly Input[]): Promise<string | undefined> {
  let report: ImportReport
  try {
    report = await importAll(inputs)
  } catch (error) {
    if (!(error instanceof TributaryError)) return `escaped: ${error}`
    // Only together have they a row that can be read.
    return error.code === 'file-empty' && inputs.length === 1 ? undefined : `refused: ${error.message}`
  }
  const rows: Interaction[] = []
  let bad = 0
  let blankLines = 0
  for (const [i, { layout, bytes }] of inputs.entries()) {
    const read = layout.plain(bytes)
    const taken = read.rows.map((row) => interactionOf(row, report.files[i], read.header))
    rows.push(...taken.filter((row) => row !== undefined))
    bad += read.bad + taken.filter((row) => row === undefined).length
    blankLines += read.blankLines
  }
  const expected = { read: rows.length + bad, kept: rows.length, badRows: bad, filtered: 0, blankLines }
  const found = JSON.stringify(report.sum)
  if (found !== JSON.stringify(expected)) return `${found} where ${JSON.stringify(expected)} is right`
  const column = <K extends keyof Interaction>(name: K) => rows.map((row) => row[name]!)
  const built = buildDataset('dataset', {
    user: column('user'),
    item: column('item'),
    domain: column('domain'),
    ...(rows[0].timestamp !== undefined && { timestamp: column('timestamp') as number[] }),
    ...(rows[0].value !== undefined && { value: column('value') as number[] }),
  })
  if (report.hash !== built.hash) return `other cells than ${JSON.stringify(rows)}`
  return (await openDataset(join(root, 'dataset'))).hash === built.hash ? undefined : 'another dataset when opened'
}

it(`accepts of ${INPUTS} damaged files what another reader finds in them, and nothing else`, async () => {
  const rng = createRng(20_241).split('damaged files')
  const accepted = new Map<string, Input[]>()
  let refused = 0
  await mkdir(join(root, 'database'))
  await withDatabase(join(root, 'database', 'rows.duckdb'), async (connection) => {
    for (let n = 0; n < INPUTS; n++) {
      const layout = layouts[n % layouts.length]
      const folder = join(root, String(n))
      const path = join(folder, layout.name)
      const bytes = damage(Buffer.from(layout.seed), rng)
      await mkdir(folder)
      await writeFile(path, layout.name.endsWith('.gz') ? gzipSync(bytes) : bytes)
      const reader = readers.find(({ name }) => name === layout.reader)!
      try {
        // Files of one import must have the same columns, so those that do are imported together.
        const source = await reader.source(path, { columns: {}, delimiter: layout.options?.delimiter }, connection)
        if (source.rows + (source.text?.rejected.count ?? 0) === 0) throw new TributaryError('file-empty', 'no rows')
        const key = `${layouts.indexOf(layout)} ${Object.keys(source.columns)}`
        accepted.set(key, [...(accepted.get(key) ?? []), { layout, path, bytes }])
      } catch (error) {
        expect(error, bytes.toString()).toBeInstanceOf(TributaryError)
        refused++
      }
    }
  })
  const differences: string[] = []
  for (const inputs of accepted.values()) {
    for (let start = 0; start < inputs.length; start += TOGETHER) {
      const some = inputs.slice(start, start + TOGETHER)
      if ((await difference(some)) === undefined) continue
      for (const input of some) {
        const alone = await difference([input])
        if (alone !== undefined)
          differences.push(`${input.layout.name} ${JSON.stringify(input.bytes.toString())}: ${alone}`)
      }
    }
  }
  expect(differences).toEqual([])
  expect(refused).toBeGreaterThan(0.02 * INPUTS)
  expect(refused).toBeLessThan(0.5 * INPUTS)
})
