import { useState } from 'preact/hooks'
import { client } from '../../api.ts'
import { Link } from '../../parts/link.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { param } from '../../url.ts'
import type { Begun as Training } from './types.ts'

export const ON: ReadonlySet<Training['status']> = new Set(['waiting', 'training', 'stopping'])

/** The trainings that were begun since the server was started, where there are any. */
export function Begun({ trainings, watched }: { trainings: readonly Training[]; watched: string }) {
  if (trainings.length === 0) return null
  const columns: readonly Column<Training>[] = [
    {
      title: 'Run',
      text: ({ run }) => run,
      show: ({ run }) => (
        <Link to={['train']} with={{ model: param('model'), watch: run }} current={run === watched}>
          <bdi>{run}</bdi>
        </Link>
      ),
    },
    { title: 'State', text: stateText },
    { title: 'Model', text: ({ model }) => model },
    { title: 'Dataset', text: ({ dataset }) => dataset },
    { title: 'Seed', text: ({ seed }) => `${seed}`, number: true },
    { title: '', text: () => '', show: (training) => <Stop training={training} /> },
  ]
  return (
    <section>
      <h2>Begun here</h2>
      <DataTable name="Trainings begun here" columns={columns} rows={trainings} rowKey={({ run }) => run} />
    </section>
  )
}

export function stateText({ status, reason }: Training): string {
  return reason === undefined ? status : `${status}: ${reason.slice(0, 300)}`
}

/** A button that ends a training; what it has learned stays in its last checkpoint. */
export function Stop({ training: { run, status } }: { training: Training }) {
  const [failed, setFailed] = useState('')
  if (!ON.has(status)) return null
  const stop = () =>
    client()
      .stopRun({ path: { run } })
      .catch((error: Error) => setFailed(error.message))
  return (
    <>
      <button type="button" disabled={status === 'stopping'} onClick={stop} aria-label={`Stop ${run}`}>
        Stop
      </button>
      {failed !== '' && (
        <span class="failure" role="alert">
          {' '}
          {failed}
        </span>
      )}
    </>
  )
}
