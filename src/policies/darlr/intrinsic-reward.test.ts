import { describe, expect, it } from 'vitest'
import { createRng, denseRewards } from '../../math/index.ts'
import { createEstimates } from './estimates.ts'
import { createGains, intrinsicReward } from './intrinsic-reward.ts'
import type { DarlrConfig } from './options.ts'
import { createPreferences } from './preferences.ts'

async function preferencesOf(rows: readonly (readonly number[])[], similarity: DarlrConfig['similarity'] = 'cosine') {
  const rewards = denseRewards({
    users: rows.map((_, u) => u),
    items: rows[0].map((_, i) => 1 + i),
    values: rows.flat(),
  })
  const estimates = createEstimates(rewards, { writeBack: 1, reads: 'current' })
  const preferences = await createPreferences(estimates, { similarity, projection: 2 }, createRng(1))
  preferences.refresh()
  return { estimates, preferences }
}

// cos(0, 1) = 3/5, cos(0, 2) = 0, cos(0, 3) = −1, cos(1, 2) = 4/5, cos(1, 3) = −3/5, cos(2, 3) = 0.
const rows = [
  [2, 0],
  [3, 4],
  [0, 1],
  [-5, 0],
]

describe('the intrinsic reward of the selector', () => {
  it('has the gains of Eq. 10 and 11, of a case by hand', async () => {
    const gains = createGains((await preferencesOf(rows)).preferences)
    gains.begin(0)
    const expectGains = (row: number, similarity: number, diversity: number) => {
      const actual = gains.add(row)
      expect(actual.similarity).toBeCloseTo(similarity, 6)
      expect(actual.diversity).toBeCloseTo(diversity, 6)
    }
    expectGains(1, 0.6, 0)
    expectGains(2, 0, 1 - 0.8)
    expectGains(3, -1, (1 + 0.6 + 1 - 0) / 2)
    gains.begin(1)
    expectGains(2, 0.8, 0) // nothing is left of the selection before
  })

  it('maps similarities to 0 … 1 where rewards have both signs', async () => {
    const gains = createGains((await preferencesOf(rows, 'unit')).preferences)
    gains.begin(0)
    expect(gains.add(1).similarity).toBeCloseTo(0.8, 6)
    const { similarity, diversity } = gains.add(3)
    expect(similarity).toBeCloseTo(0, 6)
    expect(diversity).toBeCloseTo(1 - (1 - 0.6) / 2, 6)
  })

  it('compares what differs from the average user where all are alike', async () => {
    const alike = [
      [101, 100],
      [102, 99],
      [97, 103],
      [100, 98],
    ] // the average user gives [100, 100]
    const similar = async (similarity: DarlrConfig['similarity']) => {
      const gains = createGains((await preferencesOf(alike, similarity)).preferences)
      gains.begin(1) // [2, −1]
      return gains.add(2).similarity // [−3, 3]
    }
    const [plain, centered] = [await similar('cosine'), await similar('centered')]
    expect(plain).toBeGreaterThan(0.99)
    expect(centered).toBeCloseTo(-9 / Math.sqrt(5 * 18), 5)
  })

  it('follows R as it changes, and a user without any direction is like nobody', async () => {
    const { estimates, preferences } = await preferencesOf(rows)
    const gains = createGains(preferences)
    estimates.write(2, 0, 1)
    estimates.write(2, 1, 0)
    preferences.refresh()
    gains.begin(0)
    expect(gains.add(2).similarity).toBeCloseTo(1, 6)
    estimates.write(2, 0, 0)
    preferences.refresh()
    gains.begin(0)
    expect(gains.add(2).similarity).toBe(0)
  })

  it('is r̂ + λ_s r_s + λ_d r_d (Eq. 12), and parts of it alone', async () => {
    const terms = { reward: 3, similarity: 0.5, diversity: 0.25 }
    const of = (selectorReward: Parameters<typeof intrinsicReward>[0]['selectorReward']) =>
      intrinsicReward({ selectorReward, lambdaS: 2, lambdaD: 0.4 }, terms)
    expect(of('full')).toBeCloseTo(4.1, 12)
    expect(of('reward')).toBe(3)
    expect(of('reward+similarity')).toBe(4)
    expect(of('reward+diversity')).toBeCloseTo(3.1, 12)
    expect(of('gains')).toBeCloseTo(1.1, 12)
  })
})

describe('projected preferences', () => {
  it('keep the distances of rows that lie in few directions, up to one scale', async () => {
    const rng = createRng(2)
    const axes = Array.from({ length: 2 }, () => Array.from({ length: 12 }, () => rng.normal()))
    const rows = Array.from({ length: 30 }, () => {
      const [a, b] = [rng.normal(), 3 * rng.normal()]
      return axes[0].map((x, i) => 10 + a * x + b * axes[1][i])
    })
    const { projected } = (await preferencesOf(rows)).preferences
    expect(projected.shape).toEqual([30, 2])
    const distance = (a: ArrayLike<number>, b: ArrayLike<number>) => Math.hypot(...Array.from(a, (x, i) => x - b[i]))
    const of = (u: number) => projected.data.subarray(2 * u, 2 * u + 2)
    const ratios = Array.from({ length: 29 }, (_, u) => distance(of(u), of(u + 1)) / distance(rows[u], rows[u + 1]))
    for (const ratio of ratios) expect(ratio / ratios[0]).toBeCloseTo(1, 3)
    expect(projected.data.reduce((sum, x) => sum + x * x, 0) / 60).toBeCloseTo(1, 4) // unit variance
  })
})
