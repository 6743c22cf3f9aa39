import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byName } from '../../core/index.ts'
import { domainsWith } from '../../experiments/advice.ts'
import { judge } from '../../experiments/report.ts'
import { bootstrapMeans, bootstrapStatistics } from '../../math/bootstrap.ts'
import { createRng } from '../../math/index.ts'
import { auc, logloss, mae, rmse } from '../../metrics/index.ts'
import { resultsTable, verdictTable } from '../../pages/compare-text.ts'
import { type Seeded, summarizeSeeds } from '../compare.ts'
import { labels as labelMeasure, type PredictionEvaluation, ratings } from './index.ts'

const CASES = 240

/** Users have three cases each; a third of the labels are positive; domain y has every second user. */
function evaluation(predict: (label: number, k: number) => number): PredictionEvaluation {
  const labels = Float32Array.from({ length: CASES }, (_, k) => (k % 3 === 0 ? 1 : 0))
  const scores = { cases: CASES }
  return {
    measure: labelMeasure,
    metrics: ['auc', 'logloss'],
    protocol: { split: 'test', positiveAbove: 3 },
    domains: byName(['x', 'y', 'z'].map((name) => [name, scores])),
    overall: scores,
    macro: scores,
    predictions: labels.map(predict),
    labels,
    rows: Int32Array.from(labels, (_, k) => k),
    users: Int32Array.from(labels, (_, k) => Math.floor(k / 3)),
    caseDomains: Int32Array.from(labels, (_, k) => Math.floor(k / 3) % 2),
  }
}

/** Scores that know the label as well as `strength` says. */
const noisy = (strength: number, seed: number) =>
  evaluation((label, k) => 1 / (1 + Math.exp(-(strength * label + createRng(seed).split(k).normal()))))

const seeded = (name: string, ...evaluations: PredictionEvaluation[]): Seeded<PredictionEvaluation> => ({
  name,
  seeds: evaluations.map((_, i) => i),
  evaluations,
  seconds: 2,
})
const quick = { samples: 300, seed: 1 }

