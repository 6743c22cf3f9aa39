import * as Plot from '@observablehq/plot'
import { shortened, shortNumber, signedNumber, withInterval } from './labels.ts'
import { looksOf, seriesScale, VERDICT_COLORS, type VerdictColor } from './paint.ts'
import { extent, timeScale, tipOf } from './parts.ts'

export interface TrafficPoint {
  readonly series: string
  readonly time: Date
  /** NaN where nothing was measured: the line breaks. */
  readonly value: number
}

/** Lines over time, or areas on one another where they are parts of one whole. */
export function trafficChart(
  points: readonly TrafficPoint[],
  options: {
    /** All that have a look on the page. */
    readonly series: readonly string[]
    readonly label: string
    /** What a value is of: `1/s`, `ms`; told at the pointer. */
    readonly unit?: string
    readonly stacked?: boolean
    /** From and to; of the points where nothing is said. */
    readonly span?: readonly [Date, Date]
    /** Told across, as something that is not to be passed. */
    readonly limit?: number
    readonly width?: number
    readonly height?: number
    readonly tips?: boolean
  },
): Plot.PlotOptions {
  const { series, label, unit = '', stacked = false, span, limit, width = 440, height = 180, tips = false } = options
  // Between two gaps there is no line; a dot stands for it.
  const isThere = (point: TrafficPoint | undefined, of: string) => point?.series === of && Number.isFinite(point.value)
  const alone = points.filter(
    (point, i) =>
      isThere(point, point.series) && !isThere(points[i - 1], point.series) && !isThere(points[i + 1], point.series),
  )
  const looks = looksOf(series).filter(({ name }) => points.some((point) => point.series === name))
  const title = ({ series, time, value }: TrafficPoint) =>
    `${shortened(series)}\n${time.toLocaleTimeString('en-GB', { timeZone: 'UTC' })}: ${shortNumber(value)} ${unit}`.trimEnd()
  return {
    width,
    height,
    marginLeft: 62,
    marginRight: 16,
    marginBottom: 30,
    ariaLabel: `${label} over time`,
    color: seriesScale(series),
    x: timeScale(span === undefined ? extent(points.map(({ time }) => +time)) : [+span[0], +span[1]], width),
    y: { label: null, grid: true, zero: true, nice: true, ticks: 4, tickFormat: shortNumber },
    marks: [
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      ...(limit === undefined ? [] : [Plot.ruleY([limit], { stroke: 'var(--harmed)', strokeDasharray: '5,4' })]),
      ...(stacked
        ? [
            Plot.areaY(onOneAnother(points, series), {
              x: 'time',
              y1: 'from',
              y2: 'to',
              fill: 'series',
              fillOpacity: 0.85,
            }),
          ]
        : looks.map(({ name, color, dash }) =>
            Plot.lineY(
              points.filter((point) => point.series === name),
              { x: 'time', y: 'value', stroke: color, strokeWidth: 1.8, ...(dash !== '' && { strokeDasharray: dash }) },
            ),
          )),
      Plot.dot(alone, { x: 'time', y: 'value', fill: 'series', r: 2 }),
      ...(tips ? [tipOf(points, { x: 'time', y: 'value', title })] : []),
    ],
  }
}

/** At each time one on another, in the order of `series`. */
function onOneAnother(points: readonly TrafficPoint[], series: readonly string[]) {
  const tops = new Map<number, number>()
  return series.flatMap((name) =>
    points
      .filter((point) => point.series === name)
      .map((point) => {
        const from = tops.get(+point.time) ?? 0
        const to = from + (Number.isFinite(point.value) ? point.value : 0)
        tops.set(+point.time, to)
        return { ...point, from, to }
      }),
  )
}

/** A line as high as text, without axes: where it goes, beside the number that says where it is. */
export function sparkline(
  values: readonly number[],
  options: { readonly label: string; readonly color?: string; readonly width?: number },
): Plot.PlotOptions {
  const { label, color = 'var(--series-0)', width = 120 } = options
  const rows = values.map((value, place) => ({ place, value }))
  return {
    width,
    height: 28,
    margin: 2,
    ariaLabel: label,
    axis: null,
    x: { domain: [0, Math.max(values.length - 1, 1)] },
    y: { domain: [Math.min(0, extent(values)[0]), extent(values)[1] || 1] },
    marks: [Plot.lineY(rows, { x: 'place', y: 'value', stroke: color, strokeWidth: 1.5 })],
  }
}

/** What was known of a difference at a moment. */
export interface CoursePoint {
  readonly time: Date
  readonly mean: number
  /** Not finite where there was no interval yet. */
  readonly low: number
  readonly high: number
  readonly verdict?: VerdictColor
}

/** How an interval narrowed over time, beside zero; in the color of what it said at last. */
export function courseChart(
  points: readonly CoursePoint[],
  options: { readonly label: string; readonly width?: number; readonly height?: number; readonly tips?: boolean },
): Plot.PlotOptions {
  const { label, width = 440, height = 220, tips = false } = options
  const color = VERDICT_COLORS[points.at(-1)?.verdict ?? 'no difference']
  const known = points.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
  const [least, most] = extent([0, ...known.flatMap(({ low, high }) => [low, high])])
  const room = (most - least || 1) * 0.06
  return {
    width,
    height,
    marginLeft: 72,
    marginRight: 16,
    marginBottom: 30,
    ariaLabel: `${label} over time, with 95 % intervals`,
    x: timeScale(extent(points.map(({ time }) => +time)), width),
    y: { label: null, grid: true, domain: [least - room, most + room], ticks: 5, tickFormat: signedNumber },
    marks: [
      Plot.areaY(known, { x: 'time', y1: 'low', y2: 'high', fill: color, fillOpacity: 0.18 }),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
      Plot.lineY(known, { x: 'time', y: 'mean', stroke: color, strokeWidth: 2 }),
      Plot.ruleX(known, { x: 'time', y1: 'low', y2: 'high', stroke: color, strokeOpacity: 0.6 }),
      Plot.dot(known, { x: 'time', y: 'mean', fill: color, r: 3.5 }),
      ...(tips
        ? [
            tipOf(known, {
              x: 'time',
              y: 'mean',
              title: ({ time, mean, low, high }: CoursePoint) =>
                `${time.toLocaleString('en-GB')}\n${withInterval(mean, low, high, signedNumber)}`,
            }),
          ]
        : []),
    ],
  }
}
