import { z } from 'zod'
import { defineGraphModel, graphOptions, heard, type NodeVectors } from '../../families/graphs/index.ts'
import { add, multiply } from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of user and item vectors'),
  layers: z.int().min(0).default(3).describe('K, how many edges far vectors go; 0 is matrix factorization'),
  ...graphOptions({ loss: 'bpr', learningRate: 0.005, weightDecay: 0.00001 }),
})

// Weights: `users` [U + 1, d] and `items` [V, d], the vectors of layer 0.

export const lightgcn = defineGraphModel({
  name: 'lightgcn',
  summary: 'vectors of users and items, smoothed along the graph of who met what',
  paper: {
    title: 'LightGCN: Simplifying and Powering Graph Convolution Network for Recommendation',
    year: 2020,
    venue: 'SIGIR',
  },
  config,
  nodes: 'user',
  own: ({ width }) => ({ width, deviation: 0.1 / Math.sqrt(width) }),
  encoder:
    ({ layers }, { graph }) =>
    (own) => {
      let layer = own
      let sum = own
      for (let k = 0; k < layers; k++) {
        layer = heard(graph.adjacency, layer) // e⁽ᵏ⁺¹⁾_u = Σ_i e⁽ᵏ⁾_i / √(|N_u| |N_i|), Eq. 3
        sum = { users: add(sum.users, layer.users), items: add(sum.items, layer.items) }
      }
      const share = 1 / (layers + 1) // α_k, Eq. 4
      return { users: multiply(sum.users, share), items: multiply(sum.items, share) } satisfies NodeVectors
    },
})
