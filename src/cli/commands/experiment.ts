import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { type Experiment, type ExperimentBody, experimentSchema } from '../../serving/experiments/experiment.ts'
import {
  countAssigned,
  deleteExperiment,
  findExperiment,
  listExperiments,
  putExperiment,
  startExperiment,
  stopExperiment,
} from '../../serving/experiments/lifecycle.ts'
import { Experiments } from '../../serving/experiments/running.ts'
import { fieldErrorOf } from '../../serving/fields.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { STORE } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import { experimentCourseCommand, experimentForecastsCommand, experimentReadoutCommand } from './experiment-readout.ts'
import { withStore } from './with-store.ts'

interface StoreOption {
  readonly store: string
}

const NAME = ['<name>', 'the experiment'] as const
const EXAMPLES = [
  'experiment put mixed-or-twin experiment.json --store sqlite:tributary.db',
  'experiment start mixed-or-twin --store sqlite:tributary.db',
  'experiment status mixed-or-twin --store sqlite:tributary.db',
  'experiment stop mixed-or-twin --store sqlite:tributary.db',
  'experiment assign mixed-or-twin 4711 --store sqlite:tributary.db',
  'experiment list --store sqlite:tributary.db',
  'experiment delete mixed-or-twin --store sqlite:tributary.db',
  'experiment readout mixed-or-twin --store sqlite:tributary.db',
] as const

export function experimentCommand(): Command {
  return createCommand('experiment', 'hold models against each other with the users of a server (A/B tests)', EXAMPLES)
    .addCommand(listCommand())
    .addCommand(putCommand())
    .addCommand(startCommand())
    .addCommand(stopCommand())
    .addCommand(statusCommand())
    .addCommand(experimentReadoutCommand())
    .addCommand(experimentCourseCommand())
    .addCommand(experimentForecastsCommand())
    .addCommand(assignCommand())
    .addCommand(deleteCommand())
}

function listCommand(): Command {
  return createCommand('list', 'list all experiments of a store', [EXAMPLES[5]])
    .requiredOption(...STORE)
    .action(
      withTerminal<[StoreOption]>(async (terminal, { store }) => {
        const experiments = await withStore(store, listExperiments)
        const columns = ['experiment', 'mode', 'state', 'arms', 'started', 'stopped'].map((title) => ({ title }))
        const rows = experiments.map(({ name, mode = 'ab', status, arms, startedAt, stoppedAt }) => [
          name,
          mode,
          status,
          arms.map((arm) => arm.name).join(', '),
          day(startedAt),
          day(stoppedAt),
        ])
        terminal.report({ experiments }, rows.length === 0 ? 'there is no experiment' : formatTable(columns, rows))
      }),
    )
}

function putCommand(): Command {
  return createCommand('put', 'say what an experiment is; while it runs, weights, coverage and overrides may change', [
    EXAMPLES[0],
    `experiment put trial '{"arms": [{"name": "a"}, {"name": "b", "use": {"model": "sasrec"}}], "metrics": [{"name": "bought", "reward": "purchase:24h"}]}' --store sqlite:tributary.db`,
  ])
    .argument(...NAME)
    .argument('<json>', 'what it is: a file of JSON, or JSON itself; docs/experiments.md has its fields')
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, string, StoreOption]>(async (terminal, name, json, { store }) => {
        const body = bodyOf(json)
        const experiment = await withStore(store, (opened) => putExperiment(opened, name, body, Date.now()))
        terminal.report(experiment, sentence(experiment))
      }),
    )
}

function startCommand(): Command {
  return createCommand('start', 'assign users from now on; every server of the store does within a second', [
    EXAMPLES[1],
  ])
    .argument(...NAME)
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption]>(async (terminal, name, { store }) => {
        const experiment = await withStore(store, (opened) => startExperiment(opened, name, Date.now()))
        terminal.report(experiment, sentence(experiment))
      }),
    )
}

