import { useCallback, useState } from 'preact/hooks'
import { whiskerChart } from '../../../src/pages/charts/index.ts'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { DataTable } from '../../parts/table.tsx'
import { param } from '../../url.ts'
import { useEvery } from './every.ts'
import { NoStore, type ViewProps } from './live.tsx'
import { ago, change, colorOf, count, drawn, isKnown, nameOfAll, plain, when } from './words.ts'

const RELOAD_MILLISECONDS = 2000

/** What other models would have earned by the lists that are recorded, or why the lists cannot say it. */
export function Evaluations({ traffic: { offers, models } }: ViewProps) {
  const asked = param('evaluation')
  if (!offers.includes('store')) return <NoStore what="Evaluations" />
  return asked === '' ? (
    <All models={Object.keys(models)} may={offers.includes('evaluations')} />
  ) : (
    <One key={asked} name={asked} />
  )
}

/** What is asked of other models in words, as the store has it. */
function policiesOf(asked: Readonly<Record<string, unknown>>): readonly { readonly model: string }[] {
  return Array.isArray(asked.policies) ? asked.policies : []
}

function All({ models, may }: { models: readonly string[]; may: boolean }) {
  const all = useAnswer((client, signal) => client.listEvaluations({ signal }), [])
  const isOn = all.value?.evaluations.some(({ status }) => status === 'running') ?? false
  useEvery(isOn ? RELOAD_MILLISECONDS : undefined, all.reload)
  return (
    <>
      <Show of={all}>
        {({ evaluations }) =>
          evaluations.length === 0 ? (
            <p>
              Nothing was asked yet. The recorded lists say what another model would have earned where they were drawn
              with some chance: <code>serve --explore</code> or a placement that explores.
            </p>
          ) : (
            <DataTable
              name="evaluations"
              rowKey={({ name }) => name}
              rows={evaluations}
              columns={[
                {
                  title: 'evaluation',
                  text: ({ name }) => name,
                  show: ({ name }) => (
                    <Link to={['live', 'evaluations']} with={{ evaluation: name }}>
                      {name}
                    </Link>
                  ),
                },
                {
                  title: 'of',
                  text: ({ asked }) =>
                    policiesOf(asked)
                      .map(({ model }) => model)
                      .join(', '),
                },
                { title: 'what counts', text: ({ asked }) => String(asked.reward) },
                { title: 'state', text: ({ status }) => status, class: ({ status }) => colorOf(status) },
                { title: 'asked (UTC)', text: ({ started }) => when(started) },
                { title: 'why not', text: ({ reason = '' }) => reason },
              ]}
            />
          )
        }
      </Show>
      {may && !isOn && <Ask models={models} reload={all.reload} />}
      <CommandFooter
        commands={[
          commandLine('ope', '--log', 'sqlite:tributary.db', '--policy', 'runs/new', '--reward', 'purchase:24h'),
        ]}
      />
    </>
  )
}

function Ask({ models, reload }: { models: readonly string[]; reload: () => void }) {
  const [of, setOf] = useState<readonly string[]>(models.slice(1, 2))
  const [reward, setReward] = useState('purchase:24h')
  const [days, setDays] = useState('')
  const [failure, setFailure] = useState('')
  const ask = async (event: Event) => {
    event.preventDefault()
    const since = days === '' ? {} : { since: Date.now() - Number(days) * 86_400_000 }
    const body = { policies: of.map((model) => ({ model })), reward, ...since }
    await client()
      .startEvaluation({ body })
      .then(
        () => setFailure(''),
        (error: Error) => setFailure(error.message),
      )
    reload()
  }
  return (
    <details>
      <summary>Ask what others would have earned</summary>
      <form class="fields" onSubmit={ask}>
        <fieldset>
          <legend>Models</legend>
          {models.map((model) => (
            <label key={model} class="choice">
              <input
                type="checkbox"
                checked={of.includes(model)}
                onChange={({ currentTarget: { checked } }) =>
                  setOf(checked ? [...of, model] : of.filter((one) => one !== model))
                }
              />{' '}
              {model}
            </label>
          ))}
        </fieldset>
        <label>
          What counts: type of event, window
          <input value={reward} onInput={({ currentTarget: { value } }) => setReward(value)} />
        </label>
        <label>
          Lists of the last days; empty: all
          <input type="number" min="1" value={days} onInput={({ currentTarget: { value } }) => setDays(value)} />
        </label>
        {failure !== '' && (
          <p class="failure" role="alert">
            {failure}
          </p>
        )}
        <div>
          <button type="submit" disabled={of.length === 0}>
            Ask
          </button>{' '}
          <span class="muted">in a process of its own; no user sees anything of it</span>
        </div>
      </form>
    </details>
  )
}

