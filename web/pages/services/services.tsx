import type { Answer } from '../../../src/client/index.ts'
import './services.css'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { go, href, param, path } from '../../url.ts'
import { Exchange } from './exchange.tsx'
import { History } from './history.tsx'
import { Signals } from './signals.tsx'
import { Advice, Verdicts } from './verdicts.tsx'
import { WhatIf } from './what-if.tsx'
import { count, short, type Report as Told, when } from './words.ts'

type Reports = Answer<'listTransferReports'>

/** Whether learning from all services together helps each of them, and who answers there. */
export default function Services() {
  const reports = useAnswer((client, signal) => client.listTransferReports({ signal }), [], ['runs'])
  const asked = path.value[1]
  return (
    <>
      <h1>Services</h1>
      <p>
        Does learning from all services together help each of them? Each service is asked of the model of all and of its
        single-domain twin, which knows that service alone.
      </p>
      <Show of={reports}>
        {({ reports, damaged, unreported }) => {
          const id = asked ?? reports[0]?.id
          return (
            <>
              {id === undefined ? (
                <>
                  <Unreported models={unreported} />
                  <Empty />
                </>
              ) : (
                <>
                  <Choice reports={reports} id={id} />
                  <Report key={id} id={id} stamp={JSON.stringify(reports.find((one) => one.id === id))}>
                    <Unreported models={unreported} />
                  </Report>
                </>
              )}
              {damaged.length > 0 && (
                <section>
                  <h2>Reports that cannot be read</h2>
                  <ul>
                    {damaged.map(({ id, reason }) => (
                      <li key={id} class="failure">
                        {reason}
                      </li>
                    ))}
                  </ul>
                </section>
              )}
            </>
          )
        }}
      </Show>
    </>
  )
}

function Empty() {
  return (
    <>
      <p>
        There is no report yet. <code>tributary transfer RUN</code> trains the single-domain twin of a run and writes
        one; <code>tributary retrain</code> writes one with each training.
      </p>
      <CommandFooter title="From the command line" commands={['tributary transfer runs/sasrec']} />
    </>
  )
}

function Unreported({ models }: { models: Reports['unreported'] }) {
  return (
    <>
      {models.map(({ model, domains }) => (
        <p key={model}>
          <strong>{model}</strong> answers for {count(domains.length)} services, and no report says what they do to one
          another: make one with <code>tributary transfer RUN</code>.
        </p>
      ))}
    </>
  )
}

function Choice({ reports, id }: { reports: Reports['reports']; id: string }) {
  return (
    <p>
      <label>
        Report{' '}
        <select value={id} onChange={(event) => go(href(['services', event.currentTarget.value]))}>
          {reports.every((one) => one.id !== id) && <option value={id}>{id}</option>}
          {reports.map(({ id, model, dataset, made, served }) => (
            <option key={id} value={id}>
              {`${id} · ${model} on ${dataset.name} · ${when(made)}${served ? ` · served as ${served.model}` : ''}`}
            </option>
          ))}
        </select>
      </label>{' '}
      <span class="muted">{count(reports.length)} found</span>
    </p>
  )
}

/** @param stamp differs when there is something else to ask for */
function Report({
  id,
  stamp = '',
  children,
}: {
  id: string
  stamp?: string | undefined
  children: preact.ComponentChildren
}) {
  const report = useAnswer((client, signal) => client.getTransferReport({ path: { report: id }, signal }), [id, stamp])
  return (
    <Show of={report}>
      {(report) => (
        <>
          <Verdicts report={report} />
          <Advice report={report} />
          <Exchange report={report} />
          <WhatIf id={id} report={report} />
          <History report={report} />
          <Signals report={report} />
          <h2>About this report</h2>
          <dl class="facts">
            <Fact name="model">{report.model}</Fact>
            <Fact name="twin">{report.twin}</Fact>
            <Fact name="data">
              {report.dataset.name} ({report.split})
            </Fact>
            <Fact name="seeds">{report.seeds.join(', ')}</Fact>
            <Fact name="weights">{short(report.sides.model.runs[0]?.weights)}</Fact>
            <Fact name="made">{when(report.made)} UTC</Fact>
            <Fact name="served here">{report.served ? `as ${report.served.model}` : 'no'}</Fact>
          </dl>
          {children}
          <CommandFooter
            commands={[
              ['This report', commandLine('transfer', report.path, '--json')],
              ['What would change if …', commandLine('transfer', report.path, '--dry-run')],
              ['What the model weighed', commandLine('explain', report.path)],
              [
                'Who gives to whom',
                commandLine('explain', report.path, '--owed', param('owed') || '40', ...asServed(report)),
              ],
              [
                'Serve it, each service by whoever is better there',
                commandLine('serve', report.path, '--fallback', 'auto'),
              ],
            ]}
          />
        </>
      )}
    </Show>
  )
}

/** Where the twin answers for a service, the lists there are its own. */
function asServed({ services }: Told): readonly string[] {
  return services.some(({ answers }) => answers?.by === 'twin') ? ['--fallback', 'auto'] : []
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
