// The world of conet.py, minet.py, dasl.py and biao.py: weights by name, behaviors, and a run of a graph over them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { Tensor } from '../../src/core/index.ts'
import {
  type BehaviorIds,
  createWeights,
  type LabelGraph,
  type LabelledBatch,
  type LabelWeights,
  labelGraph,
} from '../../src/families/two-sided/graph.ts'
import { createLocalIds } from '../../src/families/two-sided/ids.ts'
import {
  type Build,
  behaviorLosses,
  evenWeights,
  type Network,
  trainingLoss,
} from '../../src/families/two-sided/index.ts'
import { createRng } from '../../src/math/index.ts'
import { createParameters } from '../../src/nn/index.ts'
import { compile, grad, input, runWith, type Sym } from '../../src/tensor/index.ts'

export type Nested = number | readonly Nested[]
export type Named = Readonly<Record<string, Nested>>
export const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat))

export interface World {
  readonly users: number
  readonly items: number
  readonly categories: number
  readonly categoryOfItem: readonly number[]
  readonly width: number
}

interface Behavior {
  readonly user: number
  readonly item: number
  readonly partner: number
  readonly label: number
  readonly target: readonly number[]
  readonly source: readonly number[]
}

export interface GoldenBatch {
  readonly target: readonly Behavior[]
  readonly source: readonly Behavior[]
  /** Of the source behaviors. */
  readonly weights: readonly number[]
}

/** One form of a model on one batch. */
export interface GoldenCase {
  readonly source: 'loss' | 'features' | 'none'
  readonly pairing: 'any' | 'independent'
  readonly batch: GoldenBatch
  readonly weights: Named
  readonly targetLogits: Nested
  readonly sourceLogits?: Nested
  readonly targetLosses: Nested
  readonly sourceLosses?: Nested
  readonly loss: number
  readonly gradients: Named
}

export function readGolden<G>(name: string): G {
  return JSON.parse(readFileSync(join(import.meta.dirname, name), 'utf8')) as G
}

/** Weights that graphs can be built over, and their values in the golden file: `theirs` is our name → their values. */
export function createGoldenWeights({ users, items, categories }: World): LabelWeights {
  const rng = createRng(1)
  return createWeights(
    createParameters(rng),
    createParameters(rng),
    { user: users, item: items, category: categories },
    0.1,
    rng,
  )
}

/** Overwrites every weight; fails where a name or a size differs. */
export function fillWeights(weights: LabelWeights, theirs: ReadonlyMap<string, readonly number[]>): void {
  const ours = new Map([
    ...[...weights.tables].map(([name, { tensor }]) => [name, tensor] as const),
    ...weights.parameters.tensors,
  ])
  expect([...ours.keys()].sort()).toEqual([...theirs.keys()].sort())
  for (const [name, { data }] of ours) {
    expect(theirs.get(name), name).toHaveLength(data.length)
    data.set(theirs.get(name)!)
  }
}

function ids(behaviors: readonly Behavior[]): BehaviorIds {
  return {
    user: Int32Array.from(behaviors, ({ user }) => user),
    item: Int32Array.from(behaviors, ({ item }) => item),
    partner: Int32Array.from(behaviors, ({ partner }) => partner),
    liked: (i, side) => Int32Array.from(behaviors[i][side]),
  }
}

/** Of paired batches the source behaviors are the partners of the target behaviors, and only their labels are given. */
export function labelledBatch({ target, source }: Omit<GoldenBatch, 'weights'>, paired: boolean): LabelledBatch {
  const labels = (behaviors: readonly Behavior[]) => Float32Array.from(behaviors, ({ label }) => label)
  return {
    target: { ids: ids(target), labels: labels(target) },
    source: {
      ...(!paired && { ids: ids(source) }),
      labels: labels(source),
      real: Uint8Array.from(source, ({ item }) => (item === 0 ? 0 : 1)),
    },
  }
}

/** Gradients by every table and weight, under our names, as outputs of a program. */
export function gradientOutputs(loss: Sym, weights: LabelWeights): Record<string, Sym> {
  const named = [...tableRows(weights), ...weights.parameters.symbols]
  const gradients = grad(
    loss,
    named.map(([, symbol]) => symbol),
  )
  return Object.fromEntries(named.map(([name], i) => [`gradient/${name}`, gradients[i]]))
}

/** The rows of each table that a run reads, by the table's name. */
export function tableRows({ tables, rows }: LabelWeights): [string, Sym][] {
  return [...tables].map(([name, { entity, width }]) => [name, rows(entity, width, name).read])
}

