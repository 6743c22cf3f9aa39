import { type ByName, byName, TributaryError } from '../core/index.ts'
import {
  type BootstrapOptions,
  bootstrapMeans,
  type Interval,
  intervalOf,
  mean,
  pValue,
  samplesFor,
  standardDeviation,
} from '../math/index.ts'
import { RANK_METRICS } from '../metrics/index.ts'
import { describePoints, type PointProtocol } from './measures/points.ts'
import { type CaseGroup, describeProtocol, type Evaluation, type Protocol } from './measures/ranking.ts'
import { type Difference, judgeTogether, LEAST_USERS, type Tested, type UnderTrained } from './verdicts.ts'

export {
  type BootstrapOptions,
  type Interval,
  meanInterval,
  pairedBootstrap,
  type Verdict,
  verdict,
} from '../math/index.ts'

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
  readonly underTrained?: UnderTrained | undefined
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
  /** Who have them. */
  readonly users: ByName<number>
  readonly allUsers: number
  /** How many of them a verdict takes. */
  readonly leastUsers: number
  readonly models: ByName<{
    readonly seeds: readonly number[]
    readonly domains: ByDomain<Summary>
    readonly overall: ByMetric<Summary>
    readonly seconds: number
    readonly underTrained?: UnderTrained
  }>
  /** The first model. */
  readonly against: string
  /** Of every other model: how much it is above the first. The verdicts on its domains are made together. */
  readonly differences: ByName<ByDomain<Difference>>
  readonly overallDifferences: ByName<ByMetric<Difference>>
}

/**
 * Holds models against the first one: each case's metric is averaged over a model's seeds, then users are drawn. The interval
 * thus covers which users were logged, not which seeds were drawn; `std` tells about the latter.
 * @throws TributaryError `mismatch` when evaluations differ in cases or protocol
 */
export function summarizeSeeds(
  results: readonly SeededResults[],
  { group, ...options }: ComparisonOptions & { readonly group?: CaseGroup | undefined },
): Comparison {
  const member = group && results[0]?.evaluations[0]?.members[group]
  if (group !== undefined && member === undefined)
    throw new TributaryError('bad-argument', `the evaluations have no group '${group}'`)
  return {
    ...compareCases(results, (cases, samples) => summarizeCases(results, cases, { ...options, samples }), {
      ...options,
      counts: (k) => member === undefined || member[k] === 1,
    }),
    ...(group !== undefined && { group }),
  }
}

export interface ComparisonOptions extends Omit<BootstrapOptions, 'users'> {
  /** How many users a verdict takes; default `LEAST_USERS`. */
  readonly leastUsers?: number | undefined
}

/** What every kind of evaluation tells of its cases. */
interface Evaluated {
  readonly protocol: AnyProtocol
  readonly domains: ByName<unknown>
  readonly rows: Int32Array
  readonly users: Int32Array
  readonly caseDomains: Int32Array
}

/**
 * Lays out what `summarize` says of the cases of each domain and of all.
 * @throws TributaryError `mismatch` when evaluations differ in cases or protocol
 */
