import { useMemo } from 'preact/hooks'
import { curveChart } from '../../../src/pages/charts/index.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { DataTable } from '../../parts/table.tsx'
import { type Params, param, setParams } from '../../url.ts'
import { fourDigits, momentText, plain, rowsOf } from './columns.ts'
import { againCommand, onCommand } from './commands.ts'
import { Curves } from './curves.tsx'
import { type Setting, settingsOf } from './options.tsx'
import { type RunSummary, type RunTold, useDetails, useSeries } from './runs-told.ts'
import { paceText } from './state.tsx'
import { durationText } from './summarize.ts'

/** One run: what it is, how it went, what it trusted, and what can be done with it. */
export function OneRun({ run, runs }: { run: RunSummary; runs: readonly RunSummary[] }) {
  const details = useDetails([run.id])
  const told = details.value?.get(run.id)
  const rows = useMemo(() => rowsOf([run], false), [run])
  const alike = runs.filter(({ group }) => run.group !== undefined && group === run.group)
  return (
    <>
      <p>
        <Link to={['runs']}>All runs</Link>
        {alike.length > 1 && (
          <>
            {' · '}
            <Link to={['runs']} with={{ run: alike.slice(0, 100).map(({ id }) => id) }}>
              Compare all {alike.length} seeds
            </Link>
          </>
        )}
        {run.model !== undefined && (
          <>
            {' · '}
            <Link to={['runs']} with={{ q: `model=${run.model}` }}>
              Runs of {run.model.slice(0, 60)}
            </Link>
            {' · '}
            <Link to={['train']} with={formOf(run)}>
              Train it otherwise
            </Link>
          </>
        )}
        {run.status === 'training' && (
          <>
            {' · '}
            <Link to={['train']} with={{ watch: run.id }}>
              Watch or stop it
            </Link>
          </>
        )}
      </p>
      <h1>
        <bdi>{run.id.slice(0, 500)}</bdi>
      </h1>
      {run.status === 'damaged' && <p class="failure">{run.reason?.slice(0, 1000)}</p>}
      {run.cautions?.map((caution) => (
        <p key={caution} class="failure">
          Caution: {caution.slice(0, 1000)}
        </p>
      ))}
      <dl class="facts">
        {factsOf(run, told).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <bdi>{value.slice(0, 300)}</bdi>
            </dd>
          </div>
        ))}
      </dl>
      {run.status !== 'damaged' && <Curves rows={rows} labels={[run.model ?? run.id]} />}
      {told !== undefined && <TrustSignals run={run} columns={told.columns} />}
      {run.status !== 'damaged' && (
        <section>
          <h2>Options</h2>
          <Show of={details}>{() => <Settings settings={settingsOf(told)} />}</Show>
        </section>
      )}
      <CommandFooter commands={commandsOf(run, told)} />
    </>
  )
}

/** The form of a training, filled in with what this one was begun with. */
function formOf({ model = '', split, seed, options = {} }: RunSummary): Params {
  const set = Object.entries(options).map(([name, value]) => [`set.${name}`, String(plain(value))])
  return { model, split, seeds: seed, ...Object.fromEntries(set) }
}

function factsOf(run: RunSummary, told: RunTold | undefined): readonly (readonly [string, string])[] {
  const { model, dataset, split, seed, status, reason, yardstick, validation, seconds, changed, weights, path } = run
  const { value, metric } = yardstick ?? {}
  const cases = validation?.cases
  const uses = Object.keys((told?.manifest?.uses ?? {}) as object)
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['model', model],
    ['dataset', dataset && `${dataset.name} (${dataset.hash.slice(0, 12)})`],
    ['split', split],
    ['seed', seed?.toString()],
    ['state', status === 'training' ? `training, ${paceText(run)}` : status],
    ['ended', status === 'damaged' ? undefined : reason],
    ['epochs', epochsText(run)],
    [
      'best validation',
      value === undefined
        ? undefined
        : `${metric} ${fourDigits(value)}${cases === undefined ? '' : ` (n ${cases.toLocaleString('en-US')})`}`,
    ],
    ['time in epochs', seconds === undefined ? undefined : durationText(seconds)],
    ['changed', `${momentText(changed)} UTC`],
    ['learned from', uses.length === 0 ? undefined : uses.join(', ')],
    ['began with', (told?.manifest?.warmStart as { run?: string } | undefined)?.run],
    ['weights', weights && `SHA-256 ${weights.slice(0, 16)}…`],
    ['folder', path],
    ['files', told?.files.join(', ')],
  ]
  return facts.filter((fact): fact is readonly [string, string] => fact[1] !== undefined)
}

