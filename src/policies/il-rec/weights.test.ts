import fc from 'fast-check'
import { expect, it } from 'vitest'
import { demonstrationWeights } from './weights.ts'

const A = Float32Array.of(-1, 0, 2)
const D = Float32Array.of(0.8, 0.5, 0.2)

it('weighs three demonstrations as computed by hand', () => {
  const sharp = demonstrationWeights(A, D, { beta: 1, alpha: 0.25, gammaIrl: 1 })
  expectNear(sharp.environment, [0.367879, 1, 7.389056])
  expectNear(sharp.imitation, [0.25, 1, 4])
  expectNear(sharp.together, [0.139096, 0.505167, 2.355737])
  // Before the mean.
  const mean = (0.275348 + 1 + 4.663288) / 3
  expectNear(
    sharp.together.map((w) => w * mean),
    [0.275348, 1, 4.663288],
  )
  const blunt = demonstrationWeights(A, D, { beta: 10, alpha: 0.5, gammaIrl: 1 })
  expectNear(blunt.together, [0.387103, 0.8139, 1.798997])
})

it('stays finite and of mean 1 whatever is estimated, and orders by what it is made of', () => {
  const group = fc.array(fc.tuple(fc.float({ noNaN: true }), fc.float({ min: 0, max: 1, noNaN: true })), {
    minLength: 1,
  })
  const options = fc.record({
    beta: fc.constantFrom(0.01, 1, 10),
    alpha: fc.constantFrom(0, 0.25, 1),
    gammaIrl: fc.constantFrom(0, 1, 2),
  })
  fc.assert(
    fc.property(group, options, (pairs, given) => {
      const of = (i: 0 | 1) => Float32Array.from(pairs, (pair) => pair[i])
      const { environment, imitation, together } = demonstrationWeights(of(0), of(1), given)
      for (const all of [environment, imitation, together])
        for (const w of all) expect(w).toSatisfy((x: number) => x >= 9e-7 && x <= 1.000001e6)
      for (const [i, [a, d]] of pairs.entries())
        for (const [j, [b, e]] of pairs.entries()) {
          if (a <= b) expect(environment[i]).toBeLessThanOrEqual(environment[j])
          if (d >= e) expect(imitation[i]).toBeLessThanOrEqual(imitation[j])
        }
    }),
    { numRuns: 40 },
  )
})

function expectNear(found: ArrayLike<number>, expected: readonly number[]): void {
  expect(found.length).toBe(expected.length)
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
}
