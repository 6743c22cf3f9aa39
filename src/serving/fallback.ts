import { dirname, join } from 'node:path'
import {
  type ByName,
  byName,
  type Dataset,
  domainItems,
  type ItemRange,
  type Query,
  type Scorer,
  TributaryError,
  unknownName,
} from '../core/index.ts'
import { MEASURES } from '../evaluation/measures/index.ts'
import { readTransfer, TRANSFER_FILE } from '../experiments/report.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'

/**
 * A scorer that gives the queries of some domains to other scorers of the same dataset, by the domain asked for; all others
 * are the first scorer's. Where more than the query's own domain is asked for, foreign items keep the first scorer's scores and
 * the domain's own items take its scores in the other's order: at each place that the first scorer gives to one of them stands
 * the next best one. So a list over the whole catalogue has as much of each domain as the first scorer means it to have.
 * @param fallbacks by domain
 */
export function withFallback(dataset: Dataset, main: Scorer, fallbacks: ReadonlyMap<number, Scorer>): Scorer {
  const all = [main, ...fallbacks.values()]
  return {
    ...(all.every(({ scorePairs }) => scorePairs !== undefined) && {
      async scorePairs(queries: readonly Query[], items: Int32Array) {
        const scores = new Float32Array(queries.length)
        for (const [domain, places] of groupByFallback(queries, fallbacks)) {
          const scorer = domain === undefined ? main : fallbacks.get(domain)!
          const own = places.map((place) => queries[place])
          const found = await scorer.scorePairs!(
            own,
            Int32Array.from(places, (place) => items[place]),
          )
          for (const [row, place] of places.entries()) scores[place] = found[row]
        }
        return scores
      },
    }),
    async score(queries, range) {
      const width = range.end - range.start
      const scores = new Float32Array(queries.length * width)
      for (const [domain, places] of groupByFallback(queries, fallbacks)) {
        const own = places.map((place) => queries[place])
        const block =
          domain === undefined
            ? await main.score(own, range)
            : await scoreInPlace(main, fallbacks.get(domain)!, own, range, domainItems(dataset, domain))
        for (const [row, place] of places.entries())
          scores.set(block.subarray(row * width, (row + 1) * width), place * width)
      }
      return scores
    },
  }
}

/** Positions of queries by their domain where that has a fallback, under `undefined` where it has none. */
function groupByFallback(
  queries: readonly Query[],
  fallbacks: ReadonlyMap<number, Scorer>,
): Map<number | undefined, number[]> {
  const groups = new Map<number | undefined, number[]>()
  for (const [place, { domain }] of queries.entries()) {
    const key = fallbacks.has(domain) ? domain : undefined
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [place])
    else group.push(place)
  }
  return groups
}

/** Scores of queries of one domain, whose own items `fallback` orders. */
async function scoreInPlace(
  main: Scorer,
  fallback: Scorer,
  queries: readonly Query[],
  range: ItemRange,
  domain: ItemRange,
): Promise<Float32Array> {
  // The one case that serving knows. A part of the domain may be a block of a wider question, and must fit the others.
  if (range.start === domain.start && range.end === domain.end) return fallback.score(queries, range)
  const scores = (await main.score(queries, range)).slice()
  const start = Math.max(range.start, domain.start)
  const end = Math.min(range.end, domain.end)
  if (start >= end) return scores
  const scale = await main.score(queries, domain)
  const order = await fallback.score(queries, domain)
  const [width, size] = [range.end - range.start, domain.end - domain.start]
  for (let row = 0; row < queries.length; row++) {
    const own = reordered(
      scale.subarray(row * size, (row + 1) * size),
      order.subarray(row * size, (row + 1) * size),
    ).subarray(start - domain.start, end - domain.start)
    scores.set(own, row * width + start - range.start)
  }
  return scores
}

/** The values of `scale`, dealt out so that they stand in the order of `order`; what ties in `order` gets the least of its places. */
function reordered(scale: Float32Array, order: Float32Array): Float32Array {
  const n = scale.length
  const descending = scale.slice().sort().reverse()
  const places = Array.from({ length: n }, (_, i) => i).sort((a, b) => order[b] - order[a])
  const result = new Float32Array(n)
  for (let rank = n - 1; rank >= 0; rank--) {
    const item = places[rank]
    const below = places[rank + 1]
    if (Number.isNaN(order[item])) result[item] = Number.NaN
    else result[item] = below !== undefined && order[below] === order[item] ? result[below] : descending[rank]
  }
  return result
}

