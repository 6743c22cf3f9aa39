import { type Composed, compose, type Ingredients, type Plan } from '../serving/compose.ts'
import type { Decision } from '../serving/decision.ts'
import { questionOf } from '../serving/decisions.ts'
import { standIn, whereKnown } from '../serving/new-users.ts'
import { NO_PLACEMENT, type Placement } from '../serving/placements.ts'
import type { Asker } from './batcher.ts'
import type { ServerContext } from './context.ts'
import type { BatchedModel } from './models.ts'
import { ingredients, type ListRequest, planOf, questionFor } from './plans.ts'

/** A list, and whose it is. */
export interface ModelList {
  readonly model: BatchedModel
  readonly plan: Plan
  readonly source: Ingredients['source']
  readonly list: Composed
}

/**
 * A list as it is asked for now.
 * @param seed of what is drawn
 * @throws as `toQuestion`, `compose` and the batcher
 */
export async function composeFor(
  context: ServerContext,
  model: BatchedModel,
  placement: Placement,
  asked: ListRequest & { readonly domain: string },
  { at, seed, asker }: { readonly at: number; readonly seed: string; readonly asker: Asker },
) {
  const question = await questionFor(context, model, asked)
  const { query } = question
  const plan = await planOf(context, model, placement, asked, at)
  const known = whereKnown(model.dataset, query)
  const instead = standIn(model, asked.domain, known)
  const source: Ingredients['source'] = 'fallback' in instead ? 'fallback' : 'model'
  const kitchen = ingredients(context, model, source, { query, plan, now: at, asker })
  const list = await compose(kitchen, query, plan, { seed, now: at })
  return { model, question, plan, known, instead, source, list }
}

/** How a record is answered once more. */
interface Again {
  /** Absent: as the placement says, or as the model draws. */
  readonly policy?: Plan['policy'] | undefined
  readonly seed: string
  readonly k: number
  /** What stands on the pages before. */
  readonly above?: readonly string[]
  readonly asker: Asker
}

/**
 * A list by the question of a record: what its user had done by then, with the placement and the catalogue of now.
 * @throws as `compose` and the batcher
 */
export async function composeAgain(
  context: ServerContext,
  model: BatchedModel,
  decision: Decision,
  { policy, seed, k, above = [], asker }: Again,
): Promise<ModelList> {
  const name = decision.experiment?.placement ?? decision.placement
  const placement = (name === undefined ? undefined : context.placements.get(name)) ?? NO_PLACEMENT
  const { asked, domain, user, history } = decision
  const isKnown = model.dataset.domains.includes(domain)
  const nowhere = { query: { domain: -1, history: new Int32Array() } }
  const { query } = isKnown ? await questionOf(decision, model, context.histories) : nowhere
  const now = context.now()
  const planned = await planOf(context, model, placement, { ...asked, domain, user, history, k }, now)
  const plan = policy === undefined ? planned : { ...planned, policy }
  const instead = isKnown ? standIn(model, domain, whereKnown(model.dataset, query)) : {}
  const source = 'fallback' in instead ? 'fallback' : 'model'
  const kitchen = ingredients(context, model, source, { query, plan, now, asker })
  return { model, plan, source, list: await compose(kitchen, query, plan, { seed, now, above }) }
}
