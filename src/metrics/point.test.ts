import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TributaryError } from '../core/index.ts'
import { auc, CTR_METRICS, logloss, mae, RATING_METRICS, rmse } from './index.ts'

/** Rows of (prediction, label), coarse enough for ties. */
const binaryRows = fc.array(fc.tuple(fc.integer({ min: 0, max: 20 }), fc.constantFrom(0, 1)), {
  minLength: 1,
  maxLength: 60,
})
/** The same with both classes among them, as AUC needs. */
const bothClasses = binaryRows.map((rows): [number, number][] => [...rows, [7, 0], [11, 1]])
const ratingRows = fc.array(fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })), {
  minLength: 1,
})
const columns = (rows: [number, number][]) => [rows.map((row) => row[0]), rows.map((row) => row[1])] as const

describe('auc', () => {
  it('by hand: 3 of 4 pairs in order', () => {
    expect(auc.value([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75)
  })
  it('counts ties half', () => {
    expect(auc.value([1, 1, 1, 1], [0, 1, 0, 1])).toBe(0.5)
    expect(auc.value([1, 2, 2], [0, 0, 1])).toBe(0.75)
  })
  it('is undefined for one class', () => {
    expect(auc.value([1, 2], [1, 1])).toBeNaN()
    expect(auc.value([], [])).toBeNaN()
  })
  it('equals the count of pairs', () => {
    fc.assert(
      fc.property(bothClasses, (rows) => {
        let [wins, pairs] = [0, 0]
        for (const [p, positive] of rows)
          for (const [n, negative] of rows) {
            if (positive !== 1 || negative !== 0) continue
            pairs++
            wins += p > n ? 1 : p === n ? 0.5 : 0
          }
        expect(auc.value(...columns(rows))).toBeCloseTo(wins / pairs, 12)
      }),
    )
  })
  it('does not change under increasing maps, and turns around under decreasing ones', () => {
    fc.assert(
      fc.property(bothClasses, (rows) => {
        const [predictions, labels] = columns(rows)
        const value = auc.value(predictions, labels)
        expect(
          auc.value(
            predictions.map((p) => Math.exp(p / 4) - 7),
            labels,
          ),
        ).toBe(value)
        expect(
          auc.value(
            predictions.map((p) => -p),
            labels,
          ),
        ).toBeCloseTo(1 - value, 12)
      }),
    )
  })
  it('orders infinite predictions', () => {
    expect(auc.value([Number.NEGATIVE_INFINITY, 0, Number.POSITIVE_INFINITY], [0, 0, 1])).toBe(1)
  })
})

describe('logloss', () => {
  it('by hand', () => {
    expect(logloss.value([0.5, 0.25], [1, 0])).toBeCloseTo((Math.LN2 + Math.log(4 / 3)) / 2, 12)
  })
  it('a sure mistake is finite', () => {
    expect(logloss.value([0], [1])).toBeCloseTo(34.54, 2)
  })
  it('the base rate is the best constant', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1), { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (labels, p) => {
          const rate = labels.reduce((a: number, b) => a + b, 0) / labels.length
          const constant = (value: number) =>
            logloss.value(
              labels.map(() => value),
              labels,
            )
          expect(constant(rate)).toBeLessThanOrEqual(constant(p) + 1e-12)
        },
      ),
    )
  })
  it('refuses logits', () => {
    expect(() => logloss.value([2], [1])).toThrow(/probabilities, but prediction 0 is 2/)
  })
})

describe('mae and rmse', () => {
  it('by hand', () => {
    expect(mae.value([3, 5], [4, 2])).toBe(2)
    expect(rmse.value([3, 5], [4, 2])).toBeCloseTo(Math.sqrt(5), 12)
  })
  it('rmse is at least mae, both are zero only for perfect predictions, both ignore a common shift', () => {
    fc.assert(
      fc.property(ratingRows, fc.integer({ min: -9, max: 9 }), (rows, shift) => {
        const [predictions, labels] = columns(rows)
        const [absolute, squared] = [mae.value(predictions, labels), rmse.value(predictions, labels)]
        expect(squared).toBeGreaterThanOrEqual(absolute - 1e-9)
        expect(absolute === 0).toBe(rows.every(([p, l]) => p === l))
        for (const metric of [mae, rmse])
          expect(
            metric.value(
              predictions.map((p) => p + shift),
              labels.map((l) => l + shift),
            ),
          ).toBeCloseTo(metric.value(predictions, labels), 9)
      }),
    )
  })
})

describe.each([...CTR_METRICS, ...RATING_METRICS].map((metric) => [metric.name, metric] as const))(
  '%s',
  (_, metric) => {
    it('refuses different lengths and NaN', () => {
      expect(() => metric.value([1], [1, 0])).toThrow(TributaryError)
      expect(() => metric.value([1], [1, 0])).toThrow(/1 predictions for 2 labels/)
      expect(() => metric.value([Number.NaN], [1])).toThrow(/NaN as prediction 0/)
      expect(() => metric.value([1], [Number.NaN])).toThrow(/NaN as label 0/)
    })
    it('does not depend on the order of rows', () => {
      fc.assert(
        fc.property(bothClasses, (rows) => {
          const scaled = rows.map(([p, l]) => [p / 20, l] as [number, number])
          expect(metric.value(...columns([...scaled].reverse()))).toBeCloseTo(metric.value(...columns(scaled)), 10)
        }),
      )
    })
  },
)

describe.each(CTR_METRICS.map((metric) => [metric.name, metric] as const))('%s', (_, metric) => {
  it('refuses labels that are not classes', () => {
    expect(() => metric.value([0.5], [0.3])).toThrow(/labels 0 or 1, but label 0 is 0.3/)
  })
})