export function compareCases<E extends Evaluated>(
  results: readonly Seeded<E>[],
  summarize: (cases: readonly number[], samples: number) => CaseSummaries,
  options: Pick<ComparisonOptions, 'samples' | 'leastUsers'> & {
    /** Which cases are counted; default all. */
    readonly counts?: (k: number) => boolean
    /** Metrics of which less is better. */
    readonly lessIsBetter?: readonly string[]
  },
): Comparison<E['protocol']> {
  const first = results[0]?.evaluations[0]
  if (first === undefined)
    throw new TributaryError('bad-argument', 'there is nothing to compare: no model was evaluated')
  for (const { name, evaluations } of results) for (const other of evaluations) checkSameCases(name, first, other)
  const { counts = () => true, leastUsers = LEAST_USERS, samples = samplesFor(first.domains.size) } = options
  const counted = [...first.rows.keys()].filter(counts)
  const overall = { cases: counted, ...summarize(counted, samples) }
  const places = [...first.domains.keys()].map((name, d) => {
    const cases = counted.filter((k) => first.caseDomains[k] === d)
    // A domain with all the cases, such as the target of a cross-domain split, is drawn once.
    return { name, ...(cases.length === counted.length ? overall : { cases, ...summarize(cases, samples) }) }
  })
  const usersOf = (cases: readonly number[]) => new Set(cases.map((k) => first.users[k])).size
  const domainsOf = (cases: readonly number[]) => new Set(cases.map((k) => first.caseDomains[k]))
  const stillGaining = ({ underTrained }: Seeded<E>, cases: readonly number[]) =>
    underTrained !== undefined &&
    underTrained.patience > 0 &&
    [...domainsOf(cases)].some((d) => underTrained.domains.includes(places[d].name))
  const judged = (index: number, together: readonly (typeof overall)[]): ByMetric<Difference>[] => {
    const metrics = Object.keys(overall.differences[index])
    const found = metrics.map((metric) =>
      judgeTogether(
        together.map(({ cases, differences }) => ({
          difference: differences[index][metric],
          cases: cases.length,
          users: usersOf(cases),
          stillGaining: {
            model: stillGaining(results[index], cases),
            against: stillGaining(results[0], cases),
          },
        })),
        { leastUsers, lessIsBetter: options.lessIsBetter?.includes(metric) === true },
      ),
    )
    return together.map((_, place) => Object.fromEntries(metrics.map((metric, m) => [metric, found[m][place]])))
  }
  const byDomain = <T>(values: readonly T[]) => byName(places.map(({ name }, place) => [name, values[place]]))
  const others = results.slice(1).map(({ name }, index) => ({ name, index: index + 1 }))
  return {
    protocol: first.protocol,
    cases: byDomain(places.map(({ cases }) => cases.length)),
    users: byDomain(places.map(({ cases }) => usersOf(cases))),
    allUsers: usersOf(counted),
    leastUsers,
    models: byName(
      results.map(({ name, seeds, seconds, underTrained }, index) => {
        const domains = byDomain(places.map(({ models }) => models[index]))
        const training = { seconds, ...(underTrained && { underTrained }) }
        return [name, { seeds, domains, overall: overall.models[index], ...training }]
      }),
    ),
    against: results[0].name,
    differences: byName(others.map(({ name, index }) => [name, byDomain(judged(index, places))])),
    overallDifferences: byName(others.map(({ name, index }) => [name, judged(index, [overall])[0]])),
  }
}

export interface CaseSummaries {
  /** By model, in order. */
  readonly models: readonly ByMetric<Summary>[]
  /** By model, in order; the first model's are zero. */
  readonly differences: readonly ByMetric<Tested>[]
}

/** All models and metrics on some cases, drawn together, so that a difference is that of the same drawn users. */
function summarizeCases(
  results: readonly SeededResults[],
  cases: readonly number[],
  options: Omit<BootstrapOptions, 'users'>,
): CaseSummaries {
  const users = Int32Array.from(cases, (k) => results[0].evaluations[0].users[k])
  const bySeed = results.flatMap(({ evaluations }) =>
    RANK_METRICS.map((metric) =>
      evaluations.map(({ ranks }) => Float64Array.from(cases, (k) => metric.value(ranks[k]))),
    ),
  )
  const columns = bySeed.map((seeds) => meanOfColumns(seeds, cases.length))
  const drawn = bootstrapMeans(columns, { ...options, users })
  return summaries(
    RANK_METRICS.map(({ name }) => name),
    columns.map((column, c) => ({ value: mean(column), bySeed: bySeed[c].map(mean), drawn: drawn[c] })),
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
        metrics.map((name, m) => [name, make(measured[model * metrics.length + m], measured[m])] as const),
      ),
    )
  return {
    models: byModel(({ value, bySeed, drawn }) => ({
      ...intervalOf(value, drawn, level),
      std: standardDeviation(bySeed),
    })),
    differences: byModel((mine, theirs) => {
      const drawn = mine.drawn.map((value, sample) => value - theirs.drawn[sample])
      return { ...intervalOf(mine.value - theirs.value, drawn, level), p: pValue(drawn) }
    }),
  }
}

function meanOfColumns(columns: readonly Float64Array[], length: number): Float64Array {
  const result = new Float64Array(length)
  for (const column of columns) for (let k = 0; k < length; k++) result[k] += column[k] / columns.length
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

/** Those without a case have no mean to show or draw. */
export function domainsWithCases(comparison: Comparison<AnyProtocol>): string[] {
  return [...comparison.cases].flatMap(([domain, cases]) => (cases > 0 ? [domain] : []))
}

export function totalCases(comparison: Comparison<AnyProtocol>): number {
  return [...comparison.cases.values()].reduce((sum, cases) => sum + cases, 0)
}
