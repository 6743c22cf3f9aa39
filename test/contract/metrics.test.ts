import { readdirSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { METRICS } from '../../src/registry.ts'

it('every metric file is registered, and no name stands twice', () => {
  const files = readdirSync(new URL('../../src/metrics/', import.meta.url))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .filter((file) => !['index', 'lists', 'rows'].includes(file))
  // A metric of clipped predictions stands beside that of the predictions as they are.
  const families = new Set(METRICS.map(({ name }) => name.split('@')[0].replace(/-clipped$/, '')))
  expect([...families].sort()).toEqual(files.sort())
  expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length)
})

describe.each(METRICS.map((metric) => [metric.name, metric] as const))('%s', (name, metric) => {
  it('says what it measures', () => {
    expect(metric.summary).not.toBe('')
    expect(name).toMatch(/^[a-z]+(-clipped|@\d+)?$/)
  })

  it('is nowhere better than at perfection', () => {
    if (metric.of === 'lists') return // Hand-computed in list.test.ts: no answer makes lists perfect.
    if (metric.of === 'rank') {
      expect(metric.value(0)).toBe(1)
      fc.assert(fc.property(fc.nat(1_000_000), (rank) => metric.value(rank) >= 0 && metric.value(rank) <= 1))
      return
    }
    const prediction = fc.double({ min: 0.01, max: 0.99, noNaN: true })
    const rows = fc.array(fc.tuple(prediction, fc.boolean()), { minLength: 2, maxLength: 30 })
    fc.assert(
      fc.property(rows, (pairs) => {
        const labels = pairs.map(([, label]) => (label ? 1 : 0))
        fc.pre(labels.includes(0) && labels.includes(1))
        const perfect = metric.value(labels, labels)
        const other = metric.value(
          pairs.map(([predicted]) => predicted),
          labels,
        )
        expect(perfect).toBeCloseTo(metric.higherIsBetter ? 1 : 0, 5)
        expect(metric.higherIsBetter ? perfect - other : other - perfect).toBeGreaterThanOrEqual(-1e-6)
      }),
    )
  })
})
