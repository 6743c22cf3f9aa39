/** Colors are CSS variables of the page, so that a chart follows the reader's light or dark theme; none looks like a verdict. */
const SERIES_COLORS = 8
export const seriesColor = (index: number): string => `var(--series-${index % SERIES_COLORS})`

/** Those who cannot tell colors tell lines by their dashes: as many as no chart with so many lines can be read. */
const DASHES = ['', '7,3', '2,3', '9,3,2,3', '12,4', '5,2,1,2,1,2', '4,4']
export const seriesDash = (index: number): string => DASHES[index % DASHES.length]

/** How a series looks wherever it is drawn. */
export interface SeriesLook {
  readonly name: string
  readonly color: string
  /** As SVG's `stroke-dasharray`; empty where the line is whole. */
  readonly dash: string
}

/** By their places in this list: who draws all charts of a page from one list gives a series one look on the page. */
export function looksOf(series: readonly string[]): SeriesLook[] {
  return series.map((name, index) => ({ name, color: seriesColor(index), dash: seriesDash(index) }))
}

export const VERDICT_COLORS = {
  helped: 'var(--helped)',
  harmed: 'var(--harmed)',
  'no difference': 'var(--muted)',
} as const

/** What a difference says; pages word it as they like. */
export type VerdictColor = keyof typeof VERDICT_COLORS

/** Plot's scale that gives each series its color. */
export function seriesScale(series: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...series], range: series.map((_, index) => seriesColor(index)) }
}

export const VERDICT_SCALE = { domain: Object.keys(VERDICT_COLORS), range: Object.values(VERDICT_COLORS) }
