import { type Dataset, type ItemRange, makesLists, type Query, type Scorer, TributaryError } from '../core/index.ts'
import { createRng } from '../math/index.ts'
import {
  type Chunk,
  contains,
  forEachChunk,
  notFinite,
  outsideScope,
  type ScoringOptions,
  scoreEachPair,
} from './scoring.ts'
import { TopItems } from './top-items.ts'

export type { CandidateScope, ScoringOptions } from './scoring.ts'

/** One entry of a list. `score` orders the items of this list and means nothing beside another. */
export interface Recommendation {
  readonly item: number
  readonly score: number
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
  const { k } = options
  if (!Number.isInteger(k) || k < 1)
    throw new TributaryError('bad-argument', `k is ${k}, but the length of a list must be a whole number of at least 1`)
  if (makesLists(scorer)) {
    const { maskSeen, scope } = options
    return scorer.lists(queries, { k, maskSeen, scope })
  }
  const lists: Recommendation[][] = new Array(queries.length)
  const maker = new ListMaker(dataset, queries, options)
  await forEachChunk(scorer, dataset, queries, options, async (chunk) => {
    maker.begin(chunk)
    for (const block of chunk.blocks) maker.offer(block, await chunk.scores(block))
    for (const [index, list] of maker.lists()) lists[index] = list
  })
  return lists
}

/** Makes the lists of a chunk's queries of its scores, block after block. */
class ListMaker {
  readonly #queries: readonly Query[]
  readonly #options: RecommendOptions
  readonly #done: ItemMarks
  #tops: readonly { readonly index: number; readonly row: number; readonly top: TopItems }[] = []

  constructor(dataset: Dataset, queries: readonly Query[], options: RecommendOptions) {
    this.#queries = queries
    this.#options = options
    this.#done = marksOf(dataset)
  }

  begin(chunk: Chunk): void {
    this.#tops = chunk.indices.map((index, i) => ({ index, row: chunk.rows[i], top: new TopItems(this.#options.k) }))
  }

