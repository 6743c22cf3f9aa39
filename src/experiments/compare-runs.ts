import { isDeepStrictEqual } from 'node:util'
import { TributaryError } from '../core/index.ts'
import { physicalPath } from '../files/index.ts'
import { datasetFolderOf, openDatasetOf } from '../runs/dataset.ts'
import { groupOf, type Manifest } from '../runs/manifest.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'
import { modelOfRun } from '../runs/plugin.ts'
import { configOfRun, openRun, type Run } from '../runs/run.ts'
import { type ComparisonOutcome, type ComparisonPlan, comparisonOf } from './compare.ts'
import { type Entry, refuseUnalike } from './entry.ts'
import { jobOf } from './job.ts'
import { type ExperimentEvent, runJobs } from './runner.ts'

export interface RunsPlan
  extends Omit<
    ComparisonPlan,
    'entries' | 'datasetFolder' | 'out' | 'splitName' | 'seeds' | 'simulation' | 'engine' | 'words'
  > {
  /** Folders of finished runs. Those equal but for their seed are one model; all are held against the first one's. */
  readonly runs: readonly string[]
  /** Where the dataset is, if it has moved since the trainings. */
  readonly datasetFolder?: string | undefined
}

/**
 * Evaluates runs that are there and holds all against the first, as `compare` does; nothing is trained or written.
 * @throws TributaryError as `compare`; `mismatch` for runs of several datasets or splits, and unfinished ones; `bad-argument` for two of one
 * training
 */
export async function* compareRuns(plan: RunsPlan): AsyncGenerator<ExperimentEvent, ComparisonOutcome> {
  const { candidates = { kind: 'full' }, part = 'test', maskSeen = false, threads, signal } = plan
  const { metrics, episodes, ranked, positiveAbove } = plan
  const groups = await grouped(plan.runs)
  const [[first]] = groups
  const entries = entriesOf(groups)
  refuseUnalike(entries, plan)
  const dataset = await openDatasetOf(first, plan.datasetFolder)
  const asked = {
    datasetFolder: plan.datasetFolder ?? (await datasetFolderOf(first)),
    splitName: first.manifest.split,
    protocols: [{ candidates, part, maskSeen, metrics, episodes, ranked, positiveAbove }],
    ...(threads !== undefined && { threads }),
  }
  const jobs = groups.map((runs, e) => runs.map(({ manifest }) => jobOf(entries[e], manifest.seed, asked)))
  const opened = new Map<string, () => Promise<TrainedRun>>()
  for (const [e, runs] of groups.entries())
    for (const [r, { folder }] of runs.entries())
      opened.set(jobs[e][r].key, () => openTrainedRun(folder, { dataset, ...(threads !== undefined && { threads }) }))
  const results = yield* runJobs(jobs.flat(), { dataset, out: '', opened, signal })
  const left = results.values()
  const done = groups.map((runs) => runs.flatMap(() => left.next().value ?? []))
  return await comparisonOf(plan, { entries, dataset, splitName: first.manifest.split, done })
}

/** Runs by training, as they were first named; their seeds ascending. */
async function grouped(folders: readonly string[]): Promise<Run[][]> {
  if (folders.length === 0) throw new TributaryError('bad-argument', 'there is no run to compare; name one or more')
  const groups = new Map<string, Run[]>()
  const places = new Map<string, string>()
  let first: Run | undefined
  for (const folder of folders) {
    const run = await openRun(folder)
    first ??= run
    const place = await physicalPath(folder)
    const twice = places.get(place)
    if (twice !== undefined) throw new TributaryError('bad-argument', `${folder} is ${twice} again; name each run once`)
    places.set(place, folder)
    refuseOther(first, run)
    const group = groups.get(groupOf(run.manifest)) ?? []
    const same = group.find(({ manifest }) => manifest.seed === run.manifest.seed)
    if (same !== undefined)
      throw new TributaryError(
        'bad-argument',
        `${folder} and ${same.folder} are one training: equal in everything, the seed ${run.manifest.seed} too; leave one out`,
      )
    group.push(run)
    groups.set(groupOf(run.manifest), group)
  }
  return [...groups.values()].map((runs) => runs.sort((a, b) => a.manifest.seed - b.manifest.seed))
}

function refuseOther(first: Run, { folder, manifest }: Run): void {
  if (manifest.status !== 'done')
    throw new TributaryError(
      'mismatch',
      `${folder} is still unfinished; finish its training with --resume, or leave it out`,
    )
  const [theirs, ours] = [first.manifest, manifest]
  if (theirs.dataset.hash !== ours.dataset.hash)
    throw new TributaryError(
      'mismatch',
      `${folder} was trained on ${ours.dataset.name} (${ours.dataset.hash.slice(0, 8)}), ${first.folder} on ${theirs.dataset.name} (${theirs.dataset.hash.slice(0, 8)}); compare runs of one dataset`,
    )
  if (theirs.split !== ours.split)
    throw new TributaryError(
      'mismatch',
      `${folder} was trained on the split ${ours.split}, ${first.folder} on ${theirs.split}; compare runs of one split`,
    )
}

/** Each with the options in which it differs from others of its model as its name. */
function entriesOf(groups: readonly (readonly Run[])[]): Entry[] {
  const taken = new Set<string>()
  return groups.map(([run]) => {
    const { manifest } = run
    const rivals = groups.flatMap(([other]) => (other.manifest.model === manifest.model ? [other.manifest] : []))
    let label = labelOf(manifest, rivals)
    for (let n = 2; taken.has(label); n++) label = `${labelOf(manifest, rivals)}:${n}`
    taken.add(label)
    const spec = modelOfRun(run.folder, manifest)
    const config = configOfRun(spec, manifest)
    return { label, spec, overrides: setOptions(manifest), config }
  })
}

function labelOf({ model, config, rounds }: Manifest, rivals: readonly Manifest[]): string {
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  const own = Object.entries(config).filter(([name, { value }]) =>
    rivals.some((rival) => JSON.stringify(rival.config[name]?.value) !== JSON.stringify(value)),
  )
  const dealt = rounds !== undefined && rivals.some((rival) => !isDeepStrictEqual(rival.rounds, rounds))
  return [
    model,
    ...own.map(([name, { value }]) => `${name}=${text(value)}`),
    ...(dealt ? [`shards=${rounds.shards}×${rounds.localEpochs}`] : []),
  ].join(':')
}

function setOptions({ config }: Manifest): Entry['overrides'] {
  return Object.fromEntries(
    Object.entries(config).flatMap(([name, { value, from }]) => (from === 'set' ? [[name, value]] : [])),
  )
}
