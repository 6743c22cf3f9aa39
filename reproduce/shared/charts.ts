// Charts of the pages of docs/results, each an SVG that needs nothing from the page around it.
import * as Plot from '@observablehq/plot'
import { draw } from '../../src/pages/draw.ts'

export interface Level {
  readonly label: string
  readonly value: number
}

export const OURS = '#2f6fd6'
export const PUBLISHED = '#c2331f'
export const LEVELS = 'currentColor'

export interface Estimate {
  readonly label: string
  readonly mean: number
  readonly low: number
  readonly high: number
  readonly published?: number
}

/** Estimates under one another, with intervals, beside what was published of them. `says`: what they are of, for those who cannot see. */
export function estimateFigure(
  rows: readonly Estimate[],
  levels: readonly Level[],
  label: string,
  says = 'by method, with 95 % intervals',
): string {
  const longest = Math.max(...rows.map((row) => row.label.length))
  return standalone({
    width: 860,
    height: 70 + 22 * rows.length,
    marginLeft: 20 + 7.4 * longest,
    marginRight: 30,
    marginTop: 34,
    marginBottom: 40,
    ariaLabel: `${label} ${says}`,
    x: { label: `${label} →`, grid: true, nice: true },
    y: { label: null, domain: rows.map((row) => row.label), tickSize: 0 },
    marks: [
      Plot.ruleX(levels, { x: 'value', stroke: LEVELS, strokeDasharray: '3,3' }),
      Plot.text(levels, { x: 'value', text: 'label', frameAnchor: 'top', dy: -18, fill: LEVELS, fontSize: 11 }),
      Plot.ruleY(rows, { x1: 'low', x2: 'high', y: 'label', stroke: OURS, strokeWidth: 2 }),
      Plot.dot(rows, { x: 'mean', y: 'label', fill: OURS, r: 4 }),
      Plot.dot(
        rows.filter((row) => row.published !== undefined),
        { x: 'published', y: 'label', stroke: PUBLISHED, strokeWidth: 1.8, r: 4, symbol: 'diamond' },
      ),
    ],
  })
}

/** An image cannot see the page around it: ground and text change together, so that they can be read on any. */
const THEMES =
  'svg{background:#fff;color:#1c2128}@media(prefers-color-scheme:dark){svg{background:#14171c;color:#e4e8ed}}'

export function standalone(options: Plot.PlotOptions): string {
  const svg = draw({ ...options, marginTop: options.marginTop ?? 24 })
  const style = `<style>${THEMES}</style>`
  return `${svg
    .replace(/<svg([^>]*)>/, `<svg xmlns="http://www.w3.org/2000/svg"$1>${style}`)
    .replaceAll('font-family:inherit', 'font-family:system-ui,sans-serif')}\n`
}
