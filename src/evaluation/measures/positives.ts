import { type Dataset, domainOfItem, Part, type Query, type Split, TributaryError } from '../../core/index.ts'
import type { Cases } from '../../data/index.ts'
import type { EvaluateOptions, Measure } from './measure.ts'
import { describeProtocol, type Evaluation, rankCases, ranking } from './ranking.ts'

/**
 * Where what users liked ranks, whatever a model predicts of items: each row with a high value is an answer among all items of its
 * domain. Answers of one question (what a user who is new in a domain liked there) are no rivals of each other. In a log without
 * values every row is an answer. Its `evaluate` throws a TributaryError `bad-argument` where nothing says what a high value is.
 */
export const positives: Measure<Evaluation> = {
  ...ranking,
  name: 'positives',
  does: 'is asked which items come first',
  evaluate: async (scorer, dataset, cases, options = {}) => {
    const liked = likedCases(dataset, cases, options)
    const found = await rankCases(scorer, dataset, liked, options, answersOfEach(liked))
    const { positiveAbove = 'mean' } = options
    return {
      ...found,
      measure: positives,
      protocol: { ...found.protocol, ...(dataset.log.value && { positiveAbove }) },
    }
  },
  describe: (protocol) => {
    const { positiveAbove } = protocol
    const bar = positiveAbove === 'mean' ? "the mean of their domain's training rows" : positiveAbove
    return (
      describeProtocol(protocol) +
      (bar === undefined ? '' : ` Only rows with a value above ${bar} are answers.`) +
      ' Answers of one question are no rivals of each other.'
    )
  },
}

/** The cases whose rows have a high value; all in a log without values. */
export function likedCases(
  dataset: Dataset,
  cases: Cases,
  { positiveAbove, split }: Pick<EvaluateOptions, 'positiveAbove' | 'split'>,
): Cases {
  const { value } = dataset.log
  if (value === undefined) return cases
  const means = positiveAbove === undefined ? trainingMeans(dataset, value, split) : []
  const bar = (k: number) => positiveAbove ?? means[cases.queries[k].domain]
  const kept = [...cases.rows.keys()].filter((k) => value[cases.rows[k]] > bar(k))
  return {
    queries: kept.map((k) => cases.queries[k]),
    answers: Int32Array.from(kept, (k) => cases.answers[k]),
    rows: Int32Array.from(kept, (k) => cases.rows[k]),
  }
}

/** By domain; NaN, which nothing is above, where no row trains. */
function trainingMeans(dataset: Dataset, value: Float32Array, split: Split | undefined): number[] {
  if (split === undefined) {
    const message =
      'which values are high is not known: give a threshold (positiveAbove), or the split, whose training rows have a mean'
    throw new TributaryError('bad-argument', message)
  }
  const sums = dataset.domains.map(() => ({ sum: 0, rows: 0 }))
  for (const [row, code] of split.part.entries()) {
    if (code !== Part.train) continue
    const of = sums[domainOfItem(dataset, dataset.log.item[row])]
    of.sum += value[row]
    of.rows++
  }
  return sums.map(({ sum, rows }) => sum / rows)
}

/** All answers of each case's question. [cases] */
function answersOfEach({ queries, answers }: Cases): Int32Array[] {
  const places = new Map<Query, number[]>()
  for (const [k, query] of queries.entries()) {
    const of = places.get(query)
    if (of === undefined) places.set(query, [k])
    else of.push(k)
  }
  const found = new Map([...places].map(([query, of]) => [query, Int32Array.from(of, (k) => answers[k])]))
  return queries.map((query) => found.get(query)!)
}
