import { beforeAll, describe, expect, it } from 'vitest'
import { hitRate, trainInMemory } from '../../../src/contract/train-in-memory.ts'
import { mean } from '../../../src/math/bootstrap.ts'
import { findModel } from '../../../src/registry.ts'
import { bayesRates, sharedTasteWorld } from '../shared-taste.ts'
import { listed, RECIPE } from './seeds.ts'

// Two seeds, for the worlds are large: those in which δ was chosen on validation. docs/results/syncrec-world.md has others, and the twins.
const seeds = [101, 102]
const domains = ['small', 'big', 'other'] as const

describe('a small domain that shares its taste with a big one, and one that shares it with none', () => {
  const hits = new Map<string, number[]>()
  beforeAll(async () => {
    for (const seed of seeds) {
      const world = sharedTasteWorld({ seed })
      const set = { ...RECIPE, experts: 3, crossExperts: 2 }
      const { model } = await trainInMemory(findModel('syncrec'), set, world, { seed })
      for (const domain of domains)
        hits.set(domain, [...(hits.get(domain) ?? []), await hitRate(model, world, 10, { domain })])
      await model.dispose()
    }
    console.log(domains.map((domain) => `${domain} ${listed(hits.get(domain)!)}`).join(', '))
  })

  it('has a best answer, which is known', () => {
    const worlds = seeds.map((seed) => sharedTasteWorld({ seed }))
    const best = (domain: string, knows: 'domain' | 'all') =>
      mean(worlds.map((world) => bayesRates(world, domain, knows).expected))
    expect(best('small', 'all') - best('small', 'domain')).toBeGreaterThan(0.05)
    for (const domain of ['big', 'other'])
      expect(best(domain, 'all') - best(domain, 'domain'), domain).toBeLessThan(0.01)
    for (const domain of domains) expect(best(domain, 'all'), domain).toBeCloseTo(0.77, 1)
  })

  it('SyNCRec with its defaults helps the small one, and destroys neither', () => {
    for (const domain of domains) expect(mean(hits.get(domain)!), domain).toBeGreaterThanOrEqual(0.7)
  })
})
