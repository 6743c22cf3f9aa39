import type { PlotOptions } from '@observablehq/plot'

/** What charts of reports and of the studio have in common: the page's font, room at the top, nothing cut at an edge. */
export function finished(options: PlotOptions): PlotOptions {
  const style = { fontSize: '13px', fontFamily: 'inherit', overflow: 'visible' }
  return { marginTop: 16, ...options, style }
}

interface Marked {
  setAttribute(name: string, value: string): void
  querySelectorAll(selector: string): Iterable<Marked>
}

/** One picture for those who cannot see it, with its name; Plot names its groups, and a name needs a role. */
export function named<P extends Marked>(plot: P): P {
  plot.setAttribute('role', 'img')
  for (const group of plot.querySelectorAll('g[aria-label]')) group.setAttribute('role', 'group')
  return plot
}
