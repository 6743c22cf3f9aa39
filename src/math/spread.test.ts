import fc from 'fast-check'
import { expect, it } from 'vitest'
import { spreadOf } from './spread.ts'

it('is that of weights by hand', () => {
  const { sd, effective, ...ends } = spreadOf([1, 3])
  expect(sd).toBeCloseTo(0.5, 12)
  expect(effective).toBeCloseTo(0.8, 12) // (1 + 3)² / (2 · (1 + 9))
  expect(ends).toEqual({ '5%': 0.5, '95%': 1.5 })
  const many = spreadOf(Float32Array.from({ length: 101 }, (_, i) => i))
  expect([many['5%'], many['95%']]).toEqual([0.1, 1.9])
})

it('tells equal weights: all count, whatever each of them is', () => {
  expect(spreadOf([0.25, 0.25, 0.25])).toEqual({ sd: 0, '5%': 1, '95%': 1, effective: 1 })
})

it('has no figure for no weights, and for weights of 0', () => {
  for (const weights of [[], [0, 0]]) for (const value of Object.values(spreadOf(weights))) expect(value).toBeNaN()
})

it('does not change with the scale, and counts between one and all of them', () => {
  const weights = fc.array(fc.double({ min: 0.001, max: 1000, noNaN: true }), { minLength: 1, maxLength: 50 })
  fc.assert(
    fc.property(weights, fc.double({ min: 0.01, max: 100, noNaN: true }), (list, factor) => {
      const spread = spreadOf(list)
      const scaled = spreadOf(list.map((weight) => weight * factor))
      expect(scaled.sd).toBeCloseTo(spread.sd, 6)
      expect(scaled.effective).toBeCloseTo(spread.effective, 6)
      const counted = spread.effective * list.length
      expect(counted).toBeGreaterThan(1 - 1e-6)
      expect(counted).toBeLessThan(list.length + 1e-6)
    }),
  )
})
