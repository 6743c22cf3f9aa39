import { dirname, join } from 'node:path'
import { type ByName, byName, type Dataset, type Scorer, TributaryError, unknownName } from '../core/index.ts'
import { MEASURES } from '../evaluation/measures/index.ts'
import { readTransfer, TRANSFER_FILE } from '../experiments/report.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'
import { routed } from './routed.ts'
import { parseRunsByDomain } from './runs-by-domain.ts'

/**
 * A scorer that gives the queries of some domains to other scorers of the same dataset, by the domain asked for; all others
 * are the first scorer's. Where more than the query's own domain is asked for, foreign items keep the first scorer's scores and
 * the domain's own items take its scores in the other's order, as `routed` says.
 * @param fallbacks by domain
 */
export function withFallback(dataset: Dataset, main: Scorer, fallbacks: ReadonlyMap<number, Scorer>): Scorer {
  return routed(dataset, main, fallbacks.values(), ({ domain }) => fallbacks.get(domain))
}

/** A run as it is served: by itself, or with other runs in its place for some domains. */
export interface RunWithFallback {
  readonly scorer: Scorer
  /** The runs that answer in place of this one, by domain. */
  readonly runs: ReadonlyMap<number, TrainedRun>
  /** The folder of the run that answers in place of this one, by domain. */
  readonly domains: ByName<string>
  /** Frees the other runs; the first stays its owner's. */
  dispose(): Promise<void>
}

/**
 * Reads `--fallback`: `none`; `auto`, which goes by the run's transfer.json; the path of such a report elsewhere; or
 * `DOMAIN=RUN,…`, as `parseRunsByDomain` reads it.
 * @throws TributaryError `mismatch` when the report was made of other weights or another dataset than there are now, or was
 * not judged on validation cases; `file-missing` without a report or a twin; `bad-argument`, `unknown-name`
 * @param scorerOf what answers of a run; default its model, `listScorer` where lists are made
 */
export async function openFallback(
  run: TrainedRun,
  which: string,
  threads: number,
  scorerOf: (run: TrainedRun) => Scorer | Promise<Scorer> = ({ model }) => model,
): Promise<RunWithFallback> {
  const { folders, weights } = await chosenRuns(run, which)
  const opened = new Map<string, TrainedRun>()
  const dispose = async () => {
    await Promise.all([...opened.values()].map(({ model }) => model.dispose()))
  }
  try {
    const runs = new Map<number, TrainedRun>()
    for (const [domain, folder] of folders) {
      const index = run.dataset.domains.indexOf(domain)
      if (index === -1) throw unknownName('domain', domain, run.dataset.domains)
      let other = opened.get(folder)
      if (other === undefined) {
        other = await openTrainedRun(folder, { threads, dataset: run.dataset, serving: run.serving }).catch(
          (error: unknown) => {
            if (weights === undefined || !(error instanceof TributaryError && error.code === 'file-missing'))
              throw error
            const message = `${error.message}, where the transfer report of ${run.run.folder} says its twin is; ${again(run.run.folder)}`
            throw new TributaryError('file-missing', message, { cause: error })
          },
        )
        opened.set(folder, other)
      }
      refuseOtherTask(run, other)
      if (weights !== undefined && other.run.manifest.weightsHash !== weights) throw outdated(folder, run.run.folder)
      runs.set(index, other)
    }
    const own = await scorerOf(run)
    const scorers = new Map<number, Scorer>()
    for (const [domain, other] of runs) scorers.set(domain, await scorerOf(other))
    const scorer = runs.size === 0 ? own : withFallback(run.dataset, own, scorers)
    return { scorer, runs, domains: byName(folders), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** @param what stands in, as a sentence begins */
export function refuseOtherTask(main: TrainedRun, other: TrainedRun, what = 'a fallback'): void {
  const [ours, theirs] = [main, other].map(({ spec }) => MEASURES[spec.task])
  if (ours === theirs) return
  throw new TributaryError(
    'bad-argument',
    `${other.run.folder} holds ${other.spec.name}, which ${theirs.does}, and ${main.run.folder} holds ${main.spec.name}, which ${ours.does}; ${what} does what the run does`,
  )
}

interface ChosenRuns {
  /** By domain. */
  readonly folders: ReadonlyMap<string, string>
  /** What their weights must be. */
  readonly weights?: string
}

async function chosenRuns(run: TrainedRun, which: string): Promise<ChosenRuns> {
  if (which === 'none') return { folders: new Map() }
  if (which === 'auto') return runsOfReport(run, join(run.run.folder, TRANSFER_FILE))
  if (which.endsWith('.json')) return runsOfReport(run, which)
  if (which.includes('=')) return { folders: parseRunsByDomain(which, run.dataset.domains, '--fallback') }
  throw new TributaryError(
    'bad-argument',
    `the fallback '${which}' is unknown; give none, auto, the path of a transfer.json, or DOMAIN=RUN with commas between them`,
  )
}

async function runsOfReport({ run, dataset }: TrainedRun, path: string): Promise<ChosenRuns> {
  const report = await readTransfer(path).catch((error: unknown) => {
    if (!(error instanceof TributaryError && error.code === 'file-missing')) throw error
    const message = `there is no report at ${path} to choose a fallback by; make one with: tributary transfer ${run.folder}`
    throw new TributaryError('file-missing', message, { cause: error })
  })
  if (report.dataset.hash !== dataset.hash)
    throw new TributaryError(
      'mismatch',
      `${path} was made on another version of dataset '${dataset.name}'; ${again(run.folder)}`,
    )
  if (report.model.runs[0].weights !== run.manifest.weightsHash) throw outdated(run.folder, run.folder)
  const [twin] = report.twin.runs
  const folder = join(dirname(path), twin.folder)
  return { folders: new Map(report.fallback.domains.map((domain) => [domain, folder])), weights: twin.weights }
}

function outdated(folder: string, run: string): TributaryError {
  return new TributaryError(
    'mismatch',
    `${folder} has been trained again since the transfer report of ${run} was made, which says nothing of the new weights; ${again(run)}`,
  )
}

function again(run: string): string {
  return `make the report again with: tributary transfer ${run}`
}
