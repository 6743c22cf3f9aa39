import { useCallback } from 'preact/hooks'
import { whiskerChart } from '../../../src/pages/charts/index.ts'
import { Chart } from '../../parts/chart.tsx'
import { Link } from '../../parts/link.tsx'
import { DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import { colorOf, count, drawn, interval, plain, type Report, signed, when } from './words.ts'

type Entry = Report['history'][number]

/** What was said of a service by one training after the other. */
export function History({ report }: { report: Report }) {
  const { services, history } = report
  const names = services.map(({ domain }) => domain)
  const service = names.includes(param('service')) ? param('service') : names[0]
  if (service === undefined) return null
  return (
    <section>
      <h2>The verdict over trainings</h2>
      {history.length === 1 && history[0]?.training === undefined ? (
        <p>
          There is one report of {report.model} on {report.dataset.name}. Each <code>tributary retrain</code>, and each{' '}
          <code>tributary transfer</code> of another run, adds one.
        </p>
      ) : (
        <>
          <p>
            Reports of {report.model} on data called {report.dataset.name}, by when they were made, and what the gate
            said of each training.
          </p>
          <p>
            <label>
              Service{' '}
              <select value={service} onChange={(event) => setParams({ service: event.currentTarget.value })}>
                {names.map((name) => (
                  <option key={name} value={name}>
                    {name}
                  </option>
                ))}
              </select>
            </label>
          </p>
          <Course history={history} service={service} metric={report.metric} />
          <Trainings history={history} service={service} />
        </>
      )}
    </section>
  )
}

function of({ services }: Entry, service: string) {
  return services.find(({ domain }) => domain === service)
}

function nameOf({ id, training, at }: Entry): string {
  return training?.name ?? id ?? when(at)
}

function Course({ history, service, metric }: { history: readonly Entry[]; service: string; metric: string }) {
  const known = history.flatMap((entry) => {
    const { mean, low, high, verdict = '' } = of(entry, service) ?? {}
    if (typeof mean !== 'number' || typeof low !== 'number' || typeof high !== 'number') return []
    // Another metric is on another scale.
    if (entry.metric !== metric) return []
    return [{ place: nameOf(entry), mean, low, high, verdict: drawn(verdict) }]
  })
  const figure = useCallback(
    (width: number) =>
      whiskerChart(known, {
        label: `${metric} in ${service}, model − twin`,
        says: `difference in ${metric} between model and twin in ${service} by training, with 95 % intervals`,
        width: Math.min(width, 860),
      }),
    [history, service],
  )
  if (known.length < 2) return null
  return (
    <Chart figure={figure} caption={`${metric} of the model less that of its twin in ${service}; the newest below`} />
  )
}

function Trainings({ history, service }: { history: readonly Entry[]; service: string }) {
  return (
    <DataTable
      name={`verdicts over trainings ${service}`}
      rowKey={({ id, at }) => `${id} ${at}`}
      rows={[...history].reverse()}
      columns={[
        {
          title: 'training',
          text: nameOf,
          show: (entry) =>
            entry.id === undefined ? (
              nameOf(entry)
            ) : (
              <Link to={['services', entry.id]} with={{ service }} current={entry.isShown}>
                {nameOf(entry)}
              </Link>
            ),
        },
        {
          title: 'verdict',
          text: (entry) => of(entry, service)?.verdict ?? '',
          class: (entry) => colorOf(of(entry, service)?.verdict ?? ''),
        },
        { title: 'when (UTC)', text: ({ at }) => when(at) },
        {
          title: 'difference',
          number: true,
          text: (entry) => plain(of(entry, service)?.mean),
          show: (entry) => signed(of(entry, service)?.mean ?? null),
        },
        {
          title: '95 % interval',
          number: true,
          text: (entry) => `${plain(of(entry, service)?.low)} to ${plain(of(entry, service)?.high)}`,
          show: (entry) => interval(of(entry, service) ?? { mean: null, low: null, high: null }),
        },
        {
          title: 'cases',
          number: true,
          text: (entry) => String(of(entry, service)?.cases ?? ''),
          show: (entry) => count(of(entry, service)?.cases ?? 0),
        },
        { title: 'on validation', text: (entry) => of(entry, service)?.validation ?? '' },
        {
          title: 'fallback',
          text: (entry) => {
            const one = of(entry, service)
            return one === undefined ? '' : one.toTwin ? 'twin' : 'model'
          },
        },
        { title: 'data', text: ({ isSameData, isShown }) => (isShown ? 'shown' : isSameData ? 'the same' : 'other') },
        {
          title: 'the gate',
          text: ({ training }) =>
            training ? `${training.status}${training.reason ? `: ${training.reason}` : ''}` : '',
        },
      ]}
    />
  )
}
