import type { output } from 'zod'
import { z } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type Policy,
  type Query,
  type TrainContext,
  type TrainEvent,
  type WorldModel,
} from '../core/index.ts'
import { NEVER, policyOptions } from '../families/acting/index.ts'
import { a2cOptions } from '../families/actor-critic/index.ts'
import { keptRewards } from '../math/index.ts'
import { loadWeights, trainOnce } from '../nn/index.ts'
import {
  type ActionSpace,
  actionSpace,
  believedEnvironment,
  type Environment,
  openWorldModel,
  parseLeaveRule,
  trainingView,
} from '../rl/index.ts'

const { worldModel, leave } = a2cOptions()
const { domain, learnsWith } = policyOptions('')

const config = z.object({ worldModel, domain, learnsWith, leave })

type GreedyConfig = output<typeof config>

interface Greedy extends Model, Policy {
  readonly space: ActionSpace
  /** R̂ [users + 1, A]: row 0 is the mean, for strangers. */
  readonly believed: Float32Array
  /** To be called when it changes. */
  changed(): void
}

function create(config: GreedyConfig, dataset: Dataset): Greedy {
  const space = actionSpace(dataset, config.domain, config.learnsWith)
  const { users, items } = space
  const A = items.length
  const believed = new Float32Array((users.length + 1) * A)
  const weights = new Map([['believed', { shape: [users.length + 1, A], data: believed }]])
  const rowOf = new Map(Array.from(users, (user, row) => [user, row + 1]))
  const columnOf = new Map(Array.from(items, (item, column) => [item, column]))
  const leave = config.leave.map(parseLeaveRule)
  let world: Pick<Environment, 'rules' | 'rewards'> | undefined
  const environment = () => {
    world ??= believedEnvironment(dataset, keptRewards({ users, items, values: believed.subarray(A) }), { leave })
    return world
  }
  const marks = new Uint8Array(A)
  /** 1 at items after which the user would leave, as far as is believed. */
  const marked = ({ history }: Query): Uint8Array => {
    const past = Int32Array.from(history, (item) => columnOf.get(item) ?? -1).filter((column) => column !== -1)
    marks.fill(0)
    for (const rule of environment().rules) rule.mark(past.subarray(rule.from(past.length)), marks)
    return marks
  }
  return {
    acting: 'greedy',
    remembers: 'episode',
    avoidsLeaving: false,
    space,
    believed,
    changed() {
      world = undefined
    },
    weights: () => weights,
    load(loaded) {
      loadWeights(weights, loaded)
      world = undefined
    },
    async score(queries, { start, end }) {
      const scores = new Float32Array(queries.length * (end - start)).fill(NEVER)
      for (const [q, query] of queries.entries()) {
        const first = A * (query.user === undefined ? 0 : (rowOf.get(query.user) ?? 0))
        const leaves = leave.length === 0 ? undefined : marked(query)
        // Behind all others, and in their order: an item may have to be taken nevertheless.
        const behind = leaves === undefined ? 0 : environment().rewards.max - environment().rewards.min + 1
        for (const [column, item] of items.entries())
          if (item >= start && item < end)
            scores[q * (end - start) + item - start] = believed[first + column] - (leaves?.[column] === 1 ? behind : 0)
      }
      return scores
    },
    async dispose() {},
  }
}

async function* train(model: Greedy, config: GreedyConfig, context: TrainContext): AsyncGenerator<TrainEvent> {
  const { rewards }: WorldModel = await openWorldModel(config.worldModel, model.space, context)
  const { believed, space } = model
  const A = space.items.length
  yield* trainOnce(
    {
      steps: 1,
      step() {
        const sums = new Float64Array(A)
        for (let row = 0; row < space.users.length; row++) {
          const own = rewards.row(row)
          believed.set(own, (row + 1) * A)
          for (let column = 0; column < A; column++) sums[column] += own[column]
        }
        for (let column = 0; column < A; column++) believed[column] = sums[column] / space.users.length
        model.changed()
        return space.users.length
      },
      // A policy has no honest judge before its test.
      choose: async () => ({ validation: {}, tried: [], reason: 'one pass is all it takes' }),
    },
    model,
    context,
  )
}

/** Plans nothing: a world model that is as good as its rewards needs no more, and one that errs is believed where it errs most. */
export const greedy = defineModel({
  name: 'greedy',
  task: 'policy',
  summary: 'takes the item that the world model believes to please the user most now, and plans nothing',
  unlearned: 'it believes what the world model does of every user and item of its action space',
  config,
  create: (config, dataset, split) => create(config, trainingView(dataset, split)),
  train,
})
