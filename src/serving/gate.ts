import { Part, ranksItems, type Scorer } from '../core/index.ts'
import { evaluationCases } from '../data/index.ts'
import { type Comparison, summarizeSeeds } from '../evaluation/compare.ts'
import { listScorer } from '../evaluation/list-scorer.ts'
import { measureOf } from '../evaluation/measures/index.ts'
import { STATISTICS_SEED } from '../experiments/job.ts'
import type { TrainedRun } from '../runs/open.ts'

export interface GateOptions {
  /** By which the two are judged: `ndcg@10`. */
  readonly metric: string
  /** Whether a domain that is harmed keeps the new one out. */
  readonly noDomainHarmed: boolean
  /** How many users a verdict on a domain takes; default `LEAST_USERS`. */
  readonly leastUsers?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What was said of a new model beside the one that answers. */
export interface GateVerdict {
  readonly passed: boolean
  /** Nothing can be said of it, so somebody has to decide. */
  readonly asks?: true
  /** A sentence. */
  readonly reason: string
  readonly metric: string
  /** Of the new model minus the old one, with the interval of it; absent where it is not known. */
  readonly difference?: { readonly mean: number; readonly low: number; readonly high: number }
  /** By domain, what `compare` says of it. */
  readonly domains: Readonly<Record<string, string>>
  readonly cases: number
}

/**
 * Holds a new run against what answers today, on the test cases of the new log: the last of what each user did. Neither was chosen by
 * them: the new one stopped by validation cases, and for the old one they had not happened, or were held out then, too. The new one
 * passes where the interval of the paired difference does not lie below zero, and no domain is harmed.
 * @param champion what answers, asked about the dataset of the new run (`knownByNames`)
 * @throws TributaryError `unknown-name` for a metric; `interrupted`
 */
export async function gate(
  challenger: TrainedRun,
  champion: Scorer,
  { metric, noDomainHarmed, leastUsers, signal }: GateOptions,
): Promise<GateVerdict> {
  const { spec, dataset, split } = challenger
  const measure = measureOf(spec, { ranked: !ranksItems(spec.task) })
  const cases = evaluationCases(dataset, split, Part.test)
  const evaluate = (scorer: Scorer) =>
    measure.evaluate(scorer, dataset, cases, { split, metrics: [metric], seed: STATISTICS_SEED, signal })
  const of = async (name: string, scorer: Scorer) => ({
    name,
    seeds: [1],
    seconds: 0,
    evaluations: [await evaluate(scorer)],
  })
  const results = [await of('old', champion), await of('new', await listScorer(challenger))]
  return verdictOf(summarizeSeeds(results, { seed: STATISTICS_SEED, leastUsers }), metric, noDomainHarmed)
}

function verdictOf(comparison: Comparison, metric: string, noDomainHarmed: boolean): GateVerdict {
  const overall = comparison.overallDifferences.get('new')?.[metric]
  const byDomain = comparison.differences.get('new')
  if (overall === undefined || byDomain === undefined) throw new Error(`nothing was measured by ${metric}`)
  const { mean, low, high } = overall
  const sign = comparison.lessIsBetter.includes(metric) ? -1 : 1
  const worse = sign === 1 ? high < 0 : low > 0
  const domains = Object.fromEntries([...byDomain].map(([domain, of]) => [domain, of[metric].verdict]))
  const harmed = Object.keys(domains).filter((domain) => domains[domain] === 'harmed')
  const cases = [...comparison.cases.values()].reduce((sum, n) => sum + n, 0)
  const figures = `${metric} changes by ${signed(mean)} (${signed(low)} to ${signed(high)}, ${cases} cases)`
  const reason =
    cases === 0
      ? 'there is no case to judge it by'
      : worse
        ? `it is worse: ${figures}`
        : noDomainHarmed && harmed.length > 0
          ? `it harms ${harmed.join(', ')}, though overall ${figures}`
          : `it is not worse, and ${harmed.length === 0 ? 'no domain is harmed' : `harm to ${harmed.join(', ')} is allowed`}: ${figures}`
  const passed = cases > 0 && !worse && !(noDomainHarmed && harmed.length > 0)
  return { passed, reason, metric, difference: { mean, low, high }, domains, cases }
}

export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}
