/** Figures as options of Plot, from plain rows: the same for reports and for the studio, without Node and without a document. */
export { type Bar, barChart, type Shares, shareChart, type WeightShares, weightShareChart } from './bars.ts'
export { type BandPoint, bandChart, type CurvePoint, curveChart } from './curves.ts'
export { finished, named } from './finish.ts'
export { labelWidth, shortened, shortNumber, signedNumber } from './labels.ts'
export { seriesColor, seriesScale, VERDICT_COLORS, VERDICT_SCALE, type VerdictColor } from './paint.ts'
export { lengthChart, type MeanWeight, meanWeightChart, type WeightCount, weightCountChart } from './weights.ts'
export { type Whisker, whiskerChart } from './whiskers.ts'
