import type { Dim, Sym } from '../tensor/index.ts'
import * as t from '../tensor/index.ts'
import type { Dropout } from './dropout.ts'
import { type Initializer, normal, ones, type Parameters, uniform, zeros } from './parameters.ts'

/** Standard deviation of the normal initializer that Transformer models use for dense weights and positions. */
const TRANSFORMER_DEVIATION = 0.02

/** A dense layer's weight [in, out] and bias [out], declared as `name/weight` and `name/bias`. */
export function linear(
  parameters: Parameters,
  name: string,
  x: Sym,
  [inputs, outputs]: readonly [number, number],
  initializer: Initializer = normal(TRANSFORMER_DEVIATION),
): Sym {
  const weight = parameters.declare(`${name}/weight`, [inputs, outputs], initializer)
  const bias = parameters.declare(`${name}/bias`, [outputs], zeros)
  return t.linear(x, weight, bias) // [..., out]
}

/** Layer normalization over the last axis with gain and bias (Ba, Kiros and Hinton, 2016). */
export function layerNorm(parameters: Parameters, name: string, x: Sym, width: number, epsilon = 1e-5): Sym {
  const gain = parameters.declare(`${name}/gain`, [width], ones)
  const bias = parameters.declare(`${name}/bias`, [width], zeros)
  return t.add(t.multiply(t.normalize(x, epsilon), gain), bias)
}

export interface AttentionOptions {
  readonly width: number
  readonly heads: number
  readonly dropout: Dropout
  /** Is shown who attends to whom, [B, heads, T, T], before dropout. */
  readonly watch?: (weights: Sym) => void
}

/**
 * Multi-head self-attention (Vaswani et al., 2017).
 * @param x [B, T, d]
 * @param mask added to the attention logits: 0 where allowed, −1e9 where not; broadcasts to [B, heads, T, T]
 * @returns [B, T, d]
 */
export function selfAttention(
  parameters: Parameters,
  name: string,
  x: Sym,
  mask: Sym,
  { width, heads, dropout, watch }: AttentionOptions,
): Sym {
  const [B, T] = x.shape as [Dim, Dim, number]
  const headWidth = width / heads
  const split = (y: Sym) => t.transpose(t.reshape(y, [B, T, heads, headWidth]), [0, 2, 1, 3]) // [B, heads, T, d/heads]
  const query = split(linear(parameters, `${name}/query`, x, [width, width]))
  const key = split(linear(parameters, `${name}/key`, x, [width, width]))
  const value = split(linear(parameters, `${name}/value`, x, [width, width]))
  const logits = t.matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(headWidth) }) // [B, heads, T, T]
  const weights = t.softmax(t.add(logits, mask))
  watch?.(weights)
  const attention = dropout.apply(`${name}/attention`, weights)
  const mixed = t.reshape(t.transpose(t.matmul(attention, value), [0, 2, 1, 3]), [B, T, width])
  return linear(parameters, `${name}/output`, mixed, [width, width])
}

/** Position-wise feed-forward network: `outer(dropout(activation(inner(x))))`. */
export function feedForward(
  parameters: Parameters,
  name: string,
  x: Sym,
  {
    width,
    inner,
    activation,
  }: { readonly width: number; readonly inner: number; readonly activation: 'relu' | 'gelu' },
  dropout?: Dropout,
): Sym {
  const sums = linear(parameters, `${name}/inner`, x, [width, inner])
  const hidden = activation === 'relu' ? t.relu(sums) : t.gelu(sums)
  const kept = dropout === undefined ? hidden : dropout.apply(`${name}/hidden`, hidden)
  return linear(parameters, `${name}/outer`, kept, [inner, width])
}

export interface TransformerOptions extends AttentionOptions {
  readonly layers: number
  readonly inner: number
  readonly activation: 'relu' | 'gelu'
}

/**
 * A stack of pre-norm Transformer blocks, closed by a layer norm (Xiong et al., 2020).
 * @param x [B, T, d]
 * @param mask as in `selfAttention`
 * @returns [B, T, d]
 */
export function transformer(parameters: Parameters, name: string, x: Sym, mask: Sym, options: TransformerOptions): Sym {
  const { width, dropout } = options
  const prefix = name === '' ? '' : `${name}/`
  let h = x
  for (let i = 0; i < options.layers; i++) {
    const block = `${prefix}block${i}`
    const attended = selfAttention(parameters, block, layerNorm(parameters, `${block}/norm1`, h, width), mask, options)
    h = t.add(h, dropout.apply(`${block}/output`, attended))
    const fed = feedForward(parameters, block, layerNorm(parameters, `${block}/norm2`, h, width), options)
    h = t.add(h, dropout.apply(`${block}/outer`, fed))
  }
  return layerNorm(parameters, `${prefix}norm`, h, width)
}

/**
 * A stack of blocks with their norm after the sum (Vaswani et al., 2017), as PyTorch's encoder layers. Declares
 * `name/block{i}/…`.
 * @param x [B, T, d]
 * @param mask as in `selfAttention`
 * @returns [B, T, d]
 */
