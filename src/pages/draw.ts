import { type PlotOptions, plot } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { finished, named } from './charts/index.ts'

/** A chart as SVG text in the page's font. */
export function draw(options: PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  return named(plot({ ...finished(options), document })).outerHTML
}
