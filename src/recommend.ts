import {
  allItems,
  createRng,
  type Dataset,
  domainItems,
  type ItemRange,
  type Query,
  type Scorer,
  TributaryError,
} from './core/index.ts'
import { TopItems } from './top-items.ts'

/** One entry of a list. `score` orders the items of this list and means nothing beside another. */
export interface Recommendation {
  readonly item: number
  readonly score: number
}

/** What is ranked: the items of the query's domain, or the whole catalogue. */
export type CandidateScope = 'domain' | 'all'

export interface ScoringOptions {
  /** Default `domain`. */
  readonly scope?: CandidateScope | undefined
  /** Rule out the items of the query's own history. */
  readonly maskSeen: boolean
  /** Bytes of scores asked for at a time; a call is never for fewer than 16 queries. Default 64 MiB. */
  readonly memory?: number | undefined
  /** Called after each chunk with the number of queries answered. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export interface RecommendOptions extends ScoringOptions {
  /** Length of each list; shorter where fewer items are left. */
  readonly k: number
}

/**
 * The one path from scores to ordered lists, best first, for serving, evaluation and simulation alike. Items of another
 * domain (unless `scope` is `all`), items in `exclude` and, if asked, seen items never appear; with `candidates` nothing else
 * does. Equal scores stand in the order of their ids. One list a query, in the order of the queries.
 * @throws TributaryError `bad-argument` for k < 1 or an unknown domain, `not-finite` for NaN scores, `bad-shape` when the
 * scorer returns another number of scores than was asked for, `interrupted` when stopped
 */
export async function recommend(
  scorer: Scorer,
  dataset: Dataset,
  queries: readonly Query[],
  options: RecommendOptions,
): Promise<Recommendation[][]> {
  const { k, maskSeen } = options
  if (!Number.isInteger(k) || k < 1)
    throw new TributaryError('bad-argument', `k is ${k}, but the length of a list must be a whole number of at least 1`)
  const lists: Recommendation[][] = new Array(queries.length)
  const done = new ItemMarks(dataset)
  await forEachChunk(scorer, dataset, queries, options, async (chunk) => {
    const tops = chunk.indices.map(() => new TopItems(k))
    for (const block of chunk.blocks) {
      const scores = await chunk.scores(block)
      for (const [row, index] of chunk.indices.entries()) {
        const query = queries[index]!
        const top = tops[row]!
        const offset = row * (block.end - block.start) - block.start
        done.clear()
        done.addAll(query.exclude)
        if (maskSeen) done.addAll(query.history)
        const offer = (item: number) => {
          const score = scores[offset + item]!
          if (Number.isNaN(score)) throw notFinite(item)
          if (top.admits(item, score) && done.add(item)) top.insert(item, score)
        }
        if (query.candidates === undefined) for (let item = block.start; item < block.end; item++) offer(item)
        else for (const item of query.candidates) if (contains(block, item)) offer(item)
      }
    }
    for (const [row, index] of chunk.indices.entries()) lists[index] = tops[row]!.sorted()
  })
  return lists
}

export interface RankOptions extends ScoringOptions {
  /**
   * Where equal scores place the answer: `against` puts it behind every candidate it ties with, so that a constant scorer
   * gets nothing; `random` draws its place among them, seeded for each case by its user, answer and
   * length of history, so that other cases do not matter. Default `against`.
   */
  readonly ties?: 'against' | 'random' | undefined
  /** Of the random tie break. Default 0. */
  readonly seed?: number | undefined
}

export interface Ranks {
  /** Candidates placed before the answer, one number a query; 0 is best. */
  readonly ranks: Int32Array
  /** Candidates with exactly the answer's score, whichever way they were placed. */
  readonly ties: Int32Array
}

/**
 * The place of each query's answer among its candidates: `query.candidates` where given, else every item of the scope. The
 * answer itself is always a candidate, also when it is excluded or stands in the history, and never its own rival; so with
 * `maskSeen` a repeated answer meets only unseen rivals, which gives it away. Rivals are counted, nothing is sorted.
 * @throws as `recommend`, and `bad-argument` for an answer outside the query's scope
 */
