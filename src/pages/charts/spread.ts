import * as Plot from '@observablehq/plot'
import { labelWidth, shortened, shortNumber } from './labels.ts'
import { BELOW, extent } from './parts.ts'

/** One result: of a run, or of a seed of a group of runs. */
export interface SpreadPoint {
  readonly group: string
  /** Told at the pointer: `seed 3`. */
  readonly name: string
  readonly value: number
}

/** Per group a row of its values as dots, its mean a bar: how far seeds lie apart. */
export function spreadChart(
  points: readonly SpreadPoint[],
  options: { readonly label: string; readonly width?: number },
): Plot.PlotOptions {
  const { label, width = 860 } = options
  const groups = [...new Set(points.map(({ group }) => group))]
  const means = groups.map((group) => {
    const values = points.filter((point) => point.group === group).map(({ value }) => value)
    return { group, value: values.reduce((sum, value) => sum + value, 0) / values.length }
  })
  return {
    width,
    height: 64 + groups.length * 28,
    marginLeft: labelWidth(groups, width),
    marginRight: 24,
    marginBottom: 48,
    ariaLabel: `${label} of each run, by group`,
    x: { ...BELOW, label: `${label} →`, grid: true, nice: true, ticks: width / 110, tickFormat: shortNumber },
    y: { label: null, domain: groups, tickFormat: (name: string) => shortened(name, width), tickSize: 0 },
    marks: [
      Plot.dot(points, {
        x: 'value',
        y: 'group',
        fill: 'var(--series-0)',
        fillOpacity: 0.55,
        r: 5,
        title: ({ name, value }: SpreadPoint) => `${name}: ${shortNumber(value)}`,
      }),
      Plot.tickX(means, { x: 'value', y: 'group', stroke: 'var(--text)', strokeWidth: 2.5, inset: 2 }),
    ],
  }
}

/** How many runs have which result. */
export function histogramChart(
  values: readonly number[],
  options: { readonly label: string; readonly width?: number },
): Plot.PlotOptions {
  const { label, width = 440 } = options
  const [least, most] = extent(values)
  const bins = Math.min(Math.max(Math.ceil(Math.sqrt(values.length)), 5), 40)
  const step = (most - least || Math.abs(most) || 1) / bins
  const counts = Array.from({ length: bins }, (_, b) => ({
    from: least + b * step,
    to: least + (b + 1) * step,
    runs: 0,
  }))
  for (const value of values) {
    if (!Number.isFinite(value)) continue
    counts[Math.min(Math.floor((value - least) / step), bins - 1)].runs++
  }
  return {
    width,
    height: 200,
    marginLeft: 52,
    marginBottom: 42,
    ariaLabel: `number of runs by ${label}`,
    x: { ...BELOW, label: `${label} →`, ticks: width / 80, tickFormat: shortNumber },
    y: { label: '↑ runs', grid: true, nice: true, ticks: 4, tickFormat: shortNumber },
    marks: [
      Plot.rectY(counts, {
        x1: 'from',
        x2: 'to',
        y1: 0,
        y2: 'runs',
        fill: 'var(--series-0)',
        fillOpacity: 0.85,
        inset: 0.5,
      }),
      Plot.ruleY([0], { stroke: 'var(--axis)' }),
    ],
  }
}
