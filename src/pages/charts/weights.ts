import * as Plot from '@observablehq/plot'
import { labelWidth, NARROW, shortened, shortNumber } from './labels.ts'
import { BELOW, logTicks } from './parts.ts'

/** The average behavior, which everything is told from. */
const average = () => Plot.ruleX([1], { stroke: 'var(--axis)', strokeDasharray: '3,3' })

/** A mean with its interval, which is not finite where there are too few to tell. */
export interface MeanWeight {
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** One row a group: its mean weight with the interval, and how many behaviors it has. */
export function meanWeightChart(
  groups: readonly (MeanWeight & { readonly label: string; readonly behaviors: number })[],
  options: { readonly of: string; readonly width?: number },
): Plot.PlotOptions {
  const { of, width = 860 } = options
  // Labels may repeat, places do not.
  const rows = groups.map((group, place) => ({ ...group, place, count: group.behaviors.toLocaleString('en-US') }))
  const labels = groups.map(({ label }) => label)
  return {
    width,
    height: 62 + rows.length * 22,
    marginLeft: labelWidth(labels, width),
    marginRight: 76,
    marginBottom: 42,
    ariaLabel: `mean weight by ${of}, with 95 % intervals`,
    x: {
      ...BELOW,
      label: 'mean weight →',
      grid: true,
      nice: true,
      ticks: width < NARROW ? 3 : 6,
      tickFormat: shortNumber,
    },
    y: {
      label: null,
      type: 'band',
      domain: rows.map(({ place }) => place),
      tickFormat: (place: number) => shortened(labels[place], width),
      tickSize: 0,
    },
    marks: [
      average(),
      Plot.ruleY(rows.filter(bounded), {
        x1: 'low',
        x2: 'high',
        y: 'place',
        stroke: 'var(--series-0)',
        strokeOpacity: 0.5,
        strokeWidth: 3,
      }),
      Plot.dot(rows, { x: 'mean', y: 'place', fill: 'var(--series-0)', r: 4.5 }),
      Plot.text(rows, {
        y: 'place',
        text: 'count',
        frameAnchor: 'right',
        textAnchor: 'end',
        dx: 70,
        fill: 'var(--muted)',
      }),
    ],
  }
}

/** Mean weight over how many more training behaviors a user has in the source than in the target (Figure 4). */
export function lengthChart(
  lengths: readonly (MeanWeight & { readonly difference: number })[],
  width = 860,
): Plot.PlotOptions {
  return {
    width,
    height: 320,
    marginTop: 28,
    marginLeft: 62,
    marginRight: 24,
    marginBottom: 42,
    ariaLabel: 'mean weight by source-minus-target history length, with 95 % intervals',
    x: { ...BELOW, label: 'source − target behaviors of the user →', ticks: 8, nice: true, tickFormat: shortNumber },
    y: { label: '↑ mean weight', grid: true, nice: true, ticks: 6, tickFormat: shortNumber },
    marks: [
      Plot.ruleY([1], { stroke: 'var(--axis)', strokeDasharray: '3,3' }),
      Plot.lineY(lengths, { x: 'difference', y: 'mean', stroke: 'var(--series-0)', strokeOpacity: 0.5 }),
      Plot.ruleX(lengths.filter(bounded), {
        x: 'difference',
        y1: 'low',
        y2: 'high',
        stroke: 'var(--series-0)',
        strokeWidth: 1.5,
      }),
      Plot.dot(lengths, { x: 'difference', y: 'mean', fill: 'var(--series-0)', r: 4.5 }),
    ],
  }
}

export interface WeightCount {
  readonly from: number
  readonly to: number
  readonly behaviors: number
}

/** How many behaviors have which weight. */
export function weightCountChart(histogram: readonly WeightCount[], width = 860): Plot.PlotOptions {
  // One weight alone has no width.
  const bins = histogram.map((bin) =>
    bin.from === bin.to ? { ...bin, from: bin.from / 1.05, to: bin.to * 1.05 } : bin,
  )
  return {
    width,
    height: 240,
    marginTop: 28,
    marginLeft: 62,
    marginRight: 24,
    marginBottom: 42,
    ariaLabel: 'number of behaviors by weight',
    x: { ...BELOW, label: 'weight, logarithmic →', type: 'log' },
    y: { label: '↑ behaviors', grid: true, nice: true, ticks: 5, tickFormat: shortNumber },
    marks: [
      // A logarithmic axis that makes its own labels leaves most of them out.
      Plot.axisX(logTicks(bins[0].from, bins.at(-1)!.to), { text: shortNumber }),
      Plot.rectY(bins, {
        x1: 'from',
        x2: 'to',
        y1: 0,
        y2: 'behaviors',
        fill: 'var(--series-0)',
        fillOpacity: 0.85,
        inset: 0.5,
      }),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      average(),
    ],
  }
}

function bounded({ low, high }: MeanWeight): boolean {
  return Number.isFinite(low) && Number.isFinite(high)
}
