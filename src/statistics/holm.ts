/**
 * p values adjusted for being looked at together (Holm, 1979): the smallest counts as often as there are, the next one time less,
 * and none less than one before it. NaN stays NaN and is not looked at.
 */
export function holm(values: readonly number[]): number[] {
  const ascending = [...values.keys()].filter((i) => !Number.isNaN(values[i])).sort((a, b) => values[a] - values[b])
  const adjusted = values.map(() => Number.NaN)
  let highest = 0
  for (const [rank, i] of ascending.entries()) {
    highest = Math.max(highest, Math.min(1, values[i] * (ascending.length - rank)))
    adjusted[i] = highest
  }
  return adjusted
}
