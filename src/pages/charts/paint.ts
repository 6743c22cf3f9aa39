/** Colors are CSS variables of the page, so that a chart follows the reader's light or dark theme. */
export const SERIES_COLORS = 8
export const seriesColor = (index: number): string => `var(--series-${index % SERIES_COLORS})`

export const VERDICT_COLORS = {
  helped: 'var(--helped)',
  harmed: 'var(--harmed)',
  'no difference': 'var(--muted)',
} as const

/** What a difference says; pages word it as they like. */
export type VerdictColor = keyof typeof VERDICT_COLORS

/** Plot's scale that gives each series its color: by its place in this list, whatever else a chart holds. */
export function seriesScale(series: readonly string[]): { domain: string[]; range: string[] } {
  return { domain: [...series], range: series.map((_, index) => seriesColor(index)) }
}

export const VERDICT_SCALE = { domain: Object.keys(VERDICT_COLORS), range: Object.values(VERDICT_COLORS) }
