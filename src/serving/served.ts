import {
  type ByName,
  byName,
  type Dataset,
  type Model,
  Part,
  type Query,
  type Scorer,
  TributaryError,
} from '../core/index.ts'
import type { Cases } from '../data/index.ts'
import { type Blend, blendedLists } from '../evaluation/blend.ts'
import { askedBy } from '../evaluation/measures/index.ts'
import type { Recommendation } from '../evaluation/recommend.ts'
import type { TrainedRun } from '../runs/open.ts'
import { openFallback, refuseOtherTask } from './fallback.ts'
import { openNewUsers, whereKnown, withNewUsers } from './new-users.ts'

/** How much each domain counted in the scores of items: [items, domains], a query each; 0 throughout where the model does not say. */
export type Sources = (queries: readonly Query[], items: Int32Array) => Promise<Float32Array>

/** A run as lists are made of it: by itself, or with others in its place. */
export interface ServedRun {
  readonly scorer: Scorer
  /** The folder of the run that answers in place of this one, by domain. */
  readonly fallbacks: ByName<string>
  /** The folder of the run that answers for users who are new in a domain and known elsewhere, by domain. */
  readonly newUsers: ByName<string>
  /** How much popularity counts beside the predictions of those that predict, by folder; those in which it does not are left out. */
  readonly blends: ByName<number>
  /** The run that answers a query. */
  answering(query: Query): TrainedRun
  /** Absent where no model says it. */
  readonly sources?: Sources
  /** Frees the other runs; the first stays its owner's. */
  dispose(): Promise<void>
}

/** Who answers for a run, and how. */
export interface ServedAs {
  /** As `--fallback` says. */
  readonly fallback: string
  /** As `--new-users` says. */
  readonly newUsers: string
  /** How much popularity counts in lists of runs that predict. Default 0. */
  readonly blend?: Blend | undefined
}

/**
 * Lists of a run, with others in its place as it is served. Who is new in a domain goes before which domain it is.
 * @throws TributaryError as `openFallback`, `openNewUsers` and `blendedLists`
 */
export async function openServed(
  run: TrainedRun,
  { fallback, newUsers, blend = 0 }: ServedAs,
  threads: number,
): Promise<ServedRun> {
  const blends = new Map<string, number>()
  const made = new Map<TrainedRun, Scorer>()
  // One run may answer in several domains, and choosing takes its time.
  const lists = async (of: TrainedRun) => {
    const before = made.get(of)
    if (before !== undefined) return before
    const { scorer, weight } = await blendedLists(of, blend, askedBy(of.config).positiveAbove)
    made.set(of, scorer)
    if (weight > 0) blends.set(of.run.folder, weight)
    return scorer
  }
  return openAnswering(run, { fallback, newUsers }, threads, lists, blends)
}

/**
 * Predictions of a run, with others in its place as it is served.
 * @throws TributaryError as `openServed`; `bad-argument` for a run of `newUsers` that does something else
 */
export function openPredicting(run: TrainedRun, who: Omit<ServedAs, 'blend'>, threads: number): Promise<ServedRun> {
  return openAnswering(run, who, threads, (of) => {
    refuseOtherTask(run, of, 'what answers for new users')
    return of.model
  })
}

async function openAnswering(
  run: TrainedRun,
  { fallback, newUsers }: Omit<ServedAs, 'blend'>,
  threads: number,
  scorerOf: (of: TrainedRun) => Scorer | Promise<Scorer>,
  blends: ReadonlyMap<string, number> = new Map(),
): Promise<ServedRun> {
  const { dataset } = run
  const instead = await openFallback(run, fallback, threads, scorerOf)
  const forNew = await openNewUsers(run, newUsers, threads).catch(async (error: unknown) => {
    await instead.dispose()
    throw error
  })
  const answering = (query: Query): TrainedRun =>
    (whereKnown(dataset, query) === 'elsewhere' ? forNew.runs.get(query.domain) : undefined) ??
    instead.runs.get(query.domain) ??
    run
  const dispose = async () => {
    await Promise.all([instead.dispose(), forNew.dispose()])
  }
  const scorers = new Map<number, Scorer>()
  try {
    for (const [domain, other] of forNew.runs) scorers.set(domain, await scorerOf(other))
  } catch (error) {
    await dispose()
    throw error
  }
  const all = [run, ...instead.runs.values(), ...forNew.runs.values()]
  return {
    scorer: forNew.runs.size === 0 ? instead.scorer : withNewUsers(dataset, instead.scorer, scorers),
    fallbacks: instead.domains,
    newUsers: forNew.domains,
    blends: byName([...blends]),
    answering,
    ...(all.some(({ model }) => model.can?.sources) && {
      sources: sourcesOf(dataset.domains.length, (query) => answering(query).model),
    }),
    dispose,
  }
}

/**
 * A run that stands in may be of another split, which trained it with rows that another run is asked about.
 * @throws TributaryError `bad-argument` where one answers for a row that trained it
 */
export function refuseTrainedOn({ answering }: Pick<ServedRun, 'answering'>, { queries, rows }: Cases): void {
  for (const [k, query] of queries.entries()) {
    const { split, spec, run } = answering(query)
    if (split.part[rows[k]] !== Part.train) continue
    const message = `${run.folder} was trained with rows that it would be asked about here, since it was split by ${split.name}; train ${spec.name} with the split of the run that is evaluated`
    throw new TributaryError('bad-argument', message)
  }
}

/** @param modelOf who answers a query */
function sourcesOf(width: number, modelOf: (query: Query) => Model): Sources {
  return async (queries, items) => {
    const weights = new Float32Array(queries.length * width)
    const places = new Map<Model, number[]>()
    for (const [place, query] of queries.entries()) {
      const model = modelOf(query)
      const own = places.get(model)
      if (own === undefined) places.set(model, [place])
      else own.push(place)
    }
    for (const [{ can }, own] of places) {
      const found = await can?.sources?.(
        own.map((place) => queries[place]),
        Int32Array.from(own, (place) => items[place]),
      )
      if (found === undefined) continue
      for (const [row, place] of own.entries())
        weights.set(found.subarray(row * width, (row + 1) * width), place * width)
    }
    return weights
  }
}

/** How much each domain counted in an entry of a list, [domains]. */
export interface Sourced {
  readonly sources: Float32Array
}

/** Lists with their sources, asked for in one call. */
export async function withSources<R extends Recommendation>(
  sources: Sources,
  queries: readonly Query[],
  lists: readonly (readonly R[])[],
): Promise<(R & Sourced)[][]> {
  const asked = lists.flatMap((list, index) => list.map(() => queries[index]))
  const items = Int32Array.from(lists.flatMap((list) => list.map(({ item }) => item)))
  if (items.length === 0) return lists.map(() => [])
  const weights = await sources(asked, items)
  const width = weights.length / items.length
  let at = 0
  return lists.map((list) =>
    list.map((one) => {
      const row = weights.subarray(at * width, (at + 1) * width)
      at++
      return { ...one, sources: row }
    }),
  )
}

/**
 * Weights of domains by their names, as means over the rows, to four digits; without domains that did not count. Undefined where none did,
 * and where the model does not say.
 * @param rows [domains] each
 */
export function sourcesByName(
  { domains }: Pick<Dataset, 'domains'>,
  rows: readonly Float32Array[],
): ByName<number> | undefined {
  const counted = domains.flatMap((name, d): [string, number][] => {
    const mean = rows.reduce((sum, row) => sum + row[d], 0) / rows.length
    return mean > 0 ? [[name, Number(mean.toFixed(4))]] : []
  })
  return counted.length === 0 ? undefined : byName(counted)
}
