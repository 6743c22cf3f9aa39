import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createRng } from '../../math/index.ts'
import { best, draw } from './act.ts'

const given = (scores: readonly number[]) => ({
  scores: Float32Array.from(scores),
  offset: 0,
  positions: Int32Array.from(scores.keys()),
})
const rng = (seed: number) => createRng(seed).split('act')
const scratch = new Float64Array(64)

/** Share of 20,000 draws of each column. */
function shares(choose: (rng: ReturnType<typeof createRng>) => number, columns: number): number[] {
  const counts = new Array<number>(columns).fill(0)
  const one = rng(1)
  for (let k = 0; k < 20_000; k++) counts[choose(one)]++
  return counts.map((count) => count / 20_000)
}

const scoresAndMarks = fc.integer({ min: 1, max: 40 }).chain((size) =>
  fc.record({
    scores: fc.array(fc.oneof(fc.integer({ min: -3, max: 3 }), fc.constant(Number.NEGATIVE_INFINITY)), {
      minLength: size,
      maxLength: size,
    }),
    marks: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: size, maxLength: size }),
    seed: fc.nat(),
  }),
)

test('best: no unmarked column has a higher score, and no marked one is taken', () => {
  fc.assert(
    fc.property(scoresAndMarks, ({ scores, marks, seed }) => {
      const column = best(given(scores), Uint8Array.from(marks), rng(seed))
      const open = scores.filter((_, c) => marks[c] === 0)
      if (open.length === 0) return column === -1
      return marks[column] === 0 && scores[column] === Math.max(...open)
    }),
  )
})

test('draw: never a marked column, nor −∞ beside a number', () => {
  fc.assert(
    fc.property(scoresAndMarks, ({ scores, marks, seed }) => {
      const column = draw(given(scores), Uint8Array.from(marks), rng(seed), scratch)
      const open = scores.filter((_, c) => marks[c] === 0)
      if (open.length === 0) return column === -1
      return marks[column] === 0 && (Number.isFinite(scores[column]) || !open.some(Number.isFinite))
    }),
  )
})

test('best: equal scores are taken equally often, whatever stands between them', () => {
  const marks = Uint8Array.of(0, 0, 0, 1, 0)
  const found = shares((one) => best(given([2, 1, 2, 2, 2]), marks, one), 5)
  expect(found[1] + found[3]).toBe(0)
  for (const column of [0, 2, 4]) expect(found[column]).toBeCloseTo(1 / 3, 1.5)
})

test('draw: probabilities are those of a softmax over the unmarked columns', () => {
  const scores = [0, 1, 5, 2, -1]
  const marks = Uint8Array.of(0, 0, 1, 0, 0)
  const found = shares((one) => draw(given(scores), marks, one, scratch), 5)
  const weights = scores.map((score, c) => (marks[c] === 1 ? 0 : Math.exp(score)))
  const sum = weights.reduce((a, b) => a + b)
  for (const [c, weight] of weights.entries()) expect(found[c]).toBeCloseTo(weight / sum, 1.5)
})

test('scores are found by offset and position; a shift of all changes nothing', () => {
  const scores = Float32Array.of(9, 9, 9, 0, 7, 1, 1000, 1003, 1001)
  const positions = Int32Array.of(2, 0, 1)
  const at = (offset: number) => ({ scores, offset, positions })
  const none = new Uint8Array(3)
  expect(best(at(3), none, rng(1))).toBe(2)
  expect(best(at(6), none, rng(1))).toBe(2)
  const plain = given([1, 0, 3])
  const shifted = given([1001, 1000, 1003])
  for (let seed = 0; seed < 50; seed++)
    expect(draw(shifted, none, rng(seed), scratch)).toBe(draw(plain, none, rng(seed), scratch))
})

test('NaN is refused by both, +∞ by draw', () => {
  const none = new Uint8Array(2)
  const refusal = expect.objectContaining({ code: 'not-finite' })
  expect(() => best(given([1, Number.NaN]), none, rng(1))).toThrow(refusal)
  expect(() => draw(given([1, Number.NaN]), none, rng(1), scratch)).toThrow(refusal)
  expect(() => draw(given([1, Number.POSITIVE_INFINITY]), none, rng(1), scratch)).toThrow(refusal)
})
