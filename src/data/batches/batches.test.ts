import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRng } from '../../math/rng.ts'
import { prefixBatches, sequenceBatches } from './batches.ts'
import type { Sequences } from './sequences.ts'

/** Sequence s holds 1000 s + 1, 1000 s + 2, … so that an item tells where it comes from. */
function sequencesOf(lengths: readonly number[]): Sequences {
  const offsets = new Int32Array(lengths.length + 1)
  for (const [s, n] of lengths.entries()) offsets[s + 1] = offsets[s] + n
  const items = Int32Array.from(lengths.flatMap((n, s) => Array.from({ length: n }, (_, i) => 1000 * s + i + 1)))
  return { user: Int32Array.from(lengths, (_, s) => s + 7), items, offsets }
}

const options = fc.record({
  maxLength: fc.integer({ min: 1, max: 60 }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  bucket: fc.boolean(),
})
const lengths = fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 40 })

describe('sequenceBatches', () => {
  it('shows every sequence of two items or more exactly once, with its most recent transitions', () => {
    fc.assert(
      fc.property(lengths, options, fc.nat(), (lengths, options, seed) => {
        const sequences = sequencesOf(lengths)
        const batches = [...sequenceBatches(sequences, { ...options, rng: createRng(seed) })]
        expect(batches).toHaveLength(Math.ceil(lengths.filter((length) => length >= 2).length / options.batchSize))
        const seen: number[] = []
        for (const { size, length, user, items, targets } of batches) {
          expect(items).toHaveLength(size * length)
          expect(length).toBeLessThanOrEqual(options.maxLength)
          if (!options.bucket) expect(length).toBe(options.maxLength)
          for (let b = 0; b < size; b++) {
            const s = user[b] - 7
            seen.push(s)
            const inputs = Math.min(options.maxLength, lengths[s] - 1)
            const first = 1000 * s + lengths[s] - inputs
            const expected = Array.from({ length }, (_, t) => (t < length - inputs ? 0 : first + t - (length - inputs)))
            expect([...items.subarray(b * length, (b + 1) * length)]).toEqual(expected)
            expect([...targets.subarray(b * length, (b + 1) * length)]).toEqual(
              expected.map((x) => (x === 0 ? 0 : x + 1)),
            )
          }
        }
        const wanted = lengths.flatMap((n, s) => (n >= 2 ? [s] : []))
        expect(seen.sort((a, b) => a - b)).toEqual(wanted)
      }),
    )
  })

  it('is fixed by the generator and changes with it', () => {
    const sequences = sequencesOf(Array.from({ length: 100 }, (_, s) => 2 + (s % 50)))
    const order = (seed: number) =>
      [...sequenceBatches(sequences, { maxLength: 50, batchSize: 8, bucket: true, rng: createRng(seed) })].flatMap(
        (b) => [...b.user],
      )
    expect(order(1)).toEqual(order(1))
    expect(order(1)).not.toEqual(order(2))
  })

  it('pads less with bucketing, still little in few widths', () => {
    const rng = createRng(3)
    const sequences = sequencesOf(Array.from({ length: 2000 }, () => 2 + Math.floor(60 * rng.float() ** 3)))
    const filled = (roundLengths: boolean) => {
      const order = { maxLength: 50, batchSize: 32, bucket: true, roundLengths, rng }
      const batches = [...sequenceBatches(sequences, order)]
      if (roundLengths) expect(new Set(batches.map((b) => b.length)).size).toBeLessThanOrEqual(11)
      const items = batches.flatMap((b) => [...b.items])
      return items.filter((item) => item !== 0).length / items.length
    }
    expect(filled(true)).toBeGreaterThan(0.75)
    expect(filled(false)).toBeGreaterThan(0.9)
  })

  it('refuses sizes that are none', () => {
    const batches = sequenceBatches(sequencesOf([3]), { maxLength: 0, batchSize: 1, bucket: true, rng: createRng(0) })
    expect(() => batches.next()).toThrow(/at least 1/)
  })
})

/** Sequences have as many prefixes as items, so fewer and shorter ones do. */
const few = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 8 })

describe('prefixBatches', () => {
  it('shows every prefix exactly once, its most recent items, and the item after them last', () => {
    fc.assert(
      fc.property(few, options, fc.boolean(), fc.nat(), (lengths, options, roundLengths, seed) => {
        const batches = [...prefixBatches(sequencesOf(lengths), { ...options, roundLengths, rng: createRng(seed) })]
        const seen: string[] = []
        for (const { size, length, user, end, items, targets } of batches) {
          expect(size).toBeLessThanOrEqual(options.batchSize)
          expect(length).toBeLessThanOrEqual(options.maxLength)
          for (let b = 0; b < size; b++) {
            const first = 1000 * (user[b] - 7)
            const target = first + end![b] + 1
            const row = [...items.subarray(b * length, (b + 1) * length)]
            expect(row).toEqual(
              Array.from({ length }, (_, t) => Math.max(0, target - length + t - first) && target - length + t),
            )
            expect([...targets.subarray(b * length, (b + 1) * length)]).toEqual([...Array(length - 1).fill(0), target])
            // A prefix is cut only to the most items that are looked at.
            expect(row.filter((item) => item !== 0)).toHaveLength(Math.min(options.maxLength, end![b]))
            seen.push(`${user[b] - 7}:${end![b]}`)
          }
        }
        const wanted = lengths.flatMap((n, s) => Array.from({ length: n - 1 }, (_, i) => `${s}:${i + 1}`))
        expect(seen.sort()).toEqual(wanted.sort())
        expect(batches).toHaveLength(Math.ceil(wanted.length / options.batchSize))
      }),
      { numRuns: 40 },
    )
  })

  it('is fixed by the generator, changes with it, and groups prefixes of one length', () => {
    const sequences = sequencesOf(Array.from({ length: 100 }, (_, s) => 2 + (s % 30)))
    const epoch = (seed: number) => [
      ...prefixBatches(sequences, { maxLength: 20, batchSize: 8, bucket: true, rng: createRng(seed) }),
    ]
    const order = (seed: number) => epoch(seed).flatMap((batch) => [...batch.targets])
    expect(order(1)).toEqual(order(1))
    expect(order(1)).not.toEqual(order(2))
    const items = epoch(1).flatMap((batch) => [...batch.items])
    expect(items.filter((item) => item !== 0).length / items.length).toBeGreaterThan(0.98)
  })

  it('refuses sizes that are none', () => {
    const batches = prefixBatches(sequencesOf([3]), { maxLength: 1, batchSize: 0, bucket: true, rng: createRng(0) })
    expect(() => batches.next()).toThrow(/at least 1/)
  })
})
