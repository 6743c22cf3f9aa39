import { beforeAll, describe, expect, it } from 'vitest'
import { unrelatedDomainWorld } from '../../../src/contract/worlds.ts'
import { BLENDED, difference, harmLeft, listed, type Measured, measure, NAIVE, overDomains, TWINS } from './seeds.ts'

// A taste has six items, so whoever knows it has the answer among the first six; by chance it is there in a quarter of the cases.
const related = ['related1', 'related2', 'related3']
const options = { domains: [...related, 'apart'], k: 6, epochs: 100 }
const worldOf = (seed: number) => unrelatedDomainWorld({ seed })

describe('a domain that is unrelated to three related ones', () => {
  let twins: Measured
  let naive: Measured
  let blended: Measured
  const ofRelated = ({ hits, reported }: Measured) =>
    overDomains({ hits: Object.fromEntries(related.map((domain) => [domain, hits[domain]])), reported })
  beforeAll(async () => {
    twins = await measure(TWINS, worldOf, options)
    naive = await measure(NAIVE, worldOf, options)
    blended = await measure(BLENDED, worldOf, options)
    const line = (measured: Measured) => `apart ${listed(measured.hits.apart)}, related ${listed(ofRelated(measured))}`
    console.log(
      `hit rate at 6, by seed: twins ${line(twins)}; sasrec mixed ${line(naive)}; syncrec of both branches ${line(blended)}; ` +
        `D·λ of apart ${listed(blended.reported['lambda/apart'])}`,
    )
  })

  it('naive mixing harms it and helps the others', () => {
    expect(difference(naive.hits.apart, twins.hits.apart).high).toBeLessThan(-0.3)
    expect(difference(ofRelated(naive), ofRelated(twins)).low).toBeGreaterThan(0)
  })

  it('SyNCRec finds it out: a gap below zero, and the lowest weight of all, below the neutral 1', () => {
    const { reported } = blended
    expect(Math.max(...reported['gap/apart'])).toBeLessThan(-0.2)
    expect(Math.max(...reported['lambda/apart'])).toBeLessThan(0.9)
    for (const domain of related)
      expect(difference(reported[`lambda/${domain}`], reported['lambda/apart']).low, domain).toBeGreaterThan(0)
  })

  it('SyNCRec of both branches leaves less than a quarter of the harm, and helps the others', () => {
    expect(difference(blended.hits.apart, naive.hits.apart).low).toBeGreaterThan(0.3)
    expect(harmLeft(blended.hits.apart, naive.hits.apart, twins.hits.apart)).toBeLessThan(0.25)
    expect(difference(ofRelated(blended), ofRelated(twins)).low).toBeGreaterThan(0)
  })

  it('and does not lose to the twin in it', () => {
    expect(difference(blended.hits.apart, twins.hits.apart).high).toBeGreaterThan(0)
  })
})
