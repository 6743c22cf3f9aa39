import { type Dataset, Part, type Split } from './dataset.ts'
import type { Model, ScoringVectors } from './model.ts'
import type { Query, Scorer } from './query.ts'

/** The score of items without training rows in models that rank by vectors: below every item that learned, above those of other domains. */
export const UNLEARNED_SCORE = -1e8

/** Which users and items have training rows: 1, else 0. By id. */
export interface LearnedIds {
  readonly users: Uint8Array
  readonly items: Uint8Array
}

/** @param trains which training rows count; default all */
export function learnedIds(
  { log, users, items }: Dataset,
  { part }: Split,
  trains: (row: number) => boolean = () => true,
): LearnedIds {
  const learned = { users: new Uint8Array(users.size), items: new Uint8Array(items.size) }
  for (let row = 0; row < log.length; row++) {
    if (part[row] !== Part.train || !trains(row)) continue
    learned.users[log.user[row]] = 1
    learned.items[log.item[row]] = 1
  }
  return learned
}

/** The query as a model can answer it: a user without training rows is a stranger, items without are not in the history. */
export function learnedQuery(query: Query, { users, items }: LearnedIds): Query {
  const { user, history, values, ...rest } = query
  const knows = (item: number) => items[item] === 1
  return {
    ...rest,
    ...(user !== undefined && users[user] === 1 && { user }),
    history: history.filter(knows),
    ...(values && { values: values.filter((_, t) => knows(history[t])) }),
  }
}

/**
 * Lets a model whose vectors begin at random answer from what it learned alone: queries as `learnedQuery` says, and `UNLEARNED_SCORE` to
 * items without training rows. The split says all, so runs of any age are answered so. Changes the model and returns it.
 */
export function answerFromLearned<M extends Model>(model: M, dataset: Dataset, split: Split): M {
  const score = scoreFromLearned(model, dataset, split)
  if (score === undefined) return model
  model.score = score
  const vectors = model.can?.vectors
  if (vectors === undefined) return model
  const learned = learnedIds(dataset, split)
  const fromLearned = async (): Promise<ScoringVectors> => {
    const own = await vectors()
    return { ...own, of: (queries) => own.of(queries.map((query) => learnedQuery(query, learned))) }
  }
  return Object.assign(model, { can: { ...model.can, vectors: fromLearned } })
}

/** The scores of `answerFromLearned`, the scorer left as it is; undefined where everything learned. */
export function scoreFromLearned(scorer: Scorer, dataset: Dataset, split: Split): Scorer['score'] | undefined {
  const learned = learnedIds(dataset, split)
  if (!learned.users.includes(0) && !learned.items.includes(0, 1)) return undefined
  const score = scorer.score.bind(scorer)
  return async (queries, range) => {
    const scores = await score(
      queries.map((query) => learnedQuery(query, learned)),
      range,
    )
    const width = range.end - range.start
    for (let item = range.start; item < range.end; item++) {
      if (learned.items[item] === 1) continue
      for (let at = item - range.start; at < scores.length; at += width)
        scores[at] = Math.min(scores[at], UNLEARNED_SCORE)
    }
    return scores
  }
}
