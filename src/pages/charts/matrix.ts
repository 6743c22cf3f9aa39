import * as Plot from '@observablehq/plot'
import { labelWidth, shortened, shortNumber } from './labels.ts'
import { extent } from './parts.ts'

/** What one gives to another; below 0 where it takes away. */
export interface MatrixCell {
  readonly from: string
  readonly to: string
  readonly value: number
}

/** Who gives to whom: rows receive, columns give; the stronger the ground, the more, and the number stands in it. */
export function matrixChart(
  cells: readonly MatrixCell[],
  options: {
    readonly label: string
    /** In the order in which they stand on both sides. */
    readonly names: readonly string[]
    /** Of numbers in cells. */
    readonly text?: (value: number) => string
    readonly width?: number
  },
): Plot.PlotOptions {
  const { label, names, text = shortNumber, width = 640 } = options
  const known = cells.filter(({ value }) => Number.isFinite(value))
  const [least, most] = extent(known.map(({ value }) => value))
  const strongest = Math.max(Math.abs(least), Math.abs(most)) || 1
  const marginLeft = labelWidth(names, width)
  const step = (width - marginLeft - 24) / Math.max(names.length, 1)
  // Names that would run into one another stand at a slant.
  const slanted = names.some((name) => labelWidth([name], width) - 24 > step)
  return {
    width,
    height: (slanted ? 110 : 56) + names.length * 38,
    marginLeft,
    marginRight: 24,
    marginTop: slanted ? 84 : 40,
    marginBottom: 12,
    ariaLabel: label,
    padding: 0.06,
    x: {
      label: 'gives →',
      domain: [...names],
      axis: 'top',
      tickFormat: (name: string) => shortened(name, 0),
      tickSize: 0,
      ...(slanted && { tickRotate: -40 }),
    },
    y: { label: null, domain: [...names], tickFormat: (name: string) => shortened(name, width), tickSize: 0 },
    marks: [
      Plot.cell(known, {
        x: 'from',
        y: 'to',
        fill: ({ value }: MatrixCell) => (value < 0 ? 'var(--series-1)' : 'var(--series-0)'),
        fillOpacity: ({ value }: MatrixCell) => 0.06 + (0.5 * Math.abs(value)) / strongest,
        rx: 3,
        title: ({ from, to, value }: MatrixCell) => `${from} → ${to}: ${text(value)}`,
      }),
      Plot.text(known, { x: 'from', y: 'to', text: ({ value }: MatrixCell) => text(value), fill: 'var(--text)' }),
    ],
    // As they are, without a scale that would map them again.
    color: { type: 'identity' },
    opacity: { type: 'identity' },
  }
}
