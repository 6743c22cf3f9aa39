import {
  type Dataset,
  domainOfItem,
  Part,
  type PointMetric,
  type Scorer,
  type Split,
  type Statistic,
  TributaryError,
} from '../../core/index.ts'
import type { Cases } from '../../data/index.ts'
import { metricsNamed } from '../../metrics/index.ts'
import { scoreAnswers } from '../recommend.ts'
import { columnsOf, type Evaluated, type EvaluateOptions, figuresOf, type Measure, measured } from './measure.ts'

/** Everything without which the figures mean nothing. */
export interface PredictionProtocol {
  readonly split: 'test' | 'valid'
  /** A value above it is a positive label; absent where the values are what is predicted. */
  readonly positiveAbove?: number
}

/** Predictions of rows, held against what the log says of them. AUC and RMSE are of all cases pooled. */
export interface PredictionEvaluation extends Evaluated {
  readonly protocol: PredictionProtocol
  /** One entry a case from here on. */
  readonly predictions: Float32Array
  /** The same within the training values of each case's domain; only where a metric is of them. */
  readonly clipped?: Float32Array
  /** What the predictions are held against. */
  readonly labels: Float32Array
}

/**
 * A measure of models that predict something of each row: the score of a case's item is held against a label made of the row's value.
 * Its `evaluate` throws a TributaryError `bad-dataset` when the log has no values, and as `scoreAnswers` and the metrics do.
 */
export function predictionMeasure(
  of: Pick<Measure<PredictionEvaluation>, 'name' | 'does' | 'yardstick'> & {
    readonly metrics: readonly PointMetric[]
    /** What an evaluation asks of the values. */
    bound(options: EvaluateOptions): Pick<PredictionProtocol, 'positiveAbove'>
    describe(part: string, protocol: PredictionProtocol): string
  },
): Measure<PredictionEvaluation> {
  const known = of.metrics.map(({ name }) => name)
  const named = (names: readonly string[]) =>
    metricsNamed(names, 'predictions').map((metric) => {
      if (known.includes(metric.name)) return metric
      const message = `${metric.name} does not measure what ${of.does}; known: ${known.join(', ')}`
      throw new TributaryError('unknown-name', message)
    })
  const statistics: Measure<PredictionEvaluation>['statistics'] = (
    { metrics, predictions, clipped, labels },
    cases,
  ) => {
    const ofCases = (column: Float32Array) => Float32Array.from(cases, (k) => column[k])
    const theirs = ofCases(labels)
    const mine = { raw: ofCases(predictions), clipped: clipped && ofCases(clipped) }
    return new Map(
      named(metrics).map((metric): [string, Statistic] => {
        const predicted = metric.clipped ? mine.clipped : mine.raw
        if (predicted === undefined) throw unclipped(metric)
        return [metric.name, metric.weighted(predicted, theirs)]
      }),
    )
  }
  const measure: Measure<PredictionEvaluation> = {
    ...of,
    ranks: false,
    metric: (name) => named([name])[0],
    statistics,
    describe: (protocol) => of.describe(protocol.split === 'test' ? 'test' : 'validation', protocol),
    evaluate,
  }
  async function evaluate(
    scorer: Scorer,
    dataset: Dataset,
    cases: Cases,
    options: EvaluateOptions = {},
  ): Promise<PredictionEvaluation> {
    const { value } = dataset.log
    if (value === undefined)
      throw new TributaryError(
        'bad-dataset',
        `'${dataset.name}' has no values to hold predictions against; import it with --value`,
      )
    const bound = of.bound(options)
    const { positiveAbove } = bound
    const { memory, onProgress, signal, part = 'test', split } = options
    const always = of.metrics.filter(({ clipped }) => !clipped || split !== undefined)
    const metrics = measured(always, options.metrics)
    const clipping = named(metrics).find(({ clipped }) => clipped)
    if (clipping && split === undefined) throw unclipped(clipping)
    const predictions = await scoreAnswers(scorer, dataset, cases.queries, cases.answers, {
      memory,
      onProgress,
      signal,
    })
    const columns = columnsOf(dataset, cases)
    const found = {
      measure,
      protocol: { split: part, ...bound },
      metrics,
      predictions,
      ...(clipping && split && { clipped: clippedToTraining(dataset, split, predictions, columns.caseDomains) }),
      labels: Float32Array.from(cases.rows, (row) =>
        positiveAbove === undefined ? value[row] : Number(value[row] > positiveAbove),
      ),
      ...columns,
    }
    return { ...found, ...figuresOf(dataset, columns.caseDomains, (of) => statistics(found, of)) }
  }
  return measure
}

function unclipped({ name }: PointMetric): TributaryError {
  const message = `${name} clips predictions to the training values, but no split was given that says which these are; give it, or leave the metric out`
  return new TributaryError('bad-argument', message)
}

/** Predictions within the least and greatest training value of their domain; untouched where nothing of it trains. */
function clippedToTraining(
  dataset: Dataset,
  { part }: Split,
  predictions: Float32Array,
  caseDomains: Int32Array,
): Float32Array {
  const { item, value } = dataset.log
  const least = dataset.domains.map(() => Number.POSITIVE_INFINITY)
  const greatest = dataset.domains.map(() => Number.NEGATIVE_INFINITY)
  for (const [row, rating] of value!.entries()) {
    if (part[row] !== Part.train) continue
    const domain = domainOfItem(dataset, item[row])
    least[domain] = Math.min(least[domain], rating)
    greatest[domain] = Math.max(greatest[domain], rating)
  }
  return predictions.map((predicted, k) => {
    const domain = caseDomains[k]
    return least[domain] > greatest[domain] ? predicted : Math.min(greatest[domain], Math.max(least[domain], predicted))
  })
}
