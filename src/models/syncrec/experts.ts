import { type Dropout, normal, ones, type Parameters, zeros } from '../../nn/index.ts'
import type { Dim, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'

export interface ExpertOptions {
  readonly width: number
  readonly layers: number
  readonly heads: number
  /** Inner width of the feed-forward networks, in widths. */
  readonly expansion: number
}

const DEVIATION = 0.02
const EPSILON = 1e-5

/**
 * n independent Transformer experts over the same sequences (Eq. 5–7), computed as one: weights stand stacked along a first
 * axis of n, so that n experts are one batched product. Post-norm, as in the released code.
 * @param x [B, T, r]
 * @param mask added to the attention logits, broadcasts to [B, heads, T, T]
 * @returns [n, B, T, r]
 */
export function experts(
  parameters: Parameters,
  name: string,
  count: number,
  x: Sym,
  mask: Sym,
  { width, layers, heads, expansion }: ExpertOptions,
  dropout: Dropout,
  view: string,
): Sym {
  const [B, T] = x.shape as [Dim, Dim]
  let z = t.reshape(x, [1, -1, width])
  const rows = z.shape[1]!
  /** [n, B·T, in] → [n, B·T, out]. */
  const linear = (layer: string, y: Sym, inputs: number, outputs: number) => {
    const weight = parameters.declare(`${name}/${layer}/weight`, [count, inputs, outputs], normal(DEVIATION))
    const bias = parameters.declare(`${name}/${layer}/bias`, [count, 1, outputs], zeros)
    return t.add(t.matmul(y, weight), bias)
  }
  const layerNorm = (layer: string, y: Sym) => {
    const gain = parameters.declare(`${name}/${layer}/gain`, [count, 1, width], ones)
    const bias = parameters.declare(`${name}/${layer}/bias`, [count, 1, width], zeros)
    return t.add(t.multiply(t.normalize(y, EPSILON), gain), bias)
  }
  const drop = (layer: string, y: Sym) => {
    const whole = dropout.apply(`${view}/${name}/${layer}`, t.reshape(y, [count, B, T, width]))
    return t.reshape(whole, [count, rows, width])
  }
  const headWidth = width / heads
  const split = (y: Sym) => t.transpose(t.reshape(y, [count, B, T, heads, headWidth]), [0, 1, 3, 2, 4])

  for (let layer = 0; layer < layers; layer++) {
    const block = `block${layer}`
    const query = split(linear(`${block}/query`, z, width, width)) // [n, B, heads, T, r/heads]
    const key = split(linear(`${block}/key`, z, width, width))
    const value = split(linear(`${block}/value`, z, width, width))
    const logits = t.matmul(query, key, { transposeB: true, scale: 1 / Math.sqrt(headWidth) }) // Eq. 5
    const attention = dropout.apply(`${view}/${name}/${block}/attention`, t.softmax(t.add(logits, mask)))
    const heard = t.reshape(t.transpose(t.matmul(attention, value), [0, 1, 3, 2, 4]), [count, rows, width])
    const attended = drop(`${block}/output`, linear(`${block}/output`, heard, width, width)) // Eq. 6
    const h = layerNorm(`${block}/norm1`, t.add(z, attended))
    const inner = t.gelu(linear(`${block}/inner`, h, width, expansion * width))
    const fed = drop(`${block}/outer`, linear(`${block}/outer`, inner, expansion * width, width)) // Eq. 7
    z = layerNorm(`${block}/norm2`, t.add(h, fed))
  }
  return t.reshape(z, [count, B, T, width])
}
