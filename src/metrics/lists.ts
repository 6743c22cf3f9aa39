import type { RecommendedLists } from '../core/index.ts'

/** The first k items of a case's list; fewer where it is shorter. */
export function listOf({ items, k: places }: RecommendedLists, place: number, k: number): Int32Array {
  return items.subarray(place * places, place * places + k).filter((item) => item !== 0)
}

/** How often each item that the lists of some cases could hold stands among their first k. [items] */
export function exposures(lists: RecommendedLists, cases: readonly number[], k: number): Float64Array {
  const times = new Map<number, number>()
  const ranges = new Map<number, number>()
  for (const c of cases) {
    ranges.set(lists.start[c], lists.end[c])
    for (const item of listOf(lists, c, k)) times.set(item, (times.get(item) ?? 0) + 1)
  }
  return Float64Array.from(
    [...ranges].flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => times.get(from + i) ?? 0)),
  )
}
