import { z } from 'zod'
import type { Tensor } from '../../core/index.ts'
import { type SequenceBatch, sequenceBatches } from '../../data/index.ts'
import { objectiveOptions, trainingOptions } from '../../families/ranking/index.ts'
import {
  crossDomainStep,
  type DomainInputs,
  defineCrossDomainModel,
  lastOfEvery,
  parallelLinear,
  sequenceOptions,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import type { Rng } from '../../math/index.ts'
import { linear, type Parameters, uniform } from '../../nn/index.ts'
import {
  add,
  cast,
  concat,
  constant,
  type Dim,
  divide,
  expand,
  gather,
  input,
  logSumExp,
  matmul,
  maximum,
  mean,
  multiply,
  relu,
  reshape,
  type Sym,
  slice,
  softmax,
  sqrt,
  square,
  stopGradient,
  subtract,
  sum,
  transpose,
} from '../../tensor/index.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of item vectors, user vectors and the global code'),
  hidden: z.int().min(1).default(128).describe('width of the hidden layer of the auto-encoder'),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of item vectors in the history'),
  hide: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.4)
    .describe('chance of a domain to be hidden from the auto-encoder, which must find the same code without it'),
  temperature: z.number().positive().default(0.1).describe('τ of the contrast between codes'),
  contrast: z.number().min(0).default(0.1).describe('weight of the contrast'),
  reconstruct: z.number().min(0).default(1).describe('weight of the reconstruction'),
  maxLength,
  initialization,
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.001 }),
})

type Config = z.output<typeof config>

// Weights: `items` [V, d]; with a leading axis of D domains `user` and `adapt`, maps [d, d] with bias; of the auto-encoder
// `code/{inner,outer}` and `decode/{inner,outer}`; `code/adapt` [d, d]; of the attention `transfer/{query,key,value,output}` [d, d].

/** A user vector for each domain at every place, [D, B, T, d], and whether there is an event of it, [D, B, T]. */
function userVectors(parameters: Parameters, { views, keep, dropout }: DomainInputs) {
  const D = views.length
  const means = views.map(({ rows, keep: own, causal }, d) => {
    const [R, L, width] = rows.shape as [Dim, Dim, number]
    const padding = multiply(subtract(reshape(own, [R, 1, L]), 1), 1e9)
    return matmul(softmax(add(causal, padding)), reshape(dropout.apply(`events${d}`, rows), [R, L, width])) // [R, L, d]
  })
  const visits = views.map(({ keep: own }) => reshape(own, [...own.shape, 1]))
  const width = means[0].shape[2] as number
  // Where a domain was never visited, the bias stands for its users.
  const users = parallelLinear(parameters, 'user', lastOfEvery(means, keep), [D, width, width])
  return { users, visited: reshape(lastOfEvery(visits, keep), [D, ...keep.shape]) }
}

/** The global code of users [..., D · d] → [..., d]. */
function codeOf({ width, hidden }: Config, parameters: Parameters, users: Sym): Sym {
  const scale = uniform(1 / Math.sqrt(hidden))
  const inner = relu(linear(parameters, 'code/inner', users, [users.shape.at(-1) as number, hidden], scale))
  return linear(parameters, 'code/outer', inner, [hidden, width], scale)
}

/** Users by place, [B, T, D · d]. */
function joined(users: Sym): Sym {
  const [D, B, T, width] = users.shape as [number, Dim, Dim, number]
  return reshape(transpose(users, [1, 2, 0, 3]), [B, T, D * width])
}

/** What each domain's users take from the others' vectors and from the global code, [D, B, T, d]. */
function transfer({ width }: Config, parameters: Parameters, users: Sym, visited: Sym, code: Sym): Sym {
  const [D, B, T] = users.shape as [number, Dim, Dim]
  const map = (name: string, x: Sym) => linear(parameters, name, x, [width, width], uniform(1 / Math.sqrt(width)))
  const adapted = parallelLinear(parameters, 'adapt', users, [D, width, width])
  const general = map('code/adapt', stopGradient(code)) // [B, T, d]
  const others = transpose(concat([adapted, reshape(general, [1, B, T, width])], 0), [1, 2, 0, 3]) // [B, T, D + 1, d]
  const query = map('transfer/query', transpose(users, [1, 2, 0, 3])) // [B, T, D, d]
  const key = map('transfer/key', others)
  const value = map('transfer/value', others)
  const logits = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(width) }) // [B, T, D, D + 1]
  // Neither to itself nor to a domain without an event; the code is always there.
  const there = concat([transpose(visited, [1, 2, 0]), expand(constant(1), [B, T, 1])], 2) // [B, T, D + 1]
  const hidden = subtract(reshape(there, [B, T, 1, D + 1]), input('itself', [D, D + 1]))
  const taken = matmul(softmax(add(logits, multiply(subtract(maximum(hidden, 0), 1), 1e9))), value) // [B, T, D, d]
  return transpose(map('transfer/output', taken), [2, 0, 1, 3])
}

