import {
  type Dataset,
  type Model,
  Part,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  TributaryError,
} from '../../core/index.ts'
import { createRng, type Rng, takeRows } from '../../math/index.ts'
import { adam, gatheredRows, gradientStep, type TableRead, type TrainingPlan, trainEpochs } from '../../nn/index.ts'
import type { ActionSpace } from '../../rl/index.ts'
import * as t from '../../tensor/index.ts'
import { input, type Sym } from '../../tensor/index.ts'
import type { RewardGraph, RewardNetwork } from './network.ts'
import type { RewardConfig } from './options.ts'
import { drawNegatives, type Negatives, type RewardRows, rewardRows } from './rows.ts'

/** Places among the rows of an epoch, for one member of the ensemble. */
interface RewardBatch {
  readonly member: number
  readonly places: Int32Array
}

/** Pairs with what they are trained towards, [N] each; a negative's reward is 0. */
export interface RewardPairs {
  readonly users: Int32Array
  readonly items: Int32Array
  readonly rewards: Float32Array
  readonly weights: Float32Array
}

/** One update of a member by a batch of pairs. */
export interface RewardTrainer {
  readonly state: ReadonlyMap<string, Tensor>
  /** Returns `loss`, what was minimized divided by the number of pairs. */
  step(member: number, pairs: RewardPairs): Promise<{ readonly loss: number }>
}

/**
 * L = Σ w [(μ − y)² e^{−s} + s] + λ ‖W‖² + λ_v Σ ‖v‖², s = log σ²: `pointneg` of DORL's world models, a sum over the pairs of a batch
 * of which half are negatives with y = 0. It is twice the negative log likelihood of a normal distribution, less a constant. With
 * `loss=squared` s is 0.
 */
export function rewardLoss(
  { mean, logVariance, squares, lookups }: RewardGraph,
  { loss, l2, l2Vectors }: Pick<RewardConfig, 'loss' | 'l2' | 'l2Vectors'>,
): Sym {
  const [reward, weight] = [input('reward', ['N']), input('weight', ['N'])]
  const error = t.square(t.subtract(mean, reward))
  const terms = loss === 'squared' ? error : t.add(t.multiply(error, t.exp(t.negate(logVariance))), logVariance) // [N]
  const fit = t.sum(t.multiply(weight, terms))
  const penalty = t.multiply(l2, squares)
  if (l2Vectors === 0) return t.add(fit, penalty)
  const read = lookups.map(({ rows }) => t.sum(t.square(rows))).reduce((a, b) => t.add(a, b))
  return t.add(t.add(fit, penalty), t.multiply(l2Vectors, read))
}

export function createRewardTrainer(
  network: RewardNetwork,
  config: Pick<RewardConfig, 'loss' | 'l2' | 'l2Of' | 'l2Vectors' | 'adam' | 'learningRate'>,
): RewardTrainer {
  const { graph, members, programs } = network
  const loss = rewardLoss(graph, config)
  const { symbols } = members[0].parameters
  // One graph for all: the first member's, which runs with the weights of any.
  const updates = members.map(({ tables, parameters: { tensors } }) =>
    gradientStep({
      loss,
      parameters: { symbols, tensors },
      reads: graph.lookups.map(({ table, rows, ids }) => {
        const read = gatheredRows(tables.get(table)!, rows, ids)
        return config.l2Of === 'all' ? decaying(read, config.l2) : read
      }),
      optimizer: adam({ learningRate: config.learningRate }),
      dense: config.adam === 'dense',
      programs,
      key: 'update',
    }),
  )
  return {
    state: new Map(
      updates.flatMap(({ state }, m) => [...state].map(([name, tensor]) => [`member${m}/${name}`, tensor] as const)),
    ),
    async step(m, { users, items, rewards, weights }) {
      const N = users.length
      const { loss } = await updates[m].run({
        ...network.feeds(users, items),
        reward: { shape: [N], data: rewards },
        weight: { shape: [N], data: weights },
      })
      network.changed()
      return { loss: loss / N }
    },
  }
}

/** Adds the gradient of λ ‖table‖² whenever that of its rows goes back: a graph that read the whole table would be slow to differentiate. */
function decaying(read: TableRead, l2: number): TableRead {
  const { table } = read
  return {
    ...read,
    back(gradient, feeds) {
      read.back(gradient, feeds)
      table.addRange(
        0,
        table.tensor.data.map((weight) => 2 * l2 * weight),
      )
    },
  }
}

export interface RewardTrainingOptions {
  /** Whether a member does not learn from a training row, so that it can be judged by it; default no. */
  readonly leavesOut?: ((member: number, row: number) => boolean) | undefined
}

/**
 * Trains an ensemble on the training rows of the split. Without held-out rows the last epoch is kept.
 * @throws TributaryError `bad-dataset` for a log without values, `bad-config` for values that a sigmoid cannot reach; as `trainEpochs`
 */
