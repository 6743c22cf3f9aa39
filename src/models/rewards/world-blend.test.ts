import { expect, it } from 'vitest'
import { bestShare } from './world-blend.ts'

const floats = (...values: number[]) => Float64Array.from(values)

it.each([
  ['what errs least between the two', floats(1, 2), floats(0, 4), floats(2, 0), 0.5], // errors of w: (1 − 2w)² each way
  ['nothing of what is no use', floats(1, 1), floats(5, -5), floats(1, 1), 0],
  ['never more than all', floats(3, 3), floats(2, 2), floats(1, 1), 1],
  ['a half where the two say the same', floats(1, 2), floats(3, 3), floats(3, 3), 0.5],
])('a member counts %s', (_, values, a, b, share) => expect(bestShare(values, a, b)).toBeCloseTo(share, 12))
