import { isPolicy, type Policy, type Scorer } from '../../core/index.ts'

/** A model as it acts: a policy by itself, any other as `actingScorer`, greedily. `acting` overrides how an item is taken. */
export function actingModel(model: Scorer, acting?: Policy['acting']): Policy {
  if (!isPolicy(model)) return actingScorer(model, acting ?? 'greedy')
  const { remembers, avoidsLeaving } = model
  return {
    acting: acting ?? model.acting,
    remembers,
    avoidsLeaving,
    score: (queries, range) => model.score(queries, range),
  }
}

/** A scorer that was not made to act takes its best items, or draws them by softmax of its scores, knowing the user's log. */
export function actingScorer(scorer: Scorer, acting: Policy['acting']): Policy {
  return {
    acting,
    remembers: 'log',
    avoidsLeaving: false,
    score: (queries, range) => scorer.score(queries, range),
  }
}