describe('comparing predictions of labels', () => {
  const weak = seeded('weak', noisy(0.5, 1), noisy(0.5, 2))
  const strong = seeded('strong', noisy(3, 3), noisy(3, 4))
  const comparison = summarizeSeeds([weak, strong], quick)

  it('has the pooled AUC and log loss of each seed, averaged, for each domain and for all', () => {
    const of = (metric: typeof auc, keep: (k: number) => boolean) => {
      const values = weak.evaluations.map(({ predictions, labels }) =>
        metric.value(
          predictions.filter((_, k) => keep(k)),
          labels.filter((_, k) => keep(k)),
        ),
      )
      return (values[0] + values[1]) / 2
    }
    const { overall, domains, seconds } = comparison.models.get('weak')!
    expect(overall.auc.mean).toBeCloseTo(
      of(auc, () => true),
      12,
    )
    expect(domains.get('y')!.logloss.mean).toBeCloseTo(
      of(logloss, (k) => Math.floor(k / 3) % 2 === 1),
      12,
    )
    const [one, other] = weak.evaluations.map(({ predictions, labels }) => auc.value(predictions, labels))
    expect(overall.auc.std).toBeCloseTo(Math.abs(one - other) / Math.SQRT2, 12)
    expect(seconds).toBe(2)
    expect(comparison.cases.toJSON()).toEqual({ x: CASES / 2, y: CASES / 2, z: 0 })
    expect(domains.get('z')!.auc.mean).toBeNaN()
  })

  it('holds every model against the first, users drawn together', () => {
    const difference = comparison.overallDifferences.get('strong')!.auc
    const [mine, theirs] = [comparison.models.get('strong')!, comparison.models.get('weak')!].map(
      ({ overall }) => overall.auc.mean,
    )
    expect(difference.mean).toBeCloseTo(mine - theirs, 12)
    expect(difference.verdict).toBe('helped')
    // Of log loss less is better.
    expect(comparison.overallDifferences.get('strong')!.logloss).toMatchObject({
      mean: expect.closeTo(-0.4, 0),
      verdict: 'helped',
    })
    const again = summarizeSeeds([weak, { ...weak, name: 'again' }], quick)
    expect(again.differences.get('again')!.get('x')!.auc).toEqual({
      mean: 0,
      low: 0,
      high: 0,
      p: 1,
      verdict: 'no difference',
    })
  })

  it('draws AUC from users, not from case means: the interval is that of the pooled statistic', () => {
    const { predictions, labels, users } = weak.evaluations[0]
    const { overall } = summarizeSeeds([seeded('one', weak.evaluations[0])], quick).models.get('one')!
    const [drawn] = bootstrapStatistics([auc.weighted(predictions, labels)], CASES, { ...quick, users })
    const sorted = drawn.slice().sort()
    expect(overall.auc.low).toBeGreaterThanOrEqual(sorted[6])
    expect(overall.auc.low).toBeLessThanOrEqual(sorted[8])
    expect(overall.auc.low).toBeLessThan(overall.auc.mean)
    expect(overall.auc.high).toBeGreaterThan(overall.auc.mean)
  })

  it('leaves out samples of one class, and is NaN where there is one class alone', () => {
    // One positive case of 240: about a third of the samples of users lack it.
    const rare = evaluation((_, k) => k / CASES)
    const labels = rare.labels.map((_, k) => (k === 120 ? 1 : 0))
    const { auc: found } = summarizeSeeds([seeded('rare', { ...rare, labels })], quick).models.get('rare')!.overall
    expect(found.mean).toBeCloseTo(120 / 239, 12)
    expect(found.low).toBeLessThan(found.mean)
    expect(found.high).toBeGreaterThan(found.mean)
    const none = summarizeSeeds([seeded('none', { ...rare, labels: labels.fill(0) })], quick).models.get(
      'none',
    )!.overall
    expect(none.auc).toMatchObject({ mean: Number.NaN, low: Number.NaN, high: Number.NaN })
    expect(none.logloss.mean).toBeGreaterThan(0)
  })

  it('refuses other cases and labels made otherwise', () => {
    const other = noisy(1, 1)
    const stricter = seeded('stricter', { ...other, protocol: { split: 'test', positiveAbove: 4 } })
    expect(() => summarizeSeeds([weak, stricter], quick)).toThrow('positiveAbove = 4, the others with 3')
    const shifted = seeded('shifted', { ...other, rows: other.rows.map((row) => row + 1) })
    expect(() => summarizeSeeds([weak, shifted], quick)).toThrow('shifted was evaluated on other cases')
  })

  it('is shown by AUC', () => {
    expect(comparison).toMatchObject({ measure: 'labels', metric: 'auc', lessIsBetter: ['logloss'] })
    expect(comparison.described).toMatch(/positive where the value is above 3/)
    expect(resultsTable(comparison, 'auc').rows.map(([place]) => place)).toEqual(['x', 'y', 'overall'])
    expect(verdictTable(comparison, 'strong', 'auc').rows.at(-1)!.at(-1)).toBe('helped')
  })
})

