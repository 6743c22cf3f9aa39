import { beforeAll, describe, expect, it } from 'vitest'
import { delayedCopyWorld } from '../../../src/contract/worlds.ts'
import { difference, listed, type Measured, measure, NAIVE, SYNCREC, TWINS } from './seeds.ts'

// One of twelve items is right: chance is .08.
const options = { domains: ['copy'], k: 1, epochs: 60 }
const worldOf = (seed: number) => delayedCopyWorld({ seed })

describe('a domain that copies another with a delay', () => {
  let twins: number[]
  let naive: number[]
  let syncrec: Measured
  beforeAll(async () => {
    twins = (await measure(TWINS, worldOf, options)).hits.copy.slice()
    naive = (await measure(NAIVE, worldOf, options)).hits.copy.slice()
    syncrec = await measure(SYNCREC, worldOf, options)
    const weights = ['copy', 'source', 'noise'].map((name) => `${name} ${listed(syncrec.reported[`lambda/${name}`])}`)
    console.log(
      `hit rate at 1 of copy, by seed: twin ${listed(twins)}; sasrec mixed ${listed(naive)}; ` +
        `syncrec ${listed(syncrec.hits.copy)}, D·λ ${weights.join(', ')}`,
    )
  })

  it('the twin stays at chance', () => {
    expect(Math.max(...twins)).toBeLessThan(0.08 + 4 * 0.022)
  })

  it('naive mixing gains', () => {
    expect(difference(naive, twins).low).toBeGreaterThan(0.5)
  })

  it('SyNCRec gains', () => {
    expect(difference(syncrec.hits.copy, twins).low).toBeGreaterThan(0.1)
  })

  it('and weighs what gains above the rest, noise below neutral', () => {
    const { reported } = syncrec
    expect(Math.min(...reported['gap/copy'])).toBeGreaterThan(0.2)
    expect(Math.min(...reported['lambda/copy'])).toBeGreaterThan(1.2)
    expect(Math.max(...reported['lambda/noise'])).toBeLessThan(0.9)
  })
})
