import { expect, it } from 'vitest'
import { armByHash, armOf } from './assignment.ts'
import type { Experiment, Weighing } from './experiment.ts'
import { inNamespace } from './hash.ts'

const weighing = (weights: readonly number[], coverage = 1): Weighing => ({ from: 0, coverage, weights })
const experiment = (given: Partial<Experiment> = {}): Experiment => ({
  name: 'x',
  status: 'running',
  arms: [{ name: 'a' }, { name: 'b' }],
  metrics: [{ name: 'bought', reward: 'purchase:24h' }],
  weighings: [weighing([1, 1])],
  ...given,
})
const users = Array.from({ length: 4_000 }, (_, i) => `user${i}`)
const nobody = async () => {
  throw new Error('the hash says it alone')
}

it('gives arms by their weights and the coverage, and asks nobody', async () => {
  const shared = experiment({ weighings: [weighing([1, 3], 0.5)] })
  const counts = new Map<string | undefined, number>()
  for (const user of users) {
    const arm = await armOf(shared, user, nobody)
    counts.set(arm, (counts.get(arm) ?? 0) + 1)
  }
  // Within four standard deviations.
  for (const [arm, share] of [
    ['a', 0.125],
    ['b', 0.375],
    [undefined, 0.5],
  ] as const)
    expect(Math.abs((counts.get(arm) ?? 0) / users.length - share)).toBeLessThan(
      4 * Math.sqrt((share * (1 - share)) / users.length),
    )
})

it('asks what was before only of those whom new weights would move', async () => {
  const changed = experiment({ weighings: [weighing([1, 1]), weighing([1, 3])] })
  let asked = 0
  for (const user of users) {
    const [then, now] = changed.weighings.map((one) => armByHash(changed, user, one))
    const earlier = async () => {
      asked++
      return 'a'
    }
    expect(await armOf(changed, user, earlier)).toBe(then === now ? now : 'a')
    expect(await armOf(changed, user, async () => undefined)).toBe(now)
  }
  expect(Math.abs(asked / users.length - 0.25)).toBeLessThan(0.03)
})

it('splits two experiments of other salts without regard to one another', async () => {
  let both = 0
  for (const user of users)
    if ((await armOf(experiment(), user, nobody)) === (await armOf(experiment({ name: 'y' }), user, nobody))) both++
  expect(Math.abs(both / users.length - 0.5)).toBeLessThan(0.035)
  const salted = experiment({ name: 'y', salt: 'x' })
  for (const user of users.slice(0, 100))
    expect(await armOf(salted, user, nobody)).toBe(await armOf(experiment(), user, nobody))
})

it('takes those of a namespace alone, and for interleaved lists all of the coverage', async () => {
  const namespace = { name: 'n', from: 0.2, to: 0.6 }
  const mixed = experiment({ mode: 'interleave', namespace, weighings: [weighing([1, 1]), weighing([1, 9])] })
  for (const user of users.slice(0, 200))
    expect(await armOf(mixed, user, nobody)).toBe(inNamespace(namespace, user) ? 'a' : undefined)
})
