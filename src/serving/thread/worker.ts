// A thread that scores, so that the one that hears requests never waits for it.
import { parentPort, workerData } from 'node:worker_threads'
import { type Dataset, isPolicy, type ListOptions, type Query, type Scorer, TributaryError } from '../../core/index.ts'
import { datasetOfShared } from '../../data/index.ts'
import { type Recommendation, recommend } from '../../evaluation/recommend.ts'
import { release } from '../../tensor/index.ts'
import { type OpenedModel, openModel } from '../open-model.ts'
import type { Answer, Failure, Message, Opened, Opening, Question, SentLists } from './questions.ts'

/** A domain whose scores take more is scored in pieces: what is not in a list is forgotten. */
const MOST_SCORES_BYTES = 2 ** 24

const port = parentPort as NonNullable<typeof parentPort>

function openedOf({ run, served }: OpenedModel): Opened {
  const { scorer, fallbacks, newUsers, blends, sources } = served
  const acts = isPolicy(run.model)
    ? { acting: run.model.acting, remembers: run.model.remembers, avoidsLeaving: run.model.avoidsLeaving }
    : undefined
  return {
    ...{ fallbacks: [...fallbacks], newUsers: [...newUsers], blends: [...blends], acts },
    pairs: scorer.scorePairs !== undefined,
    sources: sources !== undefined,
  }
}

async function answer({ run, served }: OpenedModel, question: Question): Promise<Float32Array | SentLists> {
  const { queries } = question
  switch (question.kind) {
    case 'lists':
      return sent(await listsOf(served.scorer, run.dataset, queries, question.options))
    case 'score':
      return served.scorer.score(queries, question.range)
    case 'pairs':
      return served.scorer.scorePairs!(queries, question.items)
    case 'sources':
      return served.sources!(queries, question.items)
  }
}

/** Lists whose scores are freed as soon as they have been looked at. */
async function listsOf(scorer: Scorer, dataset: Dataset, queries: readonly Query[], options: ListOptions) {
  let last: Float32Array | undefined
  const free = () => {
    if (last !== undefined && last.byteLength === last.buffer.byteLength) release(last)
    last = undefined
  }
  const freed: Scorer = {
    async score(asked, range) {
      free()
      last = await scorer.score(asked, range)
      return last
    },
  }
  try {
    return await recommend(freed, dataset, queries, { memory: MOST_SCORES_BYTES, ...options })
  } finally {
    free()
  }
}

function sent(lists: readonly (readonly Recommendation[])[]): SentLists {
  const all = lists.flat()
  return {
    lengths: Int32Array.from(lists, ({ length }) => length),
    items: Int32Array.from(all, ({ item }) => item),
    scores: Float64Array.from(all, ({ score }) => score),
  }
}

function failureOf(error: unknown): Failure {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  return { code: error instanceof TributaryError ? error.code : undefined, message, stack }
}

/** Runs some work and sends what comes of it. */
async function tell(number: number, work: () => Promise<Answer['result']>): Promise<void> {
  try {
    const result = await work()
    port.postMessage({ number, result } satisfies Answer)
  } catch (error) {
    port.postMessage({ number, failure: failureOf(error) } satisfies Answer)
  }
}

const { folder, options, dataset } = workerData as Opening
const opening = openModel(folder, { ...options, ...(dataset && { dataset: datasetOfShared(dataset) }) })
await tell(0, async () => openedOf(await opening))
const working = new Set<Promise<void>>()
port.on('message', (message: Message) => {
  if (message.kind === 'close') {
    void close()
    return
  }
  const work = tell(message.number, async () => answer(await opening, message.question))
  working.add(work)
  void work.then(() => working.delete(work))
})

async function close(): Promise<void> {
  await Promise.all(working)
  // One that was never opened has nothing to free.
  await opening.then(({ served }) => served.dispose()).catch(() => {})
  port.close()
}
