import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { RefusedError } from '../../../src/client/index.ts'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { setParams } from '../../url.ts'
import { rowsOf } from '../runs/columns.ts'
import { Curves } from '../runs/curves.tsx'
import { useRuns } from '../runs/runs-told.ts'
import { paceText } from '../runs/state.tsx'
import { ON, Stop, stateText } from './begun.tsx'

/** What a training says between two epochs is asked for so often. */
const LOOK_MILLISECONDS = 2_000

/** One training as it goes: how far it is, its curve as it grows, what it says; and what can be done when it has ended. */
export function Watch({ run }: { run: string }) {
  const told = useAnswer((client, signal) => client.getBegun({ path: { run }, signal }), [run], ['trainings'])
  const training = told.value
  const isOn = training !== undefined && ON.has(training.status)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(told.reload, LOOK_MILLISECONDS)
    return () => clearInterval(timer)
  }, [isOn])
  const runs = useRuns()
  const summary = runs.value?.runs.find(({ id }) => id === run)
  const rows = useMemo(() => (summary ? rowsOf([summary], false) : []), [summary])
  return (
    <section class="watch" aria-labelledby="watched">
      <h2 id="watched">
        <bdi>{run}</bdi>{' '}
        <button type="button" class="quiet" onClick={() => setParams({ watch: '' })}>
          Close
        </button>
      </h2>
      {told.error instanceof RefusedError && told.error.status === 404 ? (
        <p>
          It was not begun since this server was started.{' '}
          <Link to={['runs']} with={{ run }}>
            Look at the run
          </Link>
          , if there is one.
        </p>
      ) : (
        <Show of={told}>
          {(training) => (
            <>
              <p aria-live={isOn ? 'off' : 'polite'} class={training.status === 'failed' ? 'failure' : undefined}>
                {summary?.epochs?.of !== undefined && training.status === 'training' && (
                  <progress
                    value={summary.epochs.done}
                    max={summary.epochs.of * (summary.domains ?? 1)}
                    aria-label="epochs done"
                  />
                )}{' '}
                {training.status === 'training' && summary?.status === 'training'
                  ? `training: epochs ${paceText(summary)}`
                  : stateText(training)}
                {training.status === 'waiting' && ': others are trained first'} <Stop training={training} />
              </p>
              {summary !== undefined && rows.length > 0 && <Curves rows={rows} labels={[training.model]} />}
              {!isOn && (
                <After
                  run={run}
                  path={training.path}
                  model={training.model}
                  isThere={summary !== undefined}
                  status={training.status}
                />
              )}
              <details open={training.status !== 'done'}>
                <summary>What it says</summary>
                <Log lines={training.lines} />
              </details>
            </>
          )}
        </Show>
      )}
    </section>
  )
}

/** The last lines, the newest in sight. */
function Log({ lines }: { lines: readonly string[] }) {
  const place = useRef<HTMLPreElement>(null)
  useEffect(() => {
    place.current!.scrollTop = place.current!.scrollHeight
  }, [lines])
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard
    <pre class="log" tabIndex={0} ref={place}>
      {lines.length === 0 ? 'nothing yet' : lines.slice(-60).join('\n')}
    </pre>
  )
}

interface AfterProps {
  readonly run: string
  readonly path: string
  readonly model: string
  readonly status: string
  /** It has left a run. */
  readonly isThere: boolean
}

/** Where to go from a training that has ended. */
function After({ run, path, model, status, isThere }: AfterProps) {
  const [answer, setAnswer] = useState('')
  // A server of models can take one more, of those below its folder of runs.
  const served = useAnswer(async (client, signal) => {
    const [{ models }, { into }] = await Promise.all([client.listModels({ signal }), client.listDatasets({ signal })])
    return models.length > 0 && into !== undefined && path.startsWith(`${into}/`)
      ? path.slice(into.length + 1)
      : undefined
  }, [])
  const resume = () =>
    client()
      .resumeRun({ path: { run }, body: {} })
      .then(
        () => setAnswer(''),
        (error: Error) => setAnswer(error.message),
      )
  const serve = () =>
    client()
      .addModel({ body: { run: served.value ?? path, name: run } })
      .then(
        () => setAnswer(`It is served as ${run}; switch an alias to it on the page Live.`),
        (error: Error) => setAnswer(error.message),
      )
  if (!isThere) return null
  return (
    <>
      <p class="toolbar">
        <Link to={['runs']} with={{ run }}>
          Look at the run
        </Link>
        <Link to={['runs']} with={{ q: `model=${model}`, run }}>
          Compare with others of {model}
        </Link>
        {status !== 'done' && (
          <button type="button" onClick={resume}>
            Go on from the last checkpoint
          </button>
        )}
        {status === 'done' && served.value !== undefined && (
          <button type="button" onClick={serve}>
            Serve it here
          </button>
        )}
        {status === 'done' && <code>{commandLine('serve', path)}</code>}
      </p>
      {answer !== '' && (
        <p role="alert" class="muted">
          {answer}
        </p>
      )}
    </>
  )
}
