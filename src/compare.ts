import {
  type BootstrapOptions,
  bootstrapMeans,
  type Interval,
  intervalOf,
  mean,
  standardDeviation,
  type Verdict,
  verdict,
} from './bootstrap.ts'
import { type ByName, byName, nameOfAll, TributaryError } from './core/index.ts'
import { type CaseGroup, describeProtocol, type Evaluation, type Protocol } from './evaluate.ts'
import { describePoints, type PointProtocol } from './evaluate-points.ts'
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

/** The same by what was measured. */
export function verdictMetric({ protocol }: Pick<Comparison<AnyProtocol>, 'protocol'>): string {
  return 'candidates' in protocol ? VERDICT_METRIC : 'auc'
}

/** Of ranking, or of predictions held against labels. */
export type AnyProtocol = Protocol | PointProtocol

/** The protocol of a comparison as a sentence. */
export function describeCompared(protocol: AnyProtocol): string {
  return 'candidates' in protocol ? describeProtocol(protocol) : describePoints(protocol)
}

/** One model's results, one evaluation a seed. */
export interface Seeded<E> {
  readonly name: string
  readonly seeds: readonly number[]
  readonly evaluations: readonly E[]
  /** Of training, mean over seeds. */
  readonly seconds: number
}

export type SeededResults = Seeded<Evaluation>

/** `std` is over seeds (n − 1 below the line; NaN for one seed), `low` to `high` over users. */
export interface Summary extends Interval {
  readonly std: number
}

export type ByMetric<T> = Readonly<Record<string, T>>
type ByDomain<T> = ByName<ByMetric<T>>

/** What `compare --json` prints; by the names of domains and models, in the order of the dataset and of what was compared. */
export interface Comparison<P extends AnyProtocol = Protocol> {
  readonly protocol: P
  /** Which cases are counted; absent for all. */
  readonly group?: CaseGroup
  /** Of each domain. */
  readonly cases: ByName<number>
  readonly models: ByName<{
    readonly seeds: readonly number[]
    readonly domains: ByDomain<Summary>
    readonly overall: ByMetric<Summary>
    readonly seconds: number
  }>
  /** The first model. */
  readonly against: string
  /** Of every other model: how much it is above the first. */
  readonly differences: ByName<ByDomain<Interval>>
  readonly overallDifferences: ByName<ByMetric<Interval>>
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
  const { group } = options
  const member = group && results[0]?.evaluations[0]?.members[group]
  if (group !== undefined && member === undefined)
    throw new TributaryError('bad-argument', `the evaluations have no group '${group}'`)
  return {
    ...compareCases(
      results,
      (cases) => summarizeCases(results, cases, options),
      (k) => member === undefined || member[k] === 1,
    ),
    ...(group !== undefined && { group }),
  }
}

/** What every kind of evaluation tells of its cases. */
interface Evaluated {
  readonly protocol: AnyProtocol
  readonly domains: ByName<unknown>
  readonly rows: Int32Array
  readonly caseDomains: Int32Array
}

/**
 * Lays out what `summarize` says of the cases of each domain and of all.
 * @throws TributaryError `mismatch` when evaluations differ in cases or protocol
 */
export function compareCases<E extends Evaluated>(
  results: readonly Seeded<E>[],
  summarize: (cases: readonly number[]) => CaseSummaries,
  counts: (k: number) => boolean = () => true,
): Comparison<E['protocol']> {
  const first = results[0]?.evaluations[0]
  if (first === undefined)
    throw new TributaryError('bad-argument', 'there is nothing to compare: no model was evaluated')
  for (const { name, evaluations } of results) for (const other of evaluations) checkSameCases(name, first, other)
  const counted = [...first.rows.keys()].filter(counts)
  const domainNames = [...first.domains.keys()]
  const places = domainNames.map((name, d) => ({ name, cases: counted.filter((k) => first.caseDomains[k] === d) }))
  const overall = summarize(counted)
  // A domain with all the cases, such as the target of a cross-domain split, is drawn once.
  const byDomain = places.map(({ cases }) => (cases.length === counted.length ? overall : summarize(cases)))
  const perDomain = <T>(pick: (summaries: CaseSummaries) => ByMetric<T>): ByDomain<T> =>
    byName(domainNames.map((name, d) => [name, pick(byDomain[d]!)]))
  const others = results.slice(1).map(({ name }, index) => ({ name, index: index + 1 }))
  return {
    protocol: first.protocol,
    cases: byName(places.map(({ name, cases }) => [name, cases.length])),
    models: byName(
      results.map(({ name, seeds, seconds }, index) => {
        const domains = perDomain(({ models }) => models[index]!)
        return [name, { seeds, domains, overall: overall.models[index]!, seconds }]
      }),
    ),
    against: results[0]!.name,
    differences: byName(others.map(({ name, index }) => [name, perDomain(({ differences }) => differences[index]!)])),
    overallDifferences: byName(others.map(({ name, index }) => [name, overall.differences[index]!])),
  }
}

