import type { NamedTensors, Tensor } from '../../src/core/index.ts'
import type { Behaviors, Build, Entity, Network, Side } from '../../src/families/two-sided/index.ts'
import { createRng } from '../../src/math/index.ts'
import { createDropout, createParameters } from '../../src/nn/index.ts'
import { add, cast, compile, gather, grad, input, multiply, type Sym, sum } from '../../src/tensor/index.ts'

// Runs the network of a cross-domain model alone, on the reference executor: behaviors and histories are written out, weights are
// drawn, and nothing is trained.

/** A row of the log with what its user had liked before, oldest first. */
export interface BehaviorRow {
  readonly user: number
  readonly item: number
  readonly target: readonly number[]
  readonly source: readonly number[]
}

export type Batch = Readonly<Record<Side, readonly BehaviorRow[]>>

export interface NetworkRun {
  readonly target: readonly number[]
  /** Absent where the network has no source logits. */
  readonly source?: readonly number[]
  readonly penalty?: number
  /** Tables and parameters, drawn anew unless given; row 0 of a table is zero. */
  readonly weights: NamedTensors
  /** Gradients of the sum of all logits, the source's twice, and the penalty, by weight. */
  readonly gradients: NamedTensors
  /** Names of the fed inputs of behaviors: `target/item`, `target/liked/source/items`, …. */
  readonly reads: readonly string[]
  readonly features: NamedTensors
  readonly heads: readonly string[]
}

/** Ids 0 … 8 of users, 0 … 15 of items, 0 … 4 of categories. */
const ROWS: Readonly<Record<Entity, number>> = { user: 9, item: 16, category: 5 }

export const categoryOf = (item: number) => (item === 0 ? 0 : 1 + (item % 4))

