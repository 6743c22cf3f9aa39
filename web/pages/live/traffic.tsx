import { useCallback, useEffect, useState } from 'preact/hooks'
import { looksOf, type TrafficPoint, trafficChart } from '../../../src/pages/charts/index.ts'

import { onTold, unheard, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { CommandFooter } from '../../parts/command.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { SERVER, setParams } from '../../url.ts'
import { useEvery } from './every.ts'
import type { TrafficAnswer, ViewProps } from './live.tsx'
import type { TrafficSecond } from './told.ts'
import { ago, brief, count, milliseconds, type Rate, rate, when } from './words.ts'

const WINDOWS = { 5: '5 minutes', 60: 'hour', 360: '6 hours', 1440: 'day' } as const
const RELOAD_MILLISECONDS = 10_000
const LATENCIES = ['p50', 'p95', 'p99'] as const

export function Traffic({ traffic, reload }: ViewProps) {
  useEvery(RELOAD_MILLISECONDS, reload)
  const { at, seconds, minutes, requests, refused, failed, hungUp, latency, lag, store } = traffic
  return (
    <>
      <Now />
      <p>
        <label>
          Window{' '}
          <select value={minutes} onChange={({ currentTarget: { value } }) => setParams({ minutes: value })}>
            {Object.entries(WINDOWS).map(([minutes, title]) => (
              <option key={minutes} value={minutes}>
                the last {title}
              </option>
            ))}
          </select>
        </label>{' '}
        <span class="muted">
          up to {when(at)} UTC
          {seconds < minutes * 60 - 61 && `; this server has counted for ${ago(seconds * 1000)} of it`}
        </span>
      </p>
      <div class="facts-table">
        <DataTable
          name={`requests in ${minutes} minutes`}
          rowKey={({ what }) => what}
          rows={[
            { what: 'requests for lists, and of events', says: count(requests) },
            { what: 'refused (4xx)', says: rate(refused) },
            { what: 'failed (5xx; 503: too many waited)', says: rate(failed) },
            { what: 'clients that did not wait', says: rate(hungUp) },
            {
              what: 'a list took, 50 / 95 / 99 %',
              says: `${LATENCIES.map((p) => milliseconds(latency[p])).join(' / ')} (n ${count(latency.n)})`,
            },
            {
              what: 'events came after, 50 / 95 %',
              says: `${milliseconds(lag.p50)} / ${milliseconds(lag.p95)} (n ${count(lag.n)})`,
            },
            ...(store === undefined
              ? []
              : [
                  {
                    what: 'records of lists still to be written, lost',
                    says: `${count(store.waiting)}, ${count(store.lost)}`,
                  },
                ]),
          ]}
          columns={[
            { title: 'in this window', text: ({ what }) => what },
            { title: 'how many', number: true, text: ({ says }) => says },
          ]}
        />
      </div>
      <Charts traffic={traffic} />
      <Services traffic={traffic} />
      <Models traffic={traffic} />
      <CommandFooter commands={[`curl -s '${SERVER.href}v1/traffic?minutes=${minutes}'`]} />
    </>
  )
}

/** The last minute, as it is told each second. */
function Now() {
  const [told, setTold] = useState<readonly TrafficSecond[]>([])
  useEffect(() => onTold<TrafficSecond>('traffic', (second) => setTold((before) => [...before.slice(-59), second])), [])
  useEffect(() => setTold([]), [unheard.value])
  const sum = (of: (second: TrafficSecond) => number) => told.reduce((sum, second) => sum + of(second), 0)
  const perSecond = (title: string, of: (second: TrafficSecond) => number) => (
    <div>
      <dt>{title}</dt>
      <dd>
        {brief(told.length === 0 ? undefined : sum(of) / told.length)}
        <small>a second, mean of {told.length} s</small>
        <Spark values={told.map(of)} />
      </dd>
    </div>
  )
  const all = (of: 'lists' | 'events') => (second: TrafficSecond) =>
    Object.values(second.services).reduce((sum, one) => sum + one[of], 0)
  return (
    <dl class="now">
      {perSecond('requests', ({ requests }) => requests)}
      {perSecond('lists', all('lists'))}
      {perSecond('events', all('events'))}
      {perSecond('failed', ({ failed }) => failed)}
    </dl>
  )
}

function Spark({ values }: { values: readonly number[] }) {
  const most = Math.max(...values, 1e-9)
  const points = values.map((value, place) => `${60 - values.length + place},${25 - (24 * value) / most}`)
  return (
    <svg viewBox="0 0 60 26" preserveAspectRatio="none" aria-hidden="true">
      <polyline
        points={points.join(' ')}
        fill="none"
        stroke="var(--series-0)"
        stroke-width="1.5"
        vector-effect="non-scaling-stroke"
      />
    </svg>
  )
}

function Charts({ traffic }: { traffic: TrafficAnswer }) {
  const { series, step, services, at } = traffic
  const names = Object.keys(services)
  const { times } = series
  // The last step is not over, and would look like a fall.
  const span = times.length > 1 ? times.slice(0, -1) : times
  const per = (counts: Readonly<Record<string, readonly number[]>>): TrafficPoint[] =>
    names.flatMap((name) =>
      span.map((time, i) => ({ series: name, time: new Date(time), value: (1000 * (counts[name]?.[i] ?? 0)) / step })),
    )
  const quantiles = LATENCIES.flatMap((p) =>
    span.map((time, i) => ({ series: p, time: new Date(time), value: series.latency[i]?.[p] ?? Number.NaN })),
  )
  const each = step === 1000 ? 'second' : 'minute'
  const charts = [
    { points: per(series.lists), of: names, unit: '1/s', caption: `Lists a second by service, mean of each ${each}` },
    { points: per(series.events), of: names, unit: '1/s', caption: `Events a second by service, mean of each ${each}` },
    {
      points: quantiles,
      of: LATENCIES,
      unit: 'ms',
      caption: `Milliseconds that lists took: 50, 95 and 99 % took no longer, by ${each}`,
    },
  ]
  return (
    <div class="pairs">
      {charts.map(
        (chart) => chart.points.some(({ value }) => value > 0) && <Lines key={chart.caption} at={at} {...chart} />,
      )}
    </div>
  )
}

interface LinesProps {
  /** When it was read. */
  readonly at: number
  readonly points: readonly TrafficPoint[]
  readonly of: readonly string[]
  readonly unit: string
  readonly caption: string
}

function Lines({ at, points, of, unit, caption }: LinesProps) {
  const figure = useCallback(
    (width: number) => trafficChart(points, { series: of, label: caption, unit, width, tips: true }),
    [at],
  )
  return <Chart figure={figure} caption={caption} legend={looksOf(of)} />
}

function Services({ traffic: { services, minutes } }: { traffic: TrafficAnswer }) {
  const rows = Object.entries(services).map(([name, service]) => ({ name, ...service }))
  if (rows.length === 0)
    return (
      <p>
        Nothing was asked for and nothing told yet. <code>POST /v1/recommendations</code> asks for a list,{' '}
        <code>POST /v1/events</code> tells what users did.
      </p>
    )
  const rated = (title: string, of: (row: (typeof rows)[number]) => Rate): Column<(typeof rows)[number]> => ({
    title,
    number: true,
    text: (row) => rate(of(row)),
  })
  return (
    <section>
      <h2>By service</h2>
      <DataTable
        name={`services in ${minutes} minutes`}
        rowKey={({ name }) => name}
        rows={rows}
        columns={[
          { title: 'service', text: ({ name }) => name },
          { title: 'lists', number: true, text: ({ lists }) => count(lists) },
          { title: 'events', number: true, text: ({ events }) => count(events) },
          rated('short', ({ short }) => short),
          rated('by the twin', ({ fallback }) => fallback),
          rated('by the run of new users', ({ newUsers }) => newUsers),
          rated('for strangers', ({ strangers }) => strangers),
          rated('filled up, model failed', ({ failures }) => failures),
        ]}
      />
      <h3>How much of the catalogue was shown</h3>
      <DataTable
        name={`items shown in ${minutes} minutes`}
        rowKey={({ name, model }) => `${name} ${model}`}
        rows={rows.flatMap(({ name, coverage }) =>
          Object.entries(coverage).map(([model, one]) => ({ name, model, says: rate(one) })),
        )}
        columns={[
          { title: 'service', text: ({ name }) => name },
          { title: 'model', text: ({ model }) => model },
          { title: 'items in a list, of those that may be recommended', number: true, text: ({ says }) => says },
        ]}
      />
      <p class="muted">
        Of the lists of this window: <em>short</em> had fewer items than were asked for; <em>strangers</em> are users of
        whom nothing is known.
      </p>
    </section>
  )
}

function Models({ traffic: { at, models, changes, since } }: { traffic: TrafficAnswer }) {
  const served = useAnswer((client, signal) => client.listModels({ signal }), [at])
  return (
    <section>
      <h2>Models</h2>
      <Show of={served}>
        {({ models: all, default: first }) => (
          <DataTable
            name="models"
            rowKey={({ name }) => name}
            rows={all}
            columns={[
              { title: 'model', text: ({ name }) => name },
              {
                title: 'answers as',
                text: ({ name, aliases }) => [...aliases, ...(name === first ? ['default'] : [])].join(', '),
              },
              { title: 'weights', text: ({ weights = '' }) => weights.slice(0, 6) },
              {
                title: 'trained (UTC)',
                text: ({ trainedAt }) => when(trainedAt),
                show: ({ trainedAt }) =>
                  trainedAt === undefined ? '–' : `${when(trainedAt)} (${ago(at - trainedAt)} ago)`,
              },
              { title: 'here since', text: ({ since }) => when(since) },
              {
                title: `lists since ${when(since)}`,
                number: true,
                text: ({ name }) => count(models[name]?.lists ?? 0),
              },
            ]}
          />
        )}
      </Show>
      {changes.length > 0 && (
        <>
          <h3>What took the place of what, since this server began</h3>
          <ul>
            {changes.map(({ at, what, model, alias, before }) => (
              <li key={`${at}${what}${model}${alias}`}>
                {when(at)}{' '}
                {what === 'switched'
                  ? `${alias} stands for ${model}${before === undefined ? '' : `, before for ${before}`}`
                  : `${model} was ${what}`}
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  )
}
