import { TributaryError } from '../core/index.ts'
import { compose } from '../serving/compose.ts'
import type { Decision } from '../serving/decision.ts'
import { decidedItems, decisionId, drawnOfPages, questionOf, toDecision } from '../serving/decisions.ts'
import type { Part } from '../serving/experiments/running.ts'
import { FieldError, unknownField } from '../serving/field-error.ts'
import { standIn, whereKnown } from '../serving/new-users.ts'
import { NO_PLACEMENT, type Placement } from '../serving/placements.ts'
import type { Asker } from './batcher.ts'
import type { ServerContext } from './context.ts'
import { becauseOf, sourcesOf } from './explanations.ts'
import { RequestError } from './failure.ts'
import type { BatchedModel } from './models.ts'
import { domainOf, ingredients, type ListRequest, planOf, questionFor } from './plans.ts'

/**
 * One answer: a question of names, a draw with an id of its own, a record.
 * @throws TributaryError as `toQuestion` and the batcher; FieldError for an unknown placement, or a domain that is not its own
 */
export async function answerList(context: ServerContext, request: ListRequest, asker: Asker) {
  const asked = placementOf(context, request.placement)
  const part = await partOf(context, request, asked)
  const instead = part?.decided.placement
  // What an arm says nothing of is as in the place that was asked for.
  const placement = instead === undefined ? asked : { domain: asked.domain, ...placementOf(context, instead) }
  const name = request.model ?? nameIn(part?.arm.use ?? placement.use)
  return context.models.use(name, (model) => listOf(context, model, { placement, part }, request, asker))
}

function nameIn(use: Placement['use']): string | undefined {
  return use && ('alias' in use ? use.alias : use.model)
}

/** What the list is to an experiment; none where the caller says which model answers. */
async function partOf(
  { experiments, models, placements, onError }: ServerContext,
  { model, user, session, placement, domain }: ListRequest,
  own: Placement,
): Promise<Part | undefined> {
  if (model !== undefined) return undefined
  try {
    const part = await experiments.partOf({ user, session, placement, domain: domain ?? own.domain })
    if (part === undefined) return undefined
    const { arm, experiment } = part
    const use = nameIn(arm.use)
    const gone =
      use !== undefined && !models.has(use)
        ? `model '${use}'`
        : arm.placement !== undefined && placements.get(arm.placement) === undefined
          ? `placement '${arm.placement}'`
          : undefined
    if (gone === undefined) return part
    throw new TributaryError('unknown-name', `the arm '${arm.name}' of '${experiment.name}' has no ${gone} any more`)
  } catch (error) {
    // Users get a list, as if there were no experiment, and it counts for none.
    onError(error, 'experiment')
    return undefined
  }
}

function placementOf({ placements }: ServerContext, name: string | undefined): Placement {
  if (name === undefined) return NO_PLACEMENT
  const found = placements.get(name)
  if (found === undefined) throw unknownField('placement', name, 'placement', placements.names)
  return found
}

async function listOf(
  context: ServerContext,
  model: BatchedModel,
  { placement, part }: { readonly placement: Placement; readonly part: Part | undefined },
  request: ListRequest,
  asker: Asker,
) {
  const { metrics, decisions } = context
  const { name, dataset } = model
  const domain = domainOf(request, placement)
  const asked = { ...request, domain }
  const question = await questionFor(context, model, asked)
  const { query, ignored, sequence } = question
  const at = context.now()
  const id = decisionId(at)
  const plan = await planOf(context, model, placement, asked, at)
  const known = whereKnown(dataset, query)
  const instead = standIn(model, domain, known)
  const source = 'fallback' in instead ? 'fallback' : 'model'
  const kitchen = ingredients(context, model, source, { query, plan, now: at, asker })
  const list = await compose(kitchen, query, plan, { seed: id, now: at }).catch(blameValues(request))
  if (list.failure !== undefined) context.onError(list.failure, id)
  metrics.itemsReturned(name, domain, list.items.length)
  metrics.list(name, domain, known, Object.values(instead)[0] ?? name)
  const experiment = part?.decided
  if (experiment !== undefined) metrics.experiment(experiment.name, experiment.arm)
  const decision = toDecision({ id, at, model, asked, question, plan, list, experiment })
  if (request.log !== false) decisions.put(decision)
  const sources = request.sources ? await sourcesOf(model, query, list.items) : undefined
  const reasons = request.explain ? await becauseOf(model, query, list) : undefined
  return {
    id,
    model: versionOf(decision),
    ...instead,
    domain,
    ...(request.placement !== undefined && { placement: request.placement }),
    ...(experiment !== undefined && { experiment: { name: experiment.name, arm: experiment.arm } }),
    policy: { ...decision.policy, candidatesHash: decision.candidatesHash },
    known,
    items: decision.items.map((item, place) => ({ ...item, ...sources?.[place], ...reasons?.items[place] })),
    ...sources?.all,
    ...reasons?.all,
    ...(sequence !== undefined && { historySequence: String(sequence) }),
    historyUsed: query.history.length,
    ignored: [...ignored],
  }
}

