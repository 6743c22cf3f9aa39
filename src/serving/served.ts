import { type ByName, byName, type Dataset, type Model, type Query, type Scorer } from '../core/index.ts'
import { listScorer } from '../evaluation/list-scorer.ts'
import type { Recommendation } from '../evaluation/recommend.ts'
import type { TrainedRun } from '../runs/open.ts'
import { openFallback } from './fallback.ts'
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
  /** Absent where no model says it. */
  readonly sources?: Sources
  /** Frees the other runs; the first stays its owner's. */
  dispose(): Promise<void>
}

/**
 * Reads `--fallback` and `--new-users` of a run. Who is new in a domain goes before which domain it is.
 * @throws TributaryError as `openFallback` and `openNewUsers`
 */
export async function openServed(
  run: TrainedRun,
  { fallback, newUsers }: { readonly fallback: string; readonly newUsers: string },
  threads: number,
): Promise<ServedRun> {
  const { dataset } = run
  const instead = await openFallback(run, fallback, threads, listScorer)
  const forNew = await openNewUsers(run, newUsers, threads).catch(async (error: unknown) => {
    await instead.dispose()
    throw error
  })
  const answering = (query: Query): TrainedRun =>
    (whereKnown(dataset, query) === 'elsewhere' ? forNew.runs.get(query.domain) : undefined) ??
    instead.runs.get(query.domain) ??
    run
  const scorers = new Map([...forNew.runs].map(([domain, other]) => [domain, listScorer(other)]))
  const all = [run, ...instead.runs.values(), ...forNew.runs.values()]
  return {
    scorer: forNew.runs.size === 0 ? instead.scorer : withNewUsers(dataset, instead.scorer, scorers),
    fallbacks: instead.domains,
    newUsers: forNew.domains,
    ...(all.some(({ model }) => model.can?.sources) && {
      sources: sourcesOf(dataset.domains.length, (query) => answering(query).model),
    }),
    async dispose() {
      await Promise.all([instead.dispose(), forNew.dispose()])
    },
  }
}

/** Of a run that answers by itself; undefined where its model does not say it. */
export function sourcesOfRun({ model: { can } }: Pick<TrainedRun, 'model'>): Sources | undefined {
  return can?.sources && ((queries, items) => can.sources!(queries, items))
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

/** An entry of a list with how much each domain counted in it, [domains]. */
export interface SourcedRecommendation extends Recommendation {
  readonly sources: Float32Array
}

/** Lists with their sources, asked for in one call. */
export async function withSources(
  sources: Sources,
  queries: readonly Query[],
  lists: readonly (readonly Recommendation[])[],
): Promise<SourcedRecommendation[][]> {
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
