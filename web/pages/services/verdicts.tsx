import { useCallback } from 'preact/hooks'
import { whiskerChart } from '../../../src/pages/charts/index.ts'
import { Chart } from '../../parts/chart.tsx'
import { DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import {
  colorOf,
  count,
  drawn,
  interval,
  nameOfAll,
  plain,
  probability,
  type Report,
  type Service,
  score,
  short,
  signed,
  when,
} from './words.ts'

type Row = Omit<Service, 'answers' | 'fallback'> & Partial<Pick<Service, 'answers' | 'fallback'>>

/** A row a service and one for all: what is said of it, how much, and who answers. */
export function Verdicts({ report }: { report: Report }) {
  const metrics = Object.keys(report.overall.difference)
  const metric = metrics.includes(param('metric')) ? param('metric') : report.metric
  const all = nameOfAll(report.services)
  const rows: readonly Row[] = [
    ...report.services,
    { domain: all, ...report.overall, validation: report.validation.overall },
  ]
  return (
    <section>
      <h2>Helped or harmed</h2>
      <p class="lead">{report.overall.advice}</p>
      <p>
        {report.described} A verdict is given where the difference is more than chance explains, all services taken
        together.
      </p>
      <p>
        <label>
          Metric{' '}
          <select
            value={metric}
            onChange={({ currentTarget: { value } }) =>
              setParams({ metric: value === report.metric ? undefined : value })
            }
          >
            {metrics.map((one) => (
              <option key={one} value={one}>
                {one}
                {one === report.metric ? ' (verdicts go by it)' : ''}
              </option>
            ))}
          </select>
        </label>
      </p>
      <Whiskers rows={rows} metric={metric} report={report} />
      <DataTable
        name={`verdicts ${metric}`}
        rowKey={({ domain }) => domain}
        rows={rows}
        columns={[
          {
            title: 'service',
            text: ({ domain }) => domain,
            show: ({ domain }) => (
              <span class="name" title={domain}>
                {domain}
              </span>
            ),
          },
          {
            title: 'verdict',
            text: ({ difference }) => difference[metric]!.verdict,
            class: ({ difference }) => `verdict ${colorOf(difference[metric]!.verdict) ?? ''}`,
          },
          ...(report.served
            ? [
                {
                  title: 'answers now',
                  class: () => 'words',
                  text: ({ answers }: Row) => (answers ? `${answers.by}: ${answers.name}` : ''),
                  show: ({ answers }: Row) => answers && <Answers answers={answers} />,
                },
              ]
            : []),
          {
            title: `${metric}, model − twin`,
            number: true,
            text: ({ difference }) => plain(difference[metric]!.mean),
            show: ({ difference }) => signed(difference[metric]!.mean),
          },
          {
            title: '95 % interval',
            number: true,
            text: ({ difference }) => `${plain(difference[metric]!.low)} to ${plain(difference[metric]!.high)}`,
            show: ({ difference }) => interval(difference[metric]!),
          },
          {
            title: 'p',
            number: true,
            text: ({ difference }) => plain(difference[metric]!.p),
            show: ({ difference }) => probability(difference[metric]!.p),
          },
          { title: 'cases', number: true, text: ({ cases }) => String(cases), show: ({ cases }) => count(cases) },
          { title: 'users', number: true, text: ({ users }) => String(users), show: ({ users }) => count(users) },
          {
            title: 'model',
            number: true,
            text: ({ model }) => plain(model[metric]?.mean),
            show: ({ model }) => score(model[metric]?.mean ?? null),
          },
          {
            title: 'twin',
            number: true,
            text: ({ twin }) => plain(twin[metric]?.mean),
            show: ({ twin }) => score(twin[metric]?.mean ?? null),
          },
          {
            title: 'on validation',
            class: () => 'verdict',
            text: ({ validation }) => validation.difference[metric]!.verdict,
            show: ({ validation }) => {
              const { verdict, mean } = validation.difference[metric]!
              return (
                <>
                  <span class={colorOf(verdict)}>{verdict}</span> {signed(mean)}{' '}
                  <small>n {count(validation.cases)}</small>
                </>
              )
            },
          },
          { title: 'with --fallback auto', text: ({ fallback }) => fallback ?? '' },
        ]}
      />
      <ul class="notes">
        {report.cautions.map((caution) => (
          <li key={caution}>{caution}</li>
        ))}
      </ul>
    </section>
  )
}

function Answers({ answers: { by, name, weights, since } }: { answers: NonNullable<Service['answers']> }) {
  return (
    <>
      {by === 'other' ? 'another run' : `the ${by}`}: {name}{' '}
      <small class="muted">
        {short(weights)}
        {since !== undefined && ` since ${when(since)} UTC`}
      </small>
    </>
  )
}

/** What to do, once for all services that it is said of. */
export function Advice({ report: { services } }: { report: Report }) {
  const said = new Map<string, string[]>()
  for (const { domain, advice } of services) said.set(advice, [...(said.get(advice) ?? []), domain])
  return (
    <section>
      <h2>What to do</h2>
      <ul class="notes">
        {[...said].map(([advice, domains]) => (
          <li key={advice}>
            <strong class="name" title={domains.join(', ')}>
              {domains.join(', ')}
            </strong>{' '}
            {advice}
          </li>
        ))}
      </ul>
    </section>
  )
}

function Whiskers({ rows, metric, report }: { rows: readonly Row[]; metric: string; report: Report }) {
  const known = rows.flatMap(({ domain, difference: { [metric]: of } }) =>
    of === undefined || of.mean === null || of.low === null || of.high === null
      ? []
      : [{ place: domain, mean: of.mean, low: of.low, high: of.high, verdict: drawn(of.verdict) }],
  )
  const figure = useCallback(
    (width: number) =>
      whiskerChart(known, {
        label: `${metric}, model − twin`,
        says: `difference in ${metric} between the model and its twin by service, with 95 % intervals`,
        width: Math.min(width, 860),
      }),
    [report, metric],
  )
  if (known.length === 0) return <p>There are no cases.</p>
  return (
    <Chart
      figure={figure}
      caption={`${metric} of ${report.model} less that of its single-domain twin, paired by case; lines are 95 % bootstrap intervals over users and seeds`}
    />
  )
}
