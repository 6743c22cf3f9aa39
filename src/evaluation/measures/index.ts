import { type ModelSpec, ranksItems, type Task, TributaryError } from '../../core/index.ts'
import { episodes } from './episodes.ts'
import { labels } from './labels.ts'
import type { Episodes, Measure } from './measure.ts'
import { ranking } from './ranking.ts'
import { ratings } from './ratings.ts'

/** How models of each task are judged where nothing else is asked for: a policy ranks what it would take first. */
export const MEASURES: Readonly<Record<Task, Measure>> = { ranking, ctr: labels, rating: ratings, policy: ranking }

/**
 * How a model is judged: among simulated users, where that is asked of one that can act, else as its task is.
 * @throws TributaryError `bad-argument` for episodes of a model whose scores do not order items
 */
export function measureOf({ name, task }: Pick<ModelSpec, 'name' | 'task'>, asked?: Episodes | undefined): Measure {
  const own = MEASURES[task]
  if (asked === undefined) return own
  if (ranksItems(task)) return episodes
  throw new TributaryError(
    'bad-argument',
    `${name} ${own.does} and chooses no items, so it cannot act; leave out --episodes`,
  )
}

export { type Candidates, parseCandidates } from './candidates.ts'
export { type EpisodeEvaluation, type EpisodesProtocol, episodes, judgingEnvironment } from './episodes.ts'
export { labels } from './labels.ts'
export {
  askedBy,
  CASE_GROUPS,
  type CaseGroup,
  type Episodes,
  type Evaluated,
  type EvaluateOptions,
  type Measure,
  type Scores,
  toJson,
} from './measure.ts'
export type { PredictionEvaluation, PredictionProtocol } from './predictions.ts'
export { type Evaluation, evaluate, type Protocol, ranking } from './ranking.ts'
export { ratings } from './ratings.ts'
