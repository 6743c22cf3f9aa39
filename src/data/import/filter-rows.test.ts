import fc from 'fast-check'
import { expect, it } from 'vitest'
import { filterDataset } from '../build/filter.ts'
import { datasetOfRows } from '../store/rows.ts'
import { withDatabase } from '../tables/duckdb.ts'
import { filterRows } from './filter-rows.ts'

it('rows are filtered on the disk as in memory, whatever the log and the bounds', async () => {
  const row = fc.record({ user: fc.nat(9), item: fc.nat(12), time: fc.nat(3) })
  const bound = fc.integer({ min: 1, max: 4 })
  let checked = 0
  await withDatabase(':memory:', async (connection) => {
    const property = async (log: { user: number; item: number; time: number }[], minItem: number, minUser: number) => {
      const values = log.map(({ user, item, time }, i) => `('u${user}', 'i${item}', 'd${item % 3}', ${time}, ${i % 5})`)
      await connection.run(`CREATE OR REPLACE TABLE log AS
        SELECT * FROM (VALUES ${values.join(', ')}) t("user", item, "domain", timestamp, value)`)
      const has = { timestamp: true, value: true, part: false, category: false }
      const relation = '(SELECT rowid AS "row", *, NULL AS part, NULL AS category FROM log)'
      const rows = { relation, count: log.length, has, place: String }
      const whole = await datasetOfRows(connection, 'log', rows)
      const attempt = () => filterRows(connection, 'log', rows, { minItem, minUser })
      let expected: ReturnType<typeof filterDataset>
      try {
        expected = filterDataset(whole, { minItem, minUser })
      } catch (error) {
        await expect(attempt()).rejects.toThrow((error as Error).message)
        return
      }
      const found = (await attempt())!
      expect(found.report).toEqual(expected.report)
      expect(await datasetOfRows(connection, 'log', found.rows)).toEqual(expected.dataset)
      if (found.report.removed.interactions > 0) checked++
    }
    await fc.assert(
      fc.asyncProperty(fc.array(row, { size: 'max', minLength: 1, maxLength: 120 }), bound, bound, property),
      {
        numRuns: 40,
        seed: 1,
      },
    )
  })
  expect(checked).toBeGreaterThan(5)
})