export async function rankAnswers(
  scorer: Scorer,
  dataset: Dataset,
  queries: readonly Query[],
  answers: Int32Array,
  options: RankOptions,
): Promise<Ranks> {
  if (answers.length !== queries.length)
    throw new TributaryError('bad-shape', `${answers.length} answers were given for ${queries.length} queries`)
  const { maskSeen } = options
  const ranks = new Int32Array(queries.length)
  const ties = new Int32Array(queries.length)
  const done = new ItemMarks(dataset)
  await forEachChunk(scorer, dataset, queries, options, async (chunk) => {
    const answerScores = await scoresOfAnswers(chunk, dataset, answers)
    for (const block of chunk.blocks) {
      const scores = await chunk.scores(block)
      const size = block.end - block.start
      for (const [row, index] of chunk.indices.entries()) {
        const query = queries[index]!
        const rivals = new RivalCount(scores.subarray(row * size, (row + 1) * size), block, answerScores[row]!)
        done.clear()
        done.add(answers[index]!)
        if (query.candidates === undefined) {
          rivals.addAll()
          if (contains(block, answers[index]!)) rivals.tied--
          const withdraw = (item: number) => contains(block, item) && done.add(item) && rivals.add(item, -1)
          query.exclude?.forEach(withdraw)
          if (maskSeen) query.history.forEach(withdraw)
        } else {
          done.addAll(query.exclude)
          if (maskSeen) done.addAll(query.history)
          for (const item of query.candidates) if (contains(block, item) && done.add(item)) rivals.add(item, 1)
        }
        ranks[index]! += rivals.higher
        ties[index]! += rivals.tied
      }
    }
  })
  placeAmongTies(ranks, ties, queries, answers, options)
  return { ranks, ties }
}

/**
 * The score of one item for each query, as pointwise metrics need it (predicted ratings and probabilities).
 * @throws as `rankAnswers`
 */
export async function scoreAnswers(
  scorer: Scorer,
  dataset: Dataset,
  queries: readonly Query[],
  answers: Int32Array,
  options: Omit<ScoringOptions, 'maskSeen'> = {},
): Promise<Float32Array> {
  const predictions = new Float32Array(queries.length)
  await forEachChunk(scorer, dataset, queries, { ...options, maskSeen: false }, async (chunk) => {
    const scores = await scoresOfAnswers(chunk, dataset, answers)
    for (const [row, index] of chunk.indices.entries()) predictions[index] = scores[row]!
  })
  return predictions
}

async function scoresOfAnswers(chunk: Chunk, dataset: Dataset, answers: Int32Array): Promise<Float32Array> {
  const answerScores = new Float32Array(chunk.indices.length).fill(Number.NaN)
  for (const index of chunk.indices) {
    if (chunk.blocks.some((block) => contains(block, answers[index]!))) continue
    throw new TributaryError(
      'bad-argument',
      `answer ${index} is item ${answers[index]}, outside the ranked items of domain '${dataset.domains[chunk.domain]}'`,
    )
  }
  for (const block of chunk.blocks) {
    if (!chunk.indices.some((index) => contains(block, answers[index]!))) continue
    const scores = await chunk.scores(block)
    for (const [row, index] of chunk.indices.entries()) {
      const answer = answers[index]!
      if (!contains(block, answer)) continue
      answerScores[row] = scores[row * (block.end - block.start) + answer - block.start]!
      if (Number.isNaN(answerScores[row])) throw notFinite(answer)
    }
  }
  return answerScores
}

/** Moves each rank, which counts strictly better rivals only, behind its ties or to a drawn place among them. */
function placeAmongTies(
  ranks: Int32Array,
  ties: Int32Array,
  queries: readonly Query[],
  answers: Int32Array,
  options: RankOptions,
): void {
  const rng = createRng(options.seed ?? 0).split('ties')
  for (const [index, { user, history }] of queries.entries()) {
    const tied = ties[index]!
    if (tied > 0 && options.ties === 'random')
      ranks[index]! += rng.split(user ?? 'stranger', history.length, answers[index]!).below(tied + 1)
    else ranks[index]! += tied
  }
}

/** Counts the items of one block that stand before or beside an answer of known score. */
class RivalCount {
  higher = 0
  tied = 0
  readonly #scores: Float32Array
  readonly #block: ItemRange
  readonly #answerScore: number

  constructor(scores: Float32Array, block: ItemRange, answerScore: number) {
    this.#scores = scores
    this.#block = block
    this.#answerScore = answerScore
  }

