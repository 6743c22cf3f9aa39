import { type ModelSpec, ranksItems, type Task, TributaryError } from '../../core/index.ts'
import { episodes } from './episodes.ts'
import { labels } from './labels.ts'
import type { EvaluateOptions, Measure } from './measure.ts'
import { positives } from './positives.ts'
import { ranking } from './ranking.ts'
import { ratings } from './ratings.ts'

/** How models of each task are judged where nothing else is asked for: a policy ranks what it would take first. */
export const MEASURES: Readonly<Record<Task, Measure>> = { ranking, ctr: labels, rating: ratings, policy: ranking }

/**
 * How a model is judged: among simulated users or by where the rows with high values rank, where that is asked, else as its
 * task is.
 * @throws TributaryError `bad-argument` for episodes of a model whose scores do not order items, and for both at once
 */
export function measureOf(
  { name, task }: Pick<ModelSpec, 'name' | 'task'>,
  { episodes: simulated, ranked }: Pick<EvaluateOptions, 'episodes' | 'ranked'> = {},
): Measure {
  const own = MEASURES[task]
  if (ranked && simulated !== undefined)
    throw new TributaryError(
      'bad-argument',
      'what is ranked is rows of the log, and episodes have none; leave out one of --rank and --episodes',
    )
  if (ranked) return positives
  if (simulated === undefined) return own
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
export { likedCases, positives } from './positives.ts'
export type { PredictionEvaluation, PredictionProtocol } from './predictions.ts'
export { type Evaluation, evaluate, type Protocol, ranking } from './ranking.ts'
export { ratings } from './ratings.ts'
