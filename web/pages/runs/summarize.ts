/** Figures of one thing trained with several seeds. `sd` divides by n − 1 and is undefined for one. */
export interface OverSeeds {
  readonly n: number
  readonly mean: number
  readonly sd: number | undefined
  readonly low: number
  readonly high: number
}

export function overSeeds(values: readonly number[]): OverSeeds | undefined {
  const n = values.length
  if (n === 0) return undefined
  const mean = values.reduce((sum, value) => sum + value, 0) / n
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return {
    n,
    mean,
    sd: n === 1 ? undefined : Math.sqrt(squares / (n - 1)),
    low: Math.min(...values),
    high: Math.max(...values),
  }
}

/** `1–3, 7` of seeds in any order. */
export function seedsText(seeds: readonly number[]): string {
  const spans: [number, number][] = []
  for (const seed of [...new Set(seeds)].sort((a, b) => a - b)) {
    const last = spans.at(-1)
    if (last && last[1] === seed - 1) last[1] = seed
    else spans.push([seed, seed])
  }
  return spans
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from}, ${to}` : `${from}–${to}`))
    .join(', ')
}

/** `8 s`, `2 min 05 s`, `3 h 07 min`. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds)
  if (whole < 60) return `${seconds < 10 ? Math.round(seconds * 10) / 10 : whole} s`
  const [big, small, names] =
    whole < 3600 ? [whole / 60, whole % 60, 'min s'] : [whole / 3600, (whole % 3600) / 60, 'h min']
  const [first, second] = names.split(' ')
  return `${Math.floor(big)} ${first} ${String(Math.floor(small)).padStart(2, '0')} ${second}`
}

/** Sorts by a key, ascending or descending, with what has none at the end both ways; equals keep their order. */
export function sortedBy<T>(
  rows: readonly T[],
  key: (row: T) => string | number | undefined,
  descending: boolean,
): readonly T[] {
  const sign = descending ? -1 : 1
  return rows
    .map((row) => ({ row, at: key(row) }))
    .sort(({ at: a }, { at: b }) => {
      if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined)
      if (typeof a === 'number' && typeof b === 'number') return sign * (a - b)
      return sign * collator.compare(String(a), String(b))
    })
    .map(({ row }) => row)
}

const collator = new Intl.Collator('en', { numeric: true })

/** Options in which the runs differ, in the order in which they come up; one that a run does not have differs from any value. */
export function differing(options: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const names = new Set(options.flatMap((one) => Object.keys(one)))
  return [...names].filter((name) => new Set(options.map((one) => JSON.stringify(one[name]))).size > 1)
}
