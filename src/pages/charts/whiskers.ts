import * as Plot from '@observablehq/plot'
import { labelWidth, NARROW, shortened, signedNumber, withInterval } from './labels.ts'
import { VERDICT_COLORS, VERDICT_SCALE, type VerdictColor } from './paint.ts'
import { BELOW } from './parts.ts'

/** A difference with its interval. */
export interface Whisker {
  /** Where: a domain, a service, all of them. */
  readonly place: string
  /** Which of several: a model, an estimator. */
  readonly name?: string
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly verdict: VerdictColor
  /** A second interval, drawn thin below: one that holds for one look alone. */
  readonly once?: readonly [low: number, high: number]
}

/** Per place a dot and a whisker beside zero, for each name one, in the color of what it says. */
export function whiskerChart(
  whiskers: readonly Whisker[],
  options: {
    /** Under the axis. */
    readonly label: string
    /** For those who cannot see it. */
    readonly says: string
    /** Where the second intervals are not to be read yet. */
    readonly faint?: boolean
    readonly width?: number
  },
): Plot.PlotOptions {
  const { label, says, faint = false, width = 860 } = options
  const places = [...new Set(whiskers.map(({ place }) => place))]
  const names = [...new Set(whiskers.map(({ name = '' }) => name))]
  const rows = whiskers.map((row) => ({ name: '', ...row }))
  const second = rows.flatMap(({ once, ...row }) =>
    once === undefined ? [] : [{ ...row, low: once[0], high: once[1] }],
  )
  const several = names.length > 1
  return {
    width,
    height: 54 + places.length * (several ? names.length * 22 + 14 : 33),
    marginLeft: labelWidth(places, width),
    marginRight: several ? labelWidth(names, width) : 24,
    marginBottom: 42,
    ariaLabel: says,
    color: VERDICT_SCALE,
    x: {
      ...BELOW,
      label: `${label} →`,
      grid: true,
      nice: true,
      ticks: width < NARROW ? 3 : 6,
      tickFormat: signedNumber,
    },
    y: {
      label: null,
      axis: several ? 'right' : null,
      domain: names,
      tickFormat: (name: string) => shortened(name, width),
      tickSize: 0,
    },
    fy: {
      label: null,
      axis: 'left',
      domain: places,
      padding: 0.12,
      tickFormat: (name: string) => shortened(name, width),
    },
    marks: [
      Plot.ruleX([0], { stroke: 'var(--axis)' }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'name', fy: 'place', stroke: 'verdict', strokeWidth: 2.5 }),
      Plot.ruleY(second, {
        x1: 'low',
        x2: 'high',
        y: 'name',
        fy: 'place',
        stroke: faint ? 'var(--line)' : 'var(--text)',
        strokeWidth: 1.5,
        dy: 8,
      }),
      // Those who cannot tell the colors tell a verdict by a full dot, and which one by its side of 0.
      Plot.dot(rows, {
        x: 'mean',
        y: 'name',
        fy: 'place',
        stroke: 'verdict',
        strokeWidth: 2,
        fill: ({ verdict }: Whisker) => (verdict === 'no difference' ? 'var(--page)' : VERDICT_COLORS[verdict]),
        r: 4.5,
        title: ({ place, name, mean, low, high }: Whisker) =>
          `${[place, name].filter(Boolean).join(', ')}: ${withInterval(mean, low, high, signedNumber)}`,
      }),
    ],
  }
}
