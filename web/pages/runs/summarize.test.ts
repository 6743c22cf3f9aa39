import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { differing, durationText, overSeeds, seedsText, sortedBy } from './summarize.ts'
import { rowWindow, scrollTo } from './window.ts'

describe('figures over seeds', () => {
  test('are the mean and the standard deviation with n − 1', () => {
    expect(overSeeds([1, 2, 6])).toEqual({ n: 3, mean: 3, sd: Math.sqrt(7), low: 1, high: 6 })
  })
  test('have no deviation of one, and are nothing of none', () => {
    expect(overSeeds([4])).toMatchObject({ n: 1, mean: 4, sd: undefined })
    expect(overSeeds([])).toBeUndefined()
  })
  test('name seeds shortly', () => expect(seedsText([7, 2, 1, 3, 3, 9, 10])).toBe('1–3, 7, 9, 10'))
})

test.each([
  [0.25, '0.3 s'],
  [12, '12 s'],
  [59.7, '1 min 00 s'],
  [125, '2 min 05 s'],
  [11_222, '3 h 07 min'],
])('%d seconds are %s', (seconds, text) => expect(durationText(seconds)).toBe(text))

describe('sorting', () => {
  test('takes numbers within names as numbers, and puts what is absent last both ways', () => {
    const names = ['run10', 'run9', undefined, 'run1']
    expect(sortedBy(names, (name) => name, false)).toEqual(['run1', 'run9', 'run10', undefined])
    expect(sortedBy(names, (name) => name, true)).toEqual(['run10', 'run9', 'run1', undefined])
  })
  test('keeps the order of equals', () => {
    const rows = [1, 2, 3].map((id) => ({ id, value: 0.5 }))
    expect(sortedBy(rows, ({ value }) => value, true)).toEqual(rows)
  })
})

test('options that differ are those with another value, or none', () => {
  expect(
    differing([
      { a: 1, b: [1], c: 2 },
      { a: 1, b: [2], d: 3 },
    ]),
  ).toEqual(['b', 'c', 'd'])
  expect(differing([{ a: 1 }])).toEqual([])
})

describe('a window of rows', () => {
  test('has every row that is seen and is as high as all of them', () => {
    fc.assert(
      fc.property(fc.nat(5_000), fc.nat(200_000), fc.integer({ min: 1, max: 2_000 }), (count, scrolled, seen) => {
        const { from, to, before, behind } = rowWindow(count, 34, scrolled, seen)
        expect(before + behind + (to - from) * 34).toBe(count * 34)
        expect(to - from).toBeLessThanOrEqual(Math.ceil(seen / 34) + 24)
        for (const row of [Math.floor(scrolled / 34), Math.floor((scrolled + seen - 1) / 34)])
          if (row < count) expect(row >= from && row < to).toBe(true)
      }),
    )
  })
  test('scrolls no further than a row needs', () => {
    expect(scrollTo(3, 34, 200, 400, 34)).toBe(102)
    expect(scrollTo(8, 34, 200, 400, 34)).toBe(200)
    expect(scrollTo(30, 34, 200, 400, 34)).toBe(30 * 34 + 68 - 400)
  })
})
