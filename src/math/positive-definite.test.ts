import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { choleskyFactor, choleskyInverse, choleskySolve } from './positive-definite.ts'

describe('Cholesky', () => {
  it('factors, solves and inverts [[4, 2], [2, 5]]', () => {
    const lower = Float64Array.of(4, 2, 2, 5)
    choleskyFactor(lower, 2)
    expect([lower[0], lower[2], lower[3]]).toEqual([2, 1, 2])
    const solved = Float64Array.of(8, 12)
    choleskySolve(lower, 2, solved)
    expect([...solved]).toEqual([1, 2])
    const inverse = new Float64Array(4)
    choleskyInverse(lower, 2, inverse, new Float64Array(2))
    expect([...inverse]).toEqual([5 / 16, -1 / 8, -1 / 8, 1 / 4])
  })

  it('solves what it is given: A x is b', () => {
    const n = 4
    const numbers = (count: number) =>
      fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: count, maxLength: count })
    fc.assert(
      fc.property(numbers(n * n), numbers(n), (roots, b) => {
        // B Bᵀ + I is positive definite whatever B is.
        const A = Float64Array.from({ length: n * n }, (_, at) => {
          const [i, j] = [Math.floor(at / n), at % n]
          let sum = i === j ? 1 : 0
          for (let k = 0; k < n; k++) sum += roots[i * n + k] * roots[j * n + k]
          return sum
        })
        const lower = A.slice()
        choleskyFactor(lower, n)
        const x = Float64Array.from(b)
        choleskySolve(lower, n, x)
        for (let i = 0; i < n; i++) {
          let sum = 0
          for (let j = 0; j < n; j++) sum += A[i * n + j] * x[j]
          expect(sum).toBeCloseTo(b[i], 8)
        }
      }),
    )
  })
})