export interface CaseSummaries {
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
  const bySeed = results.flatMap(({ evaluations }) =>
    RANK_METRICS.map((metric) =>
      evaluations.map(({ ranks }) => Float64Array.from(cases, (k) => metric.value(ranks[k]!))),
    ),
  )
  const columns = bySeed.map((seeds) => meanOfColumns(seeds, cases.length))
  const drawn = bootstrapMeans(columns, { ...options, users })
  return summaries(
    RANK_METRICS.map(({ name }) => name),
    columns.map((column, c) => ({ value: mean(column), bySeed: bySeed[c]!.map(mean), drawn: drawn[c]! })),
    options.level,
  )
}

/** A metric of a model: averaged over seeds, of each seed, and averaged in each sample of users. */
export interface Measured {
  readonly value: number
  readonly bySeed: readonly number[]
  readonly drawn: Float64Array
}

/** @param measured all metrics of the first model, then all of the second, … */
export function summaries(metrics: readonly string[], measured: readonly Measured[], level?: number): CaseSummaries {
  const byModel = <T>(make: (mine: Measured, theirs: Measured) => T): ByMetric<T>[] =>
    Array.from({ length: measured.length / metrics.length }, (_, model) =>
      Object.fromEntries(
        metrics.map((name, m) => [name, make(measured[model * metrics.length + m]!, measured[m]!)] as const),
      ),
    )
  return {
    models: byModel(({ value, bySeed, drawn }) => ({
      ...intervalOf(value, drawn, level),
      std: standardDeviation(bySeed),
    })),
    differences: byModel((mine, theirs) =>
      intervalOf(
        mine.value - theirs.value,
        mine.drawn.map((value, sample) => value - theirs.drawn[sample]!),
        level,
      ),
    ),
  }
}

function meanOfColumns(columns: readonly Float64Array[], length: number): Float64Array {
  const result = new Float64Array(length)
  for (const column of columns) for (let k = 0; k < length; k++) result[k]! += column[k]! / columns.length
  return result
}

function checkSameCases(name: string, first: Evaluated, other: Evaluated): void {
  const same = first.rows.length === other.rows.length && first.rows.every((row, k) => row === other.rows[k])
  if (!same)
    throw new TributaryError(
      'mismatch',
      `${name} was evaluated on other cases; all models need the same split and part`,
    )
  for (const key of ['candidates', 'maskSeen', 'ties', 'positiveAbove'] as const) {
    const asked = ({ protocol }: Evaluated) => (protocol as Partial<Protocol & PointProtocol>)[key]
    if (asked(first) !== asked(other))
      throw new TributaryError(
        'mismatch',
        `${name} was evaluated with ${key} = ${asked(other)}, the others with ${asked(first)}; they must agree`,
      )
  }
}

/** A text table whose cells are ready to be aligned; the columns beyond the first are numbers. */
export interface TextTable {
  readonly columns: readonly { readonly title: string; readonly align?: 'left' | 'right' }[]
  readonly rows: readonly (readonly string[])[]
}

/** One row a domain with cases and one for all: each model's mean ± standard deviation over seeds. */
export function resultsTable(comparison: Comparison<AnyProtocol>, metric: string): TextTable {
  const names = [...comparison.models.keys()]
  const cell = (summary: Summary) =>
    `${score(summary.mean)}${Number.isNaN(summary.std) ? '' : ` ±${score(summary.std)}`}`
  const row = (place: string, cases: number, pick: (name: string) => ByMetric<Summary>) => [
    place,
    String(cases),
    ...names.map((name) => cell(pick(name)[metric]!)),
  ]
  const right = (title: string) => ({ title, align: 'right' as const })
  return {
    columns: [{ title: metric }, right('cases'), ...names.map(right)],
    rows: [
      ...domainsWithCases(comparison).map((domain) =>
        row(domain, comparison.cases.get(domain)!, (name) => comparison.models.get(name)!.domains.get(domain)!),
      ),
      row(
        nameOfAll('all', comparison.cases.keys()),
        totalCases(comparison),
        (name) => comparison.models.get(name)!.overall,
      ),
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

/** One row a domain with cases and one for all: how much `model` is above the first, the interval, and what it says. */
export function verdictTable(
  comparison: Comparison<AnyProtocol>,
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
      ...domainsWithCases(comparison).map((domain) =>
        row(domain, comparison.cases.get(domain)!, comparison.differences.get(model)!.get(domain)![metric]!),
      ),
      row(
        nameOfAll('all', comparison.cases.keys()),
        totalCases(comparison),
        comparison.overallDifferences.get(model)![metric]!,
      ),
    ],
  }
}

/** Those without a case have no mean to show or draw. */
export function domainsWithCases(comparison: Comparison<AnyProtocol>): string[] {
  return [...comparison.cases].flatMap(([domain, cases]) => (cases > 0 ? [domain] : []))
}

export function totalCases(comparison: Comparison<AnyProtocol>): number {
  return [...comparison.cases.values()].reduce((sum, cases) => sum + cases, 0)
}

export function score(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4)
}

export function signed(value: number): string {
  return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
