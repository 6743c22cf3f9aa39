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

/** As long a time as is shown decides what its ticks say; days where it is many. */
export const TIME = { type: 'time', label: null } as const
