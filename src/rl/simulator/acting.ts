import { isPolicy, type Policy, type Scorer, TributaryError } from '../../core/index.ts'

/**
 * A model as it acts: a policy by itself, any other as `actingScorer`, greedily. `acting` overrides how an item is taken.
 * @param temperature divides the scores of a model that draws, and makes any draw
 */
export function actingModel(model: Scorer, acting?: Policy['acting'], temperature?: number): Policy {
  const drawing = acting ?? (temperature === undefined ? undefined : 'sampled')
  const policy = isPolicy(model) ? ownActing(model, drawing) : actingScorer(model, drawing ?? 'greedy')
  return temperature === undefined ? policy : tempered(policy, temperature)
}

function ownActing(model: Policy, acting: Policy['acting'] | undefined): Policy {
  const { remembers, avoidsLeaving } = model
  return {
    acting: acting ?? model.acting,
    remembers,
    avoidsLeaving,
    score: (queries, range) => model.score(queries, range),
  }
}

/**
 * The same policy, its scores divided: below 1 it is surer of its best items, above 1 less sure.
 * @throws TributaryError `bad-argument` for what is no number above 0
 */
export function tempered(policy: Policy, temperature: number): Policy {
  if (!(temperature > 0 && Number.isFinite(temperature)))
    throw new TributaryError('bad-argument', `the temperature is ${temperature}; it must be a number above 0`)
  return {
    ...policy,
    score: async (queries, range) => (await policy.score(queries, range)).map((score) => score / temperature),
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
