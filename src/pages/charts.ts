import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { type ByName, nameOfAll } from '../core/index.ts'
import { type Comparison, domainsWithCases } from '../evaluation/compare.ts'
import type { Difference } from '../evaluation/verdicts.ts'

/** Colors are CSS variables of the page, so that a chart follows the reader's light or dark theme. */
export const SERIES_COLORS = 8
export const seriesColor = (index: number): string => `var(--series-${index % SERIES_COLORS})`

export const VERDICT_COLORS = {
  helped: 'var(--helped)',
  harmed: 'var(--harmed)',
  'no difference': 'var(--muted)',
} as const

const FONT_SIZE = 13
/** Generous for a proportional font of that size; a label must never be cut. */
const CHARACTER_WIDTH = 7.4
const LONGEST_LABEL = 30

/** One line of a learning curve. */
export interface CurvePoint {
  readonly series: string
  readonly epoch: number
  readonly value: number
}

/** Lines over epochs, one color a series. */
export function curveChart(
  points: readonly CurvePoint[],
  options: {
    readonly series: readonly string[]
    readonly label: string
    /** The epochs whose weights were kept. */
    readonly marked: readonly CurvePoint[]
    /** A value to tell the others by, drawn across. */
    readonly neutral?: number
  },
): string {
  const last = Math.max(...points.map((point) => point.epoch), 1)
  return draw({
    width: 440,
    height: 260,
    marginLeft: 62,
    marginBottom: 42,
    ariaLabel: `${options.label} by epoch`,
    color: { domain: [...options.series], range: options.series.map((_, index) => seriesColor(index)) },
    // A single epoch would be a point on an axis of no length.
    x: { label: 'epoch', domain: last === 1 ? [0, 2] : [1, last], ticks: Math.min(last, 6), tickFormat: wholeEpoch },
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
  })
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
): string {
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
  return draw({
    width,
    height: BAND_HEIGHT,
    marginTop: BAND_MARGINS.top,
    marginBottom: BAND_MARGINS.bottom,
    marginLeft: 62,
    marginRight: named.length === 0 ? 24 : labelWidth(named.map(({ text }) => text)),
    ariaLabel: `${label} by epoch`,
    color: { domain: [...series], range: series.map((_, index) => seriesColor(index)) },
    x: { label: 'epoch', domain: x, ticks: Math.min(last - first + 1, 8), tickFormat: wholeEpoch },
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
  })
}

/** Places for labels near their values, from the highest down, at least `step` from one another. */
function apart<L extends { readonly value: number }>(labels: readonly L[], step: number): (L & { place: number })[] {
  let above = Number.POSITIVE_INFINITY
  return [...labels]
    .sort((a, b) => b.value - a.value)
    .map((label) => {
      above = Math.min(label.value, above - step)
      return { ...label, place: above }
    })
}