/** @param padding what stands where a history is shorter than what is looked at; masked, so it must not matter */
export async function runNetwork(
  network: (build: Build) => Network,
  batch: Batch,
  { weights: given, padding = 0 }: { readonly weights?: NamedTensors; readonly padding?: number } = {},
): Promise<NetworkRun> {
  const feeds: Record<string, Tensor> = {}
  const parameters = createParameters(createRng(1))
  const tables = new Map<string, { symbol: Sym; tensor: Tensor<Float32Array> }>()
  const build: Build = {
    parameters,
    dropout: createDropout(0),
    target: behaviorsOf('target', batch.target, padding, feeds),
    source: behaviorsOf('source', batch.source, padding, feeds),
    embed(entity, ids, width, table = entity) {
      if (!tables.has(table)) {
        const shape = [ROWS[entity], width]
        tables.set(table, { symbol: input(table, shape), tensor: { shape, data: new Float32Array(shape[0] * width) } })
      }
      return gather(tables.get(table)!.symbol, ids)
    },
    // As when scoring: an affine map of each column.
    batchNorm(name, x, width) {
      const declare = (part: string) => parameters.declare(`${name}/${part}`, [width], () => {})
      return add(multiply(x, declare('gain')), declare('bias'))
    },
  }
  const built = network(build)
  const items = { shape: [4], data: Int32Array.of(1, 7, 15, 0) }
  feeds['features/items'] = items
  feeds['features/categories'] = { shape: [4], data: items.data.map(categoryOf) }
  const features = (side: Side) =>
    built.features(side, input('features/items', ['F'], 'int32'), input('features/categories', ['F'], 'int32'))

  const symbols = new Map([...parameters.symbols, ...[...tables].map(([name, { symbol }]) => [name, symbol] as const)])
  const weights = new Map([...parameters.tensors, ...[...tables].map(([name, { tensor }]) => [name, tensor] as const)])
  for (const [name, { shape, data }] of weights) {
    const rng = createRng(2).split(name)
    for (let i = tables.has(name) ? shape[1] : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
    const fixed = given?.get(name)
    if (fixed !== undefined) data.set(fixed.data)
  }

  const parts = [sum(built.target), built.source && multiply(sum(built.source), 2), built.penalty]
  const total = parts.filter((part) => part !== undefined).reduce((a, b) => add(a, b))
  const names = [...symbols.keys()]
  const gradients = grad(total, [...symbols.values()])
  const outputs: Record<string, Sym> = {
    target: built.target,
    ...(built.source && { source: built.source }),
    ...(built.penalty && { penalty: built.penalty }),
    'features/target': features('target'),
    'features/source': features('source'),
    ...Object.fromEntries(gradients.map((gradient, i) => [`gradient/${names[i]}`, gradient])),
  }
  const program = await compile(outputs, { executor: 'reference' })
  const reads = program.inputs.filter((name) => name in feeds && !name.startsWith('features/'))
  const all: Record<string, Tensor> = { ...feeds, ...Object.fromEntries(weights) }
  const found = await program.run(Object.fromEntries(program.inputs.map((name) => [name, all[name]])))
  return {
    target: [...found.target.data],
    ...(found.source && { source: [...found.source.data] }),
    ...(found.penalty && { penalty: found.penalty.data[0] }),
    weights,
    gradients: new Map(names.map((name) => [name, found[`gradient/${name}`]])),
    reads,
    features: new Map((['target', 'source'] as const).map((side) => [side, found[`features/${side}`]])),
    heads: built.heads,
  }
}

/** The inputs of one side; each adds its feed when it is asked for, histories when they are. */
function behaviorsOf(
  side: Side,
  rows: readonly BehaviorRow[],
  padding: number,
  feeds: Record<string, Tensor>,
): Behaviors {
  const axis = side === 'target' ? 'N' : 'M'
  const ids = (name: string, values: readonly number[]) => {
    feeds[name] = { shape: [rows.length], data: Int32Array.from(values) }
    return input(name, [axis], 'int32')
  }
  const items = rows.map(({ item }) => item)
  return {
    user: ids(
      `${side}/user`,
      rows.map(({ user }) => user),
    ),
    item: ids(`${side}/item`, items),
    category: ids(`${side}/category`, items.map(categoryOf)),
    partner: {
      item: ids(
        `${side}/partner/item`,
        items.map(() => 0),
      ),
      category: ids(
        `${side}/partner/category`,
        items.map(() => 0),
      ),
    },
    history(of, length) {
      const name = `${side}/liked/${of}`
      const shape = [rows.length, length]
      const windows = rows.map((row) => {
        const recent = row[of].slice(-length)
        const absent = length - recent.length
        return {
          items: [...Array(absent).fill(padding), ...recent],
          keep: [...Array(absent).fill(0), ...recent.map(() => 1)],
        }
      })
      const window = Int32Array.from(windows.flatMap(({ items }) => items))
      feeds[`${name}/items`] = { shape, data: window }
      feeds[`${name}/categories`] = { shape, data: window.map(categoryOf) }
      feeds[`${name}/keep`] = { shape, data: Uint8Array.from(windows.flatMap(({ keep }) => keep)) }
      return {
        items: input(`${name}/items`, [axis, length], 'int32'),
        categories: input(`${name}/categories`, [axis, length], 'int32'),
        keep: cast(input(`${name}/keep`, [axis, length], 'uint8'), 'float32'),
      }
    },
  }
}

/** Histories that are empty, shorter than a window of three, as long and longer. */
export const batch: Batch = {
  target: [
    { user: 1, item: 3, target: [], source: [] },
    { user: 2, item: 5, target: [1], source: [] },
    { user: 3, item: 7, target: [], source: [10, 9] },
    { user: 4, item: 6, target: [2, 1, 4], source: [9, 12, 15] },
    { user: 5, item: 2, target: [7, 3, 1, 6, 4], source: [12, 9, 9, 14, 11] },
  ],
  source: [
    { user: 1, item: 9, target: [], source: [] },
    { user: 6, item: 11, target: [3, 2], source: [15] },
    { user: 7, item: 15, target: [5], source: [] },
    { user: 8, item: 13, target: [1, 2, 3, 4], source: [10, 11, 12, 13] },
  ],
}

/** The same with other users, items and histories on the source side, in the target's histories too. */
export const otherSource: Batch = {
  target: batch.target.map((row) => ({ ...row, source: [13, ...row.source] })),
  source: batch.source.map((row) => ({ ...row, user: 9 - row.user, item: 10, target: [2], source: [14, 14] })),
}

/** Names of the weights whose gradient is zero throughout, or somewhere not a number. */
export const unlearned = ({ gradients }: NetworkRun): string[] =>
  [...gradients]
    .filter(([, { data }]) => data.every((x) => x === 0) || !data.every(Number.isFinite))
    .map(([name]) => name)

/** The largest difference of two lists of logits. */
export const difference = (a: readonly number[], b: readonly number[]): number => {
  if (a.length !== b.length) throw new Error(`${a.length} numbers against ${b.length}`)
  return Math.max(...a.map((x, i) => Math.abs(x - b[i])))
}