/**
 * The places of a draw after those that its record has, which then has them, too.
 * @param after a page ends at this place, so that a page that was lost can be asked for again; default: what the record has
 * @throws TributaryError as `answerList`; RequestError 409 where the model has other weights by now
 */
export function answerNext(
  context: ServerContext,
  decision: Decision,
  page: { readonly k: number; readonly after?: number | undefined },
  asker: Asker,
) {
  if (!context.models.names.includes(decision.model)) throw gone(decision)
  return context.models.use(decision.model, (model) => nextOf(context, model, decision, page, asker))
}

async function nextOf(
  context: ServerContext,
  model: BatchedModel,
  decision: Decision,
  { k, after = decision.items.length }: Parameters<typeof answerNext>[2],
  asker: Asker,
) {
  if ((model.weights ?? '') !== decision.weights) throw gone(decision)
  if (after > decision.items.length)
    throw new FieldError(
      'bad-request',
      'after',
      `'after' is ${after}, but the list has ${decision.items.length} places so far`,
    )
  const name = decision.experiment?.placement ?? decision.placement
  const placement = (name === undefined ? undefined : context.placements.get(name)) ?? NO_PLACEMENT
  const { asked, domain, id } = decision
  const known = model.dataset.domains.includes(domain)
  const nowhere = { query: { domain: -1, history: new Int32Array() } }
  const { query } = known ? await questionOf(decision, model, context.histories) : nowhere
  const now = context.now()
  const request = { ...asked, domain, user: decision.user, history: decision.history, k }
  const plan = { ...(await planOf(context, model, placement, request, now)), policy: decision.policy }
  const first = decision.items.slice(0, after)
  const source = first.some((item) => item.source === 'fallback' && !item.filled) ? 'fallback' : 'model'
  const kitchen = ingredients(context, model, source, { query, plan, now, asker })
  const above = first.map(({ item }) => item)
  const list = await compose(kitchen, query, plan, { seed: id, now, above })
  const items = decidedItems(list)
  const rest = decision.items.slice(after + items.length)
  context.decisions.put({
    ...decision,
    ...drawnOfPages(decision, list, model.dataset),
    items: [...first, ...items, ...rest],
  })
  return { id, model: versionOf(decision), domain, items }
}

function gone(decision: Decision): RequestError {
  return new RequestError(409, `${versionOf(decision)}, which made this list, is no longer served; ask for a new list`)
}

/** The name of a model with the beginning of its weights' hash, where they have one. */
function versionOf({ model, weights }: Pick<Decision, 'model' | 'weights'>): string {
  return weights === '' ? model : `${model}@${weights.slice(0, 6)}`
}

/** Values far from those that a model was trained on may take its scores out of the range of numbers. */
function blameValues({ values }: Pick<ListRequest, 'values'>): (error: unknown) => never {
  return (error) => {
    if (values !== undefined && error instanceof TributaryError && error.code === 'not-finite')
      throw new FieldError(
        'bad-request',
        'values',
        "'values' leave the model without finite scores; send values like those of the log",
      )
    throw error
  }
}
