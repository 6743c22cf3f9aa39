import { type PlotOptions, plot } from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import { finished, named } from './charts/index.ts'
import { escapeHtml } from './markup.ts'

/** A chart as SVG text in the page's font. */
export function draw(options: PlotOptions): string {
  const { document } = parseHTML('<!doctype html><html><body></body></html>')
  return named(plot({ ...finished(options), document })).outerHTML
}

/** As wide as the page is at most, and as a phone is within its margins. */
const WIDTHS = { wide: 860, narrow: 368 }

/**
 * A chart with its caption below. One that asks for its width is drawn twice, for a screen and for a phone, of which the page shows one:
 * text keeps its size, and no verdict hides beyond an edge.
 */
export function figure(chart: PlotOptions | ((width: number) => PlotOptions), caption: string): string {
  const drawn =
    typeof chart === 'function'
      ? Object.entries(WIDTHS).map(([name, width]) => `<div class="${name}">${draw(chart(width))}</div>`)
      : [draw(chart)]
  return `<figure>\n${drawn.join('\n')}\n<figcaption>${escapeHtml(caption)}</figcaption>\n</figure>`
}
