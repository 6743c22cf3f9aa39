import {
  allItems,
  type Dataset,
  domainItems,
  giveWay,
  type ItemRange,
  type Query,
  type Scorer,
  TributaryError,
} from '../core/index.ts'

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

/** Queries of one domain that are scored together, and the blocks of items that their scores come in. */
export interface Chunk {
  readonly domain: number
  /** Positions in the caller's queries. */
  readonly indices: readonly number[]
  /** Where the scores of each stand: a query that stands there several times is scored once. [indices] */
  readonly rows: readonly number[]
  readonly blocks: readonly ItemRange[]
  /** [rows, block size]; the scores of the last block are kept, so that asking again is free. */
  scores(block: ItemRange): Promise<Float32Array>
}

/** More queries in one call would only make the scorer's own memory grow. */
const MOST_QUERIES = 512

/** A block is narrower than the scope only where this many rows would not fit, since each block encodes the queries anew. */
const FEWEST_QUERIES = 16

/**
 * Calls `visit` for all queries, a domain at a time and in chunks whose scores keep to the memory; a scorer is asked for the
 * domain's items only.
 * @throws TributaryError `bad-argument` for an unknown domain, `bad-shape`, `interrupted`
 */
export async function forEachChunk(
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
      await giveWay(options.signal, () => `stopped after ${done} queries`)
      const indices = members.slice(from, from + height)
      const asked = [...new Set(indices.map((index) => queries[index]))]
      const rowOf = new Map(asked.map((query, row) => [query, row]))
      const rows = indices.map((index) => rowOf.get(queries[index])!)
      let kept: { block: ItemRange; scores: Float32Array } | undefined
      const scores = async (block: ItemRange): Promise<Float32Array> => {
        if (kept?.block !== block) kept = { block, scores: await scoreBlock(scorer, asked, block) }
        return kept.scores
      }
      await visit({ domain, indices, rows, blocks, scores })
      done += indices.length
      options.onProgress?.(done, queries.length)
    }
  }
}

function groupByDomain(dataset: Dataset, queries: readonly Query[]): Map<number, number[]> {
  const groups = new Map<number, number[]>()
  for (const [index, { domain }] of queries.entries()) {
    checkDomain(dataset, domain, index)
    const members = groups.get(domain)
    if (members === undefined) groups.set(domain, [index])
    else members.push(index)
  }
  return groups
}

function checkDomain(dataset: Dataset, domain: number, index: number): void {
  if (dataset.domains[domain] !== undefined) return
  throw new TributaryError(
    'bad-argument',
    `query ${index} asks for domain ${domain}, but '${dataset.name}' has domains 0 to ${dataset.domains.length - 1}`,
  )
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

/**
 * The scorer's `scorePairs` of one item a query, in calls of bounded size.
 * @throws TributaryError as `forEachChunk`, `bad-argument` for an item outside the scope, `not-finite`
 */
export async function scoreEachPair(
  scorer: Required<Pick<Scorer, 'scorePairs'>>,
  dataset: Dataset,
  queries: readonly Query[],
  items: Int32Array,
  { scope, signal, onProgress }: Omit<ScoringOptions, 'maskSeen'>,
): Promise<Float32Array> {
  for (const [index, { domain }] of queries.entries()) {
    checkDomain(dataset, domain, index)
    const range = scope === 'all' ? allItems(dataset) : domainItems(dataset, domain)
    if (!contains(range, items[index])) throw outsideScope(dataset, domain, index, items[index])
  }
  const scores = new Float32Array(queries.length)
  for (let from = 0; from < queries.length; from += MOST_QUERIES) {
    await giveWay(signal, () => `stopped after ${from} queries`)
    const asked = queries.slice(from, from + MOST_QUERIES)
    const own = items.subarray(from, from + asked.length)
    const given = await scorer.scorePairs(asked, own)
    if (given.length !== asked.length)
      throw new TributaryError('bad-shape', `the scorer returned ${given.length} scores for ${asked.length} pairs`)
    for (const [k, score] of given.entries()) if (Number.isNaN(score)) throw notFinite(own[k])
    scores.set(given, from)
    onProgress?.(from + asked.length, queries.length)
  }
  return scores
}

export function outsideScope(dataset: Dataset, domain: number, index: number, item: number): TributaryError {
  return new TributaryError(
    'bad-argument',
    `answer ${index} is item ${item}, outside the ranked items of domain '${dataset.domains[domain]}'`,
  )
}

export function contains(range: ItemRange, item: number): boolean {
  return item >= range.start && item < range.end
}

export function notFinite(item: number): TributaryError {
  return new TributaryError('not-finite', `the scorer gave NaN to item ${item}; every score must be a number`)
}
