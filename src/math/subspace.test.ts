import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRng } from './rng.ts'
import { leadingDirections, orthonormalize } from './subspace.ts'

const column = (basis: Float64Array, width: number, j: number) => basis.filter((_, i) => i % width === j)
const product = (a: Float64Array, b: Float64Array) => a.reduce((sum, x, i) => sum + x * b[i], 0)

describe('orthonormalize', () => {
  test('columns have length 1 and stand at right angles, whatever they were', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 15, maxLength: 15 }),
        async (values) => {
          const basis = Float64Array.from(values)
          await orthonormalize(basis, 3)
          for (let a = 0; a < 3; a++)
            for (let b = 0; b <= a; b++) {
              const found = product(column(basis, 3, a), column(basis, 3, b))
              if (a === b) expect(Math.min(Math.abs(found), Math.abs(found - 1))).toBeLessThan(1e-9)
              else expect(Math.abs(found)).toBeLessThan(1e-6)
            }
        },
      ),
    )
  })

  test('a column that others make up becomes zero, also beside rounding errors of large numbers', async () => {
    const dependent = Float64Array.from([1e6, 3e6, 1e6 / 3, 1e6, 7e5, 2.1e6])
    const lengths = await orthonormalize(dependent, 2)
    expect([...column(dependent, 2, 1)]).toEqual([0, 0, 0])
    expect(lengths[0]).toBeGreaterThan(1e6)
  })
})

test('leadingDirections finds the singular vectors of a matrix whose answer is known', async () => {
  // X = Σ s_k u_k v_kᵀ over orthonormal u, v.
  const [n, count, width] = [7, 5, 2]
  const rng = createRng(3)
  const drawn = async (rows: number) => {
    const basis = Float64Array.from({ length: rows * 3 }, () => rng.normal())
    await orthonormalize(basis, 3)
    return basis
  }
  const [u, v] = [await drawn(n), await drawn(count)]
  const singular = [9, 4, 1]
  const X = (r: number, i: number) => singular.reduce((sum, s, k) => sum + s * u[r * 3 + k] * v[i * 3 + k], 0)
  const gram = async (basis: Float64Array) =>
    Float64Array.from(basis, (_, at) => {
      const [i, j] = [Math.floor(at / width), at % width]
      let sum = 0
      for (let r = 0; r < n; r++) for (let k = 0; k < count; k++) sum += X(r, i) * X(r, k) * basis[k * width + j]
      return sum
    })
  const start = Float64Array.from({ length: count * width }, () => rng.normal())
  const { basis, lengths } = await leadingDirections(start, width, gram)
  for (const [j, s] of [9, 4].entries()) {
    expect(lengths[j]).toBeCloseTo(s * s, 4)
    expect(Math.abs(product(column(basis, width, j), column(v, 3, j)))).toBeCloseTo(1, 6)
  }
})