  offer(block: ItemRange, scores: Float32Array): void {
    const done = this.#done
    for (const { index, row, top } of this.#tops) {
      const query = this.#queries[index]
      const offset = row * (block.end - block.start) - block.start
      done.clear()
      done.addAll(query.exclude)
      if (this.#options.maskSeen) done.addAll(query.history)
      const offer = (item: number) => {
        const score = scores[offset + item]
        if (Number.isNaN(score)) throw notFinite(item)
        if (top.admits(item, score) && done.add(item)) top.insert(item, score)
      }
      if (query.candidates === undefined) for (let item = block.start; item < block.end; item++) offer(item)
      else for (const item of query.candidates) if (contains(block, item)) offer(item)
    }
  }

  /** Each with the place of its query, best first. */
  lists(): (readonly [number, Recommendation[]])[] {
    return this.#tops.map(({ index, top }) => [index, top.sorted()])
  }
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
  /** Makes the lists of so many items as well, as `recommend` does. Default 0: none. */
  readonly k?: number | undefined
  /** Items that are no rivals of each answer, though they would be recommended. [queries] */
  readonly apart?: readonly Int32Array[] | undefined
}

export interface Ranks {
  /** Candidates placed before the answer, one number a query; 0 is best. */
  readonly ranks: Int32Array
  /** Candidates with exactly the answer's score, whichever way they were placed. */
  readonly ties: Int32Array
  /** The items that would be recommended for each query, best first; where they are asked for. */
  readonly lists?: readonly Int32Array[]
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
  const { maskSeen, k = 0, apart } = options
  const lists: Int32Array[] = []
  const maker = k > 0 ? new ListMaker(dataset, queries, { ...options, k }) : undefined
  const ranks = new Int32Array(queries.length)
  const ties = new Int32Array(queries.length)
  const done = marksOf(dataset)
  await forEachChunk(scorer, dataset, queries, options, async (chunk) => {
    const answerScores = await scoresOfAnswers(chunk, dataset, answers)
    maker?.begin(chunk)
    for (const block of chunk.blocks) {
      const scores = await chunk.scores(block)
      maker?.offer(block, scores)
      const size = block.end - block.start
      for (const [i, index] of chunk.indices.entries()) {
        const query = queries[index]
        const answer = { item: answers[index], score: answerScores[i] }
        const row = chunk.rows[i]
        const rivals = new RivalCount(scores.subarray(row * size, (row + 1) * size), block, answer)
        done.clear()
        done.add(answer.item)
        if (query.candidates === undefined) {
          rivals.addAll()
          if (contains(block, answer.item)) rivals.tied--
          const withdraw = (item: number) => contains(block, item) && done.add(item) && rivals.add(item, -1)
          query.exclude?.forEach(withdraw)
          apart?.[index].forEach(withdraw)
          if (maskSeen) query.history.forEach(withdraw)
        } else {
          done.addAll(query.exclude)
          done.addAll(apart?.[index])
          if (maskSeen) done.addAll(query.history)
          for (const item of query.candidates) if (contains(block, item) && done.add(item)) rivals.add(item, 1)
        }
        ranks[index] += rivals.higher
        ties[index] += rivals.tied
      }
    }
    for (const [index, list] of maker?.lists() ?? []) lists[index] = Int32Array.from(list, ({ item }) => item)
  })
  placeAmongTies(ranks, ties, queries, answers, options)
  return { ranks, ties, ...(maker && { lists }) }
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
  const { scorePairs } = scorer
  if (scorePairs !== undefined)
    return scoreEachPair({ scorePairs: scorePairs.bind(scorer) }, dataset, queries, answers, options)
  const predictions = new Float32Array(queries.length)
  await forEachChunk(scorer, dataset, queries, { ...options, maskSeen: false }, async (chunk) => {
    const scores = await scoresOfAnswers(chunk, dataset, answers)
    for (const [i, index] of chunk.indices.entries()) predictions[index] = scores[i]
  })
  return predictions
}

/** [indices of the chunk] */
async function scoresOfAnswers(chunk: Chunk, dataset: Dataset, answers: Int32Array): Promise<Float32Array> {
  const answerScores = new Float32Array(chunk.indices.length).fill(Number.NaN)
  for (const index of chunk.indices) {
    if (chunk.blocks.some((block) => contains(block, answers[index]))) continue
    throw outsideScope(dataset, chunk.domain, index, answers[index])
  }
  for (const block of chunk.blocks) {
    if (!chunk.indices.some((index) => contains(block, answers[index]))) continue
    const scores = await chunk.scores(block)
    for (const [i, index] of chunk.indices.entries()) {
      const answer = answers[index]
      if (!contains(block, answer)) continue
      answerScores[i] = scores[chunk.rows[i] * (block.end - block.start) + answer - block.start]
      if (Number.isNaN(answerScores[i])) throw notFinite(answer)
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
    const tied = ties[index]
    if (tied > 0 && options.ties === 'random')
      ranks[index] += rng.split(user ?? 'stranger', history.length, answers[index]).below(tied + 1)
    else ranks[index] += tied
  }
}

/** Counts the items of one block that stand before or beside an answer of known score. */
class RivalCount {
  higher = 0
  tied = 0
  readonly #scores: Float32Array
  readonly #block: ItemRange
  readonly #answerScore: number
  readonly #holdsAnswer: boolean

  constructor(scores: Float32Array, block: ItemRange, answer: { readonly item: number; readonly score: number }) {
    this.#scores = scores
    this.#block = block
    this.#answerScore = answer.score
    this.#holdsAnswer = contains(block, answer.item)
  }

  /** `times` is −1 to take a counted item back. */
  add(item: number, times: 1 | -1): void {
    const score = this.#scores[item - this.#block.start]
    if (score > this.#answerScore) this.higher += times
    else if (score === this.#answerScore) this.tied += times
    else if (Number.isNaN(score)) throw notFinite(item)
  }

  /**
   * Every item of the block. The inner loop of full ranking, so no branch (it would be mispredicted), integer sums and four
   * items a turn: 1.7 ns an item where the plain loop takes 4.9.
   */
  addAll(): void {
    const scores = this.#scores
    const answerScore = this.#answerScore
    const { length } = scores
    let higher = 0
    let lower = 0
    let i = 0
    for (; i + 3 < length; i += 4) {
      const a = scores[i]
      const b = scores[i + 1]
      const c = scores[i + 2]
      const d = scores[i + 3]
      higher =
        (higher +
          Number(a > answerScore) +
          Number(b > answerScore) +
          Number(c > answerScore) +
          Number(d > answerScore)) |
        0
      lower =
        (lower +
          Number(a < answerScore) +
          Number(b < answerScore) +
          Number(c < answerScore) +
          Number(d < answerScore)) |
        0
    }
    for (; i < length; i++) {
      higher += Number(scores[i] > answerScore)
      lower += Number(scores[i] < answerScore)
    }
    const tied = length - higher - lower
    // NaN is neither higher nor lower. Mostly the answer alone is left; more are worth a look.
    if (tied > 1 || (tied === 1 && !this.#holdsAnswer)) refuseNaN(scores, this.#block.start)
    this.higher += higher
    this.tied += tied
  }
}

function refuseNaN(scores: Float32Array, firstItem: number): void {
  for (let i = 0; i < scores.length; i++) if (Number.isNaN(scores[i])) throw notFinite(firstItem + i)
}

const marks = new WeakMap<Dataset, ItemMarks>()

/** One for all questions about a dataset, each of which uses it for a while in which nothing else runs: to make them is what a short one costs. */
function marksOf(dataset: Dataset): ItemMarks {
  const known = marks.get(dataset)
  if (known !== undefined) return known
  const made = new ItemMarks(dataset)
  marks.set(dataset, made)
  return made
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
    if (this.#current < 2 ** 31) return
    this.#marks.fill(0)
    this.#current = 1
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
