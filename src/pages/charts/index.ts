/** Figures as options of Plot, from plain rows: the same for reports and for the studio, without Node and without a document. */
export { type Bar, barChart, type Shares, shareChart, type WeightShares, weightShareChart } from './bars.ts'
export { type CurveOptions, type CurvePoint, curveChart } from './curves.ts'
export { finished, named } from './finish.ts'
export { labelWidth, NARROW, shortened, shortNumber, signedNumber, withInterval } from './labels.ts'
export { type MatrixCell, matrixChart } from './matrix.ts'
export {
  looksOf,
  type SeriesLook,
  seriesColor,
  seriesDash,
  seriesScale,
  VERDICT_COLORS,
  VERDICT_SCALE,
  type VerdictColor,
} from './paint.ts'
export { type ParallelAxis, type ParallelRun, parallelChart } from './parallel.ts'
export { type RankedList, rankChart } from './ranks.ts'
export { histogramChart, type SpreadPoint, spreadChart } from './spread.ts'
export { type CoursePoint, courseChart, sparkline, type TrafficPoint, trafficChart } from './traffic.ts'
export { lengthChart, type MeanWeight, meanWeightChart, type WeightCount, weightCountChart } from './weights.ts'
export { type Whisker, whiskerChart } from './whiskers.ts'
