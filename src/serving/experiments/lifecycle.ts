import { isDeepStrictEqual } from 'node:util'
import { quoted, TributaryError } from '../../core/index.ts'
import { FieldError, unknownField } from '../field-error.ts'
import type { JsonObject, Store } from '../store/store.ts'
import { assignsArms } from './assignment.ts'
import { type Experiment, type ExperimentBody, readExperiment, type Weighing } from './experiment.ts'

type Documents = Pick<Store, 'documents' | 'document' | 'putDocument' | 'deleteDocument'>

/** @throws TributaryError `store-failed` */
export async function listExperiments(store: Pick<Store, 'documents'>): Promise<readonly Experiment[]> {
  return (await store.documents('experiment')).flatMap((document) => readExperiment(document) ?? [])
}

/** @throws TributaryError `unknown-name`, `store-failed` */
export async function findExperiment(store: Pick<Store, 'documents' | 'document'>, name: string): Promise<Experiment> {
  const document = await store.document('experiment', name)
  const found = document && readExperiment(document)
  if (found !== undefined) return found
  const known = (await listExperiments(store)).map((experiment) => experiment.name)
  throw unknownField('experiment', name, 'name', known)
}

/**
 * Says what an experiment is. While it runs, weights, coverage and overrides may change, and nothing else; afterwards, nothing.
 * @param now milliseconds since 1970
 * @throws FieldError for what cannot be; TributaryError `mismatch` for what can no longer change
 */
export async function putExperiment(
  store: Documents,
  name: string,
  body: ExperimentBody,
  now: number,
): Promise<Experiment> {
  refuse(body)
  return change(store, name, (before) => {
    if (before === undefined || before.status === 'draft') return { name, ...body, status: 'draft', weighings: [] }
    if (before.status === 'stopped')
      throw new TributaryError('mismatch', `${quoted(name)} was stopped, and stays as it was; give the new one a name`)
    const { status, startedAt, weighings } = before
    refuseOther(before, body)
    const weighing = weighingOf(body, now)
    const last = weighings.at(-1)
    const same = last !== undefined && isDeepStrictEqual({ ...last, from: now }, weighing)
    return { name, ...body, status, startedAt, weighings: same ? weighings : [...weighings, weighing] }
  })
}

/**
 * From now on users are assigned.
 * @throws TributaryError `unknown-name`; `mismatch` where it has been started, or another one runs in the same place
 */
export async function startExperiment(store: Documents, name: string, now: number): Promise<Experiment> {
  const others = await listExperiments(store)
  const started = await change(store, name, (before) => {
    const experiment = known(before, name, others)
    if (experiment.status !== 'draft')
      throw new TributaryError('mismatch', `${quoted(name)} ${STATE[experiment.status]}; give the new one a name`)
    refuseBeside(experiment, others)
    return { ...experiment, status: 'running', startedAt: now, weighings: [weighingOf(experiment, now)] }
  })
  try {
    // Somebody else may have started one meanwhile. Of two that were started at once, each sees the other, or one does: none stays beside another.
    refuseBeside(started, await listExperiments(store))
  } catch (error) {
    await change(store, name, ({ startedAt: _, ...before } = started) => ({
      ...before,
      status: 'draft',
      weighings: [],
    }))
    throw error
  }
  return started
}

/** @throws TributaryError `mismatch` where another one runs in the same place */
function refuseBeside(experiment: Experiment, others: readonly Experiment[]): void {
  const other = others.find((one) => one.name !== experiment.name && one.status === 'running' && meet(one, experiment))
  if (other === undefined) return
  throw new TributaryError(
    'mismatch',
    `${quoted(other.name)} runs in the same place, and a list can be of one experiment; stop it, or give both ranges of one namespace that do not overlap`,
  )
}

/**
 * From now on everybody gets what they would get without it.
 * @throws TributaryError `unknown-name`; `mismatch` where it does not run
 */
export async function stopExperiment(store: Documents, name: string, now: number): Promise<Experiment> {
  const others = await listExperiments(store)
  return change(store, name, (before) => {
    const experiment = known(before, name, others)
    if (experiment.status !== 'running')
      throw new TributaryError('mismatch', `${quoted(name)} does not run: it ${STATE[experiment.status]}`)
    return { ...experiment, status: 'stopped', stoppedAt: now }
  })
}

/**
 * Takes an experiment away, with what was assigned in it.
 * @throws TributaryError `unknown-name`; `mismatch` while it runs
 */
export async function deleteExperiment(store: Documents, name: string): Promise<void> {
  const { status } = await findExperiment(store, name)
  if (status === 'running') throw new TributaryError('mismatch', `${quoted(name)} runs; stop it first`)
  await store.deleteDocument('experiment', name)
}

const ASSIGNMENTS_A_READ = 10_000

/**
 * How many users or sessions have which arm, and how many of them have met another one, too.
 * @throws TributaryError `store-failed`
 */
export async function countAssigned(
  store: Pick<Store, 'assignments'>,
  { name }: Pick<Experiment, 'name'>,
): Promise<{ readonly arms: Readonly<Record<string, number>>; readonly several: number }> {
  const arms: Record<string, number> = {}
  let several = 0
  let after: string | undefined
  do {
    const page = await store.assignments({ experiment: name, limit: ASSIGNMENTS_A_READ, after })
    for (const one of page.rows) {
      arms[one.arm] = (arms[one.arm] ?? 0) + 1
      if (one.several) several++
    }
    after = page.next
  } while (after !== undefined)
  return { arms, several }
}

