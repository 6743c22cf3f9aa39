import { type Dropout, feedForward, layerNorm, type Parameters, selfAttention } from '../../../nn/index.ts'
import { add, type Sym } from '../../../tensor/index.ts'
import type { Config } from './index.ts'

/**
 * A Transformer expert (Eq. 5–7), post-norm as in the released code.
 * @param x [B, T, r]
 * @param mask as in `selfAttention`
 * @returns [B, T, r]
 */
export function expert(
  parameters: Parameters,
  name: string,
  x: Sym,
  mask: Sym,
  { width, layers, heads, expansion }: Pick<Config, 'width' | 'layers' | 'heads' | 'expansion'>,
  dropout: Dropout,
): Sym {
  let z = x
  for (let layer = 0; layer < layers; layer++) {
    const block = `${name}/block${layer}`
    const attended = selfAttention(parameters, block, z, mask, { width, heads, dropout })
    const h = layerNorm(parameters, `${block}/norm1`, add(z, dropout.apply(`${block}/output`, attended)), width)
    const fed = feedForward(parameters, block, h, { width, inner: expansion * width, activation: 'gelu' })
    z = layerNorm(parameters, `${block}/norm2`, add(h, dropout.apply(`${block}/outer`, fed)), width)
  }
  return z
}