describe('comparing predictions of ratings', () => {
  /** The first model errs by 1 on every row; the other by half in x and by 2 in y. */
  const values = (k: number) => 1 + (k % 5)
  const rated = (error: (domain: number) => number): PredictionEvaluation => {
    const of = evaluation(() => 0)
    const given = Float32Array.from(of.rows, values)
    const sign = (k: number) => (k % 2 === 0 ? 1 : -1)
    return {
      ...of,
      measure: ratings,
      metrics: ['mae', 'rmse'],
      protocol: { split: 'test' },
      labels: given,
      predictions: given.map((value, k) => value + sign(k) * error(of.caseDomains[k])),
    }
  }
  const comparison = summarizeSeeds(
    [
      seeded(
        'first',
        rated(() => 1),
      ),
      seeded(
        'other',
        rated((domain) => [0.5, 2][domain]),
      ),
    ],
    quick,
  )

  it('has the pooled errors of each domain and of all, and less of them is better', () => {
    expect(comparison).toMatchObject({ measure: 'ratings', metric: 'rmse', lessIsBetter: ['mae', 'rmse'] })
    expect(comparison.described).toBe('Each test row is predicted and held against its value.')
    const { domains, overall } = comparison.models.get('other')!
    expect(domains.get('x')).toMatchObject({ mae: { mean: 0.5 }, rmse: { mean: 0.5 } })
    expect(overall.mae.mean).toBeCloseTo(1.25, 6)
    // Not the mean of the domains' errors: √((.25 + 4) / 2).
    expect(overall.rmse.mean).toBeCloseTo(Math.sqrt(2.125), 6)
    expect(overall.rmse.low).toBeLessThan(overall.rmse.mean)
    expect(overall.rmse.high).toBeGreaterThan(overall.rmse.mean)
    expect(comparison.differences.get('other')!.toJSON()).toMatchObject({
      x: { mae: { mean: -0.5, verdict: 'helped' }, rmse: { mean: -0.5, verdict: 'helped' } },
      y: { mae: { mean: 1, verdict: 'harmed' }, rmse: { mean: 1, verdict: 'harmed' } },
    })
  })

  it('is a verdict for each domain, the right way round, where the first is the twin', () => {
    const { domains, overall } = judge(comparison, 'other')
    expect([...domains].map(([domain, { verdict }]) => [domain, verdict])).toEqual([
      ['x', 'helped'],
      ['y', 'harmed'],
      ['z', 'no cases'],
    ])
    expect(overall.verdict).toBe('harmed')
    expect(domainsWith(domains, 'harmed')).toEqual(['y'])
  })

  it('stars the smaller error', () => {
    const { best } = resultsTable(comparison, 'rmse')
    expect(best).toEqual([[3], [2], [2]])
  })

  it('is not held against labels', () => {
    expect(() =>
      summarizeSeeds(
        [
          seeded(
            'first',
            rated(() => 1),
          ),
          seeded('labels', noisy(1, 1)),
        ],
        quick,
      ),
    ).toThrow(/labels was evaluated with .*, the others with/)
  })
})

describe('weighted metrics', () => {
  const rows = fc.array(fc.tuple(fc.integer({ min: 0, max: 10 }), fc.constantFrom(0, 1), fc.nat(3)), {
    minLength: 1,
    maxLength: 30,
  })

  it('equal the metric of rows repeated as often as they weigh', () => {
    fc.assert(
      fc.property(rows, (list) => {
        const repeated = list.flatMap(([p, label, times]) =>
          Array.from({ length: times }, () => [p / 10, label] as const),
        )
        for (const metric of [auc, logloss, mae, rmse]) {
          const found = metric.weighted(
            list.map(([p]) => p / 10),
            list.map(([, label]) => label),
          )(list.map(([, , times]) => times))
          const expected = metric.value(
            repeated.map(([p]) => p),
            repeated.map(([, label]) => label),
          )
          if (Number.isNaN(expected)) expect(found).toBeNaN()
          else expect(found).toBeCloseTo(expected, 10)
        }
      }),
    )
  })

  it('see the samples that means see', () => {
    const values = Float64Array.from({ length: 40 }, (_, k) => (k * 7) % 11)
    const users = Int32Array.from(values, (_, k) => k >> 2)
    const [means] = bootstrapMeans([values], { ...quick, users })
    const weightedMean = (weights: Float64Array) => {
      const total = weights.reduce((sum, w) => sum + w, 0)
      return values.reduce((sum, value, k) => sum + value * weights[k], 0) / total
    }
    const [statistics] = bootstrapStatistics([weightedMean], 40, { ...quick, users })
    for (const [sample, value] of statistics.entries()) expect(value).toBeCloseTo(means[sample], 12)
    expect(bootstrapStatistics([weightedMean], 0, quick)[0]).toEqual(new Float64Array(300).fill(Number.NaN))
  })
})
