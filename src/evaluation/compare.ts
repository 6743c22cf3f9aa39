import { type ByName, byName, TributaryError } from '../core/index.ts'
import {
  type BootstrapOptions,
  bootstrapMeans,
  bootstrapStatistics,
  type Interval,
  intervalOf,
  mean,
  overDrawnSeeds,
  pValue,
  samplesFor,
  standardDeviation,
} from '../math/index.ts'
import type { Tested } from '../statistics/index.ts'
import { type CaseGroup, type Evaluated, figureOf } from './measures/measure.ts'
import { userTests } from './user-tests.ts'
import { type Difference, judgeTogether, LEAST_USERS, type UnderTrained } from './verdicts.ts'

export {
  type BootstrapOptions,
  type Interval,
  meanInterval,
  pairedBootstrap,
  type Verdict,
  verdict,
} from '../math/index.ts'

/** One model's results, one evaluation a seed. */
export interface Seeded<E extends Evaluated = Evaluated> {
  readonly name: string
  readonly seeds: readonly number[]
  readonly evaluations: readonly E[]
  /** Of training, mean over seeds. */
  readonly seconds: number
  readonly underTrained?: UnderTrained | undefined
}

/** `std` is over seeds (n − 1 below the line; NaN for one seed), `low` to `high` over users and seeds. */
export interface Summary extends Interval {
  readonly std: number
}

export type ByMetric<T> = Readonly<Record<string, T>>
type ByDomain<T> = ByName<ByMetric<T>>

