import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import type { Logged, Target } from './logged.ts'
import { withRewardModel } from './reward-model.ts'

const ITEMS = 4
const WIDTH = ITEMS + 1

/** Rewards that are linear in the item and in one number of the context, otherwise in each of two domains. */
function world(noise: number) {
  const rng = createRng(3)
  const units = 600
  const items = Int32Array.from({ length: units }, () => rng.below(ITEMS))
  const mood = Float64Array.from({ length: units }, () => rng.normal())
  const domains = Int32Array.from({ length: units }, () => rng.below(2))
  const truth = (unit: number, item: number) => (domains[unit] === 0 ? 1 + item : 5 - 0.5 * item) + 0.3 * mood[unit]
  const featuresOf = (share: (unit: number, item: number) => number) => {
    const data = new Float64Array(units * WIDTH)
    for (let unit = 0; unit < units; unit++) {
      for (let item = 0; item < ITEMS; item++) data[unit * WIDTH + item] = share(unit, item)
      data[unit * WIDTH + ITEMS] = mood[unit]
    }
    return { width: WIDTH, data }
  }
  const logged: Logged = {
    units,
    users: Int32Array.from({ length: units }, (_, unit) => Math.floor(unit / 3)),
    domains,
    domainNames: ['books', 'music'],
    rewards: Float64Array.from(items, (item, unit) => truth(unit, item) + noise * rng.normal()),
    propensities: new Float64Array(units).fill(1 / ITEMS),
    features: featuresOf((unit, item) => Number(items[unit] === item)),
  }
  const targetOf = (share: (unit: number, item: number) => number): Target => ({
    name: 'target',
    probabilities: Float64Array.from(items, (item, unit) => share(unit, item)),
    features: featuresOf(share),
  })
  return { logged, items, truth, targetOf }
}

describe('a reward model', () => {
  it('finds what is linear, in each domain for itself', () => {
    const { logged, items, truth } = world(0)
    const { predicted } = withRewardModel(logged, [], { ridge: 1e-6 }).logged
    for (const [unit, item] of items.entries()) expect(predicted?.[unit]).toBeCloseTo(truth(unit, item), 4)
  })

  it('has not seen the user whom it is asked about, and learns of others', () => {
    const { logged } = world(0.5)
    const before = withRewardModel(logged, []).logged.predicted
    const rewards = logged.rewards.map((reward, unit) => (logged.users[unit] === 7 ? reward + 100 : reward))
    const after = withRewardModel({ ...logged, rewards }, []).logged.predicted
    const changed = new Set<number>()
    for (const [unit, user] of logged.users.entries()) if (after?.[unit] !== before?.[unit]) changed.add(user)
    expect(changed.has(7)).toBe(false)
    expect(changed.size).toBeGreaterThan(100)
  })

  it('expects of a policy what it predicts of its items, by how often it shows each', () => {
    const { logged, items, targetOf } = world(0.5)
    const share = [0.1, 0.2, 0.3, 0.4]
    const same = targetOf((unit, item) => Number(items[unit] === item))
    const each = share.map((_, only) => targetOf((_, item) => Number(item === only)))
    const of = withRewardModel(logged, [same, targetOf((_, item) => share[item]), ...each])
    const [sure, mixed, ...single] = of.targets.map(({ expected = new Float64Array(0) }) => expected)
    for (let unit = 0; unit < logged.units; unit++) {
      expect(sure[unit]).toBeCloseTo(of.logged.predicted?.[unit] ?? Number.NaN, 12)
      expect(mixed[unit]).toBeCloseTo(
        share.reduce((sum, by, item) => sum + by * single[item][unit], 0),
        10,
      )
    }
  })

  it('is drawn to the mean of a domain where it may hardly learn', () => {
    const { logged } = world(0.5)
    const { predicted } = withRewardModel(logged, [], { ridge: 1e9 }).logged
    for (const [unit, domain] of logged.domains.entries())
      expect(Math.abs((predicted?.[unit] ?? Number.NaN) - (domain === 0 ? 2.5 : 4.25))).toBeLessThan(0.3)
  })
})
