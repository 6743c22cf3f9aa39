/** First place from `low` to `high` whose value is at least `least`, in ascending values; `high` where there is none. */
export function firstAtLeast(ascending: ArrayLike<number>, least: number, low = 0, high = ascending.length): number {
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < least) low = middle + 1
    else high = middle
  }
  return low
}
