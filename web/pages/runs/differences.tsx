import { useMemo, useState } from 'preact/hooks'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { param, setParams } from '../../url.ts'
import type { RunRow } from './columns.ts'
import { ComparisonOf, type Results } from './comparison.tsx'

/** The runs measured alike on the test part and held against the first: evaluated in a process of its own when somebody asks for it. */
export function Differences({ rows }: { rows: readonly RunRow[] }) {
  const [refused, refuse] = useState<string>()
  const runs = useMemo(() => rows.flatMap(({ runs }) => runs), [rows])
  const finished = runs.filter(({ status }) => status === 'done').map(({ id }) => id)
  const id = param('comparison')
  const told = useAnswer(
    id === '' ? undefined : (client, signal) => client.getComparison({ path: { comparison: id }, signal }),
    [id],
    ['comparisons'],
  )
  const ask = (part: 'test' | 'valid') =>
    client()
      .startComparison({ body: { runs: finished, part } })
      .then(
        ({ id }) => {
          refuse(undefined)
          setParams({ comparison: id })
        },
        (error: Error) => refuse(error.message),
      )
  const stop = () =>
    client()
      .stopComparison({ path: { comparison: id } })
      .catch((error: Error) => refuse(error.message))
  const state = told.value?.status
  const going = state === 'waiting' || state === 'running'
  return (
    <section>
      <h2>Differences from the first</h2>
      <p>
        {finished.length < 2 ? (
          <span class="muted">It takes two finished runs to tell a difference.</span>
        ) : (
          <>
            <button type="button" disabled={going} onClick={() => ask('test')}>
              Evaluate {finished.length} runs on the test part
            </button>{' '}
            <button type="button" class="quiet" disabled={going} onClick={() => ask('valid')}>
              or on validation
            </button>
          </>
        )}
        {finished.length < runs.length && finished.length > 1 && (
          <span class="muted"> {runs.length - finished.length} unfinished are left out.</span>
        )}
      </p>
      {refused !== undefined && (
        <p class="failure" role="alert">
          {refused}
        </p>
      )}
      {id !== '' && (
        <Show of={told}>
          {({ status, reason, results }) => (
            <>
              {going && (
                <p class="loading" role="status">
                  {status === 'waiting' ? 'Another comparison goes first …' : 'The runs are being evaluated …'}{' '}
                  <button type="button" onClick={stop}>
                    Stop
                  </button>
                </p>
              )}
              {status === 'failed' && <p class="failure">{reason}</p>}
              {results !== undefined && <ComparisonOf results={results as unknown as Results} />}
            </>
          )}
        </Show>
      )}
    </section>
  )
}