function epochsText({ epochs, domains }: RunSummary): string | undefined {
  if (epochs === undefined) return undefined
  const { done, of, best } = epochs
  const allowed =
    of === undefined ? '' : domains === undefined ? ` of ${of}` : ` in ${domains} domains, ${of} allowed in each`
  return `${done}${allowed}${best === undefined ? '' : `, best ${best}`}`
}

function Settings({ settings }: { settings: Readonly<Record<string, Setting>> }) {
  const all = param('options') === 'all'
  const rows = Object.entries(settings).filter(([, { from }]) => all || from === 'set')
  return (
    <>
      <label>
        <input type="checkbox" checked={all} onChange={() => setParams({ options: all ? '' : 'all' })} /> Also those
        left at their default
      </label>
      {rows.length === 0 ? (
        <p class="muted">None was set: it was trained with the model’s defaults.</p>
      ) : (
        <DataTable
          name="Options of the run"
          rows={rows}
          rowKey={([name]) => name}
          columns={[
            { title: 'Option', text: ([name]) => name },
            { title: 'Value', text: ([, { value }]) => String(plain(value)) },
            { title: 'From', text: ([, { from }]) => from },
          ]}
        />
      )}
    </>
  )
}

const TRUST = 'trust/'
const MOST_SIGNALS = 48

/** A small figure for each signal of what the model trusts, a line a domain or behavior. */
function TrustSignals({ run, columns }: { run: RunSummary; columns: readonly string[] }) {
  const names = columns.filter((name) => name.startsWith(TRUST)).slice(0, MOST_SIGNALS)
  const told = useSeries([run], names)
  const signals = [...new Set(names.map(signalOf))]
  const figures = useMemo(
    () =>
      signals.map((signal) => {
        const curves = (told.value?.series ?? []).filter(({ metric }) => signalOf(metric) === signal)
        const series = names.filter((name) => signalOf(name) === signal).map(lineOf)
        const points = curves.flatMap(({ metric, epochs, values }) =>
          epochs.map((x, i) => ({ series: lineOf(metric), x, value: values[i] ?? Number.NaN })),
        )
        return {
          signal,
          figure:
            points.length === 0
              ? undefined
              : (width: number) => curveChart(points, { series, label: signal, width, tips: true }),
        }
      }),
    [told.value],
  )
  if (names.length === 0) return null
  return (
    <section>
      <h2>What it trusted</h2>
      <Show of={told}>
        {() =>
          figures.map(
            ({ signal, figure }) => figure && <Chart key={signal} figure={figure} caption={`${signal} by epoch`} />,
          )
        }
      </Show>
    </section>
  )
}

const signalOf = (name: string) => name.split('/')[1]
const lineOf = (name: string) => name.split('/').slice(2).join('/') || signalOf(name)

function commandsOf(run: RunSummary, told: RunTold | undefined): readonly (readonly [string, string])[] {
  const { path, model, split, seed, status, options = {}, epochs, task } = run
  const dataset = (told?.manifest?.dataset as { path?: string } | undefined)?.path
  const made =
    model !== undefined && dataset !== undefined && split !== undefined && seed !== undefined
      ? { path, model, dataset, split, seed, options }
      : undefined
  const judge = task === 'policy' ? 'simulate' : 'evaluate'
  return [
    ['This page as a file', commandLine('report', path)],
    ...(status === 'done'
      ? [
          ['Measure it on the test part', commandLine(judge, path)] as const,
          ['Serve it', commandLine('serve', path)] as const,
        ]
      : []),
    ...(made === undefined
      ? []
      : [
          status === 'done'
            ? (['Allow it more epochs', onCommand(made, 2 * (epochs?.of ?? epochs?.done ?? 1))] as const)
            : (['Go on with it', onCommand(made)] as const),
          ['Train it again, beside this one', againCommand(made)] as const,
        ]),
  ]
}
