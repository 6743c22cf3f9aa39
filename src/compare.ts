import {
  type BootstrapOptions,
  bootstrapMeans,
  type Interval,
  intervalOf,
  mean,
  type Verdict,
  verdict,
} from './bootstrap.ts'
import { TributaryError } from './core/index.ts'
import type { CaseGroup, Evaluation, Protocol } from './evaluate.ts'
import { RANK_METRICS } from './metrics/index.ts'

export {
  type BootstrapOptions,
  type Interval,
  meanInterval,
  pairedBootstrap,
  type Verdict,
  verdict,
} from './bootstrap.ts'

/** The metric that verdicts are about; all others are in the JSON and in the reports. */
export const VERDICT_METRIC = 'ndcg@10'

/** One model's results, one evaluation a seed. */
export interface SeededResults {
  readonly name: string
  readonly seeds: readonly number[]
  readonly evaluations: readonly Evaluation[]
  /** Of training, mean over seeds. */
  readonly seconds: number
}

/** `std` is over seeds (n − 1 below the line; NaN for one seed), `low` to `high` over users. */
export interface Summary extends Interval {
  readonly std: number
}

export type ByMetric<T> = Readonly<Record<string, T>>
type ByDomain<T> = Readonly<Record<string, ByMetric<T>>>

/** What `compare --json` prints. */
export interface Comparison {
  readonly protocol: Protocol
  /** Which cases are counted; absent for all. */
  readonly group?: CaseGroup
  /** Cases by domain. */
  readonly cases: Readonly<Record<string, number>>
  readonly models: Readonly<
    Record<
      string,
      {
        readonly seeds: readonly number[]
        readonly domains: ByDomain<Summary>
        readonly overall: ByMetric<Summary>
        readonly seconds: number
      }
    >
  >
  /** The first model. */
  readonly against: string
  /** Of every other model: how much it is above the first. */
  readonly differences: Readonly<Record<string, ByDomain<Interval>>>
  readonly overallDifferences: Readonly<Record<string, ByMetric<Interval>>>
}

/**
 * Holds models against the first one: each case's metric is averaged over a model's seeds, then users are drawn. The interval
 * thus covers which users were logged, not which seeds were drawn; `std` tells about the latter.
 * @throws TributaryError `mismatch` when evaluations differ in cases or protocol
 */
export function summarizeSeeds(
  results: readonly SeededResults[],
  options: Omit<BootstrapOptions, 'users'> & { readonly group?: CaseGroup | undefined },
): Comparison {
  const first = results[0]?.evaluations[0]
  if (first === undefined)
    throw new TributaryError('bad-argument', 'there is nothing to compare: no model was evaluated')
  for (const { name, evaluations } of results) for (const other of evaluations) checkSameCases(name, first, other)
  const member = options.group === undefined ? undefined : first.members[options.group]
  if (options.group !== undefined && member === undefined)
    throw new TributaryError('bad-argument', `the evaluations have no group '${options.group}'`)
  const casesWhere = (keep: (k: number) => boolean) =>
    [...first.rows.keys()].filter((k) => keep(k) && (member === undefined || member[k] === 1))

  const domainNames = Object.keys(first.domains)
  const places = domainNames.map((name, d) => ({ name, cases: casesWhere((k) => first.caseDomains[k] === d) }))
  const byDomain = places.map(({ cases }) => summarizeCases(results, cases, options))
  const overall = summarizeCases(
    results,
    casesWhere(() => true),
    options,
  )
  const perDomain = <T>(pick: (summaries: CaseSummaries) => ByMetric<T>): ByDomain<T> =>
    Object.fromEntries(domainNames.map((name, d) => [name, pick(byDomain[d]!)]))
  const others = results.slice(1).map(({ name }, index) => ({ name, index: index + 1 }))
  return {
    protocol: first.protocol,
    ...(options.group !== undefined && { group: options.group }),
    cases: Object.fromEntries(places.map(({ name, cases }) => [name, cases.length])),
    models: Object.fromEntries(
      results.map(({ name, seeds, seconds }, index) => {
        const domains = perDomain(({ models }) => models[index]!)
        return [name, { seeds, domains, overall: overall.models[index]!, seconds }]
      }),
    ),
    against: results[0]!.name,
    differences: Object.fromEntries(
      others.map(({ name, index }) => [name, perDomain(({ differences }) => differences[index]!)]),
    ),
    overallDifferences: Object.fromEntries(others.map(({ name, index }) => [name, overall.differences[index]!])),
  }
}

interface CaseSummaries {
  /** By model, in order. */
  readonly models: readonly ByMetric<Summary>[]
  /** By model, in order; the first model's are zero. */
  readonly differences: readonly ByMetric<Interval>[]
}