function stopCommand(): Command {
  return createCommand('stop', 'give everybody what they would get without it', [EXAMPLES[3]])
    .argument(...NAME)
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption]>(async (terminal, name, { store }) => {
        const experiment = await withStore(store, (opened) => stopExperiment(opened, name, Date.now()))
        terminal.report(experiment, sentence(experiment))
      }),
    )
}

function statusCommand(): Command {
  return createCommand('status', 'what an experiment is, and how many users have which arm', [EXAMPLES[2]])
    .argument(...NAME)
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption]>(async (terminal, name, { store }) => {
        const [experiment, assigned] = await withStore(store, async (opened) => {
          const found = await findExperiment(opened, name)
          return [found, await countAssigned(opened, found)] as const
        })
        const columns = [
          { title: 'arm' },
          { title: 'weight', align: 'right' as const },
          { title: 'assigned', align: 'right' as const },
        ]
        const rows = experiment.arms.map((arm) => [arm.name, `${arm.weight ?? 1}`, `${assigned.arms[arm.name] ?? 0}`])
        const units = experiment.unit === 'session' ? 'sessions' : 'users'
        const several = assigned.several === 0 ? [] : [`${assigned.several} ${units} met more than one arm`]
        terminal.report(
          { ...experiment, assigned },
          [sentence(experiment), formatTable(columns, rows), ...several].join('\n'),
        )
      }),
    )
}

function assignCommand(): Command {
  return createCommand('assign', 'the arm that a user (or a session) has, or would have with the next list', [
    EXAMPLES[4],
  ])
    .argument(...NAME)
    .argument('<user>', 'the user; the session, where sessions have arms')
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, string, StoreOption]>(async (terminal, name, unit, { store }) => {
        const assignment = await withStore(store, async (opened) => {
          const experiments = new Experiments(opened)
          await experiments.refresh()
          await experiments.moves.refresh()
          return experiments.assignment(await findExperiment(opened, name), unit)
        })
        const { arm, override, at } = assignment
        const how = override ? ', as a tester, who is not counted' : at === undefined ? ', with the next list' : ''
        terminal.report(assignment, arm === undefined ? `${unit} takes no part in ${name}` : `${unit}: ${arm}${how}`)
      }),
    )
}

function deleteCommand(): Command {
  return createCommand('delete', 'take an experiment away that does not run, with what was assigned in it', [
    EXAMPLES[6],
  ])
    .argument(...NAME)
    .requiredOption(...STORE)
    .action(
      withTerminal<[string, StoreOption]>(async (terminal, name, { store }) => {
        await withStore(store, (opened) => deleteExperiment(opened, name))
        terminal.report({ name, deleted: true }, `${name} is gone`)
      }),
    )
}

/**
 * @param text JSON, or the path of a file that holds it
 * @throws TributaryError `bad-config`
 */
function bodyOf(text: string): ExperimentBody {
  const file = existsSync(text)
  let value: unknown
  try {
    value = JSON.parse(file ? readFileSync(text, 'utf8') : text)
  } catch {
    throw new TributaryError('bad-config', `${file ? text : 'this'} is neither a JSON object nor a file that holds one`)
  }
  const parsed = experimentSchema.safeParse(value)
  if (parsed.success) return parsed.data
  throw new TributaryError('bad-config', fieldErrorOf(parsed.error, file ? text : 'the experiment').message)
}

function sentence({ name, mode = 'ab', status, startedAt, stoppedAt, arms }: Experiment): string {
  const what = `${name} (${mode}: ${arms.map((arm) => arm.name).join(', ')})`
  if (status === 'draft') return `${what} was not started yet`
  if (status === 'running') return `${what} runs since ${day(startedAt)}`
  return `${what} ran from ${day(startedAt)} to ${day(stoppedAt)}`
}

function day(milliseconds: number | undefined): string {
  return milliseconds === undefined ? '' : new Date(milliseconds).toISOString().slice(0, 10)
}
