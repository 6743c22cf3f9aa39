import { looksOf } from './charts/index.ts'
import { legend } from './markup.ts'

/** Every name that a page draws, in the order in which they come, each once: its place is its look in all charts. */
export function seriesOf(...names: readonly Iterable<string>[]): string[] {
  return [...new Set(names.flatMap((some) => [...some]))]
}

/** A legend of lines: those of the page's series that a chart has. */
export function lines(series: readonly string[], names: readonly string[]): string {
  return legend(looksOf(series).filter(({ name }) => names.includes(name)))
}

/** A legend of areas and bars. */
export function boxes(series: readonly string[], names: readonly string[]): string {
  const looks = looksOf(series).filter(({ name }) => names.includes(name))
  return legend(looks.map(({ name, color }) => ({ name, color })))
}