/** All models and metrics on some cases, drawn together, so that a difference is that of the same drawn users. */
function summarizeCases(
  results: readonly SeededResults[],
  cases: readonly number[],
  options: Omit<BootstrapOptions, 'users'>,
): CaseSummaries {
  const users = Int32Array.from(cases, (k) => results[0]!.evaluations[0]!.users[k]!)
  const bySeed = results.map(({ evaluations }) =>
    RANK_METRICS.map((metric) =>
      evaluations.map(({ ranks }) => Float64Array.from(cases, (k) => metric.value(ranks[k]!))),
    ),
  )
  const columns = bySeed.flatMap((metrics) => metrics.map((seeds) => meanOfColumns(seeds, cases.length)))
  const means = bootstrapMeans(columns, { ...options, users })
  const column = (model: number, metric: number) => model * RANK_METRICS.length + metric
  const byMetric = <T>(make: (metric: number) => T): ByMetric<T> =>
    Object.fromEntries(RANK_METRICS.map(({ name }, m) => [name, make(m)]))
  return {
    models: results.map((_, model) =>
      byMetric((m) => ({
        ...intervalOf(mean(columns[column(model, m)]!), means[column(model, m)]!, options.level),
        std: standardDeviation(bySeed[model]![m]!.map(mean)),
      })),
    ),
    differences: results.map((_, model) =>
      byMetric((m) => {
        const [mine, theirs] = [column(model, m), column(0, m)]
        const drawn = means[mine]!.map((value, sample) => value - means[theirs]![sample]!)
        return intervalOf(mean(columns[mine]!) - mean(columns[theirs]!), drawn, options.level)
      }),
    ),
  }
}

function meanOfColumns(columns: readonly Float64Array[], length: number): Float64Array {
  const result = new Float64Array(length)
  for (const column of columns) for (let k = 0; k < length; k++) result[k]! += column[k]! / columns.length
  return result
}

/** Of a sample: n − 1 below the line. */
function standardDeviation(values: readonly number[]): number {
  const center = mean(values)
  return Math.sqrt(values.reduce((sum, value) => sum + (value - center) ** 2, 0) / (values.length - 1))
}

function checkSameCases(name: string, first: Evaluation, other: Evaluation): void {
  const same = first.rows.length === other.rows.length && first.rows.every((row, k) => row === other.rows[k])
  if (!same)
    throw new TributaryError(
      'mismatch',
      `${name} was evaluated on other cases; all models need the same split and part`,
    )
  for (const key of ['candidates', 'maskSeen', 'ties'] as const) {
    if (first.protocol[key] !== other.protocol[key])
      throw new TributaryError(
        'mismatch',
        `${name} was evaluated with ${key} = ${other.protocol[key]}, the others with ${first.protocol[key]}; they must agree`,
      )
  }
}

/** A text table whose cells are ready to be aligned; the columns beyond the first are numbers. */
export interface TextTable {
  readonly columns: readonly { readonly title: string; readonly align?: 'left' | 'right' }[]
  readonly rows: readonly (readonly string[])[]
}

/** One row a domain and one for all: each model's mean ± standard deviation over seeds. */
export function resultsTable(comparison: Comparison, metric: string): TextTable {
  const names = Object.keys(comparison.models)
  const cell = (summary: Summary) =>
    `${score(summary.mean)}${Number.isNaN(summary.std) ? '' : ` ±${score(summary.std)}`}`
  const row = (place: string, cases: number, pick: (name: string) => ByMetric<Summary>) => [
    place,
    String(cases),
    ...names.map((name) => cell(pick(name)[metric]!)),
  ]
  const domains = Object.entries(comparison.cases)
  const right = (title: string) => ({ title, align: 'right' as const })
  return {
    columns: [{ title: metric }, right('cases'), ...names.map(right)],
    rows: [
      ...domains.map(([domain, cases]) => row(domain, cases, (name) => comparison.models[name]!.domains[domain]!)),
      row('all', totalCases(comparison), (name) => comparison.models[name]!.overall),
    ],
  }
}

/** How verdicts are worded: between a model and its single-domain twin, and between any two models. */
export const TRANSFER_WORDS: Readonly<Record<Verdict, string>> = {
  helped: 'helped',
  harmed: 'harmed',
  'no difference': 'no difference',
}
export const MODEL_WORDS: Readonly<Record<Verdict, string>> = {
  helped: 'better',
  harmed: 'worse',
  'no difference': 'no difference',
}

/** One row a domain and one for all: how much `model` is above the first, the interval, and what it says. */
export function verdictTable(
  comparison: Comparison,
  model: string,
  metric: string,
  words: Readonly<Record<Verdict, string>> = TRANSFER_WORDS,
): TextTable {
  const row = (place: string, cases: number, interval: Interval) => [
    place,
    String(cases),
    signed(interval.mean),
    `[${signed(interval.low)}, ${signed(interval.high)}]`,
    cases === 0 ? '–' : words[verdict(interval)],
  ]
  const right = (title: string) => ({ title, align: 'right' as const })
  return {
    columns: [
      { title: `${metric}, ${model} − ${comparison.against}` },
      right('cases'),
      right('difference'),
      right('95 % interval'),
      { title: 'verdict' },
    ],
    rows: [
      ...Object.entries(comparison.cases).map(([domain, cases]) =>
        row(domain, cases, comparison.differences[model]![domain]![metric]!),
      ),
      row('all', totalCases(comparison), comparison.overallDifferences[model]![metric]!),
    ],
  }
}

export function totalCases(comparison: Comparison): number {
  return Object.values(comparison.cases).reduce((sum, cases) => sum + cases, 0)
}

export function score(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4)
}

export function signed(value: number): string {
  return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
