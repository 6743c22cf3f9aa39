import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../math/index.ts'
import { createFenwick } from './fenwick.ts'
import { createReplay } from './replay.ts'

const weight = fc.oneof(fc.constant(0), fc.double({ min: 1e-6, max: 1e6, noNaN: true }))

describe('Fenwick tree', () => {
  it('finds what a running sum finds, after any changes, and never a place of weight 0', () => {
    const changes = fc.array(fc.tuple(fc.nat(), weight), { maxLength: 40 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), changes, fc.double({ min: 0, max: 1, noNaN: true }), (n, all, u) => {
        const tree = createFenwick(n)
        const plain = new Float64Array(n)
        for (const [at, w] of all) {
          tree.set(at % n, w)
          plain[at % n] = w
        }
        const total = plain.reduce((sum, w) => sum + w, 0)
        expect(tree.total()).toBeCloseTo(total, -Math.floor(Math.log10(total + 1)) + 8)
        const place = tree.find(u * tree.total())
        if (total === 0) return
        expect(plain[place]).toBeGreaterThan(0)
        const before = plain.subarray(0, place).reduce((sum, w) => sum + w, 0)
        const near = 1e-9 * (1 + total)
        expect(before).toBeLessThanOrEqual(u * total + near)
        expect(before + plain[place]).toBeGreaterThanOrEqual(u * total - near)
      }),
    )
  })

  it('is at 0 again when all weights are, whatever they were', () => {
    const tree = createFenwick(3)
    for (const w of [1e6, 1e-6, 3]) for (const place of [0, 1, 2]) tree.set(place, w)
    for (const place of [0, 1, 2]) tree.set(place, 0)
    expect(tree.total()).toBe(0)
  })
})

describe('replay', () => {
  it('gives ten own steps of .05 a share of .5 beside one demonstration', () => {
    expect(createReplay(1, 0.05).ownShare(10)).toBe((0.05 * 10) / (0.05 * 10 + 1))
    expect(0.05 * 10).toBe(0.5)
    expect(createReplay(0, 0.05).ownShare(10)).toBe(1)
  })

  it('draws each record once, as many as there are, and leaves the weights as they were', () => {
    const given = fc.record({
      weights: fc.array(weight, { maxLength: 6 }),
      own: fc.nat({ max: 6 }),
      count: fc.integer({ min: 1, max: 9 }),
      seed: fc.nat(),
    })
    fc.assert(
      fc.property(given, ({ weights, own, count, seed }) => {
        const replay = createReplay(weights.length, 0.05)
        for (const [place, w] of weights.entries()) replay.weigh(place, w)
        const drawn = replay.draw(count, own, createRng(seed))
        expect(drawn).toHaveLength(Math.min(count, own + weights.length))
        expect(new Set(drawn.map(({ own: mine, place }) => `${mine} ${place}`)).size).toBe(drawn.length)
        for (const { own: mine, place } of drawn) expect(place).toBeLessThan(mine ? own : weights.length)
        expect(weights.map((_, place) => replay.weight(place))).toEqual(weights)
        // A demonstration of weight 0 only after all own steps, and after all of a weight.
        const nothing = drawn.filter(({ own: mine, place }) => !mine && weights[place] === 0)
        if (nothing.length === 0) return
        expect(drawn.filter((one) => one.own)).toHaveLength(own)
        const weighed = weights.filter((w) => w > 0).length
        expect(drawn.filter((one) => !one.own && weights[one.place] > 0)).toHaveLength(weighed)
      }),
    )
  })

  it('draws by priority: own steps by .05 each, demonstrations by their weights', () => {
    const replay = createReplay(3, 0.05)
    for (const [place, w] of [1, 3, 0].entries()) replay.weigh(place, w)
    const rng = createRng(3)
    const counts = [0, 0, 0, 0]
    const times = 20_000
    for (let i = 0; i < times; i++) {
      const [{ own, place }] = replay.draw(1, 20, rng)
      counts[own ? 3 : place]++
    }
    const expected = [1 / 5, 3 / 5, 0, 1 / 5]
    for (const [i, share] of expected.entries())
      expect(Math.abs(counts[i] / times - share)).toBeLessThan(4 * Math.sqrt((share * (1 - share)) / times) + 1e-12)
  })
})