/** Runs outputs on batches; gradients of tables come back as whole tables. */
export async function runGraphs(
  outputs: Readonly<Record<string, Sym>>,
  weights: LabelWeights,
  world: World,
  fed: readonly (readonly [LabelGraph, LabelledBatch])[],
  more: Readonly<Record<string, Tensor>> = {},
): Promise<Map<string, Float32Array>> {
  const begun = createLocalIds({ user: world.users, item: world.items, category: world.categories })()
  const feeds = Object.assign({}, ...fed.map(([graph, batch]) => graph.feeds(batch, begun, createRng(1))))
  const tables = Object.fromEntries(
    [...weights.tables].map(([name, { entity, width, tensor }]): [string, Tensor] => {
      const rows = [...begun.rows(entity)]
      const data = Float32Array.from(rows.flatMap((row) => [...tensor.data.subarray(row * width, (row + 1) * width)]))
      return [`rows/${name}`, { shape: [rows.length, width], data }]
    }),
  )
  const program = await compile(outputs, { threads: 1 })
  const { parameters, averages } = weights
  const out = await runWith(program, {
    ...Object.fromEntries([...parameters.tensors, ...averages.tensors]),
    ...tables,
    ...feeds,
    ...more,
  })
  await program.dispose()
  return new Map(
    Object.entries(out).map(([name, { data }]) => {
      const table = name.startsWith('gradient/') ? weights.tables.get(name.slice(9)) : undefined
      if (table === undefined) return [name, data as Float32Array]
      const whole = new Float32Array(table.tensor.data.length)
      for (const [i, row] of begun.rows(table.entity).entries())
        whole.set(data.subarray(i * table.width, (i + 1) * table.width) as Float32Array, row * table.width)
      return [name, whole]
    }),
  )
}

export function expectClose(ours: ArrayLike<number>, theirs: Nested, tolerance: number, name: string): void {
  const expected = flat(theirs)
  expect(ours, name).toHaveLength(expected.length)
  const difference = Math.max(...expected.map((x, i) => Math.abs(x - ours[i])))
  expect(difference, name).toBeLessThan(tolerance)
}

/** Logits, losses and all gradients of one form of a model. `theirs` gives our names for the golden ones. */
export async function expectCase(
  golden: GoldenCase,
  world: World,
  network: (build: Build) => Network,
  theirs: (named: Named) => ReadonlyMap<string, readonly number[]>,
  tolerance = 2e-6,
): Promise<void> {
  const weights = createGoldenWeights(world)
  const paired = golden.pairing !== 'independent'
  const task = { categoryOfItem: Int32Array.from(world.categoryOfItem) }
  const graph = labelGraph(weights, task, network, { paired, dropout: 0, training: true })
  fillWeights(weights, theirs(golden.weights))
  // Of a paired batch each source behavior that is one weighs the same.
  const given = input('weights', ['M'])
  const each = paired ? evenWeights(graph, 1) : given
  const { loss } = trainingLoss(graph, each)
  const losses = behaviorLosses(graph)
  const outputs = {
    loss,
    targetLogits: graph.network.target,
    targetLosses: losses.target,
    ...(graph.network.source && { sourceLogits: graph.network.source, sourceLosses: losses.source! }),
    ...(graph.network.source && { each }),
    ...gradientOutputs(loss, weights),
  }
  const out = await runGraphs(outputs, weights, world, [[graph, labelledBatch(golden.batch, paired)]], {
    weights: { shape: [golden.batch.weights.length], data: Float32Array.from(golden.batch.weights) },
  })
  expect(out.get('loss')![0]).toBeCloseTo(golden.loss, 5)
  expectClose(out.get('targetLogits')!, golden.targetLogits, tolerance, 'target logits')
  expectClose(out.get('targetLosses')!, golden.targetLosses, tolerance, 'target losses')
  expect(out.has('sourceLogits')).toBe(golden.source === 'loss')
  if (golden.source === 'loss') {
    expectClose(out.get('each')!, golden.batch.weights, 1e-7, 'weights')
    expectClose(out.get('sourceLogits')!, golden.sourceLogits!, tolerance, 'source logits')
    expectClose(out.get('sourceLosses')!, golden.sourceLosses!, tolerance, 'source losses')
  }
  for (const [name, gradient] of theirs(golden.gradients))
    expectClose(out.get(`gradient/${name}`)!, gradient, tolerance, name)
}
