import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { auc, hr, logloss, mae, mrr, ndcg, rmse } from '../../src/metrics/index.ts'

type Metrics = Readonly<Record<string, number>>
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'metrics.json'), 'utf8')) as {
  readonly ranking: {
    readonly scores: readonly (readonly number[])[]
    readonly ranks: readonly number[]
    readonly metrics: Metrics
  }
  readonly clicks: {
    readonly probabilities: readonly number[]
    readonly labels: readonly number[]
    readonly metrics: Metrics
  }
  readonly ratings: {
    readonly given: readonly number[]
    readonly predicted: readonly number[]
    readonly metrics: Metrics
  }
}

it('rank metrics agree with numpy', () => {
  const { scores, ranks, metrics } = golden.ranking
  expect(scores.map(([answer, ...rivals]) => rivals.filter((score) => score > answer).length)).toEqual(ranks)
  const known = [1, 5, 10].flatMap((k) => [hr(k), ndcg(k)]).concat(mrr(10), mrr())
  expect(known.map((metric) => metric.name).sort()).toEqual(Object.keys(metrics).sort())
  for (const metric of known) {
    const mean = ranks.reduce((sum, rank) => sum + metric.value(rank), 0) / ranks.length
    expect(mean, metric.name).toBeCloseTo(metrics[metric.name], 8)
  }
})

it('pointwise metrics agree with numpy', () => {
  const { clicks, ratings } = golden
  for (const metric of [auc, logloss])
    expect(metric.value(clicks.probabilities, clicks.labels), metric.name).toBeCloseTo(clicks.metrics[metric.name], 8)
  for (const metric of [mae, rmse])
    expect(metric.value(ratings.predicted, ratings.given), metric.name).toBeCloseTo(ratings.metrics[metric.name], 8)
})
