import type { AttributeField, EncoderInputs, SequenceModel } from '../../../families/sequence/index.ts'
import {
  type Dropout,
  layerNorm,
  linear,
  normal,
  type Parameters,
  paddedCausalMask,
  xavierUniform,
} from '../../../nn/index.ts'
import {
  add,
  type Dim,
  gather,
  input,
  matmul,
  maximum,
  multiply,
  reshape,
  type Sym,
  softmax,
  transpose,
} from '../../../tensor/index.ts'
import type { Config } from './index.ts'

/** A model whose states are those of profiles; an item is scored by its attention to them. */
export interface Carca extends SequenceModel {
  readonly fields: readonly AttributeField[]
  /** What candidates are, from their rows [..., d] of the table and what is known of them: [..., d]. */
  joint(rows: Sym, asked: string): Sym
}

/** The ReLU of the paper's projections lets a fifth through. */
const LEAK = 0.2
const DEVIATION = 0.02

/** Items of the profile [B, T, d] → its states [B, T, d], each of what came up to there (Eq. 3–6). */
export function encode(config: Config, parameters: Parameters, { keep, dropout }: EncoderInputs, items: Sym): Sym {
  const { width, layers } = config
  const [B, T] = keep.shape as [Dim, Dim]
  const real = reshape(keep, [B, T, 1])
  const mask = paddedCausalMask(keep, input('causal', [T, T]))
  let x = multiply(dropout.apply('embedding', items), real)
  for (let i = 0; i < layers; i++) {
    const name = `block${i}`
    const query = layerNorm(parameters, `${name}/norm1`, x, width)
    // The residual is a product: what is attended to gates what attends.
    const attended = multiply(attention(config, parameters, name, query, x, mask, dropout), query)
    const entered = layerNorm(parameters, `${name}/norm2`, attended, width)
    const hidden = dropout.apply(`${name}/hidden`, projection(parameters, `${name}/inner`, entered, width))
    const fed = dropout.apply(
      `${name}/outer`,
      linear(parameters, `${name}/outer`, hidden, [width, width], xavierUniform(width, width)),
    )
    x = multiply(add(entered, fed), real)
  }
  return layerNorm(parameters, 'norm', x, width)
}

/** Queries that attend to a profile, one at each place of it, each to what its mask shows: [B, T, d] both → [B, T, d] */
function attention(
  config: Config,
  parameters: Parameters,
  name: string,
  queries: Sym,
  profile: Sym,
  mask: Sym,
  dropout?: Dropout,
): Sym {
  const { width, heads } = config
  const [B, T] = profile.shape as [Dim, Dim]
  const split = (y: Sym) => transpose(reshape(y, [B, T, heads, width / heads]), [0, 2, 1, 3]) // [B, heads, T, d/heads]
  const query = split(projection(parameters, `${name}/query`, queries, width))
  const key = split(projection(parameters, `${name}/key`, profile, width))
  const value = split(projection(parameters, `${name}/value`, profile, width))
  const logits = matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(width / heads) })
  const weights = softmax(add(add(logits, recency(config, parameters, name, T)), mask)) // [B, heads, T, T]
  const kept = dropout === undefined ? weights : dropout.apply(`${name}/attention`, weights)
  return reshape(transpose(matmul(kept, value), [0, 2, 1, 3]), queries.shape)
}

/** How much each head looks how far back, which stands for the times of the paper: of a query (row) and a place (column), [heads, T, T]. */
export function recency({ heads, maxLength }: Config, parameters: Parameters, name: string, T: Dim): Sym {
  const table = parameters.declare(`${name}/recency`, [maxLength, heads], normal(DEVIATION))
  return transpose(gather(table, input('back', [T, T], 'int32')), [2, 0, 1])
}

/** [T, T], how many positions a place (column) lies before a query (row); 0 behind it. */
export function distances(length: number): Int32Array {
  return Int32Array.from({ length: length * length }, (_, i) => Math.max(0, Math.floor(i / length) - (i % length)))
}

/** A linear map with a leaky ReLU. */
function projection(parameters: Parameters, name: string, x: Sym, width: number): Sym {
  const y = linear(parameters, name, x, [width, width], xavierUniform(width, width))
  return maximum(y, multiply(y, LEAK))
}

/** How well a candidate at each position fits what the profile says up to there: states and candidates [B, T, d] → [B, T] (Eq. 7–8). */
export function fits(config: Config, parameters: Parameters, states: Sym, candidates: Sym, mask: Sym): Sym {
  const { width } = config
  const attended = attention(config, parameters, 'cross', candidates, states, mask)
  const [B, T] = candidates.shape as [Dim, Dim]
  return reshape(matmul(multiply(attended, candidates), scoreWeight(parameters, width)), [B, T])
}

const scoreWeight = (parameters: Parameters, width: number) =>
  parameters.declare('score', [width, 1], xavierUniform(width, 1))

/** What a profile is asked by every candidate: keys and values of each head, [B, T, d]. */
export function profileOf({ width }: Config, parameters: Parameters, states: Sym) {
  return {
    keys: projection(parameters, 'cross/key', states, width),
    values: projection(parameters, 'cross/value', states, width),
  }
}

/** What candidates [C, d] ask of every profile, and what of its answer counts for them: [C, d] each. */
export function candidatesOf({ width }: Config, parameters: Parameters, candidates: Sym) {
  const weight = reshape(scoreWeight(parameters, width), [width])
  return {
    queries: projection(parameters, 'cross/query', candidates, width),
    counted: multiply(candidates, weight),
  }
}
