import {
  type ByName,
  byName,
  type Dataset,
  domainOfItem,
  type PointMetric,
  type Scorer,
  TributaryError,
} from '../../core/index.ts'
import type { Cases } from '../../data/index.ts'
import { CTR_METRICS, RATING_METRICS } from '../../metrics/index.ts'
import { scoreAnswers } from '../recommend.ts'
import { type EvaluateOptions, macroMean, type Scores } from './ranking.ts'

/** Everything without which the figures mean nothing. */
export interface PointProtocol {
  readonly split: 'test' | 'valid'
  /** A value above it is a positive label; absent where the values are what is predicted. */
  readonly positiveAbove?: number
}

/** The figures of a model that predicts something of each row instead of ranking. */
export interface PointEvaluation {
  readonly protocol: PointProtocol
  /** In the dataset's order. */
  readonly domains: ByName<Scores>
  /** Of all cases pooled. */
  readonly overall: Scores
  /** Means over the domains that have cases, each counting the same. */
  readonly macro: Scores
  /** One entry a case from here on, for paired statistics. */
  readonly predictions: Float32Array
  /** What the predictions are held against. */
  readonly labels: Float32Array
  readonly rows: Int32Array
  readonly users: Int32Array
  /** Domain index of each case. */
  readonly caseDomains: Int32Array
}

export interface PointOptions extends Pick<EvaluateOptions, 'part' | 'memory' | 'onProgress' | 'signal'> {
  readonly task: 'ctr' | 'rating'
  /** For `ctr`: a value above it is the label 1, any other 0. Absent: the values are 0 and 1 themselves. */
  readonly positiveAbove?: number | undefined
}

/**
 * Holds the scores of the cases' items against the log's values: AUC and log loss where the scores are probabilities of a
 * positive label (`ctr`), MAE and RMSE where they are the value itself (`rating`).
 * @throws TributaryError `bad-dataset` when the log has no values; as `scoreAnswers` and the metrics do
 */
export async function evaluatePoints(
  scorer: Scorer,
  dataset: Dataset,
  cases: Cases,
  options: PointOptions,
): Promise<PointEvaluation> {
  const { value } = dataset.log
  if (value === undefined)
    throw new TributaryError(
      'bad-dataset',
      `'${dataset.name}' has no values to hold predictions against; import it with --value`,
    )
  const { task, part = 'test' } = options
  const positiveAbove = task === 'ctr' ? options.positiveAbove : undefined
  const labels = Float32Array.from(cases.rows, (row) =>
    positiveAbove === undefined ? value[row] : Number(value[row] > positiveAbove),
  )
  const predictions = await scoreAnswers(scorer, dataset, cases.queries, cases.answers, options)
  const metrics = task === 'ctr' ? CTR_METRICS : RATING_METRICS
  const caseDomains = Int32Array.from(cases.answers, (answer) => domainOfItem(dataset, answer))
  const scores = (keep: (k: number) => boolean) => pointScores(metrics, predictions, labels, keep)
  const domains = byName(dataset.domains.map((name, d) => [name, scores((k) => caseDomains[k] === d)]))
  return {
    protocol: { split: part, ...(positiveAbove !== undefined && { positiveAbove }) },
    domains,
    overall: scores(() => true),
    macro: macroMean([...domains.values()]),
    predictions,
    labels,
    rows: cases.rows,
    users: Int32Array.from(cases.rows, (row) => dataset.log.user[row]),
    caseDomains,
  }
}

function pointScores(
  metrics: readonly PointMetric[],
  predictions: Float32Array,
  labels: Float32Array,
  keep: (k: number) => boolean,
): Scores {
  const mine = predictions.filter((_, k) => keep(k))
  const theirs = labels.filter((_, k) => keep(k))
  return {
    cases: mine.length,
    ...Object.fromEntries(metrics.map((metric) => [metric.name, metric.value(mine, theirs)])),
  }
}

/** The protocol as a sentence, for whoever reads the figures. */
export function describePoints({ split, positiveAbove }: PointProtocol): string {
  const part = split === 'test' ? 'test' : 'validation'
  return positiveAbove === undefined
    ? `Each ${part} row is predicted and held against its value.`
    : `Each ${part} row is predicted and held against its label, which is positive where the value is above ${positiveAbove}.`
}