  /** `times` is −1 to take a counted item back. */
  add(item: number, times: 1 | -1): void {
    const score = this.#scores[item - this.#block.start]!
    if (score > this.#answerScore) this.higher += times
    else if (score === this.#answerScore) this.tied += times
    else if (Number.isNaN(score)) throw notFinite(item)
  }

  /** The inner loop of full ranking: three comparisons an item without a branch, since a branch would be mispredicted. */
  addAll(): void {
    const scores = this.#scores
    const answerScore = this.#answerScore
    let higher = 0
    let tied = 0
    let lower = 0
    for (let i = 0; i < scores.length; i++) {
      const score = scores[i]!
      higher += Number(score > answerScore)
      tied += Number(score === answerScore)
      lower += Number(score < answerScore)
    }
    if (higher + tied + lower !== scores.length) throw notFinite(this.#block.start + scores.findIndex(Number.isNaN))
    this.higher += higher
    this.tied += tied
  }
}

/** A set of items that is emptied in constant time. */
class ItemMarks {
  readonly #marks: Int32Array
  #current = 1

  constructor(dataset: Dataset) {
    this.#marks = new Int32Array(dataset.items.size)
  }

  clear(): void {
    this.#current++
  }

  /** Whether the item is new to the set. Ids beyond the catalogue never are. */
  add(item: number): boolean {
    if (item < 1 || item >= this.#marks.length || this.#marks[item] === this.#current) return false
    this.#marks[item] = this.#current
    return true
  }

  addAll(items: Int32Array | undefined): void {
    if (items !== undefined) for (const item of items) this.add(item)
  }
}

/** Queries of one domain that are scored together, and the blocks of items that their scores come in. */
interface Chunk {
  readonly domain: number
  /** Positions in the caller's queries. */
  readonly indices: readonly number[]
  readonly blocks: readonly ItemRange[]
  /** [indices, block size]; the scores of the last block are kept, so that asking again is free. */
  scores(block: ItemRange): Promise<Float32Array>
}

/** More queries in one call would only make the scorer's own memory grow. */
const MOST_QUERIES = 512

/** A block is narrower than the scope only where this many rows would not fit, since each block encodes the queries anew. */
const FEWEST_QUERIES = 16

async function forEachChunk(
  scorer: Scorer,
  dataset: Dataset,
  queries: readonly Query[],
  options: ScoringOptions,
  visit: (chunk: Chunk) => Promise<void>,
): Promise<void> {
  const budget = Math.max(FEWEST_QUERIES, Math.floor((options.memory ?? 64 * 2 ** 20) / Float32Array.BYTES_PER_ELEMENT))
  let done = 0
  for (const [domain, members] of groupByDomain(dataset, queries)) {
    const range = options.scope === 'all' ? allItems(dataset) : domainItems(dataset, domain)
    const width = Math.max(1, Math.min(range.end - range.start, Math.floor(budget / FEWEST_QUERIES)))
    const blocks: ItemRange[] = []
    for (let start = range.start; start < range.end; start += width)
      blocks.push({ start, end: Math.min(start + width, range.end) })
    const height = Math.min(MOST_QUERIES, Math.floor(budget / width))
    for (let from = 0; from < members.length; from += height) {
      if (options.signal?.aborted) throw new TributaryError('interrupted', `stopped after ${done} queries`)
      const indices = members.slice(from, from + height)
      const asked = indices.map((index) => queries[index]!)
      let kept: { block: ItemRange; scores: Float32Array } | undefined
      const scores = async (block: ItemRange): Promise<Float32Array> => {
        if (kept?.block !== block) kept = { block, scores: await scoreBlock(scorer, asked, block) }
        return kept.scores
      }
      await visit({ domain, indices, blocks, scores })
      done += indices.length
      options.onProgress?.(done, queries.length)
    }
  }
}

function groupByDomain(dataset: Dataset, queries: readonly Query[]): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const [index, { domain }] of queries.entries()) {
    if (dataset.domains[domain] === undefined)
      throw new TributaryError(
        'bad-argument',
        `query ${index} asks for domain ${domain}, but '${dataset.name}' has domains 0 to ${dataset.domains.length - 1}`,
      )
    const members = groups.get(domain)
    if (members === undefined) groups.set(domain, [index])
    else members.push(index)
  }
  return groups
}

async function scoreBlock(scorer: Scorer, queries: readonly Query[], block: ItemRange): Promise<Float32Array> {
  const scores = await scorer.score(queries, block)
  const expected = queries.length * (block.end - block.start)
  if (scores.length !== expected)
    throw new TributaryError(
      'bad-shape',
      `the scorer returned ${scores.length} scores for ${queries.length} queries × ${block.end - block.start} items; ${expected} are right`,
    )
  return scores
}

function contains(range: ItemRange, item: number): boolean {
  return item >= range.start && item < range.end
}

function notFinite(item: number): TributaryError {
  return new TributaryError('not-finite', `the scorer gave NaN to item ${item}; every score must be a number`)
}
