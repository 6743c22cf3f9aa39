import type { PlotOptions } from '@observablehq/plot'

/** What charts of reports and of the studio have in common: the page's font, room at the top, nothing cut at an edge. */
export function finished(options: PlotOptions): PlotOptions {
  const style = { fontSize: '13px', fontFamily: 'inherit', overflow: 'visible' }
  return { marginTop: 16, ...options, style }
}

interface Drawn {
  readonly children: { readonly length: number }
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
  querySelectorAll(selector: string): Iterable<Drawn>
}

/** One picture for those who cannot see it, with its name. Plot names its groups: a name needs a role, and something to name. */
export function named<P extends Drawn>(plot: P): P {
  plot.setAttribute('role', 'img')
  // It stays: what is told at the pointer takes its place.
  for (const group of plot.querySelectorAll('g[aria-label]'))
    if (group.children.length === 0) group.removeAttribute('aria-label')
    else group.setAttribute('role', 'group')
  return plot
}
