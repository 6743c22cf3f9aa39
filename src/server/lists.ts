import { type Dataset, TributaryError } from '../core/index.ts'
import type { Draw } from '../evaluation/decide.ts'
import { type Asked, toQuestion } from '../serving/ask.ts'
import type { DecidedItem, Decision } from '../serving/decision.ts'
import { decidedItems, decisionId, questionOf, rememberedSession, toDecision } from '../serving/decisions.ts'
import { FieldError } from '../serving/field-error.ts'
import { standIn, whereKnown } from '../serving/new-users.ts'
import { sourcesByName } from '../serving/served.ts'
import type { Asker, DecidedList } from './batcher.ts'
import type { ServerContext } from './context.ts'
import { RequestError } from './failure.ts'
import type { BatchedModel } from './models.ts'

/** A list that is asked for, all defaults filled in. */
export interface ListRequest extends Asked {
  readonly session?: string | undefined
  readonly k: number
  readonly maskSeen: boolean
  readonly sources?: boolean | undefined
  /** Whether there is to be a record of it. Default true. */
  readonly log?: boolean | undefined
}

/**
 * One answer: a question of names, a draw with an id of its own, a record.
 * @throws TributaryError as `toQuestion` and the batcher
 */
export async function answerList(
  { metrics, histories, decisions, ignoreUnknown }: ServerContext,
  model: BatchedModel,
  request: ListRequest,
  asker: Asker,
) {
  const { name, dataset, batcher, policy = { kind: 'greedy' } } = model
  const { k, maskSeen, sources, domain, session } = request
  const past = { session: rememberedSession(model, session) }
  const question = await toQuestion(request, dataset, { ignoreUnknown, histories, past })
  const { query, ignored, sequence } = question
  const at = Date.now()
  const id = decisionId(at)
  const draw: Draw = { policy, seed: id, k }
  const list = await batcher.decide(query, { draw, maskSeen, sources }, asker).catch(blameValues(request))
  const known = whereKnown(dataset, query)
  const instead = standIn(model, domain, known)
  metrics.itemsReturned(name, domain, list.items.length)
  metrics.list(name, domain, known, Object.values(instead)[0] ?? name)
  const source = 'fallback' in instead ? 'fallback' : 'model'
  const decision = toDecision({ id, at, model, asked: request, question, draw, maskSeen, list, source })
  if (request.log !== false) decisions.put(decision)
  return {
    id,
    model: versionOf(decision),
    ...instead,
    domain,
    policy: { ...decision.policy, candidatesHash: decision.candidatesHash },
    known,
    items: sourced(decision.items, list, dataset),
    ...namedSources(
      dataset,
      list.items.map(({ sources }) => sources),
    ),
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
  { histories, decisions }: ServerContext,
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
  const { dataset, batcher } = model
  const { query } = await questionOf(decision, model, histories)
  const first = decision.items.slice(0, after)
  const above = first.flatMap(({ item }) => dataset.items.id(item) ?? [])
  const draw: Draw = { policy: decision.policy, seed: decision.id, k, above }
  const list = await batcher.decide(query, { draw, maskSeen: decision.asked.maskSeen }, asker)
  const source = first.some((item) => item.source === 'fallback') ? 'fallback' : 'model'
  const items = decidedItems(list, dataset, source).map((item, index) => ({ ...item, rank: after + index + 1 }))
  const known = decision.items.slice(after + items.length)
  decisions.put({ ...decision, items: [...first, ...items, ...known] })
  return { id: decision.id, model: versionOf(decision), domain: decision.domain, items }
}

function gone(decision: Decision): RequestError {
  return new RequestError(409, `${versionOf(decision)}, which made this list, is no longer served; ask for a new list`)
}

/** The name of a model with the beginning of its weights' hash, where they have one. */
function versionOf({ model, weights }: Pick<Decision, 'model' | 'weights'>): string {
  return weights === '' ? model : `${model}@${weights.slice(0, 6)}`
}

function sourced(items: readonly DecidedItem[], list: DecidedList, dataset: Dataset) {
  return items.map((item, index) => ({ ...item, ...namedSources(dataset, [list.items[index]?.sources]) }))
}

function namedSources(
  dataset: Dataset,
  rows: readonly (Float32Array | undefined)[],
): { sources?: Readonly<Record<string, number>> } {
  const sources = sourcesByName(
    dataset,
    rows.filter((row) => row !== undefined),
  )
  return sources === undefined ? {} : { sources: sources.toJSON() }
}

/** Values far from those that a model was trained on may take its scores out of the range of numbers. */
function blameValues({ values }: ListRequest): (error: unknown) => never {
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
