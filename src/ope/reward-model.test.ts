import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import type { Logged } from './logged.ts'
import { fitRewards } from './reward-model.ts'

const ITEMS = 4

/** Rewards that are linear in the item and in one number of the context, otherwise in each of two domains. */
function world(noise: number) {
  const rng = createRng(3)
  const units = 600
  const items = Int32Array.from({ length: units }, () => rng.below(ITEMS))
  const mood = Float64Array.from({ length: units }, () => rng.normal())
  const domains = Int32Array.from({ length: units }, () => rng.below(2))
  const truth = (unit: number, item: number) => (domains[unit] === 0 ? 1 + item : 5 - 0.5 * item) + 0.3 * mood[unit]
  const logged: Logged = {
    units,
    users: Int32Array.from({ length: units }, (_, unit) => Math.floor(unit / 3)),
    domains,
    domainNames: ['books', 'music'],
    rewards: Float64Array.from(items, (item, unit) => truth(unit, item) + noise * rng.normal()),
    propensities: new Float64Array(units).fill(1 / ITEMS),
  }
  const write = (unit: number, item: number, share: number, row: Float64Array) => {
    row[item] += share
    row[ITEMS] += share * mood[unit]
  }
  const features = (unit: number, row: Float64Array) => write(unit, items[unit], 1, row)
  return { logged, items, truth, write, features, options: { width: ITEMS + 1, features, ridge: 1e-6 } }
}

describe('a reward model', () => {
  it('finds what is linear, in each domain for itself', () => {
    const { logged, items, truth, options } = world(0)
    const { predicted } = fitRewards(logged, options)
    for (const [unit, item] of items.entries()) expect(predicted[unit]).toBeCloseTo(truth(unit, item), 4)
  })

  it('has not seen the user whom it is asked about, and learns of others', () => {
    const { logged, options } = world(0.5)
    const before = fitRewards(logged, options).predicted
    const rewards = logged.rewards.map((reward, unit) => (logged.users[unit] === 7 ? reward + 100 : reward))
    const after = fitRewards({ ...logged, rewards }, options).predicted
    const changed = new Set<number>()
    for (const [unit, user] of logged.users.entries()) if (after[unit] !== before[unit]) changed.add(user)
    expect(changed.has(7)).toBe(false)
    expect(changed.size).toBeGreaterThan(100)
  })

  it('expects of a policy what it predicts of its items, by how often it shows each', () => {
    const { logged, items, write, options } = world(0.5)
    const model = fitRewards(logged, options)
    const sure = model.expected((unit, row) => write(unit, items[unit], 1, row))
    for (const [unit, predicted] of model.predicted.entries()) expect(sure[unit]).toBeCloseTo(predicted, 12)
    const share = [0.1, 0.2, 0.3, 0.4]
    const mixed = model.expected((unit, row) => {
      for (const [item, by] of share.entries()) write(unit, item, by, row)
    })
    const each = share.map((_, item) => model.expected((unit, row) => write(unit, item, 1, row)))
    for (const [unit, value] of mixed.entries())
      expect(value).toBeCloseTo(
        share.reduce((sum, by, item) => sum + by * each[item][unit], 0),
        10,
      )
  })

  it('is drawn to the mean where it knows nothing', () => {
    const { logged, features } = world(0.5)
    const { predicted } = fitRewards(logged, { width: ITEMS + 1, features, ridge: 1e12 })
    for (const value of predicted) expect(Math.abs(value - 3.3)).toBeLessThan(1.5)
  })
})
