import { TributaryError } from '../core/index.ts'
import type { Decision } from '../serving/decision.ts'
import { decidedItems, decisionId, drawnOfPages, toDecision } from '../serving/decisions.ts'
import type { Part } from '../serving/experiments/running.ts'
import { FieldError, unknownField } from '../serving/field-error.ts'
import { NO_PLACEMENT, type Placement } from '../serving/placements.ts'
import { addShadow, nameIn, nextInterleaved, partOf, shownOf } from './arms.ts'
import type { Asker } from './batcher.ts'
import { composeAgain, composeFor } from './composed.ts'
import type { ServerContext } from './context.ts'
import { becauseOf, sourcesOf } from './explanations.ts'
import { RequestError } from './failure.ts'
import type { BatchedModel } from './models.ts'
import { domainOf, type ListRequest } from './plans.ts'

/**
 * One answer: a question of names, a draw with an id of its own, a record.
 * @throws TributaryError as `toQuestion` and the batcher; FieldError for an unknown placement, or a domain that is not its own
 */
export async function answerList(context: ServerContext, request: ListRequest, asker: Asker) {
  const start = performance.now()
  const asked = placementOf(context, request.placement)
  const part = await partOf(context, request, asked)
  const instead = part?.decided.placement
  // What an arm says nothing of is as in the place that was asked for.
  const placement = instead === undefined ? asked : { domain: asked.domain, ...placementOf(context, instead) }
  const name = request.model ?? nameIn(part?.arm.use ?? placement.use)
  return context.models.use(name, (model) => listOf(context, model, { placement, part, start }, request, asker))
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
  {
    placement,
    part,
    start,
  }: { readonly placement: Placement; readonly part: Part | undefined; readonly start: number },
  request: ListRequest,
  asker: Asker,
) {
  const { metrics, traffic, decisions } = context
  const { name } = model
  const domain = domainOf(request, placement)
  const asked = { ...request, domain }
  const at = context.now()
  const id = decisionId(at)
  const own = await composeFor(context, model, placement, asked, { at, seed: id, asker }).catch(blameValues(request))
  const { question, plan, known, instead } = own
  const { query, ignored, sequence } = question
  const { list, experiment, interleaved } = await shownOf(context, part, own, { placement, asked, id, at, asker })
  if (list.failure !== undefined) context.onError(list.failure, id)
  metrics.itemsReturned(name, domain, list.items.length)
  metrics.list(name, domain, known, Object.values(instead)[0] ?? name)
  if (experiment !== undefined) metrics.experiment(experiment.name, experiment.arm)
  traffic.list({
    ...{ model: name, domain, known, k: asked.k, items: list.items, instead },
    assortment: context.catalogue.of(model.dataset).assortment,
    failed: list.failure !== undefined,
    ownIds: interleaved === undefined,
  })
  const decision: Decision = {
    ...toDecision({ id, at, model, asked, question, plan, list, experiment }),
    took: Math.round(10 * (performance.now() - start)) / 10,
    ...(interleaved !== undefined && { interleaved }),
  }
  if (request.log !== false) {
    decisions.put(decision)
    if (part !== undefined && experiment?.mode === 'shadow' && !experiment.override)
      void addShadow(context, part, decision)
  }
  // A list of two models has no reasons that are those of one.
  const explained = interleaved === undefined
  const sources = request.sources && explained ? await sourcesOf(model, query, list.items) : undefined
  const reasons = request.explain && explained ? await becauseOf(model, query, list) : undefined
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
  const { domain, id, policy } = decision
  const first = decision.items.slice(0, after)
  const above = first.map(({ item }) => item)
  const list =
    decision.interleaved === undefined
      ? (await composeAgain(context, model, decision, { policy, seed: id, k, above, asker })).list
      : await nextInterleaved(context, decision, { k, first, asker })
  if (list === undefined) throw gone(decision)
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
