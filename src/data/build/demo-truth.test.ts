import { expect, test } from 'vitest'
import { buildDataset } from './build.ts'
import { DEMO_TRUTH_EARNS, demoTruthWorld } from './demo-truth.ts'

const world = (seed: number) => {
  const { columns, side } = demoTruthWorld(seed)
  return buildDataset('demo-truth', columns, side)
}

test('what episodes earn follows from the truth as the rule says', () => {
  const truth = world(1).truth!
  const rows = Array.from(truth.users, (_, row) => [...truth.row(row)])
  const best = (values: readonly number[]) =>
    values
      .toSorted((a, b) => b - a)
      .slice(0, 10)
      .reduce((sum, x) => sum + x, 0)
  const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length
  const ofItems = Array.from(truth.items, (_, item) => mean(rows.map((row) => row[item])))
  expect(10 * mean(ofItems)).toBeCloseTo(DEMO_TRUTH_EARNS.random, 4)
  expect(best(ofItems)).toBeCloseTo(DEMO_TRUTH_EARNS.oneList, 4)
  expect(mean(rows.map(best))).toBeCloseTo(DEMO_TRUTH_EARNS.oracle, 4)
})

test('its rows pay what the truth says, of every item, and are those of the seed', () => {
  const dataset = world(1)
  const { truth, log, domains } = dataset
  const shop = domains.indexOf('shop')
  const rowOf = new Map(Array.from(truth!.users, (user, row) => [user, row]))
  const columnOf = new Map(Array.from(truth!.items, (item, column) => [item, column]))
  const seen = new Set<number>()
  for (let row = 0; row < log.length; row++) {
    const column = columnOf.get(log.item[row])
    if (column === undefined) continue
    seen.add(column)
    expect(log.value![row]).toBe(truth!.row(rowOf.get(log.user[row])!)[column])
  }
  expect(seen.size).toBe(60)
  expect(shop).toBeGreaterThanOrEqual(0)
  expect(world(1).hash).toBe(dataset.hash)
  expect(world(2).hash).not.toBe(dataset.hash)
})
