import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  addDims,
  canonicalDim,
  type Dim,
  evaluateDim,
  missingDim,
  multiplyDims,
  productOfDims,
  solveDim,
  subtractDims,
} from './dims.ts'

const bindings = new Map([
  ['B', 3],
  ['T', 5],
  ['d', 2],
])

const dim: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom<Dim>('B', 'T', 'd'),
    fc.nat({ max: 4 }),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => addDims(a, b)),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => subtractDims(a, b)),
    fc.tuple(tie('dim'), tie('dim')).map(([a, b]) => multiplyDims(a, b)),
  ),
})).dim

describe('canonical form', () => {
  test.each<[Dim, Dim]>([
    ['T*B', 'B*T'],
    ['1 + T', 'T+1'],
    ['2*B+B', '3*B'],
    ['(T+1)*B - B', 'B*T'],
    ['T-T+4', 4],
    ['-T', '-T'],
    ['-2*T+B', 'B-2*T'],
    ['B*(d-1)*2', '2*B*d-2*B'],
    [7, 7],
  ])('%s is %s', (given, expected) => {
    expect(canonicalDim(given)).toBe(expected)
  })

  test.each(['', 'B+', '2B', '(T', 'B/2', 'T 1', '*'])("'%s' is refused", (given) => {
    expect(() => canonicalDim(given)).toThrow(/is no extent/)
  })

  test('is a fixed point, and evaluation is a homomorphism', () => {
    fc.assert(
      fc.property(dim, dim, (a, b) => {
        const value = (x: Dim) => evaluateDim(x, bindings) + 0
        expect(canonicalDim(a)).toBe(a)
        expect(value(addDims(a, b))).toBe(value(a) + value(b))
        expect(value(subtractDims(a, b))).toBe(value(a) - value(b))
        expect(value(multiplyDims(a, b))).toBe(value(a) * value(b) + 0) // + 0 turns −0 into 0
        expect(addDims(a, b)).toBe(addDims(b, a))
        expect(multiplyDims(a, b)).toBe(multiplyDims(b, a))
        expect(subtractDims(a, a)).toBe(0)
      }),
    )
  })
})

describe('missing extents', () => {
  test.each<[Dim[], Dim[], Dim | undefined]>([
    [['B', 'T', 64], [64], 'B*T'],
    [['B*T', 64], ['B', 'T'], 64],
    [['B', 64], ['B', 2, 8], 4],
    [['T+1', 'B'], ['T+1'], 'B'],
    [['2*T+2'], [2], 'T+1'],
    [['B', 7], [2], undefined],
    [['B'], ['T'], undefined],
    [['B*T+B'], ['T+1'], undefined], // true, but beyond division by a single term
  ])('%j without %j', (whole, known, expected) => {
    expect(missingDim(whole, known)).toBe(expected)
  })

  test('what is found completes the product', () => {
    fc.assert(
      fc.property(fc.array(dim, { maxLength: 3 }), fc.array(dim, { maxLength: 2 }), (rest, known) => {
        const found = missingDim([...rest, ...known], known)
        if (found !== undefined)
          expect(multiplyDims(found, productOfDims(known))).toBe(productOfDims([...rest, ...known]))
      }),
    )
  })
})

test('one unbound symbol is solved for where it is linear and the solution a whole number', () => {
  const known = new Map([['B', 3]])
  expect(solveDim('T+1', 6, known)).toEqual({ symbol: 'T', value: 5 })
  expect(solveDim('2*B*T', 30, known)).toEqual({ symbol: 'T', value: 5 })
  expect(solveDim('2*T', 5, known)).toBeUndefined()
  expect(solveDim('T*T', 9, known)).toBeUndefined()
  expect(solveDim('T+U', 9, known)).toBeUndefined()
  expect(solveDim('T+9', 2, known)).toBeUndefined()
})

test('a symbol without a value is named', () => {
  expect(() => evaluateDim('B*N', bindings)).toThrow("the extent 'B*N' needs 'N', which no input's shape gives")
})
