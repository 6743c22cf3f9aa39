import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { literal, withDatabase } from '../tables/duckdb.ts'
import { readItemVectors, writeItemVectors } from './item-vectors.ts'

const folder = mkdtempSync(join(tmpdir(), 'tributary-vectors-'))
afterAll(() => rmSync(folder, { recursive: true }))

function lines(name: string, ...rows: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(path, rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n'))
  return path
}

it('come back as they were written, whatever items are called', async () => {
  const path = join(folder, 'written.parquet')
  const names = ['Dune', '\uFEFFwith a mark', '007']
  const vectors = [Float32Array.of(0.1, -2), Float32Array.of(0, 0), Float32Array.of(1e-30, 3)]
  await writeItemVectors(path, names, vectors)
  const { width, byName, hash } = await readItemVectors(path)
  expect(width).toBe(2)
  expect([...byName]).toEqual(names.map((name, i) => [name, vectors[i]]))
  expect(hash).toMatch(/^[0-9a-f]{64}$/)
})

it('are read from lines of JSON, and of doubles', async () => {
  const path = lines('rows.jsonl', { item: 'a', vector: [1, 2.5] }, '', { item: 'b', vector: [0, -1] })
  expect([...(await readItemVectors(path)).byName]).toEqual([
    ['a', Float32Array.of(1, 2.5)],
    ['b', Float32Array.of(0, -1)],
  ])
  const doubles = join(folder, 'doubles.parquet')
  await withDatabase(':memory:', async (connection) => {
    await connection.run(`COPY (SELECT 7 AS item, [1.5::DOUBLE, 2] AS vector) TO ${literal(doubles)} (FORMAT parquet)`)
  })
  expect([...(await readItemVectors(doubles)).byName]).toEqual([['7', Float32Array.of(1.5, 2)]])
})

it.each([
  [
    'bad-row',
    'has 1 numbers and the first vector 2',
    [
      { item: 'a', vector: [1, 2] },
      { item: 'b', vector: [1] },
    ],
  ],
  [
    'bad-row',
    'stands there twice',
    [
      { item: 'a', vector: [1] },
      { item: 'a', vector: [2] },
    ],
  ],
  ['bad-row', 'no finite number', [{ item: 'a', vector: [1, 'x'] }]],
  ['bad-row', 'line 1: a line must be {"item"', [{ item: 1, vector: [1] }]],
  ['file-damaged', 'line 2 is no JSON', [{ item: 'a', vector: [1] }, '{']],
  ['file-empty', 'has no vector', ['']],
])('are refused with %s: %s', async (code, message, rows) => {
  await expect(readItemVectors(lines('wrong.jsonl', ...rows))).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  })
})

it('say which file cannot be theirs', async () => {
  await expect(readItemVectors(join(folder, 'none.jsonl'))).rejects.toMatchObject({ code: 'file-missing' })
  await expect(readItemVectors(lines('table.csv', 'item,vector'))).rejects.toMatchObject({ code: 'bad-argument' })
  const path = join(folder, 'texts.parquet')
  await withDatabase(':memory:', async (connection) => {
    await connection.run(`COPY (SELECT 'a' AS item, 'x' AS vector) TO ${literal(path)} (FORMAT parquet)`)
  })
  await expect(readItemVectors(path)).rejects.toMatchObject({
    code: 'bad-column',
    message: expect.stringContaining('VARCHAR, not lists of numbers'),
  })
})
