import * as Plot from '@observablehq/plot'
import { apart, labelWidth, NARROW, shortened, shortNumber, wholeNumber, withInterval } from './labels.ts'
import { looksOf, seriesScale } from './paint.ts'
import { BELOW, extent, logTicks, tipOf } from './parts.ts'

/** One point of a curve; over several runs a mean, with what they span. */
export interface CurvePoint {
  readonly series: string
  /** An epoch as a rule. */
  readonly x: number
  /** NaN breaks the line. */
  readonly value: number
  readonly low?: number
  readonly high?: number
}

export interface CurveOptions {
  /** All that have a look on the page, in one order for all its charts; what has no points here is left out. */
  readonly series: readonly string[]
  readonly label: string
  /** What `x` counts; `epoch` where nothing is said. */
  readonly along?: string
  /** Circles: the epochs whose weights were kept. */
  readonly marked?: readonly CurvePoint[]
  /** Values to tell the others by, drawn across with their names. */
  readonly lines?: readonly { readonly name: string; readonly value: number }[]
  /** A value across without a name: 0, or what is neutral. */
  readonly neutral?: number
  readonly logarithmic?: boolean
  readonly width?: number
  readonly height?: number
  /** What is under the pointer is told; needs a script. */
  readonly tips?: boolean
}

const MARGIN = { top: 16, bottom: 42, left: 62, right: 24 }
/** Between two labels of lines, in pixels. */
const LABEL_STEP = 15
/** More names at the ends of lines than these are no help. */
const MOST_NAMED = 8

/** Lines over epochs, what several runs span shaded; each series has its color and its dashes, and where there is room its name. */
export function curveChart(points: readonly CurvePoint[], options: CurveOptions): Plot.PlotOptions {
  const { label, along = 'epoch', marked = [], lines = [], neutral, logarithmic = false, tips = false } = options
  const { width = 440, height = width < 600 ? 260 : 280 } = options
  const drawn = looksOf(options.series)
    .map((look) => ({ ...look, points: points.filter(({ series }) => series === look.name) }))
    .filter((one) => one.points.length > 0)
  const [first, last] = extent(points.map(({ x }) => x))
  const values = points.flatMap(({ value, low = value, high = value }) => [low, high])
  const [least, most] = extent([
    ...values,
    ...lines.map(({ value }) => value),
    ...(neutral === undefined ? [] : [neutral]),
  ])
  const room = (most - least || Math.abs(most) || 1) * 0.06
  const domain = [least - room, most + room]
  const ticks = logarithmic && least > 0 ? logTicks(least, most) : []
  const several = width >= 600 && drawn.length > 1 && drawn.length <= MOST_NAMED && !logarithmic
  const ends = [
    ...lines.map(({ name, value }) => ({
      text: `${shortened(name)} ${shortNumber(value)}`,
      value,
      color: 'var(--muted)',
    })),
    ...(several ? drawn.flatMap(({ name, color, points }) => endOf(name, color, points)) : []),
  ]
  const perPixel = (most - least + 2 * room) / (height - MARGIN.top - MARGIN.bottom)
  // A single epoch would be a point on an axis of no length.
  const x: [number, number] = first === last ? [first - 1, last + 1] : [first, last]
  const count = along === 'epoch'
  return {
    width,
    height,
    marginTop: MARGIN.top,
    marginBottom: MARGIN.bottom,
    marginLeft: MARGIN.left,
    marginRight:
      ends.length === 0
        ? MARGIN.right
        : labelWidth(
            ends.map(({ text }) => text),
            width < NARROW ? 0 : 860,
          ),
    ariaLabel: `${label} by ${along}`,
    color: seriesScale(options.series),
    x: {
      ...BELOW,
      label: along,
      domain: x,
      ticks: count ? Math.min(last - first + 1, width < 600 ? 6 : 8) : width / 80,
      tickFormat: count ? wholeNumber : shortNumber,
    },
    y: { label: null, tickFormat: shortNumber, ...(logarithmic ? { type: 'log' } : { domain, grid: true, ticks: 5 }) },
    marks: [
      // A logarithmic axis that makes its own labels leaves some of them out.
      ...(logarithmic ? [Plot.axisY(ticks, { text: shortNumber }), Plot.gridY(ticks)] : []),
      ...(neutral === undefined ? [] : [Plot.ruleY([neutral], { stroke: 'var(--axis)' })]),
      ...(lines.length === 0 ? [] : [Plot.ruleY(lines, { y: 'value', stroke: 'var(--axis)', strokeDasharray: '5,4' })]),
      ...(ends.length === 0
        ? []
        : [
            Plot.text(apart(ends, LABEL_STEP * perPixel), {
              x: x[1],
              y: 'place',
              text: 'text',
              dx: 6,
              textAnchor: 'start',
              fill: 'color',
            }),
          ]),
      ...drawn.flatMap(({ name, color, dash, points }) => {
        const spanned = points.filter(({ low, high }) => low !== undefined && high !== undefined)
        return [
          ...(spanned.length === 0
            ? []
            : [Plot.areaY(spanned, { x: 'x', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.18 })]),
          Plot.lineY(points, {
            ...{ x: 'x', y: 'value', stroke: color, strokeWidth: 2, title: () => name },
            ...(dash !== '' && { strokeDasharray: dash }),
          }),
          ...(points.length === 1 ? [Plot.dot(points, { x: 'x', y: 'value', fill: color, r: 3 })] : []),
        ]
      }),
      ...(marked.length === 0
        ? []
        : [Plot.dot(marked, { x: 'x', y: 'value', stroke: 'series', fill: 'var(--page)', strokeWidth: 2, r: 4.5 })]),
      ...(tips
        ? [
            tipOf(points, {
              x: 'x',
              y: 'value',
              title: ({ series, x, value, low, high }: CurvePoint) =>
                `${shortened(series)}\n${along} ${shortNumber(x)}: ${withInterval(value, low, high)}`,
            }),
          ]
        : []),
    ],
  }
}

function endOf(name: string, color: string, points: readonly CurvePoint[]) {
  const last = points.findLast(({ value }) => Number.isFinite(value))
  return last === undefined ? [] : [{ text: shortened(name), value: last.value, color }]
}
