/** A curve of one training: places ascending, and as many values. */
export interface Line {
  readonly at: readonly number[]
  readonly values: readonly number[]
}

export interface Band {
  readonly at: number
  readonly mean: number
  readonly low: number
  readonly high: number
  /** How many trainings got that far. */
  readonly n: number
}

/**
 * What several trainings of the same thing have in common: at each place the mean, least and greatest value of those that got so far.
 * Between two points of a line, which the server may have thinned out, the value is that of the straight line.
 * @param most places beyond which they are evenly spread
 */
export function bandOf(lines: readonly Line[], most = 300): readonly Band[] {
  const known = lines.map(withoutGaps).filter(({ at }) => at.length > 0)
  const ends = known.map(({ at }) => [at[0], at.at(-1)!])
  const union = [...new Set(known.flatMap(({ at }) => at))].sort((a, b) => a - b)
  if (union.length === 0) return []
  const [first, last] = [union[0], union.at(-1)!]
  // The ends of all lines stay: there the number of lines changes.
  const spread = () => [
    ...ends.flat(),
    ...Array.from({ length: most }, (_, i) => first + ((last - first) * i) / (most - 1)),
  ]
  const places = union.length <= most || known.length === 1 ? union : [...new Set(spread())].sort((a, b) => a - b)
  const walks = known.map(walk)
  return places
    .map((at) => {
      const values = walks.map((valueAt) => valueAt(at)).filter((value) => value !== undefined)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      return { at, mean, low: Math.min(...values), high: Math.max(...values), n: values.length }
    })
    .filter(({ n }) => n > 0)
}

function withoutGaps({ at, values }: Line): Line {
  const kept = [...at.keys()].filter((i) => Number.isFinite(values[i]) && Number.isFinite(at[i]))
  return { at: kept.map((i) => at[i]), values: kept.map((i) => values[i]) }
}

/** The value at places that are asked for in ascending order; undefined outside of the line. */
function walk({ at, values }: Line): (place: number) => number | undefined {
  let i = 0
  return (place) => {
    while (i < at.length - 1 && at[i + 1] <= place) i++
    if (place < at[0] || place > at[at.length - 1]) return undefined
    if (place === at[i] || i === at.length - 1) return values[i]
    const share = (place - at[i]) / (at[i + 1] - at[i])
    return values[i] + share * (values[i + 1] - values[i])
  }
}
