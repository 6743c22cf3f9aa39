import { useState } from 'preact/hooks'
import type { Answer } from '../../../src/client/index.ts'
import { client, useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Link } from '../../parts/link.tsx'
import { setParams } from '../../url.ts'
import { Course } from './course.tsx'
import { armsOf, modeOf } from './experiments.tsx'
import { ReadoutView } from './readout.tsx'
import { STORE, when } from './words.ts'

type Told = Answer<'readExperiment'>

/** One experiment: is it sound, what happened, what to do, and what can be done. */
export function Experiment({ name }: { name: string }) {
  const told = useAnswer((client, signal) => client.readExperiment({ path: { name }, signal }), [name])
  return (
    <>
      <p>
        <Link to={['live', 'experiments']}>All experiments</Link>
      </p>
      <h2 class="name">{name}</h2>
      <Show of={told}>
        {(experiment) => (
          <>
            <p>
              {modeOf(experiment)} of {armsOf(experiment)}
              {experiment.placement !== undefined && ` in ${experiment.placement}`}: {stateOf(experiment)}
            </p>
            <Actions experiment={experiment} reload={told.reload} />
            {experiment.startedAt !== undefined && <Results experiment={experiment} />}
            <CommandFooter
              commands={[
                ['The readout', commandLine('experiment', 'readout', name, ...STORE, '--json')],
                ['Its course', commandLine('experiment', 'course', name, ...STORE, '--json')],
              ]}
            />
          </>
        )}
      </Show>
    </>
  )
}

function stateOf({ status, startedAt, stoppedAt }: Told): string {
  if (status === 'draft') return 'a draft, of which no user sees anything'
  return status === 'running'
    ? `runs since ${when(startedAt)} UTC`
    : `ran from ${when(startedAt)} to ${when(stoppedAt)} UTC`
}

function Results({ experiment: { name, mode } }: { experiment: Told }) {
  const readout = useAnswer((client, signal) => client.readExperimentOut({ path: { name }, signal }), [name])
  return (
    <>
      <Show of={readout}>{(readout) => <ReadoutView readout={readout} />}</Show>
      {mode !== 'shadow' && <Course name={name} />}
    </>
  )
}

function Actions({ experiment, reload }: { experiment: Told; reload: () => void }) {
  const { name, status, arms } = experiment
  const path = { name }
  const then = (work: Promise<unknown>) => work.then(reload)
  return (
    <div class="actions">
      {status === 'draft' && (
        <Confirm label="Start" name={name} act={() => then(client().startExperiment({ path }))}>
          <p>
            From now on users are given the lists of {armsOf(experiment)}. Every server of the store follows within a
            second.
          </p>
        </Confirm>
      )}
      {status === 'running' && (
        <Confirm label="Stop" name={name} act={() => then(client().stopExperiment({ path }))}>
          <p>Everybody gets what they would get without it. It cannot be started again.</p>
        </Confirm>
      )}
      {status !== 'stopped' && <Weights experiment={experiment} reload={reload} />}
      {status !== 'running' && (
        <Confirm
          label="Take away"
          name={name}
          act={() =>
            client()
              .deleteExperiment({ path })
              .then(() => setParams({ experiment: undefined }))
          }
        >
          <p>It is gone, with who was assigned to {arms.map((arm) => arm.name).join(', ')}.</p>
        </Confirm>
      )}
    </div>
  )
}

function Weights({ experiment, reload }: { experiment: Told; reload: () => void }) {
  const { name, status: _, startedAt: __, stoppedAt: ___, weighings: ____, ...body } = experiment
  const [weights, setWeights] = useState(body.arms.map(({ weight = 1 }) => String(weight)))
  const [coverage, setCoverage] = useState(String(body.coverage ?? 1))
  const put = async () => {
    const arms = body.arms.map((arm, i) => ({ ...arm, weight: Number(weights[i]) }))
    await client().putExperiment({ path: { name }, body: { ...body, arms, coverage: Number(coverage) } })
    reload()
  }
  return (
    <Confirm label="Change weights" name={name} act={put}>
      <p>Who was assigned before keeps the arm. Users are compared with those assigned under the same weights.</p>
      <div class="fields">
        {body.arms.map((arm, i) => (
          <label key={arm.name}>
            Weight of {arm.name}
            <input
              type="number"
              min="0"
              step="any"
              value={weights[i]}
              onInput={({ currentTarget: { value } }) => setWeights(weights.with(i, value))}
            />
          </label>
        ))}
        <label>
          Part of the users who take part, 0 to 1
          <input
            type="number"
            min="0"
            max="1"
            step="any"
            value={coverage}
            onInput={({ currentTarget: { value } }) => setCoverage(value)}
          />
        </label>
      </div>
    </Confirm>
  )
}
