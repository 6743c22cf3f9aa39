import {
  type Dataset,
  itemCategories,
  type ListMetric,
  Part,
  type RankMetric,
  type RecommendedLists,
  type Scorer,
  type Split,
  type Statistic,
  TributaryError,
} from '../../core/index.ts'
import type { Cases } from '../../data/index.ts'
import { metricsNamed, ndcg, RANK_METRICS } from '../../metrics/index.ts'
import { rankAnswers } from '../recommend.ts'
import { candidatesText, withCandidates } from './candidates.ts'
import {
  type CaseGroup,
  columnsOf,
  type Evaluated,
  type EvaluateOptions,
  figuresOf,
  type Measure,
  measured,
  type Scores,
  scoresOf,
} from './measure.ts'

/** Everything without which the figures mean nothing. */
export interface Protocol {
  readonly split: 'test' | 'valid'
  /** As on the command line. */
  readonly candidates: string
  readonly maskSeen: boolean
  readonly ties: 'against' | 'random'
  /** Of random ties. */
  readonly seed: number
  /** Of sampled candidates; absent for others. */
  readonly candidatesSeed?: number
  /** Only rows with a value above it are answers, or above the mean of their domain's training rows; absent where all are. */
  readonly positiveAbove?: number | 'mean'
}

/** How each answer was ranked. */
export interface Evaluation extends Evaluated {
  readonly protocol: Protocol
  readonly groups: Readonly<Partial<Record<CaseGroup, Scores>>>
  /** Cases whose answer ties with a rival. */
  readonly tiedCases: number
  /** One entry a case from here on. Candidates placed before the answer. */
  readonly ranks: Int32Array
  /** Rivals with exactly the answer's score. */
  readonly ties: Int32Array
  readonly answers: Int32Array
  readonly members: Readonly<Partial<Record<CaseGroup, Uint8Array>>>
  /** What was recommended; only where a metric of lists was asked for. */
  readonly lists?: RecommendedLists
}

/** Each answer has a place among its candidates. */
export const ranking: Measure<Evaluation> = {
  name: 'ranking',
  does: 'ranks items',
  ranks: true,
  yardstick: ndcg(10),
  metrics: RANK_METRICS,
  metric: (name) => rankingMetrics([name])[0],
  evaluate,
  statistics: rankStatistics,
  describe: describeProtocol,
}

function rankingMetrics(names: readonly string[]): readonly (RankMetric | ListMetric)[] {
  return metricsNamed(names, 'rank', 'lists')
}

/**
 * Ranks each case's answer and averages the metrics over cases, per domain and in all.
 * @throws TributaryError as `rankAnswers`, `sampleNegatives` and `candidatesFromFile` do; `unknown-name` for a metric;
 *   `bad-argument` for a metric of lists among candidates that nobody is recommended from
 */
export function evaluate(
  scorer: Scorer,
  dataset: Dataset,
  cases: Cases,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  return rankCases(scorer, dataset, cases, options)
}

/** @param apart items that are no rivals of each answer [cases] */
export async function rankCases(
  scorer: Scorer,
  dataset: Dataset,
  cases: Cases,
  options: EvaluateOptions,
  apart?: readonly Int32Array[],
): Promise<Evaluation> {
  const { candidates = { kind: 'full' }, maskSeen = false, seed = 0, ties = 'against', split } = options
  const metrics = measured(RANK_METRICS, options.metrics)
  const ofLists = rankingMetrics(metrics).filter((metric) => metric.of === 'lists')
  if (ofLists.length > 0 && (candidates.kind === 'sampled' || candidates.kind === 'file'))
    throw new TributaryError(
      'bad-argument',
      `${ofLists[0].name} is of what would be recommended, and nobody is recommended from ${candidatesText(candidates)}; take the candidates full or all`,
    )
  const { answers } = cases
  const queries = await withCandidates(dataset, cases, candidates)
  const { lists: items, ...ranked } = await rankAnswers(scorer, dataset, queries, answers, {
    // A file may hold candidates of every domain, which must then be scored.
    scope: candidates.kind === 'full' || candidates.kind === 'sampled' ? 'domain' : 'all',
    maskSeen,
    ties,
    seed,
    k: Math.max(0, ...ofLists.map(({ k }) => k)),
    apart,
    memory: options.memory,
    onProgress: options.onProgress,
    signal: options.signal,
  })
  const columns = columnsOf(dataset, cases)
  const members = caseGroups(dataset, cases, columns.caseDomains, split)
  const found = {
    measure: ranking,
    protocol: {
      split: options.part ?? 'test',
      candidates: candidatesText(candidates),
      maskSeen,
      ties,
      seed,
      ...(candidates.kind === 'sampled' && { candidatesSeed: candidates.seed }),
    },
    metrics,
    tiedCases: ranked.ties.reduce((count, tied) => count + (tied > 0 ? 1 : 0), 0),
    ...ranked,
    answers,
    ...columns,
    members,
    ...(items && { lists: knownLists(items, dataset, columns.caseDomains, candidates.kind === 'all', split) }),
  }
  const statistics = (of: readonly number[]) => rankStatistics(found, of)
  const all = [...answers.keys()]
  const groups = Object.entries(members).map(
    ([name, member]) =>
      [
        name,
        scoresOf(
          all.filter((k) => member[k] === 1),
          statistics,
        ),
      ] as const,
  )
  return { ...found, ...figuresOf(dataset, columns.caseDomains, statistics), groups: Object.fromEntries(groups) }
}

