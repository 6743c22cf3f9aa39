import { describe, expect, it } from 'vitest'
import {
  alike,
  type ExperimentWorld,
  harmedService,
  lossOfEvents,
  simpson,
  weightsChanged,
} from '../../../test/worlds/experiment-worlds.ts'

/** Treatment less control, a user of those in a domain, or of all. */
function observed({ columns }: ExperimentWorld, domain?: number, counts = (_user: number) => true) {
  const { lists, arm, rewards, domains, users } = columns
  const places = domain === undefined ? domains.map((_, place) => place) : [domain]
  const sums = [0, 0]
  const sizes = [0, 0]
  const { after } = rewards.get('purchases')!
  for (let user = 0; user < users; user++) {
    if (!counts(user) || places.every((place) => lists[place][user] === 0)) continue
    sizes[arm[user]]++
    for (const place of places) sums[arm[user]] += after[place][user]
  }
  return sums[1] / sizes[1] - sums[0] / sizes[0]
}

describe('experiments whose outcome is known', () => {
  it.each([
    ['alike', alike({ users: 40_000 })],
    ['a harmed service', harmedService({ users: 40_000 })],
    ['Simpson', simpson({ users: 40_000 })],
  ])('%s', (_, world) => {
    expect(observed(world)).toBeCloseTo(world.truth.overall, 1)
    world.truth.domains.forEach((effect, domain) => {
      expect(Math.abs(observed(world, domain) - effect)).toBeLessThan(0.03)
    })
  })

  it('has a paradox where it says so', () => {
    const { truth } = simpson()
    expect(truth.domains.every((effect) => effect > 0)).toBe(true)
    expect(truth.overall).toBeLessThan(-0.1)
    expect(observed(simpson())).toBeLessThan(-0.1)
  })

  it('loses events of one arm alone', () => {
    const { arm, seen, lists } = lossOfEvents().columns
    const share = (of: number) => {
      const sum = (column: Float64Array) => column.reduce((all, value, user) => all + (arm[user] === of ? value : 0), 0)
      return sum(seen[0]) / sum(lists[0])
    }
    expect(share(0)).toBeCloseTo(0.95, 2)
    expect(share(1)).toBeCloseTo(0.95 * 0.97, 2)
  })

  it('deceives whoever pools users that came under other weights', () => {
    const world = weightsChanged()
    const [, changed] = world.columns.weighings
    expect(world.truth.overall).toBe(0)
    expect(observed(world)).toBeLessThan(-0.1)
    const late = (user: number) => world.columns.assigned[user] >= changed.from
    expect(Math.abs(observed(world, undefined, late))).toBeLessThan(0.05)
  })
})
