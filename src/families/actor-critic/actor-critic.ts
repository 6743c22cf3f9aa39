import { type Tensor, TributaryError } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import {
  adam,
  createDropout,
  type Dropout,
  gatheredRows,
  gradientStep,
  type Initializer,
  type TableRead,
} from '../../nn/index.ts'
import { entropy, logProbability, policyGradient, valueError } from '../../rl/index.ts'
import {
  add,
  createPrograms,
  gather,
  input,
  matmul,
  mean,
  multiply,
  reshape,
  type Sym,
  softmax,
  subtract,
  sum,
} from '../../tensor/index.ts'
import { linearStart, type PolicyNetwork, type Windows } from '../acting/index.ts'
import type { A2cConfig } from './options.ts'
import type { Prior } from './prior.ts'

/** Units of the tracker are dropped while acting and learning; scores drop none. */
export interface ActorCriticOptions extends Pick<A2cConfig, 'head' | 'dropout'> {
  /** Item ids, one an action. [A] */
  readonly items: Int32Array
  /** Some actions may be forbidden: acting and learning are then given a mask. */
  readonly masked: boolean
  /** What is believed of the user's items, where logits begin at that. */
  readonly prior?: Prior | undefined
  readonly threads: number
  readonly spin?: boolean | undefined
}

type LossWeights = Pick<A2cConfig, 'valueCoefficient' | 'entropyCoefficient'>

/** Turns to learn from. */
export interface ActedTurns {
  readonly windows: Windows
  /** Columns of the action space. [B] */
  readonly actions: Int32Array
  /** [B] */
  readonly advantages: Float32Array
  /** [B] */
  readonly returns: Float32Array
  /** Added to the logits: 0 where an action was allowed, −1e9 where not; there if `masked`. [B × A] */
  readonly mask?: Float32Array | undefined
}

export interface A2cLosses {
  readonly actor: number
  readonly critic: number
}

/** An actor and a critic over one policy network. */
export interface ActorCritic {
  readonly network: PolicyNetwork
  /** One forward pass for all; `mask` as in `ActedTurns`. What is dropped is drawn from `rng`. */
  act(
    windows: Windows,
    rng: Rng,
    mask?: Float32Array,
  ): Promise<{
    /** π(· | s). [B × A] */
    readonly probabilities: Float32Array
    /** V(s). [B] */
    readonly values: Float32Array
    /** What the tracker makes of the turns so far. [B × stateWidth] */
    readonly states: Float32Array
  }>
  /** Before any mask, with nothing dropped. [B × A] */
  logits(windows: Windows): Promise<Float32Array>
  learner(options: LossWeights & Pick<A2cConfig, 'learningRate'>): {
    readonly state: ReadonlyMap<string, Tensor>
    /** One update; what is dropped is drawn from `rng`. */
    learn(turns: ActedTurns, rng: Rng): Promise<A2cLosses>
  }
  dispose(): Promise<void>
}

/** Declares `actor/…` and `critic/…` beside the network's weights. */
export function createActorCritic(network: PolicyNetwork, options: ActorCriticOptions): ActorCritic {
  const { threads, spin, items, masked, prior } = options
  const actionIds = { shape: [items.length], data: items }
  const feeds = options.head === 'dot' ? { actionItems: actionIds } : {}
  const { logits } = actorCriticGraph(network, options)
  const dropout = createDropout(options.dropout)
  const unmasked = actorCriticGraph(network, options, dropout)
  const graph = masked ? { ...unmasked, logits: add(unmasked.logits, input('mask', ['B', items.length])) } : unmasked
  const maskFeed = (mask: Float32Array | undefined, size: number): Record<string, Tensor> =>
    masked ? { mask: { shape: [size, items.length], data: mask! } } : {}
  const believed = (windows: Windows): Record<string, Tensor> => (prior ? { believed: prior.of(windows) } : {})
  const programs = createPrograms({ threads, spin })
  const acting = { probabilities: softmax(graph.logits), values: graph.values, states: graph.state }
  const floats = ({ data }: Tensor) => data as Float32Array
  return {
    network,
    async act(windows, rng, mask) {
      const given = {
        ...feeds,
        ...believed(windows),
        ...dropout.masks(rng, { B: windows.size }),
        ...maskFeed(mask, windows.size),
      }
      const { probabilities, values, states } = await network.run(
        await programs.compile(acting, 'acting'),
        windows,
        given,
      )
      return {
        probabilities: floats(probabilities),
        values: floats(values),
        states: floats(states),
      }
    },
    async logits(windows) {
      const scoring = await programs.compile({ logits }, 'scoring')
      const out = await network.run(scoring, windows, { ...feeds, ...believed(windows) })
      return floats(out.logits)
    },
    learner(config) {
      const { loss, outputs } = a2cLoss(graph, config)
      const { reads } = graph
      // Tables are updated whole: beside a softmax over the items their moments cost little.
      const update = gradientStep({
        loss,
        parameters: network.parameters,
        reads,
        optimizer: adam({ learningRate: config.learningRate }),
        dense: true,
        outputs,
        programs,
      })
      return {
        state: update.state,
        async learn({ windows, actions, advantages, returns, mask }, rng) {
          const shape = [windows.size]
          const { out } = await update.run({
            ...network.feedsOf(windows),
            ...feeds,
            ...believed(windows),
            ...(prior && { believedTaken: prior.taken(windows, actions) }),
            ...dropout.masks(rng, { B: windows.size }),
            ...maskFeed(mask, windows.size),
            actions: { shape, data: actions },
            advantages: { shape, data: advantages },
            returns: { shape, data: returns },
          })
          return { actor: floats(out.actor)[0], critic: floats(out.critic)[0] }
        },
      }
    },
    dispose: () => programs.dispose(),
  }
}

