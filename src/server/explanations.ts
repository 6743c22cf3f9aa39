import type { Query } from '../core/index.ts'
import { type Explained, namedReasons, reasonsFor, roundedShare } from '../evaluation/reasons.ts'
import type { Composed, ComposedItem } from '../serving/compose.ts'
import { wasDrawn } from '../serving/decisions.ts'
import { sourcesByName } from '../serving/served.ts'
import type { BatchedModel } from './models.ts'

interface BySource {
  readonly sources?: Readonly<Record<string, number>>
}

/** How much each domain counted, of the items that the model scored and of the list. */
export async function sourcesOf(
  { dataset, sources }: BatchedModel,
  query: Query,
  items: readonly ComposedItem[],
): Promise<{ readonly [place: number]: BySource; readonly all: BySource } | undefined> {
  const places = [...items.keys()].filter((place) => wasDrawn(items[place]) && items[place].id < dataset.items.size)
  if (sources === undefined || places.length === 0) return undefined
  const rows = await sources(
    places.map(() => query),
    Int32Array.from(places, (place) => items[place].id),
  )
  const width = rows.length / places.length
  const each = places.map((_, row) => rows.subarray(row * width, (row + 1) * width))
  const named = (of: readonly Float32Array[]): BySource => {
    const found = sourcesByName(dataset, of)
    return found === undefined ? {} : { sources: found.toJSON() }
  }
  return { ...Object.fromEntries(places.map((place, row) => [place, named([each[row]])])), all: named(each) }
}

/** What items owe to the history, and how much of it to each domain's. */
export async function becauseOf({ model, dataset }: BatchedModel, query: Query, { items, news }: Composed) {
  const likes = new Map(news.map(({ name, ...like }) => [name, like]))
  const explained = items.map((one): Explained | undefined => {
    if (!wasDrawn(one)) return undefined
    const like = likes.get(one.item) ?? { items: Int32Array.of(one.id), weights: Float32Array.of(1) }
    return like.items.length === 0 ? undefined : like
  })
  const asked = explained.filter((one) => one !== undefined)
  const found = asked.length === 0 ? [] : await reasonsFor(model, dataset, query, asked)
  const named = (shares: Float32Array) =>
    Object.fromEntries(
      [...shares].flatMap((share, d) => (share > 0 ? [[dataset.domains[d], roundedShare(share)]] : [])),
    )
  const all = dataset.domains.map((_, d) => found.reduce((sum, { domains }) => sum + domains[d], 0))
  const total = all.reduce((sum, share) => sum + share, 0)
  let next = 0
  return {
    items: explained.map((one) => {
      if (one === undefined) return { because: [], owedTo: {} }
      const { because, domains } = found[next++]
      return { because: namedReasons(dataset, because), owedTo: named(domains) }
    }),
    all: { owedTo: named(Float32Array.from(all, (share) => (total > 0 ? share / total : 0))) },
  }
}
