import { describe, expect, test } from 'vitest'
import { cellText, columnsOf, fieldsOf, labelsOf, nameOf, type RunColumn, rowsOf, sortKey, wordsOf } from './columns.ts'
import { holds, parseFilter } from './filter.ts'
import type { RunSummary } from './runs-told.ts'

const run = (id: string, seed: number, value: number | undefined, others: Partial<RunSummary> = {}): RunSummary => ({
  id,
  path: `/runs/${id}`,
  status: 'done',
  changed: 0,
  model: 'sasrec',
  seed,
  group: 'a',
  yardstick: { metric: 'ndcg@10', lessIsBetter: false, ...(value !== undefined && { value }) },
  ...(value !== undefined && { validation: { 'ndcg@10': value, cases: 1200 } }),
  options: { width: 64, epochs: 9 },
  ...others,
})
const RUNS = [
  run('wide/seed1', 1, 0.1),
  run('wide/seed2', 2, 0.3),
  run('wide/seed3', 3, undefined, { status: 'training' }),
]
const OTHER = run('narrow', 1, 0.2, { group: 'b', options: { width: 8 } })
const column = (name: string) => columnsOf([...RUNS, OTHER]).find((one) => one.name === name) as RunColumn

describe('rows', () => {
  test('put those together that differ in their seeds alone', () => {
    const rows = rowsOf([RUNS[0], OTHER, ...RUNS.slice(1)], true)
    expect(rows.map(({ name, runs }) => [name, runs.length])).toEqual([
      ['wide/seed*', 3],
      ['narrow', 1],
    ])
    expect(rowsOf([...RUNS, OTHER], false)).toHaveLength(4)
  })

  test('a damaged run, of which no group is known, stands alone', () => {
    const damaged = ['x', 'y'].map((id) => ({ id, path: id, status: 'damaged', changed: 0 }) as const)
    expect(rowsOf(damaged, true)).toHaveLength(2)
  })

  test('are called by what their runs have in common', () => {
    expect(nameOf(['a/seed1/x', 'a/seed10/x'])).toBe('a/seed1*/x')
    expect(nameOf(['aa', 'aaa'])).toBe('aa*')
    expect(nameOf(['', 'b'])).toBe('*')
  })
})

describe('cells', () => {
  const [row] = rowsOf(RUNS, true)
  test('have the mean, the deviation and of how many', () => {
    expect(cellText(row, column('ndcg@10'))).toBe('0.2000 ± 0.1414 (2 of 3)')
    expect(cellText(row, column('cases'))).toBe('1,200 (2 of 3)')
    expect(cellText(row, column('seed'))).toBe('1–3')
    expect(cellText({ ...row, runs: [RUNS[0], RUNS[0]] }, column('seed'))).toBe('1 (n 2)')
  })
  test('are sorted by their mean, their first seed and the last change', () => {
    const [later] = rowsOf(
      RUNS.map((one, i) => ({ ...one, changed: i })),
      true,
    )
    expect(['ndcg@10', 'seed', 'changed', 'status', 'dataset'].map((name) => sortKey(later, column(name)))).toEqual([
      0.2,
      1,
      2,
      '2 done, 1 training',
      undefined,
    ])
  })
  test('count what is not the same', () => {
    expect(cellText(row, column('status'))).toBe('2 done, 1 training')
    expect(cellText(row, column('model'))).toBe('sasrec')
  })
  test('are empty where there is nothing', () => expect(cellText(row, column('dataset'))).toBe(''))
})

test('metrics and options are columns, and an option called like a column says that it was set', () => {
  const names = columnsOf([...RUNS, OTHER]).map(({ name }) => name)
  expect(names).toContain('ndcg@10')
  expect(names).toContain('width')
  expect(names).toContain('set.epochs')
  expect(new Set(names).size).toBe(names.length)
})

test('what is inherited by every object is no option of a run', () => {
  const hostile = JSON.parse('{"__proto__": 1, "constructor": 2}')
  const runs = [run('a', 1, 1, { options: hostile }), run('b', 1, 1, { options: {} })]
  const found = columnsOf(runs).find(({ name }) => name === 'constructor')
  expect(runs.map((one) => found?.of(one))).toEqual([2, undefined])
})

test('filters find columns and words', () => {
  const runs = [...RUNS, OTHER]
  const fields = fieldsOf(columnsOf(runs))
  const found = (filter: string) =>
    runs.filter((one) => holds(parseFilter(filter), fields(one), wordsOf(one))).map(({ id }) => id)
  expect(found('model:sas seed:1-2 ndcg@10>0.15')).toEqual(['wide/seed2', 'narrow'])
  expect(found('width=8')).toEqual(['narrow'])
  expect(found('width=64 Run:seed3')).toEqual(['wide/seed3'])
  expect(found('STATUS:training')).toEqual(['wide/seed3'])
  expect(found('epochs=9 wide')).toEqual([])
})

test('a legend tells rows by as few options as they differ in, or by their paths', () => {
  const third = run('third', 1, 0.2, { group: 'c', options: { width: 8, loss: 'bpr', epochs: 4 } })
  const other = run('other', 1, 0.2, { group: 'd', model: 'bert4rec' })
  expect(labelsOf(rowsOf([...RUNS, OTHER, other], true))).toEqual(['sasrec width=64', 'sasrec width=8', 'bert4rec'])
  expect(labelsOf(rowsOf([...RUNS, OTHER, third], true))).toEqual(['sasrec epochs=9', 'sasrec', 'sasrec epochs=4'])
  expect(labelsOf(rowsOf(RUNS, false))).toEqual(['sasrec seed 1', 'sasrec seed 2', 'sasrec seed 3'])
  const alike = [RUNS[0], { ...RUNS[0], id: 'again' }]
  expect(labelsOf(rowsOf(alike, false))).toEqual(['wide/seed1', 'again'])
})

test('groups that share a path, or no path at all, are called by what tells them apart', () => {
  const group = (name: string, ids: readonly string[], others: Partial<RunSummary>) =>
    ids.map((id, seed) => run(id, seed, 0.1, { group: name, ...others }))
  const runs = [
    ...group('a', ['first/x/1', 'first/x/2'], { options: { width: 8, epochs: 2 } }),
    ...group('b', ['first/y/1', 'first/y/2'], { options: { width: 8, epochs: 2, sequences: 'single' } }),
    ...group('c', ['first/z/1', 'second/1'], { model: 'item-knn', options: {} }),
  ]
  expect(rowsOf(runs, true).map(({ name }) => name)).toEqual(['first/x/*', 'first/y/*', 'item-knn'])
  const moved = runs.map((one, i) => ({ ...one, id: `first/${i}` }))
  expect(rowsOf(moved, true).map(({ name }) => name)).toEqual([
    'first/* sasrec',
    'first/* sasrec sequences=single',
    'first/* item-knn',
  ])
  const differs = columnsOf(runs).find(({ name }) => name === 'differs')
  expect(runs.map((one) => differs?.of(one))).toEqual([
    undefined,
    undefined,
    'sequences=single',
    'sequences=single',
    undefined,
    undefined,
  ])
})
