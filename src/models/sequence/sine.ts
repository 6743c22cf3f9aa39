import { z } from 'zod'
import { prefixBatches } from '../../data/index.ts'
import {
  type Catalogue,
  lossCatalogue,
  objectiveOptions,
  type RankingLoss,
  rankingLoss,
  trainingOptions,
} from '../../families/ranking/index.ts'
import {
  defineSequenceModel,
  type EncoderInputs,
  type SequenceModel,
  sequenceOptions,
  sequenceStep,
  shareOfBatch,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { layerNorm, normal, type Parameters, positionRows, xavierUniform } from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  divide,
  equal,
  matmul,
  max,
  mean,
  multiply,
  normalize,
  reshape,
  type Sym,
  sigmoid,
  softmax,
  square,
  subtract,
  sum,
  tanh,
  transpose,
  where,
} from '../../tensor/index.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings, concepts and interests'),
    concepts: z.int().min(2).default(500).describe('L, prototypes in the pool that all users share'),
    interests: z.int().min(2).default(4).describe('K, concepts that a history activates, one interest each'),
    temperature: z.number().positive().default(0.1).describe('τ of the choice among interests; lower is sharper'),
    decorrelation: z
      .number()
      .min(0)
      .default(0.1)
      .describe('weight of the penalty on concepts that resemble one another'),
    dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of the input embeddings'),
    ...sequenceOptions(),
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.003, batchSize: 512, unit: 'prefixes of histories', epochs: 100 }),
  })
  .refine(({ concepts, interests }) => interests <= concepts, {
    error: ({ input }) => {
      const { concepts, interests } = input as { concepts: number; interests: number }
      return `${interests} interests cannot be chosen from ${concepts} concepts; choose at most as many`
    },
    path: ['interests'],
  })

type Config = z.output<typeof config>

const DEVIATION = 0.1
const EPSILON = 1e-5

// Weights: `items` [V, d]; `positions` [maxLength, d], counted from the right end; `concepts` C [L, d];
// `assignment/weight` W3 [d, d] and `assignment/norm/{gain,bias}`; of each attention its hidden layer [d, n · d] and vectors
// [n, d]: `concept/` W1, W2 (n = 1), `interest/` Wk1, Wk2 (n = K), `intention/` W4, W5 (n = 1); `interest/norm/{gain,bias}`,
// `intention/norm/{gain,bias}`.
const conceptPool = ({ width, concepts }: Config, parameters: Parameters) =>
  parameters.declare('concepts', [concepts, width], xavierUniform(concepts, width))

/** Item embeddings [B, T, d] → the state of the whole history, [B, 1, d]. */
function encode(config: Config, parameters: Parameters, { rows, keep, dropout }: EncoderInputs): Sym {
  const { width, interests, maxLength, temperature } = config
  const [B, T] = keep.shape as [Dim, Dim]
  const pool = conceptPool(config, parameters)
  const positions = positionRows(parameters, 'positions', T, [maxLength, width], normal(DEVIATION)) // [T, d]
  const padding = reshape(multiply(subtract(keep, 1), 1e9), [B, 1, T]) // 0 or −1e9
  /** n softmaxes over the history, [B, n, T]. Positions decide what is attended to, but are not part of what is read. */
  const attention = (name: string, read: Sym, n: number) => {
    const initializer = xavierUniform(width, width)
    const weight = parameters.declare(`${name}/hidden`, [width, n * width], initializer)
    const hidden = reshape(tanh(matmul(add(read, positions), weight)), [B, T, n, width])
    const vectors = parameters.declare(`${name}/vectors`, [n, width], xavierUniform(width, 1))
    return softmax(add(transpose(sum(multiply(hidden, vectors), 3), [0, 2, 1]), padding))
  }
  const x = dropout.apply('embedding', rows)

  // Concept activation.
  const virtual = reshape(matmul(attention('concept', x, 1), x), [B, width]) // z_u
  const active = activated(matmul(virtual, pool, { transposeB: true }), pool, interests) // C_u, [B, K, d]

  // Intention assignment.
  const projection = parameters.declare('assignment/weight', [width, width], xavierUniform(width, width))
  const item = layerNorm(parameters, 'assignment/norm', matmul(x, projection), width)
  const alike = matmul(item, normalize(active, EPSILON), { transposeB: true, scale: 1 / Math.sqrt(width) })
  const assigned = softmax(alike) // P(k | t), [B, T, K]

  // Attention weighting, and the interests.
  const weights = multiply(attention('interest', x, interests), transpose(assigned, [0, 2, 1])) // P(t | k) P(k | t)
  const found = layerNorm(parameters, 'interest/norm', matmul(weights, x), width) // φ_k, [B, K, d]

  // Interest aggregation: the history as intentions, the one that comes next, and the interests by their likeness to it.
  const intentions = matmul(assigned, active) // [B, T, d]
  const summary = matmul(attention('intention', intentions, 1), intentions)
  const next = layerNorm(parameters, 'intention/norm', summary, width) // C_apt, [B, 1, d]
  const share = softmax(multiply(sum(multiply(found, next), 2), 1 / (width * temperature))) // e_k, [B, K]
  return sum(multiply(found, reshape(share, [B, interests, 1])), 1, { keepDims: true }) // v_u
}

