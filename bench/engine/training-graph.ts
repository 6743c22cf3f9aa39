/**
 * The training step that the executor is tuned on: SASRec's graph without its tables (embedding rows in, gradients of rows
 * and of every weight out), batch 256, T 50, d 64, two pre-norm blocks of two heads, dropout 0.2, BPR.
 */

import type { Tensor } from '../../src/core/index.ts'
import { createRng } from '../../src/math/index.ts'
import { createDropout } from '../../src/nn/dropout.ts'
import { causalMask, paddedCausalMask, transformer } from '../../src/nn/layers.ts'
import { bprLoss } from '../../src/nn/losses.ts'
import { createParameters } from '../../src/nn/parameters.ts'
import { grad } from '../../src/tensor/grad.ts'
import { cast, input, multiply, reshape, type Sym, sum } from '../../src/tensor/index.ts'

export interface TrainingGraphOptions {
  readonly inner: number
  readonly activation: 'relu' | 'gelu'
  readonly dropout: number
}

export function trainingGraph(options: TrainingGraphOptions) {
  const width = 64
  const parameters = createParameters(createRng(1))
  const dropout = createDropout(options.dropout)
  const rows = input('rows', ['B', 'T', width])
  const keep = cast(input('keep', ['B', 'T'], 'uint8'), 'float32')
  const [positive, negative] = [input('positive', ['B*T', width]), input('negative', ['B*T', width])]
  const weight = input('weight', ['B*T'])
  const embedded = multiply(dropout.apply('embedded', rows), reshape(keep, ['B', 'T', 1]))
  const mask = paddedCausalMask(keep, input('causal', ['T', 'T']))
  const states = transformer(parameters, '', embedded, mask, { width, heads: 2, layers: 2, ...options, dropout })
  const flat = reshape(states, ['B*T', width])
  const score = (items: Sym) => sum(multiply(flat, items), [1])
  const loss = sum(multiply(bprLoss(score(positive), score(negative)), weight))
  const wrt = [rows, positive, negative, ...parameters.symbols.values()]
  const outputs: Record<string, Sym> = { loss }
  for (const [i, gradient] of grad(loss, wrt).entries()) outputs[`gradient ${i}`] = gradient
  return {
    outputs,
    parameters,
    masks: (B: number, T: number, seed: number) => dropout.masks(createRng(seed).split('dropout'), { B, T }),
    feeds(B: number, T: number, seed = 0): Record<string, Tensor> {
      const rng = createRng(seed)
      const normal = (shape: readonly number[]): Tensor => ({
        shape,
        data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.normal()),
      })
      return {
        rows: normal([B, T, width]),
        keep: { shape: [B, T], data: new Uint8Array(B * T).fill(1) },
        positive: normal([B * T, width]),
        negative: normal([B * T, width]),
        weight: { shape: [B * T], data: new Float32Array(B * T).fill(1 / (B * T)) },
        causal: { shape: [T, T], data: causalMask(T) },
        ...Object.fromEntries(parameters.tensors),
        ...dropout.masks(rng.split('dropout'), { B, T }),
      }
    },
  }
}
