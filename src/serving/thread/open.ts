import {
  byName,
  type ItemRange,
  type ListingScorer,
  type ListOptions,
  type Query,
  type Scorer,
} from '../../core/index.ts'
import { datasetOfShared, shareDataset } from '../../data/index.ts'
import type { Recommendation } from '../../evaluation/recommend.ts'
import { openPrerequisites } from '../../runs/open.ts'
import { openRun } from '../../runs/run.ts'
import type { OpenedModel, ServingOptions } from '../open-model.ts'
import type { SentLists } from './questions.ts'
import { LastingThread, ScoringThread } from './thread.ts'

/**
 * As `openModel`, but the model is in a thread of its own: what it computes holds up nothing else, and when it is disposed of all of its
 * memory is free. A thread that ends by itself is opened again. Dataset and log are in memory that both threads see, but for a dataset
 * with a truth, which each opens.
 * @throws TributaryError as `openModel`
 */
export async function openInThread(folder: string, options: ServingOptions): Promise<OpenedModel> {
  const { dataset: given, ...others } = options
  const { datasetFolder } = options
  const { dataset: found, ...run } = await openPrerequisites(await openRun(folder), {
    ...(given !== undefined && { dataset: given }),
    ...(datasetFolder !== undefined && { datasetFolder }),
  })
  const shared = shareDataset(found)
  const dataset = shared === undefined ? found : datasetOfShared(shared)
  const opening = { folder, options: others, dataset: shared }
  const { thread: first, opened } = await ScoringThread.open(opening)
  const thread = new LastingThread(first, async () => (await ScoringThread.open(opening)).thread)
  const scorer = new ThreadScorer(thread, opened.pairs)
  const floats = (kind: 'sources', queries: readonly Query[], items: Int32Array) =>
    thread.ask({ kind, queries, items }) as Promise<Float32Array>
  return {
    run: { ...run, dataset, model: { score: (queries, range) => scorer.score(queries, range), ...opened.acts } },
    served: {
      scorer,
      fallbacks: byName(opened.fallbacks),
      newUsers: byName(opened.newUsers),
      blends: byName(opened.blends),
      ...(opened.sources && { sources: (queries, items) => floats('sources', queries, items) }),
      dispose: () => thread.close(),
    },
  }
}

/** A class, so that whoever spreads it into a scorer with other scores does not take its lists along. */
class ThreadScorer implements ListingScorer {
  readonly #thread: LastingThread
  readonly scorePairs?: NonNullable<Scorer['scorePairs']>

  constructor(thread: LastingThread, pairs: boolean) {
    this.#thread = thread
    if (pairs)
      this.scorePairs = (queries, items) => thread.ask({ kind: 'pairs', queries, items }) as Promise<Float32Array>
  }

  score(queries: readonly Query[], range: ItemRange): Promise<Float32Array> {
    return this.#thread.ask({ kind: 'score', queries, range }) as Promise<Float32Array>
  }

  async lists(queries: readonly Query[], options: ListOptions): Promise<Recommendation[][]> {
    const { lengths, items, scores } = (await this.#thread.ask({ kind: 'lists', queries, options })) as SentLists
    let at = 0
    return Array.from(lengths, (length) => {
      const start = at
      at += length
      return Array.from({ length }, (_, i) => ({ item: items[start + i], score: scores[start + i] }))
    })
  }
}
