import { useMemo } from 'preact/hooks'
import { looksOf } from '../../../src/pages/charts/index.ts'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { param, setParams } from '../../url.ts'
import { labelsOf, rowsOf } from './columns.ts'
import { Curves } from './curves.tsx'
import { Differences } from './differences.tsx'
import { OptionsTable } from './options.tsx'
import { Results } from './results.tsx'
import { type RunSummary, useDetails } from './runs-told.ts'
import { Tuning } from './tuning.tsx'

/** Several runs beside one another. The first is what the others are held against. */
export function Compare({ runs, asked }: { runs: readonly RunSummary[]; asked: readonly string[] }) {
  const together = param('seeds') !== 'apart'
  const byId = useMemo(() => new Map(runs.map((run) => [run.id, run])), [runs])
  const names = asked.join('\n')
  const rows = useMemo(
    () =>
      rowsOf(
        asked.flatMap((id) => byId.get(id) ?? []),
        together,
      ),
    [byId, names, together],
  )
  const labels = useMemo(() => labelsOf(rows), [rows])
  const details = useDetails(rows.map(({ runs: [run] }) => run.id))
  const there = rows.reduce((sum, { runs: own }) => sum + own.length, 0)
  const gone = asked.filter((id) => !byId.has(id))
  const paths = rows.flatMap(({ runs: own }) => own.map(({ path }) => path))
  const looks = looksOf(labels)
  // What was evaluated was of others.
  const keep = (ids: readonly string[]) => setParams({ run: ids, comparison: '' })
  return (
    <>
      <p>
        <Link to={['runs']}>All runs</Link>
      </p>
      <h1>
        {there === rows.length
          ? `${there} runs`
          : `${there} runs in ${rows.length} ${rows.length === 1 ? 'group' : 'groups'}`}
      </h1>
      {gone.length > 0 && (
        <p class="failure">
          Not there any more: {gone.map((id) => id.slice(0, 100)).join(', ')}{' '}
          <button type="button" onClick={() => keep(asked.filter((id) => byId.has(id)))}>
            Go on without
          </button>
        </p>
      )}
      <ul class="compared">
        {rows.map(({ key, name, runs: own }, r) => (
          <li key={key}>
            <svg width="34" height="10" aria-hidden="true">
              <line
                x1="0"
                x2="34"
                y1="5"
                y2="5"
                stroke={looks[r].color}
                stroke-width="3"
                stroke-dasharray={looks[r].dash}
              />
            </svg>{' '}
            <bdi>{labels[r].slice(0, 120)}</bdi>{' '}
            {own.length === 1 ? (
              <Link to={['runs']} with={{ run: own[0].id }}>
                open
              </Link>
            ) : (
              <span class="muted">n {own.length}</span>
            )}
            {r > 0 && (
              <button
                type="button"
                class="quiet"
                title="Hold the others against this one"
                aria-label={`first: ${name.slice(0, 100)}`}
                onClick={() =>
                  keep([...own.map(({ id }) => id), ...asked.filter((id) => !own.some((one) => one.id === id))])
                }
              >
                first
              </button>
            )}
            <button
              type="button"
              class="quiet"
              aria-label={`Leave out ${name.slice(0, 100)}`}
              onClick={() => keep(asked.filter((id) => !own.some((one) => one.id === id)))}
            >
              ×
            </button>
          </li>
        ))}
      </ul>
      <label>
        <input type="checkbox" checked={together} onChange={() => setParams({ seeds: together ? 'apart' : '' })} />{' '}
        Seeds together
      </label>
      <Results rows={rows} labels={labels} />
      <Curves rows={rows} labels={labels} />
      <Differences rows={rows} />
      <OptionsTable rows={rows} labels={labels} details={details} />
      <Tuning rows={rows} labels={labels} details={details.value} />
      <CommandFooter commands={[commandLine('compare', '--runs', ...paths)]} />
    </>
  )
}
