import {
  type ByName,
  byName,
  type Dataset,
  domainOfItem,
  type Metric,
  type Scorer,
  type Split,
  type Statistic,
} from '../../core/index.ts'
import type { Cases } from '../../data/index.ts'
import { mean } from '../../math/index.ts'
import type { Mode } from '../../rl/index.ts'
import type { Candidates } from './candidates.ts'

/**
 * How models of a task are judged. Evaluating, comparing over seeds and the report of transfer are written once over it: they know
 * cases, figures and what is better, not what a case is.
 */
export interface Measure<E extends Evaluated = Evaluated> {
  /** As in JSON. */
  readonly name: string
  /** What its models do, as a sentence goes on: `ranks items`. */
  readonly does: string
  /** Whether cases are ranked, so that one can ask among what. */
  readonly ranks: boolean
  /** What verdicts are about. */
  readonly yardstick: Metric
  /** What is measured where nothing else is asked for, in the order of tables. */
  readonly metrics: readonly Metric[]
  /** @throws TributaryError `unknown-name` for one that it cannot make */
  metric(name: string): Metric
  // Methods, not properties: a measure of special evaluations is usable where any measure is expected.
  evaluate(scorer: Scorer, dataset: Dataset, cases: Cases, options?: EvaluateOptions): Promise<E>
  /** The metrics of some cases, by name. */
  statistics(evaluation: Omit<E, keyof Figures>, cases: readonly number[]): ReadonlyMap<string, Statistic>
  /** The protocol as a sentence, for whoever reads the figures. */
  describe(protocol: E['protocol']): string
}

/** The simulated users that a model is measured by. */
export interface Episodes {
  readonly count: number
  /** Default `free`. */
  readonly mode?: Mode | undefined
  /** Rules as on the command line; default none, so that nobody leaves early. */
  readonly leave?: readonly string[] | undefined
  /** Turns after which an episode ends in any case. Default 30. */
  readonly maxLength?: number | undefined
}

