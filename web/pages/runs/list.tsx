import { signal } from '@preact/signals'
import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useKeys } from '../../keys.ts'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { TakeAlong } from '../../parts/table.tsx'
import { go, href, param, setParams } from '../../url.ts'
import { cellText, columnsOf, fieldsOf, type RunRow, rowsOf, SHOWN_AT_FIRST, sortKey, wordsOf } from './columns.ts'
import { Columns } from './columns-menu.tsx'
import { holds, parseFilter, unknownNames } from './filter.ts'
import type { RunSummary } from './runs-told.ts'
import { sortedBy } from './summarize.ts'
import { RunTable } from './table.tsx'
import { Written } from './written.tsx'

/** What is picked, also after a look at something else. */
const picked = signal<ReadonlySet<string>>(new Set())

/** More lines than anybody can tell apart. */
export const MOST_COMPARED = 100

export function List({ runs, folders }: { runs: readonly RunSummary[]; folders: readonly string[] }) {
  const search = useRef<HTMLInputElement>(null)
  const [activeKey, showActive] = useState('')
  // Keys come faster than rows are drawn: what they act on is known at once.
  const latest = useRef('')
  const setActive = (key: string) => {
    latest.current = key
    showActive(key)
  }
  const filter = param('q')
  const together = param('seeds') !== 'apart'
  const sortParam = param('sort') || '-changed'
  const sort = { name: sortParam.replace(/^-/, ''), descending: sortParam.startsWith('-') }
  const columns = useMemo(() => columnsOf(runs), [runs])
  const columnsParam = param('columns')
  const chosen = columnsParam === '' ? SHOWN_AT_FIRST : columnsParam.split(',')
  const shown = useMemo(() => columns.filter(({ name }) => chosen.includes(name)), [columns, columnsParam])

  const conditions = useMemo(() => parseFilter(filter), [filter])
  const unknown = unknownNames(conditions, new Set(['run', ...columns.map(({ name }) => name.toLowerCase())]))
  const found = useMemo(() => {
    const fields = fieldsOf(columns)
    return conditions.length === 0 ? runs : runs.filter((run) => holds(conditions, fields(run), wordsOf(run)))
  }, [runs, conditions])
  const rows = useMemo(() => {
    const column = columns.find(({ name }) => name === sort.name)
    const key = (row: RunRow) => (column === undefined ? row.name : sortKey(row, column))
    return sortedBy(rowsOf(found, together), key, sort.descending)
  }, [found, together, sortParam])
  useEffect(() => setActive(''), [filter, together, sortParam])
  const placeOf = (key: string) => rows.findIndex((row) => row.key === key)
  const active = useMemo(() => placeOf(activeKey), [rows, activeKey])

  const pick = ({ runs }: Pick<RunRow, 'runs'>) => {
    const next = new Set(picked.value)
    const all = runs.every(({ id }) => next.has(id))
    for (const { id } of runs) all ? next.delete(id) : next.add(id)
    picked.value = next
  }
  // As they were picked: the first is what others are held against. What is gone cannot be compared.
  const there = useMemo(() => new Set(runs.map(({ id }) => id)), [runs])
  const chosenRuns = () => [...picked.value].filter((id) => there.has(id))
  const compared = chosenRuns()
  const compare = () => {
    const run = chosenRuns()
    if (run.length > 1 && run.length <= MOST_COMPARED) go(href(['runs'], { run }))
  }
  const open = (row: RunRow | undefined) => row && go(href(['runs'], { run: row.runs.map(({ id }) => id) }))
  const move = (by: number) =>
    setActive(rows[Math.max(0, Math.min(rows.length - 1, placeOf(latest.current) + by))]?.key ?? '')
  const current = () => rows[placeOf(latest.current)]
  useKeys({
    '/': () => search.current?.focus(),
    j: () => move(1),
    k: () => move(-1),
    x: () => current() && pick(current()),
    c: compare,
    o: () => open(current()),
    Escape: () => {
      picked.value = new Set()
    },
  })
  const cells = () => [
    ['Run', ...shown.map(({ title }) => title)],
    ...rows.map((row) => [row.name, ...shown.map((column) => cellText(row, column))]),
  ]
  return (
    <>
      <div class="toolbar">
        <input
          ref={search}
          type="search"
          class="filter"
          aria-label="Filter runs"
          aria-describedby="filter-help"
          placeholder="model:sasrec seed:1-5 ndcg@10>0.08"
          value={filter}
          onInput={(event) => setParams({ q: event.currentTarget.value }, { replace: true })}
        />
        <label>
          <input
            type="checkbox"
            checked={together}
            onChange={() => setParams({ seeds: together ? 'apart' : undefined })}
          />{' '}
          Seeds together
        </label>
        <Columns columns={columns} chosen={chosen} />
        <button type="button" disabled={compared.length < 2 || compared.length > MOST_COMPARED} onClick={compare}>
          Compare {compared.length > 0 && compared.length}
        </button>
        {compared.length > 0 && (
          <button type="button" class="quiet" onClick={() => (picked.value = new Set())}>
            Pick none
          </button>
        )}
        <Link to={['train']}>Train a model</Link>
      </div>
      <p class="muted" id="filter-help" role="status">
        Showing {found.length.toLocaleString('en-US')} of {runs.length.toLocaleString('en-US')} runs
        {together && ` in ${rows.length.toLocaleString('en-US')} rows: seeds share one (mean ± standard deviation)`}.
        {compared.length > MOST_COMPARED && ` At most ${MOST_COMPARED} can be compared.`}
        {unknown.length > 0 && (
          <span class="failure"> No run has {unknown.map((name) => `“${name.slice(0, 60)}”`).join(', ')}.</span>
        )}
      </p>
      {rows.length === 0 ? (
        <p>
          No run fits this filter.{' '}
          <button type="button" onClick={() => setParams({ q: undefined })}>
            Show all
          </button>
        </p>
      ) : (
        <RunTable
          rows={rows}
          columns={shown}
          sort={sort}
          onSort={(name) => setParams({ sort: sort.name === name && !sort.descending ? `-${name}` : name })}
          picked={picked.value}
          onPick={pick}
          onPickAll={() => pick({ runs: found })}
          active={active}
        />
      )}
      <TakeAlong name="runs" cells={cells} />
      <details>
        <summary>Filters and keys</summary>
        <p>
          All conditions of a filter must hold. <code>model:sas</code> takes a part of a word, <code>model=sasrec</code>{' '}
          the whole of it, <code>*</code> any letters; <code>seed:1-5</code> a range, <code>seed:1,3</code> any of
          several; <code>ndcg@10&gt;0.08</code>, <code>seconds&lt;=60</code> compare numbers; <code>-status:done</code>{' '}
          means not; words without a name are looked for everywhere. Any column can be named, also those not shown.
        </p>
        <p>
          <kbd>/</kbd> filter, <kbd>j</kbd> <kbd>k</kbd> next and previous row, <kbd>x</kbd> pick, <kbd>c</kbd> compare,{' '}
          <kbd>Enter</kbd> open, <kbd>Esc</kbd> pick none.
        </p>
      </details>
      <Written />
      <CommandFooter commands={[commandLine('studio', ...folders)]} />
    </>
  )
}
