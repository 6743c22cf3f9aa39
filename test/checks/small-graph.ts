import type { Model, ModelSpec, NamedTensors, Tensor } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { times, type Vector } from './plain-algebra.ts'

/**
 * Three users and five items of two domains, drawn as a graph. Ann is known in both domains, Bob in both, Cid in books alone; Dora has no row
 * that trains. Ann bought b1 twice. Rows marked with a star do not train.
 */
const ROWS = [
  ['ann', 'b1', 'books', 1],
  ['ann', 'b1', 'books', 1],
  ['ann', 'b2', 'books', 2],
  ['ann', 'f1', 'films', 2],
  ['ann', 'f2', 'films', 1, '*'],
  ['bob', 'b2', 'books', 1],
  ['bob', 'f1', 'films', 1],
  ['bob', 'f2', 'films', 2],
  ['cid', 'b1', 'books', 2],
  ['cid', 'b3', 'books', 1],
  ['dora', 'b2', 'books', 1, '*'],
] as const

/** Who met what in training rows, with which value. */
export const EDGES = [
  ['ann', 'b1', 1],
  ['ann', 'b2', 2],
  ['ann', 'f1', 2],
  ['bob', 'b2', 1],
  ['bob', 'f1', 1],
  ['bob', 'f2', 2],
  ['cid', 'b1', 2],
  ['cid', 'b3', 1],
] as const

export const dataset = buildDataset('small graph', {
  user: ROWS.map(([user]) => user),
  item: ROWS.map(([, item]) => item),
  domain: ROWS.map(([, , domain]) => domain),
  value: ROWS.map(([, , , value]) => value),
})
/** Rows stand by user, in the order above. */
export const split = { name: 'by hand', part: Uint8Array.from(ROWS, (row) => (row[4] === '*' ? 2 : 0)) }

export const ITEMS = ['b1', 'b2', 'b3', 'f1', 'f2']
export const USERS = ['ann', 'bob', 'cid']
export const domainOf = (item: string) => (item.startsWith('b') ? 'books' : 'films')
export const itemId = (name: string) => dataset.items.id(name)!
export const userId = (name: string) => dataset.users.id(name)!

/** A model of drawn weights, in which nothing is small. */
export function drawnModel(spec: ModelSpec, options: Readonly<Record<string, unknown>>): Model {
  const config = spec.config.parse(options)
  const model = spec.create(config, dataset, split, { seed: 1, threads: 1 })
  const rng = createRng(5)
  const weights = new Map<string, Tensor>()
  for (const [name, { shape, data }] of model.weights()) {
    const values = Float32Array.from(data, () => 0.7 * rng.normal())
    if (['users', 'items'].includes(name)) values.fill(0, 0, shape[1])
    weights.set(name, { shape, data: values })
  }
  model.load(weights satisfies NamedTensors)
  return model
}

/** The scores of users for items, by name. */
export async function scoresByName(model: Model, users: readonly (string | undefined)[]) {
  const range = { start: 1, end: dataset.items.size }
  const none = { history: new Int32Array(0), domain: 0 }
  const scores = await model.score(
    users.map((user) => ({ ...none, ...(user !== undefined && { user: userId(user) }) })),
    range,
  )
  return (user: string | undefined, item: string) => scores[users.indexOf(user) * (range.end - 1) + itemId(item) - 1]
}

/** x / ‖x‖ */
export const unit = (x: Vector) => times(1 / Math.hypot(...x), x)
