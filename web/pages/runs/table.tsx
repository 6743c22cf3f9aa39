import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { Link } from '../../parts/link.tsx'
import { cellText, type RunColumn, type RunRow } from './columns.ts'
import { State } from './state.tsx'
import { rowWindow, scrollTo } from './window.ts'

const HEIGHT = 34
const PICK_WIDTH = 36
const NAME_WIDTH = 300
const NARROW_NAME_WIDTH = 150
/** The end of a path tells more than its beginning. */
const LONGEST_NAME = 40
const NARROW_LONGEST_NAME = 15

interface TableProps {
  readonly rows: readonly RunRow[]
  readonly columns: readonly RunColumn[]
  readonly sort: { readonly name: string; readonly descending: boolean }
  readonly onSort: (name: string) => void
  readonly picked: ReadonlySet<string>
  readonly onPick: (row: RunRow) => void
  readonly onPickAll: () => void
  /** The place of the row that keys act on; -1 while there is none. */
  readonly active: number
}

/** Of thousands of rows those that are seen, and a few before and behind. */
export function RunTable({ rows, columns, sort, onSort, picked, onPick, onPickAll, active }: TableProps) {
  const place = useRef<HTMLElement>(null)
  const [view, setView] = useState({ scrolled: 0, seen: 600, narrow: false })
  const look = () => {
    const { scrollTop, clientHeight, clientWidth } = place.current!
    const next = { scrolled: scrollTop, seen: clientHeight, narrow: clientWidth < 560 }
    setView((before) =>
      before.scrolled === next.scrolled && before.seen === next.seen && before.narrow === next.narrow ? before : next,
    )
  }
  useLayoutEffect(look, [rows])
  useEffect(() => {
    addEventListener('resize', look)
    return () => removeEventListener('resize', look)
  }, [])
  useLayoutEffect(() => {
    if (active < 0) return
    const table = place.current!
    table.scrollTop = scrollTo(active, HEIGHT, table.scrollTop, table.clientHeight, HEIGHT)
    look()
  }, [active])
  const comes = useRef(false)
  useEffect(() => {
    comes.current = active >= 0
  }, [active])
  useEffect(() => {
    const link = comes.current && place.current!.querySelector<HTMLElement>(`[data-row="${active}"] a`)
    if (!link) return
    link.focus({ preventScroll: true })
    comes.current = false
  })
  const { from, to, before, behind } = rowWindow(rows.length, HEIGHT, view.scrolled, view.seen)
  const all = rows.length > 0 && rows.every(({ runs }) => runs.every(({ id }) => picked.has(id)))
  const nameWidth = view.narrow ? NARROW_NAME_WIDTH : NAME_WIDTH
  const width = PICK_WIDTH + nameWidth + columns.reduce((sum, column) => sum + column.width, 0)
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <section class="scroll runs" ref={place} onScroll={look} tabIndex={0} aria-label="Runs">
      <table
        aria-rowcount={rows.length + 1}
        style={{ width: `${width}px`, marginTop: `${before}px`, marginBottom: `${behind}px` }}
      >
        <colgroup>
          <col style={{ width: `${PICK_WIDTH}px` }} />
          <col style={{ width: `${nameWidth}px` }} />
          {columns.map(({ name, width }) => (
            <col key={name} style={{ width: `${width}px` }} />
          ))}
        </colgroup>
        <thead>
          <tr>
            <th scope="col">
              <input type="checkbox" checked={all} onChange={onPickAll} aria-label="Pick all that are shown" />
            </th>
            {[{ name: 'run', title: 'Run', written: undefined }, ...columns].map(({ name, title, written }) => (
              <th
                key={name}
                scope="col"
                class={written ? 'number' : undefined}
                aria-sort={name !== sort.name ? undefined : sort.descending ? 'descending' : 'ascending'}
              >
                <button type="button" class="sort" onClick={() => onSort(name)} title={`Sort by ${title}`}>
                  {title}
                  {name === sort.name && <span aria-hidden="true">{sort.descending ? ' ↓' : ' ↑'}</span>}
                </button>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.slice(from, to).map((row, index) => (
            <Row
              key={row.key}
              row={row}
              columns={columns}
              place={from + index}
              active={from + index === active}
              picked={row.runs.every(({ id }) => picked.has(id))}
              longest={view.narrow ? NARROW_LONGEST_NAME : LONGEST_NAME}
              onPick={onPick}
            />
          ))}
        </tbody>
      </table>
    </section>
  )
}

interface RowProps {
  readonly row: RunRow
  readonly columns: readonly RunColumn[]
  readonly place: number
  readonly active: boolean
  readonly picked: boolean
  readonly longest: number
  readonly onPick: (row: RunRow) => void
}

/** Drawn anew only when something in it is another: a table that scrolls has no time for the rest. */
function Row({ row, columns, place, active, picked, longest, onPick }: RowProps) {
  return useMemo(
    () => drawn({ row, columns, place, active, picked, longest, onPick }),
    [row, columns, place, active, picked, longest],
  )
}

function drawn({ row, columns, place, active, picked, longest, onPick }: RowProps) {
  const { name, runs } = row
  return (
    <tr data-row={place} aria-rowindex={place + 2} class={active ? 'active' : picked ? 'picked' : undefined}>
      <td>
        <input
          type="checkbox"
          checked={picked}
          onChange={() => onPick(row)}
          aria-label={`Pick ${name.slice(0, 200)}`}
        />
      </td>
      <th scope="row" title={name.slice(0, 500)}>
        <Link to={['runs']} with={{ run: runs.map(({ id }) => id) }}>
          <bdi>{name.length > longest ? `…${name.slice(1 - longest)}` : name}</bdi>
        </Link>
      </th>
      {columns.map((column) => {
        if (column.name === 'status') return <State key={column.name} runs={runs} />
        const text = cellText(row, column)
        return (
          <td key={column.name} class={column.written ? 'number' : undefined} title={text.slice(0, 500)}>
            <bdi>{text.slice(0, 200)}</bdi>
          </td>
        )
      })}
    </tr>
  )
}
