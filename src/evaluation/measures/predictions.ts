import { type Dataset, type PointMetric, type Scorer, type Statistic, TributaryError } from '../../core/index.ts'
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
  const statistics: Measure<PredictionEvaluation>['statistics'] = ({ metrics, predictions, labels }, cases) => {
    const ofCases = (column: Float32Array) => Float32Array.from(cases, (k) => column[k])
    const [mine, theirs] = [ofCases(predictions), ofCases(labels)]
    return new Map(named(metrics).map((metric): [string, Statistic] => [metric.name, metric.weighted(mine, theirs)]))
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
    const metrics = measured(of.metrics, options.metrics)
    named(metrics)
    const { memory, onProgress, signal, part: split = 'test' } = options
    const predictions = await scoreAnswers(scorer, dataset, cases.queries, cases.answers, {
      memory,
      onProgress,
      signal,
    })
    const columns = columnsOf(dataset, cases)
    const found = {
      measure,
      protocol: { split, ...bound },
      metrics,
      predictions,
      labels: Float32Array.from(cases.rows, (row) =>
        positiveAbove === undefined ? value[row] : Number(value[row] > positiveAbove),
      ),
      ...columns,
    }
    return { ...found, ...figuresOf(dataset, columns.caseDomains, (of) => statistics(found, of)) }
  }
  return measure
}
