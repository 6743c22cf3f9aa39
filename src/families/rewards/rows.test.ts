import { describe, expect, it } from 'vitest'
import { simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import { type Dataset, Part, type Split } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { actionSpace } from '../../rl/simulator/action-space.ts'
import { drawNegatives, type RewardRows, rewardRows } from './rows.ts'

/** Users 0 … 2, items 1 … 4; the last row is a test row. */
const dataset = simulatedWorld({
  rewards: [
    [5, 1, 1, 1],
    [5, 1, 1, 1],
    [5, 1, 1, 1],
  ],
  log: [
    [0, 0, 5],
    [0, 1, 2],
    [0, 2, 3],
    [1, 0, 4],
    [1, 3, 1],
    [2, 0, 3],
  ],
})
const split = (part = [0, 0, 0, 0, 0, Part.test]): Split => ({ name: 'test', part: Uint8Array.from(part) })
const space = actionSpace(dataset)
const rowsOf = (options: Partial<Parameters<typeof rewardRows>[3]> = {}, on: Dataset = dataset) =>
  rewardRows(on, split(), space, { holdOut: 0, weighting: 'none', ...options }, createRng(1))

describe('rows that rewards are learned from', () => {
  it('are the training rows of the split, and say what each pair is known to be worth', () => {
    const { training, heldOut, weight, knownValue } = rowsOf()
    expect([...training]).toEqual([0, 1, 2, 3, 4])
    expect(heldOut).toHaveLength(0)
    expect([...weight]).toEqual([1, 1, 1, 1, 1, 0])
    expect([knownValue(0, 1), knownValue(1, 4), knownValue(1, 2), knownValue(2, 1)]).toEqual([5, 1, 0, 0])
  })

  it('know of a pair what its last row says, and of every other pair nothing', () => {
    const rng = createRng(4)
    const log = Array.from({ length: 60 }, () => [rng.below(4), rng.below(9), 1 + rng.below(5)] as const)
    const all = [0, 1, 2, 3].flatMap((u) => Array.from({ length: 9 }, (_, i) => [u, i, 1] as const))
    const twice = simulatedWorld({ rewards: new Array(4).fill(new Array(9).fill(1)), log: [...all, ...log] })
    const part = Uint8Array.from({ length: twice.log.length }, (_, row) => (row % 3 === 0 ? Part.unused : Part.train))
    const options = { holdOut: 0, weighting: 'none' } as const
    const known = rewardRows(twice, { name: 'some', part }, actionSpace(twice), options, createRng(1))
    for (let user = 0; user < 4; user++)
      for (let item = 1; item <= 9; item++) {
        let last = 0
        for (const row of known.training)
          if (twice.log.user[row] === user && twice.log.item[row] === item) last = twice.log.value![row]
        expect(known.knownValue(user, item)).toBe(last)
      }
  })

  it('count the inverse of the rows of their item, 1 on average', () => {
    const { weight } = rowsOf({ weighting: 'inverse-propensity' })
    // Items 1 … 4 have 2, 1, 1, 1 of the 5 training rows.
    const scale = 5 / 4
    expect([...weight]).toEqual([scale / 2, scale, scale, scale / 2, scale, 0].map(Math.fround))
    expect(weight.reduce((a, b) => a + b, 0)).toBeCloseTo(5, 6)
  })

  it('may count 1 over the rows of their item as it is', () => {
    const { weight } = rowsOf({ weighting: 'inverse-counts' })
    // Item 1 has two training rows, the others one.
    expect([...weight]).toEqual([0.5, 1, 1, 0.5, 1, 0])
  })

  it('held out are neither learned from nor known, the same for the same seed', () => {
    const { training, heldOut, weight, knownValue } = rowsOf({ holdOut: 0.4 })
    expect(heldOut).toHaveLength(2)
    expect([...training, ...heldOut].sort()).toEqual([0, 1, 2, 3, 4])
    const { log } = dataset
    for (const row of heldOut) {
      expect(weight[row]).toBe(0)
      expect(knownValue(log.user[row], log.item[row])).toBe(0)
    }
    expect(rowsOf({ holdOut: 0.4 })).toMatchObject({ training, heldOut })
  })

  it('need values', () => {
    const without = { ...dataset, log: { ...dataset.log, value: undefined } }
    expect(() => rowsOf({}, without)).toThrow("'simulated' has no values to learn rewards from")
  })
})

describe('negatives', () => {
  const many = (row: number, count: number) => new Int32Array(count).fill(row)

  it('are pairs known to be worth less than the row, users and items drawn each by itself', () => {
    const known = rowsOf()
    const rows = many(2, 3000) // worth 3
    const { users, items, weights } = drawNegatives(dataset, space, known, rows, createRng(2))
    const counts = new Map<string, number>()
    for (let i = 0; i < rows.length; i++) {
      const less = known.knownValue(users[i], items[i]) < 3
      expect(weights[i]).toBe(Number(less))
      const pair = `${users[i]} ${items[i]}`
      if (less) counts.set(pair, (counts.get(pair) ?? 0) + 1)
    }
    // Three of the twelve pairs are worth 3 or more: (0, 1), (0, 3), (1, 1). Each of the nine others has 333 on average.
    expect(counts.size).toBe(9)
    for (const pair of ['0 1', '0 3', '1 1']) expect(counts.has(pair)).toBe(false)
    for (const count of counts.values()) expect(Math.abs(count - 333)).toBeLessThan(5 * Math.sqrt(333))
  })

  it('are tried for three times; a row for which all fail goes without', () => {
    let asked = 0
    const never: Pick<RewardRows, 'knownValue'> = {
      knownValue: () => {
        asked++
        return 9
      },
    }
    const { weights } = drawNegatives(dataset, space, never, many(0, 10), createRng(3))
    expect(asked).toBe(30)
    expect([...weights]).toEqual(new Array(10).fill(0))
  })

  it('are the third try whatever it is, where that is asked for', () => {
    const never: Pick<RewardRows, 'knownValue'> = { knownValue: () => 9 }
    const rows = many(0, 10)
    const drawn = drawNegatives(dataset, space, never, rows, createRng(3), 'taken')
    const dropped = drawNegatives(dataset, space, never, rows, createRng(3))
    expect([...drawn.weights]).toEqual(new Array(10).fill(1))
    expect([drawn.users, drawn.items]).toEqual([dropped.users, dropped.items])
  })

  it('worth as much as the row are none', () => {
    const same: Pick<RewardRows, 'knownValue'> = { knownValue: () => 3 }
    expect(drawNegatives(dataset, space, same, many(2, 4), createRng(3)).weights.every((w) => w === 0)).toBe(true)
  })
})
