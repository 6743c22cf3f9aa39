import { useState } from 'preact/hooks'
import { RefusedError } from '../../../src/client/index.ts'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { param, setParams } from '../../url.ts'
import { Field, type Wrong } from './field.tsx'
import { Options } from './options.tsx'
import type { DatasetFolder, Spec, SpecSummary } from './types.ts'
import { commandsOf, fault, freeName, MOST_SEEDS, namesIn, seedsOf, setOptions } from './words.ts'

interface FormProps {
  readonly model: SpecSummary
  readonly splits: readonly string[]
  readonly leave: () => void
  /** Told when a training was begun. */
  readonly begun: () => void
}

/** What is trained on what, and every option of the model; it begins a training, or says what is wrong at the field. */
export function Form({ model, splits, leave, begun }: FormProps) {
  const ground = useAnswer(
    async (client, signal) => {
      const [spec, { datasets, into }, { runs }, { trainings }] = await Promise.all([
        client.getSpec({ path: { model: model.name }, signal }),
        client.listDatasets({ signal }),
        client.listRuns({ signal }),
        client.listBegun({ signal }),
      ])
      const paths = [...runs, ...trainings].map(({ path }) => path)
      return { spec, datasets, into, runs: runs.map(({ id }) => id), taken: namesIn(into ?? '', paths) }
    },
    [model.name],
    ['trainings'],
  )
  return (
    <section aria-labelledby="form">
      <h2 id="form">
        {model.name}{' '}
        <button type="button" class="quiet" onClick={leave}>
          Choose another model
        </button>
      </h2>
      <p>
        {model.summary}
        {model.paper && (
          <span class="muted">
            {' '}
            {model.paper.title}, {model.paper.venue} {model.paper.year}.
          </span>
        )}
      </p>
      <Show of={ground}>{(value) => <Asked {...value} splits={splits} begun={begun} />}</Show>
    </section>
  )
}

interface AskedProps {
  readonly spec: Spec
  readonly datasets: readonly DatasetFolder[]
  readonly into?: string | undefined
  readonly runs: readonly string[]
  /** Names that new runs cannot have. */
  readonly taken: ReadonlySet<string>
  readonly splits: readonly string[]
  readonly begun: () => void
}

/** Fields of the address that are options begin so. */
const OPTION = 'set.'

