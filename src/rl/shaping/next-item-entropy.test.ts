import fc from 'fast-check'
import { expect, test } from 'vitest'
import { buildDataset } from '../../data/index.ts'
import { nextItemEntropy } from './next-item-entropy.ts'

/** One user a string, one item a letter, in order of time. */
function logOf(sequences: readonly string[], times = true) {
  const rows = sequences.flatMap((sequence, u) => [...sequence].map((item, t) => ({ user: `u${u}`, item, t })))
  return buildDataset('letters', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(() => 'shop'),
    ...(times && { timestamp: rows.map(({ t }) => t) }),
  })
}
const entropyOf = (dataset: ReturnType<typeof logOf>, orders: readonly number[]) => {
  const entropy = nextItemEntropy(dataset, orders)
  return { ...entropy, after: (items: string) => entropy.at([...items].map((item) => dataset.items.id(item)!)) }
}

// After a: b three times, c once. After b: a, c. After c: b alone.
const log = logOf(['ab', 'ab', 'abac', 'cb', 'bc'])

test('of order 1: the entropy of the successors over that of as many equally frequent ones', () => {
  const { after, least } = entropyOf(log, [1])
  const quarter = 2 - 0.75 * Math.log2(3) // −3/4 log2 3/4 − 1/4 log2 1/4, of two
  expect(after('a')).toBeCloseTo(quarter, 12)
  expect(after('b')).toBe(1)
  expect(after('c')).toBe(1) // one successor
  expect(after('bca')).toBeCloseTo(quarter, 12) // what was longer ago does not count
  expect(least).toBeCloseTo(quarter, 12)
})

test('of order 2: contexts are sets, so ab and ba are one', () => {
  // After {a, b}: c (abc), d (bad), d (abd): 1/3, 2/3. After {b, c}: nothing.
  const { after, least } = entropyOf(logOf(['abc', 'bad', 'abd']), [2])
  const thirds = Math.log2(3) - 2 / 3
  expect(after('ab')).toBeCloseTo(thirds, 12)
  expect(after('ba')).toBeCloseTo(thirds, 12)
  expect(least).toBeCloseTo(thirds, 12)
  expect(after('bc')).toBe(1)
  expect(after('a')).toBe(1) // too few items for it
})

test('orders add up, those that are missing with 1', () => {
  const { after, least } = entropyOf(log, [1, 2])
  const quarter = 2 - 0.75 * Math.log2(3)
  expect(after('a')).toBeCloseTo(quarter + 1, 12)
  expect(after('ca')).toBeCloseTo(quarter + 1, 12) // {a, c} was never followed
  expect(after('')).toBe(2)
  expect(least).toBeCloseTo(quarter + 1, 12)
})

test('successors of one user are not those of the next, and test rows do not count', () => {
  const { after } = entropyOf(logOf(['ab', 'cd', 'ab', 'ae']), [1])
  expect(after('a')).toBeCloseTo(Math.log2(3) - 2 / 3, 12) // b, b, e
  const apart = logOf(['ab', 'ab', 'ac'])
  const part = Uint8Array.from(apart.log.item, (item) => (item === apart.items.id('c') ? 2 : 0))
  expect(entropyOf({ ...apart, log: { ...apart.log, part } }, [1]).after('a')).toBe(1)
})

test('a log without times says nothing of what follows', () => {
  const entropy = nextItemEntropy(logOf(['ab', 'ab', 'ac'], false), [1, 2])
  expect(entropy).toMatchObject({ orders: [], least: 0 })
  expect(entropy.at([1, 2])).toBe(0)
})

test('is never below its least nor above the number of orders, whatever was recommended', () => {
  const sequences = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), minLength: 1, maxLength: 12 }), {
    minLength: 1,
    maxLength: 12,
  })
  fc.assert(
    fc.property(sequences, fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }), (strings, items) => {
      const entropy = nextItemEntropy(logOf(strings), [1, 2])
      const value = entropy.at(items)
      expect(value).toBeGreaterThanOrEqual(entropy.least)
      expect(value).toBeLessThanOrEqual(2 + 1e-12)
    }),
  )
})

test.each([0, 1.5, 40])('refuses an order of %s', (order) => {
  expect(() => nextItemEntropy(log, [order])).toThrow(expect.objectContaining({ code: 'bad-argument' }))
})