function One({ name }: { name: string }) {
  const one = useAnswer((client, signal) => client.getEvaluation({ path: { evaluation: name }, signal }), [name])
  useEvery(one.value?.status === 'running' ? RELOAD_MILLISECONDS : undefined, one.reload)
  return (
    <>
      <p>
        <Link to={['live', 'evaluations']}>All evaluations</Link>
      </p>
      <h2 class="name">{name}</h2>
      <Show of={one}>
        {({ status, started, ended, asked, reason, evaluation }) => (
          <>
            <p>
              {policiesOf(asked)
                .map(({ model }) => model)
                .join(', ')}{' '}
              by {String(asked.reward)}: {status}
              {ended === undefined ? ` since ${when(started)} UTC` : ` after ${ago(ended - started)}`}.
            </p>
            {reason !== undefined && <p class={status === 'failed' ? 'failure' : 'harmed'}>{reason}</p>}
            {status === 'running' && (
              <button
                type="button"
                onClick={() =>
                  client()
                    .stopEvaluation({ path: { evaluation: name } })
                    .then(one.reload, one.reload)
                }
              >
                Stop it
              </button>
            )}
            {(evaluation?.targets as readonly Target[] | undefined)?.map((target) => (
              <Judged key={target.name} target={target} />
            ))}
            <CommandFooter
              commands={policiesOf(asked).map(({ model }) =>
                commandLine(
                  'ope',
                  '--log',
                  'sqlite:tributary.db',
                  '--policy',
                  model,
                  '--reward',
                  String(asked.reward),
                  '--json',
                ),
              )}
            />
          </>
        )}
      </Show>
    </>
  )
}

/** Of what `tributary ope --json` prints: a service, or all. */
interface Place {
  readonly domain?: string
  readonly verdict: string
  readonly refusal?: string
  readonly by?: string
  readonly units: number
  readonly users: number
  readonly effective: { readonly users: number }
  readonly logging: { readonly mean: number }
  readonly estimates: readonly {
    readonly estimator: string
    readonly value: { readonly mean: number }
    readonly difference: { readonly mean: number; readonly low: number; readonly high: number }
  }[]
  readonly checks: readonly { readonly name: string; readonly outcome: string; readonly sentence: string }[]
}

interface Target {
  readonly name: string
  readonly overall: Place
  readonly domains: readonly Place[]
}

function Judged({ target: { name, overall, domains } }: { target: Target }) {
  const all = nameOfAll(domains.map(({ domain = '' }) => domain))
  const rows = [...domains, overall].map((place) => ({
    ...place,
    domain: place.domain ?? all,
    estimate: place.estimates.find(({ estimator }) => estimator === place.by),
  }))
  const drawable = rows.flatMap(({ domain, verdict, estimate }) =>
    estimate && isKnown(estimate.difference.low) && isKnown(estimate.difference.high)
      ? [{ place: domain, ...estimate.difference, verdict: drawn(verdict) }]
      : [],
  )
  const says = `what ${name} would have earned more than what was served`
  const figure = useCallback((width: number) => whiskerChart(drawable, { label: 'difference', says, width }), [overall])
  const found = overall.checks.filter(({ outcome }) => outcome !== 'sound')
  return (
    <section>
      <h3>
        {name}: <span class={colorOf(overall.verdict)}>{overall.verdict}</span>
      </h3>
      {drawable.length > 0 && <Chart figure={figure} caption={`Difference a list: ${says}, with 95 % intervals`} />}
      <DataTable
        name={`${name} by the log`}
        rowKey={({ domain }) => domain}
        rows={rows}
        columns={[
          { title: 'service', text: ({ domain }) => domain },
          { title: 'verdict', text: ({ verdict }) => verdict, class: ({ verdict }) => colorOf(verdict) },
          { title: 'users', number: true, text: ({ users }) => count(users) },
          { title: 'effective users', number: true, text: ({ effective }) => count(Math.round(effective.users)) },
          {
            title: 'as served',
            number: true,
            text: ({ logging }) => plain(logging.mean),
            show: ({ logging }) => logging.mean.toFixed(4),
          },
          {
            title: `difference of ${name}, 95 %`,
            number: true,
            text: ({ estimate }) => (estimate === undefined ? '' : change(estimate.difference)),
            show: ({ estimate }) => (estimate === undefined ? '–' : change(estimate.difference)),
          },
          { title: 'by', text: ({ by = '' }) => by },
          { title: 'why the log cannot say', text: ({ refusal = '' }) => refusal },
        ]}
      />
      {found.length > 0 && (
        <ul>
          {found.map(({ name, outcome, sentence }) => (
            <li key={name} class={outcome === 'refused' ? 'failure' : undefined}>
              {name}: {sentence}
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}