export interface ActorCriticGraph {
  readonly state: Sym
  readonly features: Sym
  /** [B, A] */
  readonly logits: Sym
  /** log-weights of given actions before normalization. [B] */
  logitsOf(actions: Sym): Sym
  /** [B] */
  readonly values: Sym
  readonly reads: readonly TableRead[]
}

/** The graph of both heads over one build of the network; with `prior` what is believed of the user's items is added to the logits. */
export function actorCriticGraph(
  network: PolicyNetwork,
  options: Pick<ActorCriticOptions, 'items' | 'head'> & { readonly prior?: Pick<Prior, 'sharpness'> | undefined },
  dropout?: Dropout,
): ActorCriticGraph {
  const graph = learnedGraph(network, options, dropout)
  const { items, prior } = options
  if (prior === undefined) return graph
  // β · R̂[u, a] in units of its deviation: what the world knows, from the first turn on.
  const scale = network.parameters.declare('actor/sharpness', [1], filled(prior.sharpness))
  return {
    ...graph,
    logits: add(graph.logits, multiply(input('believed', ['B', items.length]), scale)),
    logitsOf: (actions) => add(graph.logitsOf(actions), multiply(input('believedTaken', ['B']), scale)),
  }
}

const filled =
  (value: number): Initializer =>
  (data) =>
    void data.fill(value)

function learnedGraph(
  network: PolicyNetwork,
  { items, head }: Pick<ActorCriticOptions, 'items' | 'head'>,
  dropout?: Dropout,
): ActorCriticGraph {
  const { width, parameters } = network
  const { state, features, reads } = network.build(dropout)
  const values = reshape(network.head('critic', features, width, 1), ['B']) // [B]
  const A = items.length
  if (head === 'dot') {
    const rows = gather(network.items.symbol, input('actionItems', [A], 'int32')) // [A, d]
    const wish = network.head('actor', features, width, network.items.width) // [B, d]
    const read = gatheredRows(network.items, rows, 'actionItems')
    return {
      state,
      features,
      logits: matmul(wish, rows, { transposeB: true }),
      logitsOf: (actions) => sum(multiply(wish, gather(rows, actions)), 1),
      values,
      reads: [...reads, read],
    }
  }
  const start = linearStart(width)
  const rows = parameters.declare('actor/weight', [A, width], start)
  const bias = parameters.declare('actor/bias', [A], start)
  return {
    state,
    features,
    logits: add(matmul(features, rows, { transposeB: true }), bias),
    logitsOf: (actions) => add(sum(multiply(features, gather(rows, actions)), 1), gather(bias, actions)),
    values,
    reads,
  }
}

/**
 * Advantage actor-critic (Mnih et al., 2016):
 * −mean(log π(a | s) Â) + valueCoefficient · mean((Ret − V)²) − entropyCoefficient · mean H(π).
 */
export function a2cLoss(
  graph: Pick<ActorCriticGraph, 'logits' | 'logitsOf' | 'values'>,
  { valueCoefficient, entropyCoefficient }: LossWeights,
) {
  const { logits, values } = graph
  const taken = logProbability(logits, graph.logitsOf(input('actions', ['B'], 'int32'))) // [B]
  const actor = policyGradient(taken, input('advantages', ['B']))
  const critic = valueError(input('returns', ['B']), values)
  const valued = add(actor, multiply(critic, valueCoefficient))
  const bonus = multiply(mean(entropy(logits)), entropyCoefficient)
  return { loss: entropyCoefficient === 0 ? valued : subtract(valued, bonus), outputs: { actor, critic } }
}

/**
 * A column drawn by the probabilities of row `row`, in one pass up to it, without copying. Rounding leaves their sum a little off 1: the last
 * possible column takes the rest.
 * @param point uniform over [0, 1)
 * @throws TributaryError `not-finite` where they are no numbers
 */
export function drawColumn(probabilities: Float32Array, row: number, columns: number, point: number): number {
  const start = row * columns
  let left = point
  let column = start
  // Probabilities are not negative: whether the point is passed within a few columns shows behind them.
  for (let after = left; column + 8 <= start + columns; column += 8, left = after) {
    after -= probabilities[column]
    after -= probabilities[column + 1]
    after -= probabilities[column + 2]
    after -= probabilities[column + 3]
    after -= probabilities[column + 4]
    after -= probabilities[column + 5]
    after -= probabilities[column + 6]
    after -= probabilities[column + 7]
    if (after < 0) break
  }
  for (; column < start + columns; column++) {
    left -= probabilities[column]
    if (left < 0) return column - start
  }
  for (let last = start + columns - 1; last >= start; last--)
    if (probabilities[last] > 0 && left < 1e-3) return last - start
  throw new TributaryError(
    'not-finite',
    "the policy's probabilities are no numbers any more; a smaller learningRate may help",
  )
}
