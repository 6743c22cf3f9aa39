import {
  type ByName,
  byName,
  type Dataset,
  domainOfItem,
  Part,
  type Query,
  type Scorer,
  type Split,
  TributaryError,
} from '../../core/index.ts'
import { type Cases, candidatesFromFile, sampleNegatives } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { RANK_METRICS } from '../../metrics/index.ts'
import { rankAnswers } from '../recommend.ts'

/**
 * What an answer is ranked among: every item of its domain (`full`), the whole catalogue (`all`), n items of its domain that
 * the user never touched (`sampled`), or the rows of a file. Figures under different candidates must not be compared.
 */
export type Candidates =
  | { readonly kind: 'full' }
  | { readonly kind: 'all' }
  | { readonly kind: 'sampled'; readonly n: number; readonly seed: number }
  | { readonly kind: 'file'; readonly path: string }

/**
 * Reads `full`, `all`, `sampled:100` or the path of a file; whatever holds neither a dot nor a slash was meant as a word.
 * @throws TributaryError `bad-argument`
 */
export function parseCandidates(text: string, seed: number): Candidates {
  if (text === 'full' || text === 'all') return { kind: text }
  const n = /^sampled:(\d+)$/.exec(text)?.[1]
  if (n !== undefined && Number(n) > 0) return { kind: 'sampled', n: Number(n), seed }
  if (/[./\\]/.test(text)) return { kind: 'file', path: text }
  throw new TributaryError(
    'bad-argument',
    `candidates '${text}' are unknown; give full, all, sampled:100 (any number from 1) or the path of a file`,
  )
}

export interface EvaluateOptions {
  readonly candidates: Candidates
  /** Rule out seen rivals; with repeated pairs this gives answers away. */
  readonly maskSeen: boolean
  /** Of the random tie break. */
  readonly seed: number
  /** Where equal scores place the answer, see `rankAnswers`. Default `against`. */
  readonly ties?: 'against' | 'random' | undefined
  /** Which part the cases are, for the protocol. Default `test`. */
  readonly part?: 'test' | 'valid' | undefined
  /** With it the group `seenInTraining` is reported. */
  readonly split?: Split | undefined
  readonly memory?: number | undefined
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

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
}

/** `cases` and the mean of each metric over them; NaN (null in JSON) where there is no case. */
export type Scores = { readonly cases: number } & Readonly<Record<string, number>>

/** Cases worth a look of their own: the answer is not in the history, was in a training row, or its domain is in the history. */
export type CaseGroup = 'notRepeated' | 'seenInTraining' | 'historyInDomain'

export interface Evaluation {
  readonly protocol: Protocol
  /** In the dataset's order. */
  readonly domains: ByName<Scores>
  /** Means over all cases. */
  readonly overall: Scores
  /** Means over the domains that have cases, each counting the same. */
  readonly macro: Scores
  readonly groups: Readonly<Partial<Record<CaseGroup, Scores>>>
  /** Cases whose answer ties with a rival. */
  readonly tiedCases: number
  /** One entry a case from here on, for paired statistics. Candidates placed before the answer. */
  readonly ranks: Int32Array
  /** Rivals with exactly the answer's score. */
  readonly ties: Int32Array
  readonly answers: Int32Array
  readonly rows: Int32Array
  readonly users: Int32Array
  /** Domain index of each answer. */
  readonly caseDomains: Int32Array
  /** 1 for the cases of a group. */
  readonly members: Readonly<Partial<Record<CaseGroup, Uint8Array>>>
}

/**
 * Ranks each case's answer and averages the rank metrics over cases, per domain and in all.
 * @throws TributaryError as `rankAnswers`, `sampleNegatives` and `candidatesFromFile` do
 */
