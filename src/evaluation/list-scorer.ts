import { type Dataset, type ModelSpec, ranksItems, type Scorer, type Split, scoreFromLearned } from '../core/index.ts'

/** A model with what it was made of. */
export interface ModelOfLists {
  readonly spec: Pick<ModelSpec, 'task' | 'unlearned'>
  readonly model: Scorer
  readonly dataset: Dataset
  readonly split: Split
}

/**
 * How a model orders items for `recommend` and `rankAnswers`. One that ranks does so by its scores, one that predicts by its predictions,
 * which stay what they are: no number stands below them all, so a model alone cannot put what it never learned last. In a list
 * such items do come last (`UNLEARNED_SCORE`) and such users are strangers, unless the model says why it knows them (`unlearned`).
 */
export function listScorer({ spec, model, dataset, split }: ModelOfLists): Scorer {
  if (ranksItems(spec.task) || spec.unlearned !== undefined) return model
  const score = scoreFromLearned(model, dataset, split)
  return score === undefined ? model : { score }
}
