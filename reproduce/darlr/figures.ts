// The figures of docs/results/darlr.md, each an SVG that needs nothing from the page around it.
import * as Plot from '@observablehq/plot'
import { mean, standardDeviation } from '../../src/math/bootstrap.ts'
import { LEVELS, type Level, OURS, PUBLISHED, standalone } from '../shared/charts.ts'

/** One method's curves. Published ones have epochs of their own, so that time is the share of a training. */
export interface CurvePanel {
  readonly label: string
  /** By seed, the same length each. */
  readonly curves: readonly (readonly number[])[]
  readonly published?: readonly number[]
}

const PANEL = { width: 230, height: 170, columns: 4 }
/** Published curves are of one seed and 100 episodes an epoch: a mean over these many epochs makes them readable. */
const SMOOTHED = 9

/** Small multiples: mean over seeds with the band of ± one standard deviation, the published curve, and levels to hold them against. */
export function curveFigure(panels: readonly CurvePanel[], levels: readonly Level[], label: string): string {
  const place = (index: number) => ({ fx: index % PANEL.columns, fy: Math.floor(index / PANEL.columns) })
  const ours = panels.flatMap(({ curves }, p) => {
    const epochs = Math.min(...curves.map((curve) => curve.length))
    return Array.from({ length: Number.isFinite(epochs) ? epochs : 0 }, (_, e) => {
      const values = curves.map((curve) => curve[e])
      const [center, sd] = [mean(values), values.length > 1 ? standardDeviation(values) : 0]
      return { ...place(p), share: (e + 1) / epochs, mean: center, low: center - sd, high: center + sd }
    })
  })
  const published = panels.flatMap(({ published = [] }, p) =>
    published.map((value, e) => ({ ...place(p), share: (e + 1) / published.length, value })),
  )
  const rows = Math.ceil(panels.length / PANEL.columns)
  return standalone({
    width: 60 + PANEL.width * Math.min(PANEL.columns, panels.length),
    height: 50 + PANEL.height * rows,
    marginLeft: 50,
    marginBottom: 40,
    ariaLabel: `${label} by share of the training`,
    x: { label: 'share of the training', domain: [0, 1], ticks: [0, 0.25, 0.5, 0.75], tickFormat: '.0%' },
    y: { label, grid: true, ticks: 5, nice: true },
    fx: { axis: null, padding: 0.08 },
    fy: { axis: null, padding: 0.16 },
    marks: [
      Plot.frame({ stroke: '#d5d9de' }),
      Plot.ruleY(levels, { y: 'value', stroke: LEVELS, strokeDasharray: '3,3' }),
      Plot.lineY(
        published,
        Plot.windowY({ k: SMOOTHED }, { x: 'share', y: 'value', fx: 'fx', fy: 'fy', stroke: PUBLISHED }),
      ),
      Plot.areaY(ours, { x: 'share', y1: 'low', y2: 'high', fx: 'fx', fy: 'fy', fill: OURS, fillOpacity: 0.2 }),
      Plot.lineY(ours, { x: 'share', y: 'mean', fx: 'fx', fy: 'fy', stroke: OURS, strokeWidth: 1.8 }),
      Plot.text(
        panels.map(({ label }, p) => ({ ...place(p), label })),
        { fx: 'fx', fy: 'fy', text: 'label', frameAnchor: 'top-left', dx: 6, dy: 5, fontWeight: 600 },
      ),
    ],
  })
}

export interface Line {
  readonly series: string
  /** By seed. */
  readonly curves: readonly (readonly number[])[]
}

/** Lines of several methods over the epochs, in the mean over seeds with the band of ± one standard deviation. */
export function lineFigure(lines: readonly Line[], label: string): string {
  const points = lines.flatMap(({ series, curves }) =>
    Array.from({ length: Math.min(...curves.map((curve) => curve.length)) }, (_, e) => {
      const values = curves.map((curve) => curve[e])
      const [center, sd] = [mean(values), values.length > 1 ? standardDeviation(values) : 0]
      return { series, epoch: e + 1, mean: center, low: center - sd, high: center + sd }
    }),
  )
  const last = points.filter(({ series, epoch }) => !points.some((p) => p.series === series && p.epoch > epoch))
  const [low, high] = [Math.min(...points.map((p) => p.low)), Math.max(...points.map((p) => p.high))]
  const labels = apart(last, ((high - low) * LINE_LABEL) / LINES_HEIGHT)
  return standalone({
    width: 640,
    height: LINES_HEIGHT + 70,
    marginLeft: 56,
    marginRight: 24 + 7.4 * Math.max(...lines.map(({ series }) => series.length)),
    marginBottom: 40,
    ariaLabel: `${label} by epoch`,
    x: { label: 'epoch' },
    y: { label, grid: true, nice: true },
    color: { domain: lines.map(({ series }) => series), scheme: 'Dark2' },
    marks: [
      Plot.areaY(points, { x: 'epoch', y1: 'low', y2: 'high', fill: 'series', fillOpacity: 0.18 }),
      Plot.lineY(points, { x: 'epoch', y: 'mean', stroke: 'series', strokeWidth: 1.8 }),
      Plot.text(labels, { x: 'epoch', y: 'mean', text: 'series', fill: 'series', textAnchor: 'start', dx: 6 }),
    ],
  })
}

const LINES_HEIGHT = 260
const LINE_LABEL = 15

/** The same, moved up where they would be nearer to one another than `least`. */
function apart<T extends { readonly mean: number }>(labels: readonly T[], least: number): T[] {
  let before = Number.NEGATIVE_INFINITY
  return labels
    .toSorted((a, b) => a.mean - b.mean)
    .map((label) => {
      before = Math.max(label.mean, before + least)
      return { ...label, mean: before }
    })
}