/** What may be asked of an evaluation; a measure takes of it what concerns it. */
export interface EvaluateOptions {
  /** Which part the cases are, for the protocol. Default `test`. */
  readonly part?: 'test' | 'valid' | undefined
  /** Metrics beside those that are always measured, by name: `hr@20`, `gini@10`. */
  readonly metrics?: readonly string[] | undefined
  /** Default `full`. */
  readonly candidates?: Candidates | undefined
  /** Rule out seen rivals; with repeated pairs this gives answers away. */
  readonly maskSeen?: boolean | undefined
  /** Of the random tie break, or of the users of episodes and what is drawn in them. Default 0. */
  readonly seed?: number | undefined
  /** Default 1000, of which nobody leaves early. */
  readonly episodes?: Episodes | undefined
  /** Where equal scores place the answer, see `rankAnswers`. Default `against`. */
  readonly ties?: 'against' | 'random' | undefined
  /** With it the group `seenInTraining` is reported, and novelty can be. */
  readonly split?: Split | undefined
  /** Whether what is predicted of items orders them: where rows with high values rank, instead of how they are predicted. */
  readonly ranked?: boolean | undefined
  /**
   * Of labels: a value above it is the label 1, any other 0. Absent: the values are 0 and 1 themselves.
   * Of predictions that are ranked: rows with a value above it are answers. Absent: above the mean of their domain's training rows.
   */
  readonly positiveAbove?: number | undefined
  readonly memory?: number | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/** `cases` and each metric of them; NaN (null in JSON) where there is no case. */
export type Scores = { readonly cases: number } & Readonly<Record<string, number>>

/**
 * Cases worth a look of their own: the answer is not in the history, or was in a training row; its domain is in the history, and that of
 * its last event, or of an earlier one alone, or it is not there at all.
 */
export const CASE_GROUPS = [
  'notRepeated',
  'seenInTraining',
  'historyInDomain',
  'lastInDomain',
  'lastElsewhere',
  'newToDomain',
] as const
export type CaseGroup = (typeof CASE_GROUPS)[number]

interface Figures {
  /** In the dataset's order. */
  readonly domains: ByName<Scores>
  /** Of all cases. */
  readonly overall: Scores
  /** Means over the domains that have cases, each counting the same. */
  readonly macro: Scores
}

/** What every evaluation tells, whatever was measured. */
export interface Evaluated extends Figures {
  readonly measure: Measure
  /** Everything without which the figures mean nothing. */
  readonly protocol: { readonly split?: 'test' | 'valid' }
  /** Names of what was measured. */
  readonly metrics: readonly string[]
  readonly groups?: Readonly<Partial<Record<CaseGroup, Scores>>>
  /** One entry a case from here on, for paired statistics. */
  readonly rows: Int32Array
  readonly users: Int32Array
  /** Domain index of each case. */
  readonly caseDomains: Int32Array
  /** 1 for the cases of a group. */
  readonly members?: Readonly<Partial<Record<CaseGroup, Uint8Array>>>
}

/** What is measured where these metrics are asked for beside those that always are. */
export function measured(always: readonly Metric[], asked: readonly string[] = []): string[] {
  return [...new Set([...always.map(({ name }) => name), ...asked])]
}

/** What a model's own options say of how it is measured. */
export function askedBy(config: Readonly<Record<string, unknown>>): Pick<EvaluateOptions, 'positiveAbove'> {
  const { positiveAbove } = config
  return typeof positiveAbove === 'number' ? { positiveAbove } : {}
}

/** The columns that every evaluation has. */
export function columnsOf(
  dataset: Dataset,
  { rows, answers }: Cases,
): Pick<Evaluated, 'rows' | 'users' | 'caseDomains'> {
  return {
    rows,
    users: Int32Array.from(rows, (row) => dataset.log.user[row]),
    caseDomains: Int32Array.from(answers, (answer) => domainOfItem(dataset, answer)),
  }
}

/** The figures of each domain and of all, made of the statistics of cases. */
export function figuresOf(
  dataset: Dataset,
  caseDomains: Int32Array,
  statistics: (cases: readonly number[]) => ReadonlyMap<string, Statistic>,
): Figures {
  const byDomain = dataset.domains.map((): number[] => [])
  for (const [k, domain] of caseDomains.entries()) byDomain[domain].push(k)
  const domains = byName(dataset.domains.map((name, d) => [name, scoresOf(byDomain[d], statistics)]))
  return { domains, overall: scoresOf([...caseDomains.keys()], statistics), macro: macroMean([...domains.values()]) }
}

export function scoresOf(
  cases: readonly number[],
  statistics: (cases: readonly number[]) => ReadonlyMap<string, Statistic>,
): Scores {
  const values = [...statistics(cases)].map(([name, statistic]) => [name, figureOf(statistic, cases.length)] as const)
  return { cases: cases.length, ...Object.fromEntries(values) }
}

/** Of cases that count once each. */
export function figureOf(statistic: Statistic, cases: number): number {
  if (typeof statistic === 'number') return statistic
  return typeof statistic === 'function' ? statistic(new Uint8Array(cases).fill(1)) : mean(statistic)
}

/** Over the domains that have cases, each counting the same. */
function macroMean(domains: readonly Scores[]): Scores {
  const present = domains.filter((scores) => scores.cases > 0)
  const cases = present.reduce((sum, scores) => sum + scores.cases, 0)
  const names = Object.keys(domains[0] ?? {}).filter((name) => name !== 'cases')
  // A domain of one class has no AUC.
  const values = (name: string) => present.map((scores) => scores[name]).filter((value) => !Number.isNaN(value))
  return { cases, ...Object.fromEntries(names.map((name) => [name, mean(values(name))])) }
}

/** What `evaluate --json` prints, see docs/evaluation.md. JSON has no NaN: means over no cases become null. */
export function toJson(evaluation: Evaluated, model: string, datasetName: string): Record<string, unknown> {
  const { protocol, domains, overall, macro, groups, tiedCases } = evaluation as Evaluated & { tiedCases?: number }
  return { model, dataset: datasetName, protocol, domains, overall, macro, groups, tiedCases }
}
