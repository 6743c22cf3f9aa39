import * as Plot from '@observablehq/plot'
import { apart, labelWidth, shortened, shortNumber, wholeNumber } from './labels.ts'
import { seriesScale } from './paint.ts'

/** One point of a learning curve. */
export interface CurvePoint {
  readonly series: string
  readonly epoch: number
  readonly value: number
}

/** Lines over epochs, one color a series. */
export function curveChart(
  points: readonly CurvePoint[],
  options: {
    /** All that have a color on the page, in one order for all its charts. */
    readonly series: readonly string[]
    readonly label: string
    /** The epochs whose weights were kept. */
    readonly marked: readonly CurvePoint[]
    /** A value to tell the others by, drawn across. */
    readonly neutral?: number
    readonly width?: number
  },
): Plot.PlotOptions {
  const last = Math.max(...points.map((point) => point.epoch), 1)
  return {
    width: options.width ?? 440,
    height: 260,
    marginLeft: 62,
    marginBottom: 42,
    ariaLabel: `${options.label} by epoch`,
    color: seriesScale(options.series),
    // A single epoch would be a point on an axis of no length.
    x: { label: 'epoch', domain: last === 1 ? [0, 2] : [1, last], ticks: Math.min(last, 6), tickFormat: wholeNumber },
    y: { label: null, grid: true, nice: true, ticks: 5, tickFormat: shortNumber },
    marks: [
      ...(options.neutral === undefined ? [] : [Plot.ruleY([options.neutral], { stroke: 'var(--axis)' })]),
      Plot.lineY(points, { x: 'epoch', y: 'value', z: 'series', stroke: 'series', strokeWidth: 2 }),
      ...(last === 1 ? [Plot.dot(points, { x: 'epoch', y: 'value', fill: 'series', r: 3 })] : []),
      Plot.dot(options.marked, {
        x: 'epoch',
        y: 'value',
        stroke: 'series',
        fill: 'var(--page)',
        strokeWidth: 2,
        r: 4.5,
      }),
    ],
  }
}

/** A point of a curve over several runs. */
export interface BandPoint {
  readonly series: string
  readonly epoch: number
  readonly mean: number
  readonly low: number
  readonly high: number
}

const BAND_HEIGHT = 280
const BAND_MARGINS = { top: 16, bottom: 42 }
/** Between two labels of lines, in pixels. */
const LABEL_STEP = 15

/** Lines over epochs with what several runs span shaded, and named values drawn across, dashed. */
export function bandChart(
  points: readonly BandPoint[],
  options: {
    readonly series: readonly string[]
    readonly label: string
    readonly lines: readonly { readonly name: string; readonly value: number }[]
    readonly width: number
  },
): Plot.PlotOptions {
  const { series, label, lines, width } = options
  const first = Math.min(...points.map(({ epoch }) => epoch))
  const last = Math.max(...points.map(({ epoch }) => epoch))
  const values = [...points.flatMap(({ low, high }) => [low, high]), ...lines.map(({ value }) => value)]
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const room = (most - least || Math.abs(most) || 1) * 0.06
  const domain: [number, number] = [least - room, most + room]
  const named = lines.map(({ name, value }) => ({ text: `${shortened(name)} ${shortNumber(value)}`, value }))
  const perPixel = (domain[1] - domain[0]) / (BAND_HEIGHT - BAND_MARGINS.top - BAND_MARGINS.bottom)
  // A single epoch would be a point on an axis of no length.
  const x: [number, number] = first === last ? [first - 1, last + 1] : [first, last]
  return {
    width,
    height: BAND_HEIGHT,
    marginTop: BAND_MARGINS.top,
    marginBottom: BAND_MARGINS.bottom,
    marginLeft: 62,
    marginRight: named.length === 0 ? 24 : labelWidth(named.map(({ text }) => text)),
    ariaLabel: `${label} by epoch`,
    color: seriesScale(series),
    x: { label: 'epoch', domain: x, ticks: Math.min(last - first + 1, 8), tickFormat: wholeNumber },
    y: { label: null, domain, grid: true, ticks: 5, tickFormat: shortNumber },
    marks: [
      Plot.ruleY(named, { y: 'value', stroke: 'var(--axis)', strokeDasharray: '5,4' }),
      Plot.text(apart(named, LABEL_STEP * perPixel), {
        x: x[1],
        y: 'place',
        text: 'text',
        dx: 6,
        textAnchor: 'start',
        fill: 'var(--muted)',
      }),
      Plot.areaY(points, { x: 'epoch', y1: 'low', y2: 'high', z: 'series', fill: 'series', fillOpacity: 0.18 }),
      Plot.lineY(points, { x: 'epoch', y: 'mean', z: 'series', stroke: 'series', strokeWidth: 2 }),
      ...(first === last ? [Plot.dot(points, { x: 'epoch', y: 'mean', fill: 'series', r: 3 })] : []),
    ],
  }
}
