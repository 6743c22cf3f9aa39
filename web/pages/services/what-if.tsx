import { useMemo, useState } from 'preact/hooks'
import type { Answer } from '../../../src/client/index.ts'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { DataTable } from '../../parts/table.tsx'
import { params, setParams } from '../../url.ts'
import { count, interval, plain, type Report, score, signed } from './words.ts'

type Rule = Answer<'tryFallback'>['rules'][number]

const RULES: Readonly<Record<Rule['rule'], string>> = {
  none: 'the model everywhere (none)',
  harmed: 'the twin where validation shows harm (auto)',
  behind: 'the twin wherever it is ahead on validation, shown or not',
  all: 'the twin everywhere',
  chosen: 'as chosen below',
}

/** What would change if other services went to the twin; nothing does. */
export function WhatIf({ id, report }: { id: string; report: Report }) {
  const [open, setOpen] = useState(params('twin').length > 0)
  return (
    <section>
      <h2>What would change if …</h2>
      {open ? (
        <Rules id={id} report={report} />
      ) : (
        <p>
          <button type="button" onClick={() => setOpen(true)}>
            Try other fallbacks
          </button>{' '}
          <span class="muted">Nothing is changed by it.</span>
        </p>
      )}
    </section>
  )
}

function Rules({ id, report }: { id: string; report: Report }) {
  const twin = useMemo(() => [...params('twin')], [params('twin').join('\n')])
  const tried = useAnswer(
    (client, signal) => client.tryFallback({ path: { report: id }, query: { twin }, signal }),
    [id, twin.join('\n')],
  )
  return (
    <>
      <fieldset class="choices">
        <legend>The twin answers in</legend>
        {report.services.map(({ domain }) => (
          <label key={domain}>
            <input
              type="checkbox"
              checked={twin.includes(domain)}
              onChange={({ currentTarget: { checked } }) =>
                setParams({ twin: checked ? [...twin, domain] : twin.filter((one) => one !== domain) })
              }
            />{' '}
            <span class="name" title={domain}>
              {domain}
            </span>
          </label>
        ))}
      </fieldset>
      <Show of={tried}>
        {({ metric, now, rules }) => <Tried metric={metric} now={now} rules={rules} report={report} />}
      </Show>
    </>
  )
}

interface TriedProps {
  readonly metric: string
  readonly now: readonly string[]
  readonly rules: readonly Rule[]
  readonly report: Report
}

function Tried({ metric, now, rules, report }: TriedProps) {
  return (
    <>
      <p>
        {report.served ? 'Now' : 'It is not served here; held against'} the model{' '}
        {now.length === 0 ? 'everywhere' : `everywhere but in ${now.join(', ')}`}. Rules choose by validation cases;
        changes are of {rules[0]?.shown.part} cases, of all services together, each weighed by its cases. Their bounds
        are as wide as if all services erred together.
      </p>
      <DataTable
        name="what would change"
        rowKey={({ rule }) => rule}
        rows={rules}
        columns={[
          { title: 'rule', class: () => 'words', text: ({ rule }) => RULES[rule] },
          {
            title: 'to the twin',
            text: ({ domains }) => domains.join(', '),
            show: ({ domains }) => domains.join(', ') || 'none',
          },
          {
            title: 'change',
            number: true,
            text: ({ shown }) => plain(shown.change.mean),
            show: ({ shown }) => signed(shown.change.mean),
          },
          {
            title: 'bounds',
            number: true,
            text: ({ shown }) => `${plain(shown.change.low)} to ${plain(shown.change.high)}`,
            show: ({ shown }) => interval(shown.change),
          },
          {
            title: 'cases that change',
            number: true,
            text: ({ shown: { cases } }) => `${cases.moved} of ${cases.of}`,
            show: ({ shown: { cases } }) => `${count(cases.moved)} of ${count(cases.of)}`,
          },
          {
            title: 'requests that change',
            number: true,
            text: ({ requests }) => (requests ? `${requests.moved} of ${requests.of} in ${requests.minutes} min` : ''),
            show: ({ requests }) =>
              requests ? `${count(requests.moved)} of ${count(requests.of)} in ${count(requests.minutes)} min` : '–',
          },
          {
            title: `${metric} now`,
            number: true,
            text: ({ shown }) => plain(shown.now),
            show: ({ shown }) => score(shown.now),
          },
          {
            title: 'it would be',
            number: true,
            text: ({ shown }) => plain(shown.would),
            show: ({ shown }) => score(shown.would),
          },
          {
            title: 'by service',
            class: () => 'lines',
            text: ({ shown }) =>
              shown.services.map(({ domain, to, mean }) => `${domain} to the ${to} ${signed(mean)}`).join('; '),
            show: ({ shown }) =>
              shown.services.length === 0
                ? 'nothing changes'
                : shown.services.map((one) => (
                    <div key={one.domain}>
                      {one.domain} to the {one.to}: {signed(one.mean)} {interval(one)}{' '}
                      <small>n {count(one.cases)}</small>
                    </div>
                  )),
          },
        ]}
      />
    </>
  )
}
