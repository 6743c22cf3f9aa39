import { useCallback } from 'preact/hooks'
import type { Answer } from '../../../src/client/index.ts'
import { matrixChart } from '../../../src/pages/charts/index.ts'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { commandLine } from '../../parts/command.tsx'
import { DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import { count, plain, type Report, share } from './words.ts'

type Measured = Answer<'measureExchange'>
type Debts = Measured['domains'][number]

const USERS = 40

/** Who gives to whom: measured of the lists that the model makes, since hardly a model logs it. */
export function Exchange({ report }: { report: Report }) {
  const users = Number(param('owed'))
  return (
    <section>
      <h2>Who gives to whom</h2>
      <p>
        How much the lists of each service owe to what users did in each: of users with events in several services,
        every item of a list is held against the lists that leave one item of the history out. It is measured, not
        logged.
      </p>
      {report.served === undefined ? (
        <p>
          The model of this report is not served here. The command line asks it:{' '}
          <code>{commandLine('explain', report.path, '--owed', String(USERS))}</code>
        </p>
      ) : users > 0 ? (
        <Asked report={report} users={users} />
      ) : (
        <p>
          <button type="button" onClick={() => setParams({ owed: USERS })}>
            Ask the model for {USERS} users
          </button>{' '}
          <span class="muted">It takes seconds to minutes; lists for users go on meanwhile.</span>
        </p>
      )}
    </section>
  )
}

function Asked({ report: { id }, users }: { report: Report; users: number }) {
  const measured = useAnswer(
    (client, signal) => client.measureExchange({ path: { report: id }, query: { users }, signal }),
    [id, users],
  )
  return <Show of={measured}>{(measured) => <Matrix measured={measured} />}</Show>
}

function Matrix({ measured }: { measured: Measured }) {
  const { domains, asked, of, k } = measured
  const names = domains.map(({ domain }) => domain)
  const figure = useCallback(
    (width: number) =>
      matrixChart(
        domains.flatMap(({ domain: to, owed }) =>
          owed.flatMap(({ domain: from, mean }) => (mean === null ? [] : [{ from, to, value: mean }])),
        ),
        { label: 'what lists of a service owe to each service', names, text: share, width: Math.min(width, 640) },
      ),
    [measured],
  )
  return (
    <>
      <Chart
        figure={figure}
        caption={`Shares of lists of ${k}, means over users; rows receive. ${count(asked)} of ${count(of)} users with events in several services were drawn.`}
      />
      <DataTable<Debts>
        name="who gives to whom"
        rowKey={({ domain }) => domain}
        rows={domains}
        columns={[
          { title: 'lists of', text: ({ domain }) => domain },
          {
            title: 'users',
            number: true,
            text: ({ users }) => String(users),
            show: ({ users, silent }) => (silent > 0 ? `${count(users)} (${count(silent)} owe nothing)` : count(users)),
          },
          ...names.map((name, i) => ({
            title: `owe to ${name}`,
            number: true,
            text: ({ owed }: Debts) => plain(owed[i]?.mean),
            show: ({ owed }: Debts) => {
              const one = owed[i]
              if (one === undefined || one.mean === null) return '–'
              return (
                <>
                  {share(one.mean)}{' '}
                  <small class="muted">{`${share(one.low)} to ${share(one.high)}; events ${share(one.ofEvents)}`}</small>
                </>
              )
            },
          })),
        ]}
      />
      <p class="muted">
        Small: 95 % bootstrap intervals over users, and the part of their events that is of the service, which is what
        would be owed if every event counted alike.
      </p>
    </>
  )
}
