import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { Dataset } from '../core/index.ts'
import type { Manifest } from '../runs/manifest.ts'
import { openRun } from '../runs/run.ts'
import { shareOfTraining } from '../runs/share.ts'
import { trainRun } from '../runs/train.ts'
import type { Job } from './job.ts'

/** How long a training of a kind takes, and how that is known. */
export interface Expected {
  readonly model: string
  /** Trainings that are still to be done. */
  readonly trainings: number
  /** Seconds of one. Absent where nothing tells. */
  readonly seconds?: { readonly least: number; readonly most: number }
  /** `same`: runs with these options; `model`: runs with others; `probe`: its first steps, so that `most` is as if it went on to its last epoch. */
  readonly from?: 'same' | 'model' | 'probe'
  /** Runs that it is known by. */
  readonly runs?: number
}

/** How long an experiment takes, said before it begins. */
export interface Estimate {
  /** Trainings that are still to be done, and those that are there. */
  readonly trainings: number
  readonly finished: number
  /** Of all of them, one after the other; absent where one is not known. */
  readonly seconds?: { readonly least: number; readonly most: number }
  /** By entry. */
  readonly expected: readonly Expected[]
}

export interface EstimateOptions {
  readonly dataset: Dataset
  /** Holds the folders that the jobs' keys name. */
  readonly out: string
  /** Times the first steps of what no run tells of. */
  readonly probe?: boolean
  readonly signal?: AbortSignal | undefined
}

/** Folders below that of the experiment's own that are looked into, and how deep. */
const MOST_FOLDERS = 1000
const DEPTH = 4

/** Steps that are timed, in seconds after the first. */
const PROBE_SECONDS = 3

/**
 * How long jobs will take: by finished runs of their models on this dataset, in `out` and beside it, which took what their epochs took;
 * evaluation comes on top.
 */
export async function estimateOf(jobs: readonly Job[], options: EstimateOptions): Promise<Estimate> {
  const { dataset, out } = options
  const runs = await finishedBelow(dirname(resolve(out)), dataset)
  const there = new Set(runs.map(({ folder }) => folder))
  const left = jobs.filter(({ key }) => !there.has(resolve(out, ...key.split('/'))))
  const expected: Expected[] = []
  for (const label of new Set(left.map((job) => job.label))) {
    const own = left.filter((job) => job.label === label)
    const known = byRuns(own[0], runs) ?? (options.probe ? await probe(own[0], options) : undefined)
    expected.push({ model: label, trainings: own.length, ...known })
  }
  const total = (of: 'least' | 'most') =>
    expected.reduce((sum, { trainings, seconds }) => sum + trainings * (seconds?.[of] ?? 0), 0)
  return {
    trainings: left.length,
    finished: jobs.length - left.length,
    ...(expected.every(({ seconds }) => seconds !== undefined) && {
      seconds: { least: total('least'), most: total('most') },
    }),
    expected,
  }
}

interface Finished {
  readonly folder: string
  readonly manifest: Manifest
  readonly seconds: number
}

function byRuns(job: Job, runs: readonly Finished[]): Pick<Expected, 'seconds' | 'from' | 'runs'> | undefined {
  const ofModel = runs.filter(({ manifest }) => manifest.model === job.model)
  const alike = ofModel.filter(({ manifest }) =>
    Object.entries(job.config).every(
      ([name, value]) => JSON.stringify(manifest.config[name]?.value) === JSON.stringify(value),
    ),
  )
  const found = alike.length > 0 ? alike : ofModel
  if (found.length === 0) return undefined
  const all = found.map(({ seconds }) => seconds)
  return {
    seconds: { least: Math.min(...all), most: Math.max(...all) },
    from: alike.length > 0 ? 'same' : 'model',
    runs: found.length,
  }
}

/** Finished runs of the dataset; what cannot be read is none. */
async function finishedBelow(root: string, dataset: Dataset): Promise<Finished[]> {
  const found: Finished[] = []
  let folders = [root]
  let looked = 0
  for (let depth = 0; depth <= DEPTH; depth++) {
    const below: string[] = []
    for (const folder of folders) {
      if (++looked > MOST_FOLDERS) return found
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
      if (entries.some(({ name }) => name === 'manifest.json')) {
        const run = await openRun(folder).catch(() => undefined)
        const { status, result, dataset: of } = run?.manifest ?? {}
        if (run !== undefined && status === 'done' && result !== undefined && of?.hash === dataset.hash)
          found.push({ folder, manifest: run.manifest, seconds: result.seconds })
      }
      for (const entry of entries)
        if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules')
          below.push(join(folder, entry.name))
    }
    folders = below.sort()
  }
  return found
}

/** The first steps of a training in a folder that is thrown away; all of it, where it is that short. */
async function probe(job: Job, { signal }: EstimateOptions): Promise<Pick<Expected, 'seconds' | 'from'> | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-probe-'))
  try {
    const shareOf = shareOfTraining(job.config)
    const begun = performance.now()
    let first: { readonly at: number; readonly share: number } | undefined
    const training = trainRun({ ...job, out: join(folder, 'run'), ...(signal && { signal }) })
    for await (const event of training) {
      const [share, now] = [shareOf(event), performance.now()]
      if (event.type === 'done') break
      if (share === 0) continue
      first ??= { at: now, share }
      const measured = (now - first.at) / 1000
      if (measured < PROBE_SECONDS || share <= first.share) continue
      const most = (first.at - begun) / 1000 + (measured * (1 - first.share)) / (share - first.share)
      return { seconds: { least: 0, most }, from: 'probe' }
    }
    const took = (performance.now() - begun) / 1000
    return { seconds: { least: took, most: took }, from: 'probe' }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