export function postNormTransformer(
  parameters: Parameters,
  name: string,
  x: Sym,
  mask: Sym,
  options: TransformerOptions,
): Sym {
  const { width, dropout } = options
  let h = x
  for (let i = 0; i < options.layers; i++) {
    const block = `${name}/block${i}`
    const attended = selfAttention(parameters, block, h, mask, options)
    h = layerNorm(parameters, `${block}/norm1`, t.add(h, dropout.apply(`${block}/output`, attended)), width)
    const fed = feedForward(parameters, block, h, options, dropout)
    h = layerNorm(parameters, `${block}/norm2`, t.add(h, dropout.apply(`${block}/outer`, fed)), width)
  }
  return h
}

/**
 * A learned row for each position of a window: the last T of a table [maxLength, width] of that name, so that a position means
 * the same distance from the end whatever T is.
 * @returns [T, width]
 */
export function positionRows(
  parameters: Parameters,
  name: string,
  T: Dim,
  [maxLength, width]: readonly [number, number],
  initializer: Initializer = normal(TRANSFORMER_DEVIATION),
): Sym {
  return t.slice(parameters.declare(name, [maxLength, width], initializer), 0, `${maxLength}-${T}`, maxLength)
}

/**
 * The attention mask of left-padded sequences: a position sees itself and what came before, and never padding.
 * @param keep [B, T], 1 at real positions, 0 at padding
 * @param causal [T, T], 0 at and below the diagonal, −1e9 above (`causalMask`)
 * @returns [B, 1, T, T]
 */
export function paddedCausalMask(keep: Sym, causal: Sym): Sym {
  const [B, T] = keep.shape as [Dim, Dim]
  const padding = t.multiply(t.subtract(t.reshape(keep, [B, 1, 1, T]), 1), 1e9) // 0 or −1e9
  return t.add(causal, padding)
}

/** [T, T], 0 at and below the diagonal, −1e9 above it. */
export function causalMask(length: number): Float32Array {
  const mask = new Float32Array(length * length)
  for (let row = 0; row < length; row++) mask.fill(-1e9, row * length + row + 1, (row + 1) * length)
  return mask
}

export interface GruOptions {
  /** Width of the input. */
  readonly width: number
  /** Width of the state. */
  readonly hidden: number
  readonly layers: number
}

/**
 * Layers of gated recurrent units over left-padded sequences. The recurrence is unrolled, so T is a number. Declares
 * `name{i}/{input,state}/{weight,bias}`.
 * @param x [B, T, width]
 * @param keep [B, T], 0 leaves the state as it is (padding)
 * @returns the states of the last layer, [B, T, hidden]; zero at padding
 */
export function gru(parameters: Parameters, name: string, x: Sym, keep: Sym, options: GruOptions): Sym {
  const { width, hidden, layers } = options
  const [B, T] = keep.shape as [Dim, number]
  let steps = Array.from({ length: T }, (_, i) => t.reshape(t.slice(x, 1, i, i + 1), [B, width])) // T × [B, width]
  const keeps = Array.from({ length: T }, (_, i) => t.slice(keep, 1, i, i + 1)) // T × [B, 1]
  for (let layer = 0; layer < layers; layer++) {
    const weights = gruWeights(parameters, `${name}${layer}`, layer === 0 ? width : hidden, hidden)
    let state = t.expand(t.constant(0), [B, hidden])
    steps = steps.map((step, i) => {
      state = gruStep(weights, step, state, keeps[i])
      return state
    })
  }
  return t.concat(
    steps.map((state) => t.reshape(state, [B, 1, hidden])),
    1,
  )
}

interface GruWeights {
  /** [in, 3h] and [3h] for the input, [h, 3h] and [3h] for the state; gates in the order reset, update, new. */
  readonly inputWeight: Sym
  readonly inputBias: Sym
  readonly stateWeight: Sym
  readonly stateBias: Sym
}

function gruWeights(parameters: Parameters, name: string, inputs: number, hidden: number): GruWeights {
  const initializer = uniform(1 / Math.sqrt(hidden))
  return {
    inputWeight: parameters.declare(`${name}/input/weight`, [inputs, 3 * hidden], initializer),
    inputBias: parameters.declare(`${name}/input/bias`, [3 * hidden], zeros),
    stateWeight: parameters.declare(`${name}/state/weight`, [hidden, 3 * hidden], initializer),
    stateBias: parameters.declare(`${name}/state/bias`, [3 * hidden], zeros),
  }
}

/**
 * One step of a gated recurrent unit (Cho et al., 2014), in the form of cuDNN and PyTorch: the reset gate acts on the
 * state after its linear map.
 * @param x [B, in]
 * @param state [B, h]
 * @param keep [B, 1]
 */
function gruStep(weights: GruWeights, x: Sym, state: Sym, keep: Sym): Sym {
  const width = (weights.stateBias.shape[0] as number) / 3
  const fromInput = t.linear(x, weights.inputWeight, weights.inputBias) // [B, 3h]
  const fromState = t.linear(state, weights.stateWeight, weights.stateBias) // [B, 3h]
  const part = (y: Sym, i: number) => t.slice(y, 1, i * width, (i + 1) * width)
  const gates = t.sigmoid(t.add(t.slice(fromInput, 1, 0, 2 * width), t.slice(fromState, 1, 0, 2 * width))) // [B, 2h]
  const reset = part(gates, 0)
  const update = part(gates, 1)
  const candidate = t.tanh(t.add(part(fromInput, 2), t.multiply(reset, part(fromState, 2))))
  const next = t.add(candidate, t.multiply(update, t.subtract(state, candidate))) // (1 − z) n + z h
  return t.add(state, t.multiply(keep, t.subtract(next, state)))
}
