import { expect, it } from 'vitest'
import { byName } from '../../core/index.ts'
import { scoresTable } from './evaluate.ts'

it('a domain called overall keeps its own row beside that of all cases', () => {
  const domains = byName([
    ['10', { cases: 25, mrr: 0.25 }],
    ['overall', { cases: 15, mrr: 0.5 }],
    ['2', { cases: 0, mrr: Number.NaN }],
    ['__proto__', { cases: 1, mrr: 1 }],
  ])
  const { columns, rows } = scoresTable({ domains, overall: { cases: 41, mrr: 0.375 } })
  expect(columns.map(({ title }) => title)).toEqual(['domain', 'cases', 'mrr'])
  expect(rows).toEqual([
    ['10', '25', '0.2500'],
    ['overall', '15', '0.5000'],
    ['__proto__', '1', '1.0000'],
    ['all domains', '41', '0.3750'],
  ])
})
