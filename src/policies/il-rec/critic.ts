import type { NamedTensors, Tensor } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  adam,
  createParameters,
  createTable,
  fanInUniform,
  type GradientStep,
  gatheredRows,
  gradientStep,
  type Parameters,
  type TableRead,
} from '../../nn/index.ts'
import type { Programs, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import type { IlRecConfig } from './options.ts'

/** Q and V over states that the policy's encoder made: a trunk and two heads. */
export interface CriticGraph {
  /** Q(s, a) of the actions fed as `criticActions`. [B] */
  readonly values: Sym
  /** V(s). [B] */
  readonly level: Sym
  readonly reads: readonly TableRead[]
}

/** Rows of a batch of turns, as the critic learns from them. */
export interface CriticTurns {
  /** φ(s) and φ(s′). [B × d] */
  readonly states: Float32Array
  readonly next: Float32Array
  /** Columns. [B] */
  readonly actions: Int32Array
  readonly rewards: Float32Array
  /** γ, or 0 where the episode ends. [B] */
  readonly discounts: Float32Array
  /** ω: the weight of a demonstration, 1 of an own step. [B] */
  readonly weights: Float32Array
}

export interface Critic {
  /** Over states [B, d]. */
  graph(states: Sym): CriticGraph
  /** What a graph over `graph` must be fed beside its states, the actions included. */
  feeds(actions: Int32Array): Record<string, Tensor>
  /** V(s) of states [N × d]. [N] */
  levels(states: Float32Array): Promise<Float32Array>
  /** One step; returns the loss. */
  learn(turns: CriticTurns): Promise<number>
  /** Weights, moments, and the copy whose V the targets are made of. */
  readonly state: NamedTensors
}

export type CriticConfig = Pick<IlRecConfig, 'width' | 'criticLearningRate' | 'targetEvery' | 'tau'>

export function createCritic(config: CriticConfig, actions: number, rng: Rng, programs: Programs): Critic {
  const { width, targetEvery, tau } = config
  const parameters = createParameters(rng)
  const start = fanInUniform(width)
  // A row for each action, of which a step touches as many as it has turns; row 0 is nobody's.
  const rows = createTable('critic/q/weight', actions + 1, width, start, rng)
  const biases = createTable('critic/q/bias', actions + 1, 1, start, rng)
  const graph = (states: Sym) => criticGraph(parameters, { rows, biases, width }, states)
  const { loss, target } = criticLoss(graph, parameters, width)
  const { values, level, reads } = loss
  const targets = new Map([...target].map(([name, weight]) => [name, copyOf(parameters.tensors.get(weight)!)]))
  const update: GradientStep = gradientStep({
    loss: loss.total,
    parameters,
    reads,
    dense: true,
    optimizer: adam({ learningRate: config.criticLearningRate }),
    outputs: { values, level },
    programs,
  })
  const steps = new Int32Array(1)
  const ids = (columns: Int32Array): Tensor => ({ shape: [columns.length], data: columns.map((column) => column + 1) })
  const tables: ReadonlyMap<string, Tensor> = new Map([rows, biases].map((table) => [table.name, table.tensor]))
  return {
    graph,
    feeds: (columns) => ({ criticActions: ids(columns), ...Object.fromEntries([...tables, ...parameters.tensors]) }),
    async levels(states) {
      const program = await programs.compile({ level }, 'levels')
      const out = await t.runWith(program, {
        ...Object.fromEntries(parameters.tensors),
        criticStates: { shape: [states.length / width, width], data: states },
      })
      return out.level.data as Float32Array
    },
    async learn({ states, next, actions: taken, rewards, discounts, weights }) {
      const B = taken.length
      const { loss: found } = await update.run({
        ...Object.fromEntries(targets),
        criticStates: { shape: [B, width], data: states },
        criticNext: { shape: [B, width], data: next },
        criticActions: ids(taken),
        criticRewards: { shape: [B], data: rewards },
        criticDiscounts: { shape: [B], data: discounts },
        criticWeights: { shape: [B], data: weights },
      })
      steps[0] = steps[0] + 1
      if (steps[0] % targetEvery === 0)
        for (const [name, weight] of target)
          moveTowards(targets.get(name)!.data, parameters.tensors.get(weight)!.data, tau)
      return found
    },
    state: new Map<string, Tensor>([
      ...tables,
      ...parameters.tensors,
      ...targets,
      ...update.state,
      ['steps', { shape: [1], data: steps }],
    ]),
  }
}

export function criticGraph(
  parameters: Parameters,
  { rows, biases, width }: { readonly rows: Table; readonly biases: Table; readonly width: number },
  states: Sym,
): CriticGraph {
  const hidden = t.relu(dense(parameters, 'critic/trunk', states, width, width)) // [B, d]
  const taken = t.input('criticActions', ['B'], 'int32')
  const own = t.gather(rows.symbol, taken) // [B, d]
  const bias = t.gather(biases.symbol, taken) // [B, 1]
  const values = t.add(t.sum(t.multiply(hidden, own), 1), t.reshape(bias, ['B']))
  const level = t.reshape(dense(parameters, 'critic/v', hidden, width, 1), ['B'])
  const reads = [gatheredRows(rows, own, 'criticActions'), gatheredRows(biases, bias, 'criticActions')]
  return { values, level, reads }
}

type Table = ReturnType<typeof createTable>

/**
 * mean ω (Q(s, a) − y)² + mean (V(s) − y)², y = r + γ V⁻(s′), with V⁻ of the target copy. `target` says which weight each of its
 * tensors is a copy of.
 */
export function criticLoss(graph: (states: Sym) => CriticGraph, parameters: Parameters, width: number) {
  const states = t.input('criticStates', ['B', width])
  const { values, level, reads } = graph(states)
  const names = ['critic/trunk/weight', 'critic/trunk/bias', 'critic/v/weight', 'critic/v/bias']
  const target = new Map(names.map((name) => [`target/${name}`, name]))
  const copies = new Map(names.map((name) => [name, t.input(`target/${name}`, parameters.symbols.get(name)!.shape)]))
  const of = (name: string) => copies.get(name)!
  const hidden = t.relu(t.linear(t.input('criticNext', ['B', width]), of(names[0]), of(names[1])))
  const expected = t.reshape(t.linear(hidden, of(names[2]), of(names[3])), ['B']) // V⁻(s′)
  const y = t.stopGradient(
    t.add(t.input('criticRewards', ['B']), t.multiply(t.input('criticDiscounts', ['B']), expected)),
  )
  const quality = t.mean(t.multiply(t.input('criticWeights', ['B']), t.square(t.subtract(values, y))))
  const total = t.add(quality, t.mean(t.square(t.subtract(level, y))))
  return { loss: { total, values, level, reads }, target }
}

/** A linear layer that begins as PyTorch's, weight and bias alike. */
export function dense(parameters: Parameters, name: string, x: Sym, inputs: number, outputs: number): Sym {
  const start = fanInUniform(inputs)
  const weight = parameters.declare(`${name}/weight`, [inputs, outputs], start)
  return t.linear(x, weight, parameters.declare(`${name}/bias`, [outputs], start))
}

const copyOf = ({ shape, data }: Tensor<Float32Array>) => ({ shape, data: data.slice() })

/** x ← (1 − τ) x + τ y */
function moveTowards(x: Float32Array, y: Float32Array, tau: number): void {
  if (tau === 1) x.set(y)
  else for (let i = 0; i < x.length; i++) x[i] = x[i] + tau * (y[i] - x[i])
}
