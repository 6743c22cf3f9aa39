import { z } from 'zod'
import { type RewardMatrix, TributaryError, type Vectors, type WorldModel } from '../core/index.ts'
import { a2cOptions, defineActorCritic } from '../families/actor-critic/index.ts'
import { denseRewards, factorizedRewards } from '../math/index.ts'
import { type ActionSpace, openWorldModel, payMatrix } from '../rl/index.ts'

/** r = G[u, a], shifted. */
export const gt = defineActorCritic({
  name: 'gt',
  summary: 'learns in the truth that judges it: a bound for what the others may hope for, no rival',
  config: z.object(a2cOptions({ embeddings: 'scratch' })),
  async world({ worldModel, embeddings }, space, context): Promise<WorldModel> {
    const { name, truth } = context.dataset
    if (truth === undefined)
      throw new TributaryError(
        'bad-dataset',
        `gt learns in the truth, and '${name}' has none; import it with --truth FILE, a table of user, item and reward, or with a reader that brings one (coat, kuairec, kuairand, yahoo-r3)`,
      )
    const known = embeddings === 'worldModel' ? await openWorldModel(worldModel, space, context) : undefined
    const nothing: Vectors = { width: 0, data: new Float32Array(0) }
    return {
      rewards: inOrderOf(space, truth, name),
      variance: zero(space),
      itemVectors: known?.itemVectors ?? nothing,
      userVectors: known?.userVectors ?? nothing,
      inversePropensity: false,
    }
  },
  shaper: (config, { world }) => payMatrix(world.rewards, config),
})

/** The truth with its rows and columns in the order of the action space. */
function inOrderOf({ users, items }: ActionSpace, truth: RewardMatrix, name: string): RewardMatrix {
  const rows = placesOf(users, truth.users, 'user', name)
  const columns = placesOf(items, truth.items, 'item', name)
  if (truth.factors === undefined) {
    const values = new Float32Array(users.length * items.length)
    for (const [r, row] of rows.entries())
      for (const [c, column] of columns.entries()) values[r * items.length + c] = truth.at(row, column)
    return denseRewards({ users, items, values })
  }
  const { width } = truth.factors
  const taken = (places: Int32Array, factors: Float32Array) =>
    Float32Array.from(
      { length: places.length * width },
      (_, i) => factors[places[Math.floor(i / width)] * width + (i % width)],
    )
  return factorizedRewards({
    users,
    items,
    width,
    userFactors: taken(rows, truth.factors.users),
    itemFactors: taken(columns, truth.factors.items),
  })
}

function placesOf(wanted: Int32Array, known: Int32Array, kind: string, name: string): Int32Array {
  const places = new Map<number, number>()
  for (const [place, id] of known.entries()) places.set(id, place)
  return wanted.map((id) => {
    const place = places.get(id)
    if (place !== undefined) return place
    throw new TributaryError(
      'bad-config',
      `gt learns in the truth, and that of '${name}' does not know ${kind} ${id}; set domain to that of the truth`,
    )
  })
}

/** It is sure of everything. */
function zero({ users, items }: ActionSpace): RewardMatrix {
  return factorizedRewards({
    users,
    items,
    width: 1,
    userFactors: new Float32Array(users.length),
    itemFactors: new Float32Array(items.length),
  })
}
