import type { EncoderInputs } from '../../../families/sequence/index.ts'
import { layerNorm, type Parameters, positionRows, transformer } from '../../../nn/index.ts'
import { add, type Sym } from '../../../tensor/index.ts'
import type { Config } from './index.ts'

/** Item embeddings [B, T, d] → states [B, T, d], of what the mask lets each position see. */
export function encode(
  config: Config,
  parameters: Parameters,
  { rows, dropout }: Pick<EncoderInputs, 'rows' | 'dropout'>,
  mask: Sym,
): Sym {
  const { width, maxLength } = config
  const positions = positionRows(parameters, 'positions', rows.shape[1], [maxLength, width]) // [T, d]
  const x = dropout.apply('embedding', layerNorm(parameters, 'input', add(rows, positions), width)) // Eq. 1
  return transformer(parameters, '', x, mask, { ...config, dropout }) // Eq. 2–4
}
