import { useState } from 'preact/hooks'
import type { Answer } from '../../../src/client/index.ts'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Link } from '../../parts/link.tsx'
import { DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import { Experiment } from './experiment.tsx'
import { NoStore, type ViewProps } from './live.tsx'
import { STORE, when } from './words.ts'

export function Experiments({ traffic }: ViewProps) {
  const asked = param('experiment')
  if (!traffic.offers.includes('store')) return <NoStore what="Experiments" />
  return asked === '' ? <All models={Object.keys(traffic.models)} /> : <Experiment key={asked} name={asked} />
}

function All({ models }: { models: readonly string[] }) {
  const all = useAnswer((client, signal) => client.listExperiments({ signal }), [])
  return (
    <>
      <Show of={all}>
        {({ experiments }) =>
          experiments.length === 0 ? (
            <p>
              There is no experiment yet. One gives some users the lists of another model, and says what comes of it, in
              each service.
            </p>
          ) : (
            <DataTable
              name="experiments"
              rowKey={({ name }) => name}
              rows={experiments}
              columns={[
                {
                  title: 'experiment',
                  text: ({ name }) => name,
                  show: ({ name }) => (
                    <Link to={['live', 'experiments']} with={{ experiment: name }}>
                      {name}
                    </Link>
                  ),
                },
                { title: 'kind', text: modeOf },
                { title: 'state', text: ({ status }) => status },
                { title: 'arms, the control first', text: armsOf },
                { title: 'started (UTC)', text: ({ startedAt }) => when(startedAt) },
                { title: 'stopped (UTC)', text: ({ stoppedAt }) => when(stoppedAt) },
              ]}
            />
          )
        }
      </Show>
      <New models={models} />
      <CommandFooter commands={[commandLine('experiment', 'list', ...STORE)]} />
    </>
  )
}

type One = Answer<'listExperiments'>['experiments'][number]

const MODES: Readonly<Record<string, string>> = { ab: 'A/B test', interleave: 'interleaved lists', shadow: 'shadow' }

export function modeOf({ mode = 'ab' }: Pick<One, 'mode'>): string {
  return MODES[mode] ?? mode
}

export function armsOf({ arms }: Pick<One, 'arms'>): string {
  return arms
    .map(({ name, weight = 1 }) => (arms.some((arm) => (arm.weight ?? 1) !== 1) ? `${name} ×${weight}` : name))
    .join(', ')
}

/** Two models against each other; what is rarer is told by the command line or over HTTP. */
function New({ models }: { models: readonly string[] }) {
  const [asked, setAsked] = useState({
    name: '',
    control: models[0] ?? '',
    treatment: models[1] ?? models[0] ?? '',
    placement: '',
    reward: 'purchase:24h',
    coverage: '1',
  })
  const field = (key: keyof typeof asked) => ({
    value: asked[key],
    onInput: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      setAsked({ ...asked, [key]: value }),
  })
  const arm = (model: string) => ({ name: model, use: { model } })
  const body = {
    arms: [arm(asked.control), arm(asked.treatment)],
    metrics: [{ name: asked.reward.split(':')[0] || 'reward', reward: asked.reward }],
    ...(asked.placement !== '' && { placement: asked.placement }),
    ...(asked.coverage !== '1' && { coverage: Number(asked.coverage) }),
  }
  const choice = (title: string, key: 'control' | 'treatment') => (
    <label>
      {title}
      <select {...field(key)}>
        {models.map((model) => (
          <option key={model}>{model}</option>
        ))}
      </select>
    </label>
  )
  const put = async () => {
    await client().putExperiment({ path: { name: asked.name }, body })
    setParams({ experiment: asked.name })
  }
  return (
    <details>
      <summary>A new experiment</summary>
      <div class="fields">
        <label>
          Name
          <input {...field('name')} />
        </label>
        {choice('Control', 'control')}
        {choice('Treatment', 'treatment')}
        <label>
          What counts: type of event, window
          <input {...field('reward')} />
        </label>
        <label>
          Placement; empty: wherever lists are asked for
          <input {...field('placement')} />
        </label>
        <label>
          Part of the users who take part, 0 to 1
          <input type="number" min="0" max="1" step="any" {...field('coverage')} />
        </label>
      </div>
      <div class="actions">
        <Confirm label="Make a draft" act={put}>
          <p>
            <strong class="name">{asked.name || '(no name yet)'}</strong> holds {asked.treatment} against{' '}
            {asked.control}. Nobody is given another list before it is started.
          </p>
        </Confirm>
      </div>
      <CommandFooter
        commands={[commandLine('experiment', 'put', asked.name || 'NAME', JSON.stringify(body), ...STORE)]}
      />
    </details>
  )
}
