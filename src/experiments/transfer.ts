import { join } from 'node:path'
import { TributaryError } from '../core/index.ts'
import { type Comparison, type Seeded, summarizeSeeds } from '../evaluation/compare.ts'
import { MEASURES } from '../evaluation/measures/index.ts'
import type { JobEngine } from '../jobs/index.ts'
import { datasetFolderOf } from '../runs/dataset.ts'
import { openTrainedRun } from '../runs/open.ts'
import { trainingSignals } from '../trust/signals.ts'
import type { Entry } from './entry.ts'
import { estimateOf } from './estimate.ts'
import { type AskedProtocol, jobOf, STATISTICS_SEED } from './job.ts'
import { TRANSFER_FILE, type TransferReport, transferReport } from './report.ts'
import { type ExperimentEvent, runJobs, seededRuns } from './runner.ts'
import { refuseFailed, trainElsewhere } from './spread.ts'
import { refuseAsModel, refuseAsTwin, runEntry, twinEntry } from './twin.ts'

export interface TransferPlan extends Partial<Pick<AskedProtocol, 'candidates' | 'part'>> {
  /** The folder of a trained run of a model of all domains. */
  readonly run: string
  /** Its single-domain twin; default the same model and options where it has sequences=single, else sasrec. */
  readonly twin?: Entry | undefined
  /** The folder of a twin that is trained already. */
  readonly against?: string | undefined
  /** Average over so many seeds, of which those of the given runs are the first; default 1. */
  readonly seeds?: number
  /** Where the report will be, and what is trained for it goes; default the run. */
  readonly out?: string
  /** Where the dataset is, if it has moved since the training. */
  readonly datasetFolder?: string | undefined
  readonly threads?: number
  /** How many users a verdict takes; default `LEAST_USERS`. */
  readonly leastUsers?: number | undefined
  readonly signal?: AbortSignal
  /** Who trains; default this process, one training after the other. */
  readonly engine?: JobEngine | undefined
  /** What every training by it is given beside its own words, such as plug-ins. */
  readonly words?: readonly string[] | undefined
}

export interface TransferOutcome {
  /** For `writeTransfer`, to the place that `out` says; from there `--fallback auto` and `openFallback` read it. */
  readonly report: TransferReport
  /** What its verdicts come from: under the protocol that was asked for; the twin first. */
  readonly comparison: Comparison
  /** On validation cases; the same object where those were asked for. */
  readonly validation: Comparison
}

/** How the server ranks, on the only cases that may choose between models: what the fallback goes by. */
const SERVED: AskedProtocol = { part: 'valid', candidates: { kind: 'full' }, maskSeen: false }

/**
 * Says for each domain whether training on all domains helped or harmed it: trains the run's single-domain twin and what more
 * seeds ask for, and holds the model against it.
 * @throws TributaryError `bad-argument` for a run that has no twin, or `twin` and `against` together; `mismatch` for a twin of other
 * data; `interrupted` by the signal
 */
export async function* transfer(plan: TransferPlan): AsyncGenerator<ExperimentEvent, TransferOutcome> {
  const { run: folder, out = folder, seeds: count = 1, threads, signal } = plan
  const { candidates = { kind: 'full' }, part = 'test' } = plan
  if (plan.twin !== undefined && plan.against !== undefined)
    throw new TributaryError(
      'bad-argument',
      '--twin trains a twin and --against takes one that is there; give one of them',
    )
  const opening = {
    ...(threads !== undefined && { threads }),
    ...(plan.datasetFolder !== undefined && { datasetFolder: plan.datasetFolder }),
  }
  const opened = await openTrainedRun(folder, opening)
  const { dataset } = opened
  const { manifest } = opened.run
  refuseAsModel(opened, folder)
  if (plan.candidates !== undefined && !MEASURES[opened.spec.task].ranks)
    throw new TributaryError(
      'bad-argument',
      `${folder} holds ${opened.spec.name}, which ${MEASURES[opened.spec.task].does} and ranks nothing; leave out --candidates`,
    )
  const given = plan.against === undefined ? undefined : await openTrainedRun(plan.against, opening)
  if (given !== undefined) refuseAsTwin(given, plan.against!, opened)
  const twin = twinEntry(given?.run.manifest ?? manifest, plan.twin)

  const asked: AskedProtocol = { candidates, part, maskSeen: false }
  const same = part === SERVED.part && candidates.kind === SERVED.candidates.kind
  const jobs = {
    datasetFolder: plan.datasetFolder ?? (await datasetFolderOf(opened.run)),
    splitName: manifest.split,
    protocols: same ? [SERVED] : [asked, SERVED],
    ...(threads !== undefined && { threads }),
  }
  const jobsOf = (entry: Entry, first: number) => seedsFrom(first, count).map((seed) => jobOf(entry, seed, jobs))
  // The run first: what it lacks is found out before hours of training.
  const ours = jobsOf(runEntry(manifest), manifest.seed)
  const theirs = jobsOf(twin, given?.run.manifest.seed ?? manifest.seed)
  const ready = new Map([[ours[0].key, async () => opened]])
  if (given !== undefined) ready.set(theirs[0].key, async () => given)
  const all = [...ours, ...theirs]
  const place = { dataset, out: join(out, 'transfer'), signal }
  const missing = all.filter(({ key }) => !ready.has(key))
  yield { type: 'estimated', estimate: await estimateOf(missing, place) }
  if (plan.engine !== undefined)
    refuseFailed(yield* trainElsewhere(missing, { ...place, engine: plan.engine, words: plan.words }))
  const done = yield* runJobs(all, { ...place, opened: ready })

  const sideOf = async (name: string, results: typeof done) => {
    const runs = results.map(({ run }) => run)
    const seeded = await seededRuns(name, runs, dataset.domains)
    const under = (p: number): Seeded => ({
      ...seeded,
      evaluations: results.map(({ evaluations }) => evaluations[p]),
    })
    return { name, runs, under }
  }
  const model = await sideOf(ours[0].label, done.slice(0, count))
  const other = await sideOf(twin.label, done.slice(count))
  const [comparison, validation = comparison] = jobs.protocols.map((_, p) =>
    summarizeSeeds([other.under(p), model.under(p)], { seed: STATISTICS_SEED, leastUsers: plan.leastUsers }),
  ) as [Comparison, Comparison?]
  const training = trainingSignals(await model.runs[0].readMetrics(), dataset.domains, manifest.result?.bestEpoch ?? 0)
  const path = join(out, TRANSFER_FILE)
  return {
    report: transferReport({ path, dataset, model, twin: other, comparison, validation, training }),
    comparison,
    validation,
  }
}

/** `count` seeds, the given one first, then the smallest others. */
function seedsFrom(first: number, count: number): number[] {
  const others = Array.from({ length: count }, (_, i) => i + 1).filter((seed) => seed !== first)
  return [first, ...others.slice(0, count - 1)]
}
