import type { Task } from '../../core/index.ts'
import { labels } from './labels.ts'
import type { Measure } from './measure.ts'
import { ranking } from './ranking.ts'
import { ratings } from './ratings.ts'

/** How models of each task are judged. A policy ranks what it would take first; what its episodes pay is measured by `simulate`. */
export const MEASURES: Readonly<Record<Task, Measure>> = { ranking, ctr: labels, rating: ratings, policy: ranking }

export { type Candidates, parseCandidates } from './candidates.ts'
export { labels } from './labels.ts'
export {
  askedBy,
  CASE_GROUPS,
  type CaseGroup,
  type Evaluated,
  type EvaluateOptions,
  type Measure,
  type Scores,
  toJson,
} from './measure.ts'
export type { PredictionEvaluation, PredictionProtocol } from './predictions.ts'
export { type Evaluation, evaluate, type Protocol, ranking } from './ranking.ts'
export { ratings } from './ratings.ts'