/** A run as it is served: by itself, or with other runs in its place for some domains. */
export interface RunWithFallback {
  readonly scorer: Scorer
  /** The folder of the run that answers in place of this one, by domain. */
  readonly domains: ByName<string>
  /** Frees the other runs; the first stays its owner's. */
  dispose(): Promise<void>
}

/**
 * Reads `--fallback`: `none`; `auto`, which goes by the run's transfer.json; the path of such a report elsewhere; or
 * `DOMAIN=RUN,…`, as `parseFallbacks` reads it.
 * @throws TributaryError `mismatch` when the report was made of other weights or another dataset than there are now, or was
 * not judged on validation cases; `file-missing` without a report or a twin; `bad-argument`, `unknown-name`
 * @param scorerOf what answers of a run; default its model, `listScorer` where lists are made
 */
export async function openFallback(
  run: TrainedRun,
  which: string,
  threads: number,
  scorerOf: (run: TrainedRun) => Scorer = ({ model }) => model,
): Promise<RunWithFallback> {
  const { folders, weights } = await chosenRuns(run, which)
  const opened = new Map<string, TrainedRun>()
  const dispose = async () => {
    await Promise.all([...opened.values()].map(({ model }) => model.dispose()))
  }
  try {
    const scorers = new Map<number, Scorer>()
    for (const [domain, folder] of folders) {
      const index = run.dataset.domains.indexOf(domain)
      if (index === -1) throw unknownName('domain', domain, run.dataset.domains)
      let other = opened.get(folder)
      if (other === undefined) {
        other = await openTrainedRun(folder, { threads, dataset: run.dataset }).catch((error: unknown) => {
          if (weights === undefined || !(error instanceof TributaryError && error.code === 'file-missing')) throw error
          const message = `${error.message}, where the transfer report of ${run.run.folder} says its twin is; ${again(run.run.folder)}`
          throw new TributaryError('file-missing', message, { cause: error })
        })
        opened.set(folder, other)
      }
      refuseOtherTask(run, other)
      if (weights !== undefined && other.run.manifest.weightsHash !== weights) throw outdated(folder, run.run.folder)
      scorers.set(index, scorerOf(other))
    }
    const scorer = scorers.size === 0 ? scorerOf(run) : withFallback(run.dataset, scorerOf(run), scorers)
    return { scorer, domains: byName(folders), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

function refuseOtherTask(main: TrainedRun, other: TrainedRun): void {
  const [ours, theirs] = [main, other].map(({ spec }) => MEASURES[spec.task])
  if (ours === theirs) return
  throw new TributaryError(
    'bad-argument',
    `${other.run.folder} holds ${other.spec.name}, which ${theirs.does}, and ${main.run.folder} holds ${main.spec.name}, which ${ours.does}; a fallback does what the run does`,
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
  if (which.includes('=')) return { folders: parseFallbacks(which, run.dataset.domains) }
  throw new TributaryError(
    'bad-argument',
    `the fallback '${which}' is unknown; give none, auto, the path of a transfer.json, or DOMAIN=RUN with commas between them`,
  )
}

/**
 * Reads `DOMAIN=RUN,DOMAIN=RUN`. Domains and folders may hold `=` and commas themselves: a pair begins where a domain's name
 * and `=` stand, the longest name where several do.
 * @throws TributaryError `unknown-name`; `bad-argument` for a domain that is given twice
 */
export function parseFallbacks(text: string, domains: readonly string[]): ReadonlyMap<string, string> {
  const longestFirst = [...domains].sort((a, b) => b.length - a.length)
  const domainAt = (place: number) => longestFirst.find((domain) => text.startsWith(`${domain}=`, place))
  const folders = new Map<string, string>()
  for (let place = 0; place < text.length; ) {
    const domain = domainAt(place)
    if (domain === undefined) throw unknownName('domain', text.slice(place).split('=')[0], domains)
    if (folders.has(domain))
      throw new TributaryError('bad-argument', `--fallback names the domain '${domain}' twice; give it one run`)
    const start = place + domain.length + 1
    const commas = [...text.slice(start).matchAll(/,/g)].map(({ index }) => start + index)
    // A name that no domain has is taken for a slip, not for a part of the folder before it.
    const end = commas.find((comma) => domainAt(comma + 1) !== undefined || /^[^,]*=/.test(text.slice(comma + 1)))
    folders.set(domain, text.slice(start, end))
    place = (end ?? text.length) + 1
  }
  return folders
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
