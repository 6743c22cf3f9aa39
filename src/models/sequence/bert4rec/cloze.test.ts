import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Sequences } from '../../../data/index.ts'
import { createRng } from '../../../math/index.ts'
import { type Cloze, clozeBatches, MASKED } from './cloze.ts'

/** Sequence s has user 10 s and the given items. */
function sequencesOf(rows: readonly (readonly number[])[]): Sequences {
  const offsets = new Int32Array(rows.length + 1)
  for (const [s, items] of rows.entries()) offsets[s + 1] = offsets[s] + items.length
  return { user: Int32Array.from(rows, (_, s) => 10 * s), items: Int32Array.from(rows.flat()), offsets }
}

interface Row {
  readonly shown: readonly number[]
  readonly hidden: readonly number[]
}

/** Rows by sequence, without their padding. */
function rowsOf(sequences: Sequences, options: Cloze & { maxLength: number; batchSize: number; seed: number }) {
  const rows = new Map<number, Row>()
  const order = { ...options, bucket: true, rng: createRng(options.seed) }
  for (const { size, length, user, items, targets } of clozeBatches(sequences, order, options))
    for (let b = 0; b < size; b++) {
      const shown = [...items.subarray(b * length, (b + 1) * length)]
      const hidden = [...targets.subarray(b * length, (b + 1) * length)]
      const first = shown.findIndex((id) => id !== 0)
      expect(hidden.slice(0, first).every((id) => id === 0)).toBe(true)
      expect(rows.has(user[b] / 10)).toBe(false)
      rows.set(user[b] / 10, { shown: shown.slice(first), hidden: hidden.slice(first) })
    }
  return rows
}

const logs = fc.array(fc.array(fc.integer({ min: 1, max: 99 }), { maxLength: 12 }), { maxLength: 12 })

it('hides a share of the most recent items of every sequence, whatever the batches', () => {
  fc.assert(
    fc.property(
      logs,
      fc.record({
        maskShare: fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        lastShare: fc.constantFrom(0, 0.5, 1),
        maxLength: fc.integer({ min: 2, max: 9 }),
        batchSize: fc.integer({ min: 1, max: 5 }),
        seed: fc.nat(),
      }),
      (log, options) => {
        const rows = rowsOf(sequencesOf(log), options)
        expect(rows.size).toBe(log.filter((items) => items.length >= 2).length)
        for (const [s, { shown, hidden }] of rows) {
          const recent = log[s].slice(-options.maxLength)
          expect(shown.map((id, i) => (id === MASKED ? hidden[i] : id))).toEqual(recent)
          expect(shown.map((id) => id === MASKED)).toEqual(hidden.map((id) => id !== 0))
          const count = shown.filter((id) => id === MASKED).length
          const drawn = Math.min(recent.length - 1, Math.max(1, Math.round(options.maskShare * recent.length)))
          const lastAlone = count === 1 && shown.at(-1) === MASKED
          if (options.lastShare === 1) expect(lastAlone).toBe(true)
          if (options.lastShare === 0) expect(count).toBe(drawn)
          expect(lastAlone || count === drawn).toBe(true)
        }
        expect(rowsOf(sequencesOf(log), { ...options, batchSize: 7 })).toEqual(rows)
      },
    ),
  )
})

it('hides the last item alone as often as asked, and every place alike otherwise', () => {
  const length = 10
  const sequences = sequencesOf(Array.from({ length: 2000 }, () => Array.from({ length }, (_, i) => i + 1)))
  const rows = [
    ...rowsOf(sequences, { maskShare: 0.2, lastShare: 0.3, maxLength: 10, batchSize: 50, seed: 1 }).values(),
  ]
  const isDrawn = ({ shown }: Row) => shown.filter((id) => id === MASKED).length === 2
  const drawn = rows.filter(isDrawn)
  expect(1 - drawn.length / rows.length).toBeCloseTo(0.3, 1)
  // A place is hidden in a fifth of 1,400 sequences: 280 with a standard deviation of 15.
  for (let place = 0; place < length; place++)
    expect(Math.abs(drawn.filter(({ shown }) => shown[place] === MASKED).length - drawn.length / 5)).toBeLessThan(
      4 * 15,
    )
})