const STATE = { draft: 'was not started', running: 'runs', stopped: 'was stopped' } as const

/** What others change meanwhile is not lost: whoever comes second looks again. */
async function change(
  store: Documents,
  name: string,
  make: (before: Experiment | undefined) => Experiment,
): Promise<Experiment> {
  for (;;) {
    const document = await store.document('experiment', name)
    const before = document && readExperiment(document)
    if (document !== undefined && before === undefined)
      throw new TributaryError('mismatch', `${quoted(name)} was told to a newer Tributary, which has to change it`)
    const after = make(before)
    const { name: _, ...body } = after
    const kept = JSON.parse(JSON.stringify(body)) as JsonObject
    if ((await store.putDocument('experiment', name, kept, document?.revision ?? 0)) !== undefined) return after
  }
}

function known(experiment: Experiment | undefined, name: string, others: readonly Experiment[]): Experiment {
  if (experiment !== undefined) return experiment
  throw unknownField(
    'experiment',
    name,
    'name',
    others.map((one) => one.name),
  )
}

function weighingOf({ arms, coverage = 1 }: ExperimentBody, from: number): Weighing {
  return { from, coverage, weights: arms.map(({ weight = 1 }) => weight) }
}

function refuseOther(before: Experiment, body: ExperimentBody): void {
  const fixed = ({ arms, ...rest }: ExperimentBody) => ({ ...rest, arms: arms.map(({ weight: _, ...arm }) => arm) })
  const [was, is] = [fixed(before), fixed(body)] as unknown as readonly Record<string, unknown>[]
  const names = new Set([...Object.keys(is), ...Object.keys(was)])
  for (const own of ['name', 'status', 'startedAt', 'stoppedAt', 'weighings', 'coverage', 'overrides'])
    names.delete(own)
  const field = [...names].find((one) => !isDeepStrictEqual(plain(was[one]), plain(is[one])))
  if (field === undefined) return
  throw new TributaryError(
    'mismatch',
    `${quoted(before.name)} runs, so that '${field}' stays as it is: only weights of arms, 'coverage' and 'overrides' may change`,
  )
}

/** As JSON has it, in which what is undefined is not there. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

/** Whether a list could be of both. */
function meet(one: Experiment, other: Experiment): boolean {
  const apart = (a: string | undefined, b: string | undefined) => a !== undefined && b !== undefined && a !== b
  const [x, y] = [one.namespace, other.namespace]
  if (x !== undefined && y !== undefined && x.name === y.name && (x.to <= y.from || y.to <= x.from)) return false
  if (apart(one.placement, other.placement)) return false
  return one.domains === undefined || other.domains === undefined || one.domains.some((d) => other.domains?.includes(d))
}

function repeated(names: readonly string[]): string | undefined {
  return names.find((name, i) => names.indexOf(name) !== i)
}

/** @throws FieldError for arms, overrides or a namespace that cannot be */
function refuse(body: ExperimentBody): void {
  const { arms, mode = 'ab', namespace, overrides = {}, metrics, guardrails = [], forecast, effect } = body
  const names = arms.map((arm) => arm.name)
  const twice = repeated(names)
  const bad = (field: string, message: string) => new FieldError('bad-request', field, message)
  if (twice !== undefined) throw bad('arms', `'arms' has two that are named ${quoted(twice)}`)
  // They are read by their names.
  const measured = repeated([...metrics, ...guardrails].map((one) => one.name))
  if (measured !== undefined)
    throw bad('metrics', `two of 'metrics' and 'guardrails' are named ${quoted(measured)}; give each a name of its own`)
  if (!Number.isFinite(arms.reduce((sum, { weight = 1 }) => sum + weight, 0)))
    throw bad('arms', 'the weights of the arms are too large to be added up')
  if (effect === 0) throw bad('effect', "'effect' is 0, and no number of users would show that; leave it out")
  if (forecast !== undefined && !(forecast.low <= forecast.mean && forecast.mean <= forecast.high))
    throw bad(
      'forecast',
      `'forecast' goes from ${forecast.low} to ${forecast.high}, and its mean, ${forecast.mean}, is not between`,
    )
  if (arms.length < 2) throw bad('arms', `'arms' has one, the control; there must be another to hold against it`)
  if (mode === 'interleave' && arms.length > 2) throw bad('arms', 'an interleaved list is of two arms')
  if (mode === 'aa' && arms.some(({ use, placement }) => use !== undefined || placement !== undefined))
    throw bad('arms', "arms of 'aa' are all alike: leave out 'use' and 'placement'")
  if (!assignsArms(body) && arms.some(({ placement }) => placement !== undefined))
    throw bad('arms', `arms of '${mode}' differ by their models alone: leave out 'placement'`)
  for (const [unit, arm] of Object.entries(overrides))
    if (!names.includes(arm)) throw unknownField('arm', arm, `overrides.${unit}`, names)
  if (namespace !== undefined && namespace.from >= namespace.to)
    throw bad('namespace', `'namespace' goes from ${namespace.from} to ${namespace.to}, and nobody is between`)
}
