import { describe, expect, it } from 'vitest'
import { createRng, denseRewards } from '../../math/index.ts'
import { createEstimates } from './estimates.ts'
import { shapedReward, uncertaintyPenalty } from './shaped-reward.ts'

const matrix = (rows: readonly (readonly number[])[]) =>
  denseRewards({ users: rows.map((_, u) => u), items: rows[0].map((_, i) => 1 + i), values: rows.flat() })

const threeUsers = matrix([
  [1, 5],
  [3, 4],
  [4, 2],
])

describe('estimates of rewards', () => {
  it('average what reference users give and write it back (Eq. 15)', () => {
    const estimates = createEstimates(threeUsers, { writeBack: 1, reads: 'current' })
    expect(estimates.mean(Int32Array.of(1, 2), 0)).toBe(3.5)
    expect(estimates.write(0, 0, 3.5)).toBe(3.5)
    expect([...estimates.current]).toEqual([3.5, 5, 3, 4, 4, 2])
    expect([...estimates.initial]).toEqual([1, 5, 3, 4, 4, 2])
    // ‖R − R⁰‖² = 2.5², ‖R⁰‖² = 1 + 25 + 9 + 16 + 16 + 4.
    expect(estimates.drift()).toBeCloseTo(2.5 / Math.sqrt(71), 12)
    expect(estimates.moved[0]).toBeCloseTo(6.25, 6)
    // Users 0 and 1 now give 3.5 and 3.
    expect(estimates.mean(Int32Array.of(0, 1), 0)).toBe(3.25)
  })

  it('move by a share η, and read R⁰ where that is asked for', () => {
    const estimates = createEstimates(threeUsers, { writeBack: 0.25, reads: 'initial' })
    expect(estimates.write(0, 0, 3.5)).toBe(0.75 * 1 + 0.25 * 3.5)
    expect(estimates.mean(Int32Array.of(0, 1), 0)).toBe(2)
  })

  it('tell which rows changed, once', () => {
    const estimates = createEstimates(threeUsers, { writeBack: 1, reads: 'current' })
    expect([...estimates.changedRows()]).toEqual([0, 1, 2])
    estimates.write(1, 0, 2)
    estimates.write(2, 0, 4) // what it was
    expect([...estimates.changedRows()]).toEqual([1])
    expect([...estimates.changedRows()]).toEqual([])
  })

  /** Mean over items of the standard deviation over users, after each pair was visited `rounds` times. */
  function spreadAfter(rounds: number, reads: 'current' | 'initial', writeBack = 1): number {
    const [users, items] = [20, 30]
    const rng = createRng(5)
    const rewards = matrix(Array.from({ length: users }, () => Array.from({ length: items }, () => 5 * rng.float())))
    const estimates = createEstimates(rewards, { reads, writeBack })
    for (let visit = 0; visit < rounds * users * items; visit++) {
      const row = rng.below(users)
      const others = Int32Array.from({ length: 3 }, () => (row + 1 + rng.below(users - 1)) % users)
      const column = rng.below(items)
      estimates.write(row, column, estimates.mean(others, column))
    }
    let sum = 0
    for (let i = 0; i < items; i++) {
      const column = Array.from({ length: users }, (_, u) => estimates.current[u * items + i])
      const mean = column.reduce((a, b) => a + b) / users
      sum += Math.sqrt(column.reduce((a, x) => a + (x - mean) ** 2, 0) / users) / items
    }
    return sum
  }

  it('contract to one opinion of all users when means of means are written back, and not when R⁰ is read', () => {
    const start = spreadAfter(0, 'current')
    expect(start).toBeGreaterThan(1.2)
    expect(spreadAfter(5, 'current')).toBeLessThan(0.2 * start)
    expect(spreadAfter(30, 'current')).toBeLessThan(1e-3 * start)
    expect(spreadAfter(30, 'initial')).toBeGreaterThan(0.4 * start) // about 1/√3, that of a mean of three
    expect(spreadAfter(30, 'current', 0)).toBe(start)
  })
})

describe('what a turn pays', () => {
  const range = { min: 1, max: 5 }

  it('the penalty grows with the change and shrinks with how representative the users are (Eq. 16)', () => {
    expect(uncertaintyPenalty(0.6, 0.9, 0.3, range)).toBeCloseTo(0.5, 12)
    expect(uncertaintyPenalty(0, 0.9, 0.3, range)).toBe(0)
  })

  it('has a floor under the denominator and a cap at the range of rewards', () => {
    expect(uncertaintyPenalty(0.1, -0.8, 0.2, range)).toBeCloseTo(2, 12)
    expect(uncertaintyPenalty(1, 0, 0, range)).toBe(4)
  })

  it('is r̂ − λ_U P′_U + λ_E P_E (Eq. 17)', () => {
    const weights = { lambdaU: 0.05, lambdaE: 0.5 }
    expect(shapedReward(weights, { reward: 3, uncertainty: 2, entropy: 0.4 })).toBeCloseTo(3.1, 12)
  })
})
