import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binsOf, distributionOf, extremes, rankCorrelation } from './statistics.ts'

const numbers = (max: number) => fc.array(fc.integer({ min: -max, max }), { minLength: 1, maxLength: 300 })

describe('binsOf', () => {
  it('puts every place into one bin that holds its number, at most twelve bins, in order', () => {
    fc.assert(
      fc.property(fc.oneof(numbers(4), numbers(1000)), (list) => {
        const bins = binsOf(Int32Array.from(list))
        expect(bins.length).toBeLessThanOrEqual(12)
        expect(bins.flatMap(({ places }) => [...places]).sort((a, b) => a - b)).toEqual(list.map((_, i) => i))
        for (const { from, to, places } of bins) {
          const own = places.map((i) => list[i])
          expect([Math.min(...own), Math.max(...own)]).toEqual([from, to])
        }
        for (const [i, bin] of bins.slice(1).entries()) expect(bin.from).toBeGreaterThan(bins[i].to)
      }),
    )
  })

  it('keeps few numbers apart and gives many about as many places each', () => {
    expect(binsOf(Int32Array.from([5, -2, 5, 5])).map(({ from, to, places }) => [from, to, places.length])).toEqual([
      [-2, -2, 1],
      [5, 5, 3],
    ])
    const even = binsOf(Int32Array.from({ length: 240 }, (_, i) => i))
    expect(even.map(({ places }) => places.length)).toEqual(Array.from({ length: 12 }, () => 20))
  })
})

it('extremes are the k first and the k last, and nothing stands in both', () => {
  const of = (n: number, k: number) =>
    extremes(
      Array.from({ length: n }, (_, i) => i),
      k,
      (i) => i,
    )
  expect(of(10, 3)).toEqual({ most: [0, 1, 2], least: [9, 8, 7] })
  expect(of(5, 3)).toEqual({ most: [0, 1, 2], least: [4, 3] })
  expect(of(1, 3)).toEqual({ most: [0], least: [] })
  expect(of(0, 3)).toEqual({ most: [], least: [] })
})

describe('rankCorrelation', () => {
  it('is 1 for any growing function and −1 for any falling one', () => {
    const distinct = fc.uniqueArray(fc.integer({ min: -50, max: 50 }), { minLength: 2, maxLength: 40 })
    fc.assert(
      fc.property(distinct, (list) => {
        expect(
          rankCorrelation(
            list,
            list.map((x) => Math.exp(x / 10)),
          ),
        ).toBeCloseTo(1, 10)
        expect(
          rankCorrelation(
            list,
            list.map((x) => -(x ** 3)),
          ),
        ).toBeCloseTo(-1, 10)
      }),
    )
  })

  it('gives equal numbers the mean of their ranks, and says nothing of a column of one number', () => {
    // Ranks 0 1 2 3 and .5 .5 2 3: covariance 4.5, variances 5 and 4.5.
    expect(rankCorrelation([1, 2, 3, 4], [7, 7, 8, 9])).toBeCloseTo(4.5 / Math.sqrt(5 * 4.5), 12)
    expect(rankCorrelation([1, 2, 3], [4, 4, 4])).toBeNaN()
  })
})

describe('distributionOf', () => {
  it('knows quantiles and the share of the top tenth', () => {
    const weights = Float64Array.from({ length: 101 }, (_, i) => (100 - i) / 50)
    const { quantiles, topTenth, sd, effective } = distributionOf(weights)
    // The mean is 1, so the variance that of 0 … 100 in steps of a fiftieth.
    expect(sd).toBeCloseTo(Math.sqrt((101 ** 2 - 1) / 12) / 50, 12)
    expect(effective).toBeCloseTo(1 / (1 + sd ** 2), 12)
    expect(quantiles).toEqual({ min: 0, '5%': 0.1, '25%': 0.5, '50%': 1, '75%': 1.5, '95%': 1.9, max: 2 })
    // 91 … 100 of 0 … 100.
    expect(topTenth).toBeCloseTo(955 / 5050, 12)
    expect(distributionOf(new Float64Array(40).fill(1)).topTenth).toBeCloseTo(0.1, 12)
  })

  it('counts every behavior once, in the bin that its weight lies in', () => {
    const weight = fc.double({ min: 1e-9, max: 50, noNaN: true })
    fc.assert(
      fc.property(fc.array(weight, { minLength: 1, maxLength: 200 }), (list) => {
        const { histogram } = distributionOf(Float64Array.from(list))
        expect(histogram.reduce((sum, { behaviors }) => sum + behaviors, 0)).toBe(list.length)
        for (const [i, { from, to, behaviors }] of histogram.entries()) {
          const [first, last] = [i === 0, i === histogram.length - 1]
          const inside = list.filter((x) => (first || x >= from) && (last || x < to))
          expect(behaviors).toBe(inside.length)
        }
      }),
    )
  })
})