function rankStatistics(
  { metrics, ranks, lists }: Pick<Evaluation, 'metrics' | 'ranks' | 'lists'>,
  cases: readonly number[],
): Map<string, Statistic> {
  return new Map(
    rankingMetrics(metrics).map((metric) => [
      metric.name,
      metric.of === 'rank' ? Float64Array.from(cases, (k) => metric.value(ranks[k])) : metric.statistic(lists!, cases),
    ]),
  )
}

/** The protocol as a sentence, for whoever reads the figures. */
export function describeProtocol({ split, candidates, maskSeen, ties, seed, candidatesSeed }: Protocol): string {
  const part = split === 'test' ? 'test' : 'validation'
  const sampled = /^sampled:(\d+)$/.exec(candidates)?.[1]
  let among = `the candidates of ${candidates}`
  if (candidates === 'full') among = 'all items of its domain'
  else if (candidates === 'all') among = 'the whole catalogue'
  else if (sampled !== undefined) among = `${sampled} sampled items of its domain (seed ${candidatesSeed})`
  return (
    `Each ${part} answer is ranked among ${among}; ${maskSeen ? 'items of the history are masked' : 'nothing is masked'}; ` +
    `ties ${ties === 'against' ? 'count against the model' : `are broken at random (seed ${seed})`}.`
  )
}

function caseGroups(
  dataset: Dataset,
  { queries, answers }: Cases,
  caseDomains: Int32Array,
  split: Split | undefined,
): Evaluation['members'] {
  const { domainStart } = dataset
  const notRepeated = Uint8Array.from(queries, ({ history }, k) => (history.includes(answers[k]) ? 0 : 1))
  /** How many events ago the user was in the answer's domain; −1 for never. */
  const ago = Int32Array.from(queries, ({ history }, k) => {
    const [start, end] = [domainStart[caseDomains[k]], domainStart[caseDomains[k] + 1]]
    const last = history.findLastIndex((item) => item >= start && item < end)
    return last < 0 ? -1 : history.length - 1 - last
  })
  const where = (holds: (events: number) => boolean) => Uint8Array.from(ago, (events) => (holds(events) ? 1 : 0))
  const visits = {
    historyInDomain: where((events) => events >= 0),
    lastInDomain: where((events) => events === 0),
    lastElsewhere: where((events) => events > 0),
    newToDomain: where((events) => events < 0),
  }
  if (split === undefined) return { notRepeated, ...visits }
  const trained = new Uint8Array(dataset.items.size)
  for (const [row, part] of split.part.entries()) if (part === Part.train) trained[dataset.log.item[row]] = 1
  return { notRepeated, seenInTraining: Uint8Array.from(answers, (answer) => trained[answer]), ...visits }
}

/** Lists with what their metrics need to know of items. */
function knownLists(
  lists: readonly Int32Array[],
  dataset: Dataset,
  caseDomains: Int32Array,
  ofAll: boolean,
  split: Split | undefined,
): RecommendedLists {
  const { domainStart, items } = dataset
  const k = Math.max(0, ...lists.map(({ length }) => length))
  const flat = new Int32Array(lists.length * k)
  for (const [c, list] of lists.entries()) flat.set(list, c * k)
  return {
    k,
    items: flat,
    start: Int32Array.from(caseDomains, (domain) => (ofAll ? 1 : domainStart[domain])),
    end: Int32Array.from(caseDomains, (domain) => (ofAll ? items.size : domainStart[domain + 1])),
    ...(split && { met: metInTraining(dataset, split) }),
    ...(dataset.categories && { category: itemCategories(dataset).ofItem }),
  }
}

/** How many users have training rows, and how many of them one of each item. */
function metInTraining({ items, log }: Dataset, { part }: Split): NonNullable<RecommendedLists['met']> {
  const each = new Int32Array(items.size)
  const last = new Int32Array(items.size).fill(-1)
  let users = 0
  let trained = -1
  // Rows of a user stand together.
  for (let row = 0; row < log.length; row++) {
    if (part[row] !== Part.train) continue
    const [user, item] = [log.user[row], log.item[row]]
    if (user !== trained) users++
    trained = user
    if (last[item] !== user) each[item]++
    last[item] = user
  }
  return { users, each }
}
