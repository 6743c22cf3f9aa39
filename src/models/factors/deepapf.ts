import { z } from 'zod'
import { defineDomainFactorModel, factorOptions, trainOnMatches } from '../../families/factors/index.ts'
import { linear, xavierUniform } from '../../nn/index.ts'
import {
  add,
  type Dim,
  matmul,
  multiply,
  relu,
  reshape,
  type Sym,
  sigmoid,
  slice,
  subtract,
} from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of the vectors of users and items'),
  attention: z.int().min(1).default(16).describe('width of the layer that weighs the parts of a user'),
  ...factorOptions({ unit: 'interactions' }),
})

// Weights: `users/shared` [users of several domains + 1, d]; `users/own` [users × domains + 1, d]; `items` [V, d]; `attention/{weight,bias}`
// [d, h]; `attention/output` [h, 1]; `output` [d, 1].
export const deepapf = defineDomainFactorModel({
  name: 'deepapf',
  summary: 'what a user’s domains share and what is of one, weighed anew for each item',
  paper: {
    title: 'DeepAPF: Deep Attentive Probabilistic Factorization for Multi-site Video Recommendation',
    year: 2019,
    venue: 'IJCAI',
  },
  config,
  length: 0.3,
  parts: () => ['shared', 'asked'],
  match({ width, attention }, { parameters }, { parts, known }, items) {
    const declare = (name: string, inputs: number) => parameters.declare(name, [inputs, 1], xavierUniform(inputs, 1))
    const [common, apart] = parts.map((part) => {
      const meeting = multiply(reshape(part, ['N', 1, width]), items) // u ∘ v [N, R, d]
      const flat = (x: Sym) => reshape(x, meeting.shape.slice(0, 2) as Dim[]) // [N, R, 1] → [N, R]
      const inner = relu(linear(parameters, 'attention', meeting, [width, attention], xavierUniform(width, attention)))
      return {
        weight: flat(matmul(inner, declare('attention/output', attention))),
        liking: flat(matmul(meeting, declare('output', width))),
      }
    })
    // A softmax over the two parts, of which one that a user does not have weighs nothing.
    const missing = multiply(subtract(slice(known, 1, 0, 1), slice(known, 1, 1, 2)), 1e9)
    const share = sigmoid(add(subtract(common.weight, apart.weight), missing)) // [N, R]
    return add(multiply(share, common.liking), multiply(subtract(1, share), apart.liking))
  },
  train: (model, config, context) => trainOnMatches('deepapf', model, config, context),
})
