import type { Answer } from '../../../src/client/index.ts'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { DataTable } from '../../parts/table.tsx'
import { SERVER } from '../../url.ts'
import { useEvery } from './every.ts'
import { NoStore, type ViewProps } from './live.tsx'
import { ago, change, colorOf, count, plain, when } from './words.ts'

type Training = Answer<'listTrainings'>['trainings'][number]

const CHAMPION = 'champion'
const RELOAD_MILLISECONDS = 2000

/** What was trained again, what the gate said, and which model stands for which alias. */
export function Trainings({ traffic: { offers }, reload: anew }: ViewProps) {
  if (!offers.includes('store')) return <NoStore what="Trainings" />
  return <All offers={offers} anew={anew} />
}

function All({ offers, anew }: { offers: readonly string[]; anew: () => void }) {
  const all = useAnswer((client, signal) => client.listTrainings({ signal }), [])
  const models = useAnswer((client, signal) => client.listModels({ signal }), [])
  const mayTrain = offers.includes('trainings')
  const running = all.value?.trainings.find(({ status }) => status === 'running')
  const reload = () => {
    all.reload()
    models.reload()
    anew()
  }
  useEvery(running === undefined ? 5 * RELOAD_MILLISECONDS : RELOAD_MILLISECONDS, all.reload)
  return (
    <>
      {offers.includes('models') && <Show of={models}>{(served) => <Aliases served={served} reload={reload} />}</Show>}
      <h2>Trainings</h2>
      <div class="actions">
        {mayTrain && running === undefined && (
          <Confirm label="Train now" act={() => client().startTraining().then(reload)}>
            <p>Trains again on the events of the store, due or not. What answers stays until the gate has decided.</p>
          </Confirm>
        )}
        {running !== undefined && mayTrain && (
          <Confirm
            label="Stop the training"
            act={() =>
              client()
                .stopTraining({ path: { training: running.name } })
                .then(reload)
            }
          >
            <p>
              <strong class="name">{running.name}</strong> will say that it has failed; what answers stays.
            </p>
          </Confirm>
        )}
      </div>
      {!mayTrain && (
        <p class="muted">
          Nothing is trained beside this server: <code>serve --retrain PLAN</code> does it, or{' '}
          <code>tributary retrain</code> by hand.
        </p>
      )}
      <Show of={all}>
        {({ trainings }) =>
          trainings.length === 0 ? <p>Nothing was trained again yet.</p> : <List trainings={trainings} />
        }
      </Show>
      <CommandFooter
        commands={[
          ['What is shown here', `curl -s ${SERVER.href}v1/trainings`],
          ['Train again', commandLine('retrain', '--store', 'sqlite:tributary.db', '--runs', 'runs', '--json')],
        ]}
      />
    </>
  )
}

function List({ trainings }: { trainings: readonly Training[] }) {
  return (
    <>
      <DataTable
        name="trainings"
        rowKey={({ name }) => name}
        rows={trainings}
        columns={[
          { title: 'model', text: ({ name }) => name },
          { title: 'decided', text: ({ status }) => status, class: ({ status }) => colorOf(status) },
          { title: 'began (UTC)', text: ({ started }) => when(started) },
          {
            title: 'took',
            number: true,
            text: ({ started, ended }) => (ended === undefined ? '–' : ago(ended - started)),
          },
          {
            title: 'new less old, 95 %',
            number: true,
            text: ({ verdict }) => (verdict?.difference === undefined ? '' : change(verdict.difference)),
            show: ({ verdict }) =>
              verdict?.difference === undefined ? '–' : `${verdict.metric} ${change(verdict.difference)}`,
          },
          {
            title: 'cases',
            number: true,
            text: ({ verdict }) => plain(verdict?.cases),
            show: ({ verdict }) => (verdict === undefined ? '–' : count(verdict.cases)),
          },
          {
            title: 'services',
            text: ({ verdict }) =>
              Object.entries(verdict?.domains ?? {})
                .map(([domain, said]) => `${domain}: ${said}`)
                .join(', '),
          },
          { title: 'why', text: ({ reason = '' }) => reason },
        ]}
      />
      <p class="muted">
        <em>promoted</em>: it answers; <em>waits</em>: it is served and somebody has to decide; <em>kept</em>: the old
        model stays; the last events of users, which neither model has learned of, decide.
      </p>
    </>
  )
}

function Aliases({ served: { models, default: first }, reload }: { served: Answer<'listModels'>; reload: () => void }) {
  const aliases = models.flatMap(({ name, aliases }) => aliases.map((alias) => ({ alias, model: name })))
  const champion = aliases.find(({ alias }) => alias === CHAMPION)?.model
  return (
    <>
      <h2>Who answers</h2>
      <DataTable
        name="who answers"
        rowKey={({ name }) => name}
        rows={models}
        columns={[
          { title: 'model', text: ({ name }) => name },
          {
            title: 'answers as',
            text: ({ name, aliases }) => aliases.join(', ') || (name === first ? 'default' : '–'),
          },
          { title: 'trained (UTC)', text: ({ trainedAt }) => when(trainedAt) },
          {
            title: 'change',
            text: () => '',
            show: ({ name }) =>
              name === champion ? (
                ''
              ) : (
                <Confirm
                  label={`Promote ${name}`}
                  name={name}
                  act={() =>
                    client()
                      .switchAlias({ path: { alias: CHAMPION }, body: { model: name } })
                      .then(reload)
                  }
                >
                  <p>
                    Requests that name no model are answered by <strong class="name">{name}</strong> from now on
                    {champion !== undefined && `, not by ${champion}`}.
                  </p>
                </Confirm>
              ),
          },
        ]}
      />
      <div class="actions">
        {aliases.map(({ alias, model }) => (
          <Confirm
            key={alias}
            label={`Roll ${alias} back`}
            name={alias}
            act={() => client().rollBackAlias({ path: { alias } }).then(reload)}
          >
            <p>
              {alias} stands for the model before, and no longer for <strong class="name">{model}</strong>.
            </p>
          </Confirm>
        ))}
      </div>
    </>
  )
}