function Asked({ spec, datasets, into, runs, taken, splits, begun }: AskedProps) {
  const [wrong, setWrong] = useState<Wrong>({})
  const [sending, setSending] = useState(false)
  const fields = Object.fromEntries(spec.options.map(({ name }) => [name, param(OPTION + name)]))
  const set = setOptions(spec.options, fields)
  const chosen = {
    model: spec.name,
    dataset: param('dataset') || (datasets[0]?.dataset ?? ''),
    split: param('split'),
    name: param('name') || freeName(spec.name, taken),
    warmStart: param('warmStart'),
    simulateEvery: param('simulateEvery'),
  }
  const seeds = seedsOf(param('seeds'))
  const dataset = datasets.find((one) => one.dataset === chosen.dataset)
  if (into === undefined)
    return (
      <p class="failure">
        Nothing is trained beside this server. It does where it is told a folder for new runs:{' '}
        <code>{commandLine('studio', 'runs', 'datasets')}</code>, or <code>serve … --runs runs</code>.
      </p>
    )
  if (datasets.length === 0)
    return (
      <>
        <p>
          There is no dataset below the folders that this server looks at. A log becomes one with{' '}
          <code>{commandLine('import', 'csv', 'log.csv', '--out', 'datasets/shop')}</code>; name its folder when you
          start the studio.
        </p>
        <CommandFooter commands={[commandLine('studio', 'runs', 'datasets')]} />
      </>
    )

  const faults: Wrong = {
    ...Object.fromEntries(
      spec.options.flatMap((option) => {
        const text = fault(option, fields[option.name])
        return text === undefined ? [] : [[OPTION + option.name, text]]
      }),
    ),
    ...(seeds === undefined && { seeds: `must be whole numbers such as 1-3, 7: ${MOST_SEEDS} at most` }),
  }
  const told = { ...wrong, ...faults }
  const change = (name: string) => (text: string) => {
    setWrong(({ [name]: _, ...others }) => others)
    setParams({ [name]: text }, { replace: true })
  }
  const begin = async (event: Event) => {
    event.preventDefault()
    if (Object.keys(faults).length > 0 || sending) {
      document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
      return
    }
    setSending(true)
    const { split, warmStart, simulateEvery, ...named } = chosen
    try {
      const { trainings } = await client().train({
        body: {
          ...named,
          set,
          seeds: [...(seeds ?? [])],
          ...(split !== '' && { split }),
          ...(warmStart !== '' && { warmStart }),
          ...(simulateEvery !== '' && { simulateEvery: Number(simulateEvery) }),
        },
      })
      setWrong({})
      begun()
      setParams({ watch: trainings[0].run, name: '' })
      scrollTo(0, 0)
    } catch (error) {
      const field = (error instanceof RefusedError && error.field) || ''
      setWrong({ [field]: error instanceof Error ? error.message : String(error) })
      requestAnimationFrame(() => document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus())
    } finally {
      setSending(false)
    }
  }
  const known = new Set([
    'dataset',
    'split',
    'seeds',
    'name',
    'warmStart',
    'simulateEvery',
    ...spec.options.map(({ name }) => OPTION + name),
  ])
  const elsewhere = Object.entries(told).filter(([field]) => !known.has(field))
  return (
    <form onSubmit={begin} noValidate>
      <div class="fields">
        <Field name="dataset" wrong={told} help={dataset && datasetText(dataset)}>
          {(given) => (
            <select
              {...given}
              value={chosen.dataset}
              onChange={(event) => change('dataset')(event.currentTarget.value)}
            >
              {dataset === undefined && <option>{chosen.dataset}</option>}
              {datasets.map((one) => (
                <option key={one.dataset} value={one.dataset}>
                  {one.name.slice(0, 80)} ({one.dataset.slice(-80)})
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          name="split"
          wrong={told}
          help="How rows become training, validation and test. Empty: the column that the file gave, else leave-two-out."
        >
          {(given) => (
            <>
              <input
                {...given}
                list="splits"
                value={chosen.split}
                onInput={(event) => change('split')(event.currentTarget.value)}
              />
              <datalist id="splits">
                {splits.map((split) => (
                  <option key={split} value={split} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field
          name="seeds"
          wrong={told}
          help="A run each, one after the other, such as 1-3 or 1, 7. Several show how much is chance."
        >
          {(given) => (
            <input
              {...given}
              placeholder="1"
              value={param('seeds')}
              onInput={(event) => change('seeds')(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field name="name" label="name of the run" wrong={told} help={`Below ${into}.`}>
          {(given) => (
            <input
              {...given}
              placeholder={chosen.name}
              value={param('name')}
              onInput={(event) => change('name')(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field
          name="warmStart"
          label="warm start"
          wrong={told}
          help="A run whose weights it begins with, of the same model. Empty: none."
        >
          {(given) => (
            <input
              {...given}
              list="known-runs"
              value={chosen.warmStart}
              onInput={(event) => change('warmStart')(event.currentTarget.value)}
            />
          )}
        </Field>
        {spec.task === 'policy' && (
          <Field
            name="simulateEvery"
            label="simulate every"
            wrong={told}
            help="Epochs between two simulations in the truth of the dataset, to look at. Empty: none."
          >
            {(given) => (
              <input
                {...given}
                inputMode="numeric"
                value={chosen.simulateEvery}
                onInput={(event) => change('simulateEvery')(event.currentTarget.value)}
              />
            )}
          </Field>
        )}
        <datalist id="known-runs">
          {runs.slice(0, 200).map((id) => (
            <option key={id} value={id} />
          ))}
        </datalist>
      </div>
      <Options options={spec.options} fields={fields} set={set} wrong={told} prefix={OPTION} change={change} />
      {elsewhere.map(([field, message]) => (
        <p key={field} class="failure" role="alert">
          {message}
        </p>
      ))}
      <p class="begin">
        <button type="submit" aria-disabled={sending}>
          {(seeds?.length ?? 1) > 1 ? `Train ${seeds?.length} runs` : 'Train'}
        </button>{' '}
        <span class="muted">
          {Object.keys(set).length === 0
            ? 'Every option as the model has it.'
            : `Options that differ from the model’s: ${Object.keys(set).length}.`}
        </span>
      </p>
      <CommandFooter
        commands={commandsOf({ ...chosen, seeds: seeds ?? [1] }, set, {
          dataset: dataset?.path ?? chosen.dataset,
          into,
        })
          .slice(0, 5)
          .map((words) => commandLine(...words))}
      />
    </form>
  )
}

function datasetText({ interactions, users, items, domains, truth }: DatasetFolder): string {
  const count = (n: number | undefined, what: string) => (n === undefined ? '' : `${n.toLocaleString('en-US')} ${what}`)
  return [
    count(interactions, 'rows'),
    count(users, 'users'),
    count(items, 'items'),
    `${domains.length} domains: ${domains
      .map(({ name }) => name.slice(0, 40))
      .slice(0, 6)
      .join(', ')}${domains.length > 6 ? ' …' : ''}`,
    truth && 'with a truth to simulate in',
  ]
    .filter(Boolean)
    .join(' · ')
}