export async function* trainRewards(
  network: RewardNetwork,
  config: RewardConfig,
  space: ActionSpace,
  model: Model,
  context: TrainContext,
  { leavesOut }: RewardTrainingOptions = {},
): AsyncGenerator<TrainEvent> {
  const { dataset, split, seed } = context
  const rng = createRng(seed).split('reward training')
  const rows = rewardRows(dataset, split, space, config, rng)
  refuseUnreachable(dataset, rows.training, config.output)
  const trainer = createRewardTrainer(network, config)
  const { training } = rows
  const times = Math.max(1, config.negatives)
  const rowAt = (place: number) => training[place % training.length]
  const places = Int32Array.from({ length: training.length * times }, (_, place) => place)
  const drawn = (of: Int32Array, rng: Rng, last?: 'taken') => drawNegatives(dataset, space, rows, of, rng, last)
  const fixed =
    config.negatives > 0 && config.negativesDrawn === 'once'
      ? drawn(places.map(rowAt), rng.split('negatives'), 'taken')
      : undefined
  const negativesOf = (batch: Int32Array, of: Int32Array, rng: Rng): Negatives | undefined =>
    config.negatives === 0 ? undefined : fixed === undefined ? drawn(of, rng) : taken(fixed, batch)
  const plan: TrainingPlan<RewardBatch> = {
    epochs: config.epochs,
    patience: config.patience,
    metric: config.holdOut > 0 ? 'heldOut/r2' : undefined,
    weights: model.weights(),
    state: trainer.state,
    batches: (epoch) =>
      network.members.flatMap((_, member) => {
        // Every row as often as it has negatives, at least once.
        const own = places.filter((place) => leavesOut?.(member, rowAt(place)) !== true)
        const shuffled = rng.split('epoch', epoch, member).shuffle(own)
        return batchesOf(shuffled, config.batchSize).map((batch) => ({ member, places: batch }))
      }),
    step({ member, places }, epoch, step) {
      const batch = places.map(rowAt)
      const negatives = negativesOf(places, batch, rng.split('step', epoch, step))
      return trainer.step(member, pairsOf(dataset, rows, batch, negatives))
    },
    size: ({ places }) => places.length,
    validate: async () => ({
      // Without validation rows its figures would be NaN.
      ...(split.part.includes(Part.valid) && (await context.validate(model))),
      ...(rows.heldOut.length > 0 && (await heldOutFigures(network, dataset, rows.heldOut))),
    }),
  }
  try {
    yield* trainEpochs(plan, context)
  } finally {
    // The best weights were put back.
    network.changed()
  }
}

function refuseUnreachable({ name, log }: Dataset, rows: Int32Array, output: RewardConfig['output']): void {
  const row = output === 'sigmoid' ? rows.find((row) => log.value![row] < 0 || log.value![row] > 1) : undefined
  if (row === undefined) return
  const message = `output=sigmoid predicts values from 0 to 1, but '${name}' has ${log.value![row]}; leave output at identity`
  throw new TributaryError('bad-config', message)
}

function batchesOf(rows: Int32Array, size: number): Int32Array[] {
  const count = Math.ceil(rows.length / size)
  return Array.from({ length: count }, (_, i) => rows.subarray(i * size, (i + 1) * size))
}

/** Rows as pairs, and behind them, in the same order, their negatives. */
function pairsOf({ log }: Dataset, rows: RewardRows, batch: Int32Array, negatives: Negatives | undefined): RewardPairs {
  const N = batch.length
  const size = negatives === undefined ? N : 2 * N
  const pairs = {
    users: new Int32Array(size),
    items: new Int32Array(size),
    rewards: new Float32Array(size),
    weights: new Float32Array(size),
  }
  for (const [i, row] of batch.entries()) {
    pairs.users[i] = log.user[row]
    pairs.items[i] = log.item[row]
    pairs.rewards[i] = log.value![row]
    pairs.weights[i] = rows.weight[row]
  }
  if (negatives === undefined) return pairs
  pairs.users.set(negatives.users, N)
  pairs.items.set(negatives.items, N)
  pairs.weights.set(negatives.weights, N)
  return pairs
}

/** Those at some places. */
function taken({ users, items, weights }: Negatives, places: Int32Array): Negatives {
  return { users: takeRows(users, 1, places), items: takeRows(items, 1, places), weights: takeRows(weights, 1, places) }
}

/** How well rows set apart are told: `r2` is 1 − the share of their variance that is left. */
async function heldOutFigures(network: RewardNetwork, { log }: Dataset, rows: Int32Array) {
  const take = (column: Int32Array) => Int32Array.from(rows, (row) => column[row])
  const { mean } = await network.predict(take(log.user), take(log.item))
  const values = Float64Array.from(rows, (row) => log.value![row])
  const average = values.reduce((a, b) => a + b, 0) / rows.length
  const squared = values.reduce((sum, value, i) => sum + (value - mean[i]) ** 2, 0) / rows.length
  const absolute = values.reduce((sum, value, i) => sum + Math.abs(value - mean[i]), 0) / rows.length
  const variance = values.reduce((sum, value) => sum + (value - average) ** 2, 0) / rows.length
  return { 'heldOut/rmse': Math.sqrt(squared), 'heldOut/mae': absolute, 'heldOut/r2': 1 - squared / variance }
}
