import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from './rng.ts'

const draw = (rng: ReturnType<typeof createRng>, n: number) => Array.from({ length: n }, () => rng.uint32())

describe('random numbers', () => {
  it('depend on the seed and the labels, not on what was drawn before', () => {
    fc.assert(
      fc.property(fc.integer(), fc.string(), fc.nat(), fc.nat(50), (seed, label, number, drawn) => {
        const parent = createRng(seed)
        const before = draw(parent.split(label, number), 4)
        draw(parent, drawn)
        expect(draw(parent.split(label, number), 4)).toEqual(before)
        expect(draw(parent.split(label).split(number), 4)).toEqual(before)
        expect(draw(createRng(seed + 1).split(label, number), 4)).not.toEqual(before)
      }),
    )
  })

  it('tells labels apart that read alike', () => {
    const rng = createRng(0)
    const streams = [['ab', 'c'], ['a', 'bc'], ['abc'], ['a', 'b', 'c'], [1], ['1'], [11], [1, 1], ['#1'], []]
    const seen = new Set(streams.map((labels) => draw(rng.split(...labels), 2).join()))
    expect(seen.size).toBe(streams.length)
  })

  it('coins are four streams of the published generator side by side, byte against threshold', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(300), fc.integer({ min: 0, max: 255 }), (seed, count, zeros) => {
        const seeds = draw(createRng(seed), 16)
        // xoshiro128** written out once more, in exact integers: state word k of stream j is seeds[4 k + j].
        const rotate = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & 0xffffffffn
        const streams = [0, 1, 2, 3].map((j) => [0, 1, 2, 3].map((k) => BigInt(seeds[4 * k + j])))
        const expected = Array.from({ length: Math.ceil(count / 16) }, () =>
          streams.flatMap((s) => {
            const word = Number((rotate((s[1] * 5n) & 0xffffffffn, 7n) * 9n) & 0xffffffffn)
            const t = (s[1] << 9n) & 0xffffffffn
            s[2] ^= s[0]
            s[3] ^= s[1]
            s[1] ^= s[2]
            s[0] ^= s[3]
            s[2] ^= t
            s[3] = rotate(s[3], 11n)
            return [0, 8, 16, 24].map((shift) => (((word >>> shift) & 255) >= zeros ? 1 : 0))
          }),
        )
        expect([...createRng(seed).coins(count, zeros)]).toEqual(expected.flat().slice(0, count))
      }),
    )
  })

  it('are uniform: a chi-squared test over 256 cells of each byte', () => {
    for (const shift of [0, 8, 16, 24]) {
      const rng = createRng(99).split('uniform', shift)
      const cells = new Float64Array(256)
      const n = 256 * 400
      for (let i = 0; i < n; i++) cells[(rng.uint32() >>> shift) & 255] += 1
      const chi = cells.reduce((sum, count) => sum + (count - 400) ** 2 / 400, 0)
      // 255 degrees of freedom: mean 255, deviation 22.6; five deviations either side.
      expect(chi).toBeGreaterThan(142)
      expect(chi).toBeLessThan(368)
    }
  })

  it('below(n) reaches every number and none beyond', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 12 }), (seed, n) => {
        const rng = createRng(seed)
        const seen = new Set(Array.from({ length: 60 * n }, () => rng.below(n)))
        expect(seen).toEqual(new Set(Array.from({ length: n }, (_, i) => i)))
      }),
      { numRuns: 30 },
    )
  })

  it('normal has mean 0, variance 1, and the tails of a bell', () => {
    const rng = createRng(7)
    const n = 100_000
    let [sum, squares, beyond] = [0, 0, 0]
    for (let i = 0; i < n; i++) {
      const x = rng.normal()
      sum += x
      squares += x * x
      if (Math.abs(x) > 1.96) beyond++
    }
    expect(Math.abs(sum / n)).toBeLessThan(4 / Math.sqrt(n))
    expect(Math.abs(squares / n - 1)).toBeLessThan(4 * Math.sqrt(2 / n))
    expect(Math.abs(beyond / n - 0.05)).toBeLessThan(0.004)
  })

  it('shuffle keeps the members and moves them', () => {
    const array = Int32Array.from({ length: 100 }, (_, i) => i)
    const shuffled = createRng(5).shuffle(array.slice())
    expect(shuffled).not.toEqual(array)
    expect(shuffled.slice().sort()).toEqual(array)
  })
})