/** Per domain one bar a model, from zero, with its interval as a thin line and its value written behind it. */
export function barChart(comparison: Comparison, metric: string): string {
  const names = [...comparison.models.keys()]
  const rows = domainsWithCases(comparison).flatMap((domain) =>
    names.map((name) => {
      const { mean, low, high } = comparison.models.get(name)!.domains.get(domain)![metric]
      return { domain, name, mean, low, high, text: mean.toFixed(4) }
    }),
  )
  return draw({
    width: 860,
    height: 50 + domainsWithCases(comparison).length * (names.length * 20 + 16),
    marginLeft: labelWidth([...comparison.cases.keys()]),
    marginRight: 64,
    marginBottom: 42,
    ariaLabel: `${metric} by domain and model, with 95 % intervals`,
    color: { domain: names, range: names.map((_, index) => seriesColor(index)) },
    x: { label: `${metric} →`, grid: true, nice: true, zero: true, ticks: 6 },
    y: { axis: null, domain: names, padding: 0.12 },
    fy: { label: null, axis: 'left', domain: domainsWithCases(comparison), padding: 0.16, tickFormat: shortened },
    marks: [
      Plot.barX(rows, { x: 'mean', y: 'name', fy: 'domain', fill: 'name', fillOpacity: 0.85 }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', fy: 'domain', stroke: 'var(--text)', strokeWidth: 1.5 }),
      Plot.text(rows, {
        x: 'high',
        y: 'name',
        fy: 'domain',
        text: 'text',
        dx: 6,
        textAnchor: 'start',
        fill: 'var(--text)',
      }),
      Plot.ruleX([0], { stroke: 'var(--axis)' }),
    ],
  })
}

/** Per domain (and for all) the difference of each named model from the first, with its interval beside zero. */
export function differenceChart(comparison: Comparison, names: readonly string[], metric: string): string {
  const domains = domainsWithCases(comparison)
  const all = nameOfAll(comparison.cases.keys())
  const row = (domain: string, name: string, { mean, low, high, verdict }: Difference) => ({
    domain,
    name,
    mean,
    low,
    high,
    verdict: verdict === 'helped' || verdict === 'harmed' ? verdict : 'no difference',
  })
  const rows = names.flatMap((name) => [
    ...domains.map((domain) => row(domain, name, comparison.differences.get(name)!.get(domain)![metric])),
    row(all, name, comparison.overallDifferences.get(name)![metric]),
  ])
  const several = names.length > 1
  return draw({
    width: 860,
    height: 54 + (domains.length + 1) * (several ? names.length * 22 + 14 : 32),
    marginLeft: labelWidth(domains),
    marginRight: several ? labelWidth(names) : 24,
    marginBottom: 42,
    ariaLabel: `difference of ${metric} from ${comparison.against} by domain, with 95 % intervals`,
    color: { domain: Object.keys(VERDICT_COLORS), range: Object.values(VERDICT_COLORS) },
    x: {
      label: `difference of ${metric} →`,
      grid: true,
      nice: true,
      ticks: 6,
      tickFormat: signedTick,
    },
    y: { label: null, axis: several ? 'right' : null, domain: [...names], tickFormat: shortened, tickSize: 0 },
    fy: { label: null, axis: 'left', domain: [...domains, all], padding: 0.12, tickFormat: shortened },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--axis)' }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', fy: 'domain', stroke: 'verdict', strokeWidth: 2.5 }),
      Plot.dot(rows, { x: 'mean', y: 'name', fy: 'domain', fill: 'verdict', r: 5 }),
    ],
  })
}

/** Per task one bar of all its experts' shares, one color an expert, the share written where it has room. */
export function gateChart(gates: ByName<readonly number[]>): string {
  const tasks = [...gates.keys()]
  const experts = Math.max(...[...gates.values()].map((weights) => weights.length))
  const names = Array.from({ length: experts }, (_, k) => `expert ${k + 1}`)
  const rows = [...gates].flatMap(([task, shares]) => {
    let end = 0
    return shares.map((share, k) => {
      const start = end
      end += share
      return { task, expert: names[k], start, end, text: share < 0.06 ? '' : share.toFixed(2) }
    })
  })
  return draw({
    width: 860,
    height: 50 + tasks.length * 34,
    marginLeft: labelWidth(tasks),
    marginRight: 24,
    marginBottom: 42,
    ariaLabel: 'mean gate weight of each expert by task',
    color: { domain: names, range: names.map((_, index) => seriesColor(index)) },
    x: { label: 'mean gate weight →', domain: [0, 1], ticks: 6 },
    y: { label: null, domain: tasks, padding: 0.2, tickFormat: shortened, tickSize: 0 },
    marks: [
      Plot.barX(rows, { x1: 'start', x2: 'end', y: 'task', fill: 'expert', fillOpacity: 0.85 }),
      Plot.text(rows, {
        x: (row: { start: number; end: number }) => (row.start + row.end) / 2,
        y: 'task',
        text: 'text',
        fill: 'var(--page)',
      }),
    ],
  })
}

/** A plot as SVG in the page's font. */
export function draw(options: Plot.PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  const style = { fontSize: `${FONT_SIZE}px`, fontFamily: 'inherit', overflow: 'visible' }
  const plot = Plot.plot({ marginTop: 16, ...options, style, document })
  plot.setAttribute('role', 'img')
  // Plot names its groups, and a name needs a role.
  for (const group of plot.querySelectorAll('g[aria-label]')) group.setAttribute('role', 'group')
  return plot.outerHTML
}

export function shortened(label: string): string {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label
}

/** A margin that holds the longest of these labels. */
export function labelWidth(labels: readonly string[]): number {
  return 24 + CHARACTER_WIDTH * Math.max(...labels.map((label) => shortened(label).length), 3)
}

function wholeEpoch(epoch: number): string {
  return Number.isInteger(epoch) ? String(epoch) : ''
}

export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)))
}

function signedTick(value: number): string {
  const text = shortNumber(Math.abs(value))
  if (value === 0) return '0'
  return value < 0 ? `−${text}` : `+${text}`
}
