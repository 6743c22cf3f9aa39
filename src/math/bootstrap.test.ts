import { describe, expect, it } from 'vitest'
import { mean, overDrawnSeeds, pairedBootstrapOverSeeds, standardDeviation } from './bootstrap.ts'
import { createRng } from './rng.ts'

const SAMPLES = 4000
const constant = (value: number) => new Float64Array(SAMPLES).fill(value)

describe('means over drawn seeds', () => {
  it('vary as the mean of as many new seeds would: by s²/S', () => {
    const seeds = [0.1, 0.4, 0.2, 0.9]
    const drawn = overDrawnSeeds(seeds.map(constant), 7)
    expect(mean(drawn)).toBeCloseTo(mean(seeds), 2)
    const expected = standardDeviation(seeds) / Math.sqrt(seeds.length)
    expect(standardDeviation([...drawn]) / expected).toBeCloseTo(1, 1)
  })

  it('leave one seed, and what no sample defines, as they are', () => {
    const one = constant(0.3)
    expect(overDrawnSeeds([one], 7)).toBe(one)
    const undefinedOnce = constant(0.3)
    undefinedOnce[5] = Number.NaN
    const drawn = overDrawnSeeds([undefinedOnce, undefinedOnce], 7)
    expect(drawn[5]).toBeNaN()
    expect(drawn[6]).toBeCloseTo(0.3, 12)
  })
})

describe('a difference over users and seeds', () => {
  // Users are alike and models are, too: what differs is a seed's luck, as large as the whole spread of the users' means.
  const users = Int32Array.from({ length: 200 }, (_, k) => k)
  const trained = (world: number, model: string) =>
    Array.from({ length: 5 }, (_, seed) => {
      const rng = createRng(world).split(model, seed)
      const luck = 0.1 * rng.normal()
      return Float64Array.from(users, () => 0.5 + luck + 0.1 * rng.normal())
    })

  it('covers zero in about nineteen of twenty worlds, where users alone would cover it in few', () => {
    let [both, usersAlone] = [0, 0]
    const worlds = 60
    for (let world = 0; world < worlds; world++) {
      const [a, b] = [trained(world, 'a'), trained(world, 'b')]
      const covers = ({ low, high }: { low: number; high: number }) => Number(low <= 0 && high >= 0)
      both += covers(pairedBootstrapOverSeeds(a, b, { users, samples: 400, seed: 1 }))
      const averaged = (seeds: Float64Array[]) => [Float64Array.from(users, (_, k) => mean(seeds.map((of) => of[k])))]
      usersAlone += covers(pairedBootstrapOverSeeds(averaged(a), averaged(b), { users, samples: 400, seed: 1 }))
    }
    expect(both / worlds).toBeGreaterThan(0.85)
    expect(usersAlone / worlds).toBeLessThan(0.4)
  })
})