/** What `compare --json` prints; by the names of domains and models, in the order of the dataset and of what was compared. */
export interface Comparison {
  /** What was measured: `ranking`, `labels`, `ratings`. */
  readonly measure: string
  readonly protocol: Evaluated['protocol']
  /** The protocol as a sentence. */
  readonly described: string
  /** The metric that verdicts are about. */
  readonly metric: string
  /** The metrics of which less is better. */
  readonly lessIsBetter: readonly string[]
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

export interface ComparisonOptions extends Omit<BootstrapOptions, 'users'> {
  /** How many users a verdict takes; default `LEAST_USERS`. */
  readonly leastUsers?: number | undefined
  /** Which cases are counted; default all. */
  readonly group?: CaseGroup | undefined
}

/**
 * Holds models against the first one, by whatever they were measured: what has one value a case (a hit) is averaged over cases, what
 * is of all cases together (an AUC) is computed of them, for each seed and then over seeds. Users are drawn, and for each sample of
 * them seeds: the interval covers which users were logged and which seeds were trained (`overDrawnSeeds`); with one seed, users
 * alone. Samples of users in which a metric is undefined are left out.
 * @throws TributaryError `mismatch` when evaluations differ in cases, metrics or protocol
 */
export function summarizeSeeds<E extends Evaluated>(
  results: readonly Seeded<E>[],
  { group, leastUsers = LEAST_USERS, ...options }: ComparisonOptions,
): Comparison {
  const first = results[0]?.evaluations[0]
  if (first === undefined)
    throw new TributaryError('bad-argument', 'there is nothing to compare: no model was evaluated')
  const member = group && first.members?.[group]
  if (group !== undefined && member === undefined)
    throw new TributaryError('bad-argument', `the evaluations have no group '${group}'`)
  for (const { name, evaluations } of results) for (const other of evaluations) checkSameCases(name, first, other)
  const { measure, metrics, protocol } = first
  const { samples = samplesFor(first.domains.size) } = options
  const summarize = (cases: readonly number[]) => ({
    cases,
    ...summarizeCases(results, cases, { ...options, samples }),
  })
  const lessIsBetter = metrics.filter((metric) => !measure.metric(metric).higherIsBetter)
  const counted = [...first.rows.keys()].filter((k) => member === undefined || member[k] === 1)
  const overall = summarize(counted)
  const places = [...first.domains.keys()].map((name, d) => {
    const cases = counted.filter((k) => first.caseDomains[k] === d)
    // A domain with all the cases, such as the target of a cross-domain split, is drawn once.
    return { name, ...(cases.length === counted.length ? overall : summarize(cases)) }
  })
  const usersOf = (cases: readonly number[]) => new Set(cases.map((k) => first.users[k])).size
  const domainsOf = (cases: readonly number[]) => new Set(cases.map((k) => first.caseDomains[k]))
  const stillGaining = ({ underTrained }: Seeded<E>, cases: readonly number[]) =>
    underTrained !== undefined &&
    underTrained.patience > 0 &&
    [...domainsOf(cases)].some((d) => underTrained.domains.includes(places[d].name))
  const judged = (index: number, together: readonly (typeof overall)[]): ByMetric<Difference>[] => {
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
        { leastUsers, lessIsBetter: lessIsBetter.includes(metric) },
      ),
    )
    return together.map((_, place) => Object.fromEntries(metrics.map((metric, m) => [metric, found[m][place]])))
  }
  const byDomain = <T>(values: readonly T[]) => byName(places.map(({ name }, place) => [name, values[place]]))
  const others = results.slice(1).map(({ name }, index) => ({ name, index: index + 1 }))
  return {
    measure: measure.name,
    protocol,
    described: measure.describe(protocol),
    metric: measure.yardstick.name,
    lessIsBetter,
    ...(group !== undefined && { group }),
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

interface CaseSummaries {
  /** By model, in order. */
  readonly models: readonly ByMetric<Summary>[]
  /** By model, in order; the first model's are zero. */
  readonly differences: readonly ByMetric<Tested & Pick<Difference, 'tests'>>[]
}

/** A metric of a model: averaged over seeds, of each seed, and averaged in each sample of users and seeds. */
interface Measured {
  readonly value: number
  readonly bySeed: readonly number[]
  readonly drawn: Float64Array
  /** Of each case, averaged over seeds; absent where the metric is of all cases together. */
  readonly ofCases: Float64Array | undefined
}

/** All models and metrics on some cases, drawn together, so that a difference is that of the same drawn users. */
function summarizeCases(
  results: readonly Seeded[],
  cases: readonly number[],
  options: Omit<BootstrapOptions, 'users'>,
): CaseSummaries {
  const [{ users, metrics }] = results[0].evaluations
  const drawing = { ...options, users: Int32Array.from(cases, (k) => users[k]) }
  const columns: Float64Array[] = []
  const statistics: ((weights: Float64Array) => number)[] = []
  const models = results.map(({ evaluations }) => {
    const seeds = evaluations.map((evaluation) => evaluation.measure.statistics(evaluation, cases))
    return metrics.map((metric) => {
      const found = seeds.map((of) => of.get(metric)!)
      const bySeed = found.map((statistic) => figureOf(statistic, cases.length))
      const drawn = found.map((statistic) => {
        if (statistic instanceof Float64Array) {
          const place = columns.push(statistic) - 1
          return () => means[place]
        }
        // What is of all cases together and no function of users has no value in a sample.
        const place = statistics.push(typeof statistic === 'function' ? statistic : () => Number.NaN) - 1
        return () => others[place]
      })
      const overSeeds = () =>
        overDrawnSeeds(
          drawn.map((ofSeed) => ofSeed()),
          options.seed,
        )
      const averaged = found.filter((statistic) => statistic instanceof Float64Array)
      const ofCases =
        averaged.length < found.length
          ? undefined
          : Float64Array.from(cases, (_, k) => mean(averaged.map((column) => column[k])))
      return { value: mean(bySeed), bySeed, drawn: overSeeds, ofCases }
    })
  })
  const means = columns.length > 0 ? bootstrapMeans(columns, drawing) : []
  const others = statistics.length > 0 ? bootstrapStatistics(statistics, cases.length, drawing) : []
  const byModel = <T>(make: (mine: Measured, theirs: Measured) => T): ByMetric<T>[] => {
    const drawn = models.map((ofModel) => ofModel.map((one): Measured => ({ ...one, drawn: one.drawn() })))
    return drawn.map((ofModel) =>
      Object.fromEntries(metrics.map((name, m) => [name, make(ofModel[m], drawn[0][m])] as const)),
    )
  }
  return {
    models: byModel(({ value, bySeed, drawn }) => ({
      ...intervalOf(value, drawn, options.level),
      std: standardDeviation(bySeed),
    })),
    differences: byModel((mine, theirs) => {
      const drawn = mine.drawn.map((value, sample) => value - theirs.drawn[sample])
      const [ours, others] = [mine.ofCases, theirs.ofCases]
      return {
        ...intervalOf(mine.value - theirs.value, drawn, options.level),
        p: pValue(drawn),
        ...(ours &&
          others && {
            tests: userTests(
              ours.map((value, k) => value - others[k]),
              drawing.users,
            ),
          }),
      }
    }),
  }
}

function checkSameCases(name: string, first: Evaluated, other: Evaluated): void {
  const same = first.rows.length === other.rows.length && first.rows.every((row, k) => row === other.rows[k])
  if (!same)
    throw new TributaryError(
      'mismatch',
      `${name} was evaluated on other cases; all models need the same split and part`,
    )
  const askedOf = ({ measure, metrics, protocol }: Evaluated): Readonly<Record<string, unknown>> => {
    const { seed: _, ...asked } = protocol as Evaluated['protocol'] & { readonly seed?: number }
    return { ...asked, measure: measure.name, metrics: metrics.join(', ') }
  }
  const [ours, theirs] = [askedOf(first), askedOf(other)]
  for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)]))
    if (ours[key] !== theirs[key])
      throw new TributaryError(
        'mismatch',
        `${name} was evaluated with ${key} = ${theirs[key]}, the others with ${ours[key]}; they must agree`,
      )
}

/** Those without a case have no mean to show or draw. */
export function domainsWithCases(comparison: Comparison): string[] {
  return [...comparison.cases].flatMap(([domain, cases]) => (cases > 0 ? [domain] : []))
}

export function totalCases(comparison: Comparison): number {
  return [...comparison.cases.values()].reduce((sum, cases) => sum + cases, 0)
}
