import { z } from 'zod'
import {
  defineGraphModel,
  graphOptions,
  heard,
  levelAdjacencies,
  levelsOf,
  onBoth,
} from '../../families/graphs/index.ts'
import { type Initializer, xavierUniform } from '../../nn/index.ts'
import { concat, constant, matmul, multiply, relu, slice } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('E, the width of the vectors that are decoded'),
  hidden: z.int().min(1).default(128).describe('H, the width of what a node hears over the edges of one level'),
  levels: z
    .enum(['one', 'values'])
    .default('one')
    .describe(
      'one: every interaction is an edge of one kind; values: a kind, with vectors of its own, for each value of the log',
    ),
  dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of whole nodes, and of what was heard'),
  ...graphOptions({ loss: 'bce', learningRate: 0.005, weightDecay: 0 }),
})

/** An orthogonal matrix of the scale that the public code begins with. */
const startOfDecoder =
  (width: number): Initializer =>
  (data) => {
    for (let k = 0; k < width; k++) data[k * (width + 1)] = 1.1
  }

// Weights: `users` [U + 1, R H] and `items` [V, R H], what one-hot nodes say on each of R levels; `dense` [R H, E]; `decoder` Q [E, E].

export const gcmc = defineGraphModel({
  name: 'gcmc',
  summary:
    'a graph auto-encoder: users are what their items say, items what their users say, decoded by a bilinear form',
  paper: { title: 'Graph Convolutional Matrix Completion', year: 2018, venue: 'KDD Deep Learning Day' },
  config,
  nodes: 'user',
  own: ({ hidden, levels }, { dataset, split }) => ({
    width: hidden * (levels === 'one' ? 1 : levelsOf(dataset, split).length),
    deviation: 0.1,
  }),
  encoder({ width, hidden, levels }, { dataset, split, graph, parameters }) {
    const channels = levels === 'one' ? [graph.adjacency] : levelAdjacencies(dataset, split)
    const stacked = channels.length * hidden
    return (own, dropout) => {
      const kept = onBoth((x, side) => {
        const nodes = dropout.apply(`nodes/${side}`, constant(1, [x.shape[0] as number, 1])) // node dropout, Section 2.4
        return multiply(x, nodes)
      }, own)
      // μ_{j→i,r} = W_r x_j / c_ij, Eq. 1, where x_j is one-hot
      const messages = channels.map((adjacency, r) =>
        heard(
          adjacency,
          onBoth((x) => slice(x, 1, r * hidden, (r + 1) * hidden), kept),
        ),
      )
      const dense = parameters.declare('dense', [stacked, width], xavierUniform(stacked, width))
      const z = onBoth((_, side) => {
        const all = relu(
          concat(
            messages.map((message) => message[side]),
            1,
          ),
        ) // h_i = σ(stack_r Σ_j μ), Eq. 2
        return matmul(dropout.apply(`heard/${side}`, all), dense) // u_i = W h_i, Eq. 3
      }, own)
      const decoder = parameters.declare('decoder', [width, width], startOfDecoder(width))
      return { users: matmul(z.users, decoder), items: z.items } // u_iᵀ Q v_j, Eq. 4
    }
  },
})
