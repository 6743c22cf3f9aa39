import * as Plot from '@observablehq/plot'

/** The least and the most of those that are numbers; [0, 1] where none is. */
export function extent(values: Iterable<number>): [least: number, most: number] {
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const value of values) {
    if (value < least) least = value
    if (value > most) most = value
  }
  return least <= most ? [least, most] : [0, 1]
}

/** Tells what is nearest to the pointer, on the page's own ground. */
export function tipOf<D>(
  rows: readonly D[],
  options: {
    readonly x: keyof D & string
    readonly y: keyof D & string
    readonly title: (row: D) => string
    readonly fy?: keyof D & string
  },
): Plot.Markish {
  return Plot.tip(rows, Plot.pointer({ ...options, fill: 'var(--page)', stroke: 'var(--axis)' }))
}

const DAY = 24 * 3600 * 1000

const MINUTE = 60_000
const CLOCK = { hour: '2-digit', minute: '2-digit' } as const
const DATE = { day: 'numeric', month: 'short' } as const

/** An axis of time, as UTC: seconds where minutes are shown, hours where up to two days are shown, days where more than a week is, both between. */
export function timeScale([from, to]: readonly [number, number], width: number): Plot.ScaleOptions {
  const both = { ...DATE, ...CLOCK }
  const clock = to - from <= 10 * MINUTE ? { ...CLOCK, second: '2-digit' as const } : CLOCK
  const shown = to - from <= 2 * DAY ? clock : to - from > 7 * DAY ? DATE : both
  const tickFormat = (time: Date) => time.toLocaleString('en-GB', { ...shown, timeZone: 'UTC' })
  return {
    type: 'utc',
    label: null,
    domain: [new Date(from), new Date(to)],
    ticks: width / (shown === both ? 180 : 130),
    tickFormat,
  }
}

/** Of an axis at the bottom: in the middle, where margins do not move it away from what it is of. */
export const BELOW = { labelAnchor: 'center' } as const

/** Round numbers from `low` to `high`: 1, 2, 5, 10, … where they span several of these, else evenly spaced ones. */
export function logTicks(low: number, high: number): number[] {
  const place = (x: number) => 10 ** Math.floor(Math.log10(x))
  if (high / low >= 6) {
    const decades = Array.from({ length: Math.ceil(Math.log10(high / low)) + 1 }, (_, i) => place(low) * 10 ** i)
    return decades.flatMap((decade) => [decade, 2 * decade, 5 * decade]).filter((tick) => tick >= low && tick <= high)
  }
  const rough = (high - low) / 6
  const step = [1, 2, 5, 10].map((times) => times * place(rough)).find((candidate) => candidate >= rough)!
  const first = Math.ceil(low / step)
  return Array.from({ length: Math.floor(high / step) - first + 1 }, (_, i) => (first + i) * step)
}