/**
 * The K concepts of the largest activations, each weighted by the sigmoid of its own. Which are chosen has no derivative; what they
 * are, and how active, has.
 * @param activation [B, L]
 * @param pool [L, d]
 * @returns [B, K, d], the most active first
 */
function activated(activation: Sym, pool: Sym, count: number): Sym {
  const [B, L] = activation.shape as [Dim, number]
  const choices: Sym[] = []
  let left = activation
  for (let k = 0; k < count; k++) {
    const chosen = equal(left, max(left, 1, { keepDims: true })) // [B, L], a 1 and else 0
    // Concepts that tie, as all do after an empty history, share their place.
    choices.push(reshape(divide(chosen, sum(chosen, 1, { keepDims: true })), [B, 1, L]))
    left = where(chosen, -1e9, left)
  }
  const choice = concat(choices, 1) // [B, K, L]
  const strength = sigmoid(sum(multiply(choice, reshape(activation, [B, 1, L])), 2, { keepDims: true })) // [B, K, 1]
  return multiply(matmul(choice, pool), strength)
}

/** Half the sum of squared covariances between different concepts; 0 where all are orthogonal once centered. */
function resemblance(pool: Sym): Sym {
  const width = pool.shape[1] as number
  const centered = subtract(pool, mean(pool, 1, { keepDims: true }))
  const covariances = matmul(centered, centered, { transposeB: true, scale: 1 / width }) // [L, L]
  const variances = multiply(sum(square(centered), 1), 1 / width) // its diagonal
  return multiply(subtract(sum(square(covariances)), sum(square(variances))), 0.5)
}

/** The loss of the item after a prefix, and what concepts cost that resemble one another. */
export function lossOf({ table, parameters }: SequenceModel, config: Config, catalogue: Catalogue) {
  return (states: Sym): RankingLoss => {
    const ranking = rankingLoss(config.loss, states, table, catalogue, config)
    if (config.decorrelation === 0) return ranking
    const penalty = multiply(resemblance(conceptPool(config, parameters)), config.decorrelation)
    return { ...ranking, loss: add(ranking.loss, multiply(penalty, shareOfBatch)) }
  }
}

export const sine = defineSequenceModel({
  name: 'sine',
  summary: 'a few interests of each user, around the concepts of a large pool that the history activates',
  paper: { title: 'Sparse-Interest Network for Sequential Recommendation', year: 2021, venue: 'WSDM' },
  config,
  itemDeviation: DEVIATION,
  encoder: (config, parameters) => ({ encode: (inputs) => encode(config, parameters, inputs) }),
  train(model, config, context) {
    const catalogue = lossCatalogue(context, config.negatives)
    const step = sequenceStep(model, config, lossOf(model, config, catalogue))
    return trainOnSequences(model, config, context, prefixBatches, step)
  },
})
