import { TributaryError } from '../core/index.ts'
import type { Composed } from '../serving/compose.ts'
import type { DecidedExperiment, DecidingModel, Decision } from '../serving/decision.ts'
import { decidedItems, hashOf } from '../serving/decisions.ts'
import { seedOf, starterOf, type Team, type TeamItem, teamDraft } from '../serving/experiments/interleave.ts'
import type { Part } from '../serving/experiments/running.ts'
import type { Placement } from '../serving/placements.ts'
import type { Asker } from './batcher.ts'
import { composeAgain, composeFor, type ModelList } from './composed.ts'
import type { ServerContext } from './context.ts'
import type { ListRequest } from './plans.ts'

/** The model or alias that a placement or an arm names. */
export function nameIn(use: Placement['use']): string | undefined {
  return use && ('alias' in use ? use.alias : use.model)
}

/** What a list is to an experiment; none where the caller says which model answers. */
export async function partOf(
  context: ServerContext,
  { model, user, session, placement, domain }: ListRequest,
  own: Placement,
): Promise<Part | undefined> {
  if (model !== undefined) return undefined
  try {
    const part = await context.experiments.partOf({ user, session, placement, domain: domain ?? own.domain })
    if (part === undefined) return undefined
    const gone = goneOf(context, part)
    if (gone === undefined) return part
    sayOnce(context, part, gone)
    return undefined
  } catch (error) {
    // Users get a list, as if there were no experiment, and it counts for none.
    context.onError(error, 'experiment')
    return undefined
  }
}

/** What an arm names that is no longer there. */
function goneOf({ models, placements }: ServerContext, { arm }: Part): string | undefined {
  const use = nameIn(arm.use)
  if (use !== undefined && !models.has(use)) return `model '${use}'`
  return arm.placement !== undefined && placements.get(arm.placement) === undefined
    ? `placement '${arm.placement}'`
    : undefined
}

/** Of each server, what it has said already of the arms of an experiment that runs. */
const said = new WeakMap<ServerContext, Set<string>>()

/** Every request meets it, and one line says all. */
function sayOnce(context: ServerContext, { arm, experiment }: Part, gone: string): void {
  const known = said.get(context) ?? new Set()
  said.set(context, known)
  const message = `the arm '${arm.name}' of '${experiment.name}' has no ${gone} any more; its users get lists that are of no experiment`
  const start = `${experiment.startedAt} ${message}`
  if (known.has(start)) return
  known.add(start)
  context.onError(new TributaryError('unknown-name', message), 'experiment')
}

/** What is shown, and what its record says of it. */
export interface Shown {
  readonly list: Composed
  readonly experiment?: DecidedExperiment
  readonly interleaved?: readonly DecidingModel[]
}

/** How a list was asked for. */
interface AskedFor {
  readonly placement: Placement
  readonly asked: ListRequest & { readonly domain: string }
  readonly id: string
  readonly at: number
  readonly asker: Asker
}

/** The list of the arm; of an experiment that interleaves, one of both arms. */
export async function shownOf(
  context: ServerContext,
  part: Part | undefined,
  own: ModelList,
  { placement, asked, id, at, asker }: AskedFor,
): Promise<Shown> {
  if (part === undefined) return { list: own.list }
  const { decided, experiment } = part
  if (decided.mode !== 'interleave' || decided.override) return { list: own.list, experiment: decided }
  // A list that was filled up in place of a model is no list of that model.
  if (own.list.failure !== undefined) return { list: own.list }
  const [control, challenger] = experiment.arms
  try {
    const seed = seedOf(id, challenger.name)
    const other = await context.models.use(nameIn(challenger.use ?? placement.use), (model) =>
      composeFor(context, model, placement, asked, { at, seed, asker }),
    )
    if (other.list.failure !== undefined) throw other.list.failure
    const teams = [
      teamOf(context, own, control.name, id),
      teamOf(context, other, challenger.name, seed),
    ] as const satisfies readonly Team[]
    const starter = starterOf(id)
    const items: readonly TeamItem[] = teamDraft(teams, starter, { k: asked.k })
    return {
      list: { ...own.list, items, restricted: true },
      experiment: { ...decided, arm: teams[starter].arm },
      interleaved: [own, other].map((one, team) => decidingModel(one, teams[team].arm)),
    }
  } catch (error) {
    if (error instanceof TributaryError && error.code === 'interrupted') throw error
    context.onError(error, id)
    return { list: own.list }
  }
}

/**
 * The places of an interleaved list after those that its record has.
 * @param first those that stand above
 * @returns undefined where one of the models is gone, or has other weights
 */
export async function nextInterleaved(
  context: ServerContext,
  decision: Decision,
  { k, first, asker }: { readonly k: number; readonly first: Decision['items']; readonly asker: Asker },
): Promise<Composed | undefined> {
  const { interleaved = [], id } = decision
  const above = first.map(({ item }) => item)
  const lists: ModelList[] = []
  for (const [team, { model: name, weights, policy, arm }] of interleaved.entries()) {
    if (!context.models.names.includes(name)) return undefined
    const seed = team === 0 ? id : seedOf(id, arm)
    const list = await context.models.use(name, async (model) =>
      (model.weights ?? '') === weights
        ? composeAgain(context, model, decision, { policy, seed, k, above, asker })
        : undefined,
    )
    if (list === undefined) return undefined
    lists.push(list)
  }
  const [own, other] = lists
  const teams = [
    teamOf(context, own, interleaved[0].arm, id),
    teamOf(context, other, interleaved[1].arm, seedOf(id, interleaved[1].arm)),
  ] as const
  return { ...own.list, items: teamDraft(teams, starterOf(id), { k, above: first }), restricted: true }
}

function teamOf(context: ServerContext, { model, plan, source, list }: ModelList, arm: string, seed: string): Team {
  const { assortment } = context.catalogue.of(model.dataset)
  const fresh = new Set(list.news.map(({ name }) => name))
  const about = (item: string) => ({
    id: assortment.id(item) ?? 0,
    source: fresh.has(item) ? ('fresh' as const) : source,
  })
  return { arm, policy: plan.policy, seed, list, about }
}

function decidingModel({ model, plan, list }: ModelList, arm: string): DecidingModel {
  return {
    arm,
    model: model.name,
    weights: model.weights ?? '',
    policy: plan.policy,
    candidatesHash: hashOf(list.pool),
  }
}

/** Who asks for what nobody waits for. */
const NOBODY: Asker = { client: 'shadow' }

/** Adds to a record what the other arms of an experiment would have answered. Nobody waits for it, and no user sees it. */
export async function addShadow(context: ServerContext, { experiment }: Part, decision: Decision): Promise<void> {
  const own = context.placements.get(decision.placement ?? '')?.use
  try {
    const shadow = []
    for (const { name: arm, use = own } of experiment.arms.slice(1)) {
      const seed = seedOf(decision.id, arm)
      const made = await context.models.use(nameIn(use), (model) =>
        composeAgain(context, model, decision, { seed, k: decision.asked.k, asker: NOBODY }),
      )
      shadow.push({ ...decidingModel(made, arm), items: decidedItems(made.list) })
    }
    // Meanwhile it may have got another page.
    await context.store?.flush()
    const now = (await context.decisions.find(decision.id)) ?? decision
    context.decisions.put({ ...now, shadow })
  } catch (error) {
    // A server that has more to do than it can leaves shadows out.
    if (!(error instanceof TributaryError && error.code === 'overloaded')) context.onError(error, decision.id)
  }
}
