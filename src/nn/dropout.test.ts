import { describe, expect, it } from 'vitest'
import { createRng } from '../math/index.ts'
import { input } from '../tensor/index.ts'
import { createDropout } from './dropout.ts'

describe('dropout', () => {
  it.each([0.1, 0.5, 0.9])('drops a share of %f of the units, to within the rounding to 1/256', (rate) => {
    const dropout = createDropout(rate)
    dropout.apply('a', input('x', ['B', 'T', 50]))
    const { a } = dropout.masks(createRng(3), { B: 40, T: 51 })
    expect(a.shape).toEqual([40, 51, 50])
    const kept = (a.data as Uint8Array).reduce((sum, bit) => sum + bit, 0) / a.data.length
    const expected = 1 - Math.round(rate * 256) / 256
    // Four standard deviations of a mean of 102,000 coin tosses.
    expect(Math.abs(kept - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / a.data.length))
    expect(new Set(a.data)).toEqual(new Set([0, 1]))
  })

  it('gives each layer its own mask, the same for the same seed', () => {
    const dropout = createDropout(0.5)
    for (const name of ['a', 'b']) dropout.apply(name, input(`x${name}`, ['B', 7]))
    const [first, again, other] = [4, 4, 5].map((seed) => dropout.masks(createRng(seed), { B: 33 }))
    expect(first).toEqual(again)
    expect(first.a.data).not.toEqual(first.b.data)
    expect(first.a.data).not.toEqual(other.a.data)
  })

  it('is the identity at rate 0 and refuses impossible rates', () => {
    const x = input('x', [3])
    expect(createDropout(0).apply('a', x)).toBe(x)
    expect(() => createDropout(1)).toThrow('must lie in [0, 1)')
    expect(() => createDropout(Number.NaN)).toThrow('must lie in [0, 1)')
  })
})
