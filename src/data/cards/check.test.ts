import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { DataCard } from './cards.ts'
import { checkData } from './check.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-cards-'))
})
afterAll(() => rm(folder, { recursive: true }))

const card: DataCard = {
  name: 'set',
  summary: '',
  from: '',
  terms: '',
  files: [
    { path: 'a.csv', rows: 2, header: ['user', 'item'] },
    { path: 'b.tsv', rows: 2, header: ['user', 'item'] },
    { path: 'c.jsonl', rows: 2 },
    { path: 'd.tsv', rows: 1, header: ['user'] },
    { path: 'e.tsv', rows: 1, header: ['user', 'item'] },
  ],
}

it('says of each file whether it is there, has its columns and has all its rows', async () => {
  // Without a last line break, and with line ends of Windows.
  await writeFile(join(folder, 'a.csv'), '\uFEFFuser,item\r\n1,2\r\n3,4')
  await writeFile(join(folder, 'b.tsv.gz'), gzipSync('user\titem\n1\t2\n'))
  await writeFile(join(folder, 'c.jsonl'), '{}\n{}\n')
  await writeFile(join(folder, 'e.tsv'), 'user\tvideo\n1\t2\n')
  expect(await checkData(card, folder)).toEqual([
    { file: 'a.csv', expected: 2, rows: 2 },
    { file: 'b.tsv.gz', expected: 2, rows: 1, problem: 'has 1 rows and should have 2' },
    { file: 'c.jsonl', expected: 2, rows: 2 },
    { file: 'd.tsv', expected: 1, problem: 'is not there, nor gzipped (.gz)' },
    { file: 'e.tsv', expected: 1, rows: 1, problem: "column 2 is 'video' and should be 'item'" },
  ])
})
