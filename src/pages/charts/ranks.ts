import * as Plot from '@observablehq/plot'
import { labelWidth, shortened } from './labels.ts'

/** A list by its maker, best first. */
export interface RankedList {
  readonly name: string
  readonly items: readonly { readonly id: string; readonly title: string }[]
}

/** Lists beside one another, what stands in several joined by lines: titles at the sides, ranks between. */
export function rankChart(
  lists: readonly RankedList[],
  options: { readonly label: string; readonly chosen?: string; readonly width?: number },
): Plot.PlotOptions {
  const { label, chosen } = options
  const asked = options.width ?? 640
  const rows = lists.flatMap(({ name, items }, place) =>
    items.map((item, i) => ({ ...item, list: name, rank: i + 1, place })),
  )
  const inSeveral = new Set(rows.map(({ id }) => id).filter((id, i, all) => all.indexOf(id) !== i))
  const joined = rows.filter(({ id }) => inSeveral.has(id))
  // No color of a series: on a page those are services, or whatever else its lists are about.
  const color = ({ id }: { readonly id: string }) =>
    id === chosen ? 'var(--link)' : inSeveral.has(id) ? 'var(--muted)' : 'var(--page)'
  const ink = ({ id }: { readonly id: string }) => (inSeveral.has(id) || id === chosen ? 'var(--page)' : 'var(--text)')
  const side = (place: number, anchor: 'start' | 'end', dx: number) =>
    Plot.text(
      rows.filter((row) => row.place === place),
      {
        x: 'list',
        y: 'rank',
        text: ({ title }: { title: string }) => shortened(title, asked < 700 ? 0 : asked),
        textAnchor: anchor,
        dx,
        fill: 'var(--text)',
      },
    )
  const most = Math.max(...lists.map(({ items }) => items.length), 1)
  const margin = (list: RankedList | undefined) =>
    labelWidth(list?.items.map(({ title }) => title) ?? [], asked < 700 ? 0 : asked) + 8
  const [marginLeft, marginRight] = [margin(lists[0]), lists.length > 1 ? margin(lists.at(-1)) : 24]
  // Closer than this, their names would run into one another.
  const width = Math.max(asked, marginLeft + marginRight + 100 * (lists.length - 1))
  return {
    width,
    height: 50 + most * 30,
    marginTop: 36,
    marginLeft,
    marginRight,
    marginBottom: 12,
    ariaLabel: label,
    x: {
      type: 'point',
      padding: 0,
      domain: lists.map(({ name }) => name),
      axis: 'top',
      label: null,
      tickSize: 0,
      tickFormat: (name: string) => shortened(name, 0),
    },
    y: { axis: null, domain: [0.5, most + 0.5], reverse: true },
    color: { type: 'identity' },
    marks: [
      Plot.line(joined, {
        x: 'list',
        y: 'rank',
        z: 'id',
        stroke: color,
        strokeWidth: ({ id }: { readonly id: string }) => (id === chosen ? 4 : 1.8),
      }),
      Plot.dot(rows, { x: 'list', y: 'rank', fill: color, stroke: 'var(--axis)', r: 10, title: 'title' }),
      Plot.text(rows, { x: 'list', y: 'rank', text: 'rank', fill: ink }),
      side(0, 'end', -18),
      ...(lists.length > 1 ? [side(lists.length - 1, 'start', 18)] : []),
    ],
  }
}
