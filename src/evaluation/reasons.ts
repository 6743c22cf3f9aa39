import { type Dataset, domainItems, domainOfItem, type ItemRange, type Query, type Scorer } from '../core/index.ts'

/** An item of the history, and how much of an answer is owed to it. */
export interface Reason {
  readonly item: number
  /** Of all that the history did for the answer, above 0 and at most 1. */
  readonly share: number
}

/** Why an item was recommended. */
export interface Reasons {
  /** Those that spoke for it, the largest share first; shares add up to 1. Empty where the history had no say. */
  readonly because: readonly Reason[]
  /** The shares of each domain's items together. [domains] */
  readonly domains: Float32Array
}

/** What is explained: an item, or several by weight, of which the score is the weighted mean. */
export interface Explained {
  readonly items: Int32Array
  readonly weights: Float32Array
}

/** Items of a history beyond the last so many, each counted once, are not left out: hardly a model reads them. */
const MOST_LEFT_OUT = 50

/** Items that say how high scores stand without anybody's taste. */
const MOST_COMPARED = 1001

/** Rounding is no reason: what is less than this part of a score counts as 0. */
const ROUNDING = 1e-6

/**
 * What answers owe to the items of a history, by leaving each out: the share of item a in the answer i is
 *
 *     max(0, m(i | h) − m(i | h without a)) ÷ Σ over b of max(0, m(i | h) − m(i | h without b))
 *
 * where m, the margin, is the score of i less the median score of the domain's items, since scores of different histories can be
 * compared in no other way. An item that stands in the history several times is left out everywhere. The definition is the same for all
 * scorers; one that does not read histories has no reasons.
 * @returns one for each of `answers`
 * @throws whatever the scorer throws
 */
export async function reasonsFor(
  scorer: Scorer,
  dataset: Dataset,
  query: Query,
  answers: readonly Explained[],
): Promise<Reasons[]> {
  const range = domainItems(dataset, query.domain)
  const left = [...new Set([...query.history].reverse())].slice(0, MOST_LEFT_OUT)
  const asked = [query, ...left.map((item) => without(query, item))].map(({ candidates, exclude, ...rest }) => rest)
  const scores = await scorer.score(asked, range)
  const width = range.end - range.start
  const rows = asked.map((_, row) => scores.subarray(row * width, (row + 1) * width))
  const medians = rows.map(medianOfSome)
  return answers.map((answer) => {
    const margins = rows.map((row, at) => scoreOf(row, range, answer) - medians[at])
    const losses = left.map((item, at) => ({ item, loss: margins[0] - margins[at + 1] }))
    const least = ROUNDING * (Math.abs(margins[0]) + Math.abs(medians[0]))
    return sharesOf(
      dataset,
      losses.filter(({ loss }) => loss > least),
    )
  })
}

/** Reasons that are told of an answer. */
const MOST_TOLD = 3

/** The largest reasons by names, their shares to four digits. */
export function namedReasons(dataset: Dataset, because: readonly Reason[]) {
  return because.slice(0, MOST_TOLD).map(({ item, share }) => ({
    item: dataset.items.name(item),
    domain: dataset.domains[domainOfItem(dataset, item)],
    share: roundedShare(share),
  }))
}

export function roundedShare(share: number): number {
  return Number(share.toFixed(4))
}

function sharesOf(dataset: Dataset, losses: readonly { readonly item: number; readonly loss: number }[]): Reasons {
  const total = losses.reduce((sum, { loss }) => sum + loss, 0)
  const because = losses
    .map(({ item, loss }) => ({ item, share: loss / total }))
    .sort((a, b) => b.share - a.share || a.item - b.item)
  const domains = new Float32Array(dataset.domains.length)
  for (const { item, share } of because) domains[domainOfItem(dataset, item)] += share
  return { because, domains }
}

function without({ history, values, ...query }: Query, item: number): Query {
  const stays = (_: unknown, t: number) => history[t] !== item
  return { ...query, history: history.filter(stays), ...(values !== undefined && { values: values.filter(stays) }) }
}

function scoreOf(row: Float32Array, { start }: ItemRange, { items, weights }: Explained): number {
  let [sum, total] = [0, 0]
  for (const [i, item] of items.entries()) {
    sum += weights[i] * row[item - start]
    total += weights[i]
  }
  return sum / total
}

/** The median of scores that stand evenly over the row. */
function medianOfSome(row: Float32Array): number {
  const count = Math.min(row.length, MOST_COMPARED)
  const some = Float32Array.from({ length: count }, (_, i) => row[Math.floor((i * row.length) / count)]).sort()
  return (some[(count - 1) >> 1] + some[count >> 1]) / 2
}
