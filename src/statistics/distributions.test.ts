import { describe, expect, it } from 'vitest'
import { chiSquareTail, normalCdf, normalQuantile, studentCdf, studentQuantile } from './distributions.ts'

describe('distributions', () => {
  // From the tables of any book.
  it('agrees with printed tables', () => {
    expect(normalCdf(1.96)).toBeCloseTo(0.9750021048517795, 12)
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 12)
    expect(studentQuantile(0.975, 4)).toBeCloseTo(2.7764451051977934, 10)
    expect(studentQuantile(0.975, 1)).toBeCloseTo(12.706204736174694, 9)
    expect(studentCdf(2.228138851986274, 10)).toBeCloseTo(0.975, 12)
    expect(chiSquareTail(3.841458820694124, 1)).toBeCloseTo(0.05, 12)
    expect(chiSquareTail(10.827566170662733, 1)).toBeCloseTo(0.001, 10)
  })

  it('has no quantile without degrees of freedom', () => {
    expect(studentQuantile(0.975, 0)).toBeNaN()
    expect(chiSquareTail(0, 3)).toBe(1)
  })
})
