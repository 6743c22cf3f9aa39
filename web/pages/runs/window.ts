/** Which rows of a long table are in the document, and how high the empty places before and behind them are. */
export interface RowWindow {
  readonly from: number
  readonly to: number
  readonly before: number
  readonly behind: number
}

/** Rows drawn beyond what is seen, so that scrolling by a few meets no hole. */
const AHEAD = 12

/** @param scrolled pixels above the first that is seen, of rows that are all `height` pixels high */
export function rowWindow(count: number, height: number, scrolled: number, seen: number): RowWindow {
  const first = Math.floor(Math.max(0, scrolled) / height)
  const from = Math.max(0, Math.min(first, count) - AHEAD)
  const to = Math.min(count, Math.max(from, first + Math.ceil(seen / height) + AHEAD))
  return { from, to, before: from * height, behind: (count - to) * height }
}

/** Where to scroll so that a row is seen: no further than needed. `head` is what covers the upper rows. */
export function scrollTo(row: number, height: number, scrolled: number, seen: number, head: number): number {
  const top = row * height
  if (top < scrolled) return top
  return Math.max(scrolled, top + height + head - seen)
}