export async function evaluate(
  scorer: Scorer,
  dataset: Dataset,
  cases: Cases,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const { candidates, maskSeen, seed, ties = 'against' } = options
  const { answers, rows } = cases
  const queries = await withCandidates(dataset, cases, candidates)
  const ranked = await rankAnswers(scorer, dataset, queries, answers, {
    // A file may hold candidates of every domain, which must then be scored.
    scope: candidates.kind === 'full' || candidates.kind === 'sampled' ? 'domain' : 'all',
    maskSeen,
    ties,
    seed,
    memory: options.memory,
    onProgress: options.onProgress,
    signal: options.signal,
  })
  const caseDomains = Int32Array.from(answers, (answer) => domainOfItem(dataset, answer))
  const members = caseGroups(dataset, cases, caseDomains, options.split)
  const scores = (keep: (k: number) => boolean) => meanMetrics(ranked.ranks, keep)
  const domains = byName(dataset.domains.map((name, d) => [name, scores((k) => caseDomains[k] === d)]))
  return {
    protocol: {
      split: options.part ?? 'test',
      candidates: candidatesText(candidates),
      maskSeen,
      ties,
      seed,
      ...(candidates.kind === 'sampled' && { candidatesSeed: candidates.seed }),
    },
    domains,
    overall: scores(() => true),
    macro: macroMean([...domains.values()]),
    groups: Object.fromEntries(
      Object.entries(members).map(([name, member]) => [name, scores((k) => member[k] === 1)] as const),
    ),
    tiedCases: ranked.ties.reduce((count, tied) => count + (tied > 0 ? 1 : 0), 0),
    ...ranked,
    answers,
    rows,
    users: Int32Array.from(rows, (row) => dataset.log.user[row]),
    caseDomains,
    members,
  }
}

/** What `evaluate --json` prints, see docs/evaluation.md. JSON has no NaN: means over no cases become null. */
export function toJson(evaluation: Evaluation, model: string, datasetName: string): Record<string, unknown> {
  const { protocol, domains, overall, macro, groups, tiedCases } = evaluation
  return { model, dataset: datasetName, protocol, domains, overall, macro, groups, tiedCases }
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

async function withCandidates(dataset: Dataset, cases: Cases, candidates: Candidates): Promise<readonly Query[]> {
  if (candidates.kind === 'full' || candidates.kind === 'all') return cases.queries
  const negatives =
    candidates.kind === 'file'
      ? await candidatesFromFile(candidates.path, dataset, cases)
      : sampleNegatives(dataset, cases, { scope: 'domain', count: candidates.n, rng: createRng(candidates.seed) })
  return cases.queries.map((query, k) => ({ ...query, candidates: negatives[k] }))
}

function candidatesText(candidates: Candidates): string {
  if (candidates.kind === 'sampled') return `sampled:${candidates.n}`
  return candidates.kind === 'file' ? candidates.path : candidates.kind
}

function meanMetrics(ranks: Int32Array, keep: (k: number) => boolean): Scores {
  const sums = RANK_METRICS.map(() => 0)
  let cases = 0
  for (const [k, rank] of ranks.entries()) {
    if (!keep(k)) continue
    cases++
    for (const [m, metric] of RANK_METRICS.entries()) sums[m] += metric.value(rank)
  }
  return { cases, ...Object.fromEntries(RANK_METRICS.map((metric, m) => [metric.name, sums[m] / cases])) }
}

/** Over the domains that have cases, each counting the same. */
export function macroMean(domains: readonly Scores[]): Scores {
  const present = domains.filter((scores) => scores.cases > 0)
  const cases = present.reduce((sum, scores) => sum + scores.cases, 0)
  const names = Object.keys(domains[0] ?? {}).filter((name) => name !== 'cases')
  const mean = (name: string) => {
    // A domain of one class has no AUC.
    const values = present.map((scores) => scores[name]).filter((value) => !Number.isNaN(value))
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  return { cases, ...Object.fromEntries(names.map((name) => [name, mean(name)])) }
}

function caseGroups(
  dataset: Dataset,
  { queries, answers }: Cases,
  caseDomains: Int32Array,
  split: Split | undefined,
): Evaluation['members'] {
  const { domainStart } = dataset
  const notRepeated = Uint8Array.from(queries, ({ history }, k) => (history.includes(answers[k]) ? 0 : 1))
  const historyInDomain = Uint8Array.from(queries, ({ history }, k) => {
    const [start, end] = [domainStart[caseDomains[k]], domainStart[caseDomains[k] + 1]]
    return history.some((item) => item >= start && item < end) ? 1 : 0
  })
  if (split === undefined) return { notRepeated, historyInDomain }
  const trained = new Uint8Array(dataset.items.size)
  for (const [row, part] of split.part.entries()) if (part === Part.train) trained[dataset.log.item[row]] = 1
  return { notRepeated, historyInDomain, seenInTraining: Uint8Array.from(answers, (answer) => trained[answer]) }
}
