import * as Plot from '@observablehq/plot'
import { labelWidth, NARROW, shortened, shortNumber } from './labels.ts'
import { seriesColor, seriesScale } from './paint.ts'
import { BELOW } from './parts.ts'

export interface Bar {
  /** Where: a domain, a service. */
  readonly place: string
  /** Which: a model. */
  readonly name: string
  readonly mean: number
  readonly low: number
  readonly high: number
}

/** Per place one bar a name, from zero, with its interval as a thin line and its value written behind it. */
export function barChart(
  bars: readonly Bar[],
  options: {
    readonly label: string
    readonly names: readonly string[]
    /** All that have a look on the page; default the names. */
    readonly series?: readonly string[]
    readonly width?: number
  },
): Plot.PlotOptions {
  const { label, names, series = names, width = 860 } = options
  const places = [...new Set(bars.map(({ place }) => place))]
  const several = names.length > 1
  const rows = bars.map((bar) => ({ ...bar, text: bar.mean.toFixed(4) }))
  return {
    width,
    height: 50 + places.length * (names.length * 20 + 16),
    marginLeft: labelWidth(places, width),
    marginRight: 64 + (several ? labelWidth(names, width) - 24 : 0),
    marginBottom: 42,
    ariaLabel: `${label} by domain and model, with 95 % intervals`,
    color: seriesScale(series),
    x: { ...BELOW, label: `${label} →`, grid: true, nice: true, zero: true, ticks: width < NARROW ? 3 : 6 },
    y: { axis: null, domain: [...names], padding: 0.12 },
    fy: {
      label: null,
      axis: 'left',
      domain: places,
      padding: 0.16,
      tickFormat: (name: string) => shortened(name, width),
    },
    marks: [
      Plot.barX(rows, { x1: 0, x2: 'mean', y: 'name', fy: 'place', fill: 'name', fillOpacity: 0.85 }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', fy: 'place', stroke: 'var(--text)', strokeWidth: 1.5 }),
      Plot.text(rows, {
        x: 'high',
        y: 'name',
        fy: 'place',
        text: 'text',
        dx: 6,
        textAnchor: 'start',
        fill: 'var(--text)',
      }),
      // In a column of their own, so that bars are told without their colors too.
      ...(several
        ? [
            Plot.text(rows, {
              y: 'name',
              fy: 'place',
              text: ({ name }: Bar) => shortened(name, width),
              frameAnchor: 'right',
              textAnchor: 'start',
              dx: 58,
              fill: 'var(--muted)',
            }),
          ]
        : []),
      Plot.ruleX([0], { stroke: 'var(--axis)' }),
    ],
  }
}

/** Parts of one whole: of a task the shares of its experts, of a list the shares of its sources. */
export interface Shares {
  readonly name: string
  /** Adding up to 1, in the order of `parts`. */
  readonly shares: readonly number[]
}

/** Per row one bar of all its shares, one color a part, the share written where it has room. */
export function shareChart(
  whole: readonly Shares[],
  options: {
    readonly parts: readonly string[]
    /** All that have a look on the page; default the parts. */
    readonly series?: readonly string[]
    readonly label: string
    readonly says: string
    readonly width?: number
  },
): Plot.PlotOptions {
  const { parts, series = parts, label, says, width = 860 } = options
  const names = whole.map(({ name }) => name)
  const rows = whole.flatMap(({ name, shares }) => {
    let end = 0
    return shares.map((share, k) => {
      const start = end
      end += share
      return { name, part: parts[k], share, start, end, text: share < 0.06 ? '' : share.toFixed(2) }
    })
  })
  return {
    width,
    height: 50 + names.length * 34,
    marginLeft: labelWidth(names, width),
    marginRight: 24,
    marginBottom: 42,
    ariaLabel: says,
    color: seriesScale(series),
    x: { ...BELOW, label: `${label} →`, domain: [0, 1], ticks: 6 },
    y: { label: null, domain: names, padding: 0.2, tickFormat: (name: string) => shortened(name, width), tickSize: 0 },
    marks: [
      Plot.barX(rows, {
        x1: 'start',
        x2: 'end',
        y: 'name',
        fill: 'part',
        fillOpacity: 0.4,
        insetRight: 1,
        title: ({ part, share }: (typeof rows)[number]) => `${part}: ${shortNumber(share)}`,
      }),
      Plot.text(rows, {
        x: (row: { start: number; end: number }) => (row.start + row.end) / 2,
        y: 'name',
        text: 'text',
        fill: 'var(--text)',
      }),
    ],
  }
}

/** Of steps whose weights lie in this bin: their share of all steps, and of all weight. */
export interface WeightShares {
  readonly bin: string
  readonly steps: number
  readonly weight: number
}

/** Two bars a bin beside one another: many steps of little weight, few of much. */
export function weightShareChart(bins: readonly WeightShares[], width = 860): Plot.PlotOptions {
  const rows = bins.flatMap(({ bin, steps, weight }) => [
    { bin, of: 'steps', share: steps },
    { bin, of: 'weight', share: weight },
  ])
  return {
    width,
    height: 240,
    marginLeft: 62,
    marginBottom: 46,
    ariaLabel: 'shares of steps and of weight by weight',
    color: { domain: ['steps', 'weight'], range: [seriesColor(0), seriesColor(1)] },
    x: { axis: null, domain: ['steps', 'weight'], padding: 0.1 },
    fx: { ...BELOW, label: 'weight →', domain: bins.map(({ bin }) => bin), axis: 'bottom', padding: 0.15 },
    y: { label: null, grid: true, ticks: 5, tickFormat: (share: number) => `${shortNumber(100 * share)}%` },
    marks: [
      Plot.barY(rows, { x: 'of', fx: 'bin', y1: 0, y2: 'share', fill: 'of', fillOpacity: 0.85 }),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
    ],
  }
}