/** The states asked for, [A, d]: what a user is to the domain, and what was taken from elsewhere. */
function encode(config: Config, parameters: Parameters, inputs: DomainInputs) {
  const { users, visited } = userVectors(parameters, inputs)
  // The auto-encoder reads users, and does not shape them.
  const seen = stopGradient(joined(users)) // [B, T, D · d]
  const answers = add(users, transfer(config, parameters, users, visited, codeOf(config, parameters, seen)))
  return { states: gather(reshape(answers, [-1, config.width]), inputs.asked.cell), seen }
}

/** Users from their code, [B, d] → [B, D · d]. */
function decode({ width, hidden }: Config, parameters: Parameters, code: Sym, D: number): Sym {
  const inner = relu(linear(parameters, 'decode/inner', code, [width, hidden], uniform(1 / Math.sqrt(width))))
  return linear(parameters, 'decode/outer', inner, [hidden, D * width], uniform(1 / Math.sqrt(hidden)))
}

/**
 * How far the code of each user is from the code of the same user with domains hidden, among the users of a batch (InfoNCE).
 * @param codes [B, d]
 * @param others the same users', [B, d]
 */
export function contrastOf(codes: Sym, others: Sym, temperature: number): Sym {
  // A code may be zero, where a length has no derivative.
  const unit = (x: Sym) => divide(x, sqrt(add(sum(square(x), 1, { keepDims: true }), 1e-6)))
  const [a, b] = [unit(codes), unit(others)]
  const logits = multiply(matmul(a, b, { transposeB: true }), 1 / temperature) // [B, B]
  return mean(subtract(logSumExp(logits), multiply(sum(multiply(a, b), 1), 1 / temperature)))
}

/** What the auto-encoder lowers, from users at the end of their histories, [B, D · d]. */
function selfSupervision(config: Config, parameters: Parameters, users: Sym, D: number) {
  const { width, temperature } = config
  const shown = subtract(1, cast(input('hidden', ['B', D], 'uint8'), 'float32')) // [B, D]
  const partly = reshape(multiply(reshape(users, ['B', D, width]), reshape(shown, ['B', D, 1])), ['B', D * width])
  const [whole, part] = [users, partly].map((x) => codeOf(config, parameters, x))
  const error = (code: Sym) => mean(square(subtract(decode(config, parameters, code, D), users)))
  return { contrast: contrastOf(whole, part, temperature), reconstruction: add(error(whole), error(part)) }
}

/** Which domains are hidden of each history, each by chance, but never all. */
function hiddenFeeds({ size }: SequenceBatch, { hide }: Config, D: number, rng: Rng): Record<string, Tensor> {
  const hidden = Uint8Array.from({ length: size * D }, () => (rng.float() < hide ? 1 : 0))
  for (let b = 0; b < size; b++)
    if (hidden.subarray(b * D, (b + 1) * D).every(Boolean)) hidden[b * D + rng.below(D)] = 0
  return { hidden: { shape: [size, D], data: hidden } }
}

export const catArt = defineCrossDomainModel({
  name: 'cat-art',
  summary:
    'a user vector a domain, which takes by attention from those of the others and from a global code of the user',
  paper: {
    title: 'One for All, All for One: Learning and Transferring User Embeddings for Cross-Domain Recommendation',
    year: 2023,
    venue: 'WSDM',
  },
  config,
  itemDeviation: 0.1,
  encoder(config, parameters, dataset) {
    const D = dataset.domains.length
    decode(config, parameters, input('code', ['B', config.width]), D)
    const itself = Float32Array.from({ length: D * (D + 1) }, (_, i) =>
      i % (D + 1) === Math.floor(i / (D + 1)) ? 1 : 0,
    )
    return {
      encode: (inputs) => encode(config, parameters, inputs).states,
      feeds: () => ({ itself: { shape: [D, D + 1], data: itself } }),
    }
  },
  train(model, config, context) {
    const { parameters, dataset } = model
    const D = dataset.domains.length
    const step = crossDomainStep(model, config, context, (inputs) => {
      const { states, seen } = encode(config, parameters, inputs)
      const T = seen.shape[1]
      const last = reshape(slice(seen, 1, `${T}-1`, T), ['B', D * config.width])
      const { contrast, reconstruction } = selfSupervision(config, parameters, last, D)
      return {
        ranked: [{ name: 'ranking', states, weight: 1 }],
        added: [
          { name: 'contrast', value: contrast, weight: config.contrast },
          { name: 'reconstruction', value: reconstruction, weight: config.reconstruct },
        ],
        feeds: (batch, rng) => hiddenFeeds(batch, config, D, rng),
      }
    })
    return trainOnSequences(model, config, context, sequenceBatches, step)
  },
})
