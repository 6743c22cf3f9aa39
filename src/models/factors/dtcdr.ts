import { z } from 'zod'
import { defineDomainFactorModel, factorOptions, trainOnMatches, type UserParts } from '../../families/factors/index.ts'
import { type Parameters, xavierUniform, zeros } from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  divide,
  matmul,
  max,
  maximum,
  multiply,
  relu,
  reshape,
  type Sym,
  subtract,
  sum,
} from '../../tensor/index.ts'

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of the vectors of users in each domain, and of items'),
  hidden: z.array(z.int().min(1)).min(1).default([32, 16]).describe('widths of the layers of each domain’s tower'),
  combine: z
    .enum(['max', 'mean', 'concatenation'])
    .default('max')
    .describe('how the vectors that a user has in several domains become one'),
  ...factorOptions({ unit: 'interactions', learningRate: 0.001 }),
})
type Config = z.output<typeof config>

/** What the user is in all of the domains that know the user, [N, e]: e = d, or D d where they stand side by side. */
function combined({ width, combine }: Config, { parts, known }: UserParts): Sym {
  const D = parts.length
  if (combine === 'concatenation') return concat(parts, 1)
  const all = reshape(concat(parts, 1), ['N', D, width])
  if (combine === 'mean') return divide(sum(all, 1), maximum(sum(known, 1, { keepDims: true }), 1))
  const unknown = multiply(subtract(1, reshape(known, ['N', D, 1])), 1e9)
  return max(subtract(all, unknown), 1)
}

// Weights: `users/own` [users × domains + 1, d]; `items` [V, d]; of each domain `tower/<domain>/{user,item}` [e, h_1] and [d, h_1], together the
// first layer; `tower/<domain>/layer{i}` [h_i, h_i+1]; a `bias` of each; `tower/<domain>/output` [h, 1].
/** MLP_d(e_u ⊕ e_v), [N, R]. */
function tower({ width, hidden }: Config, parameters: Parameters, name: string, user: Sym, items: Sym): Sym {
  const declare = (part: string, shape: readonly [number, number]) =>
    parameters.declare(`tower/${name}/${part}`, shape, xavierUniform(...shape))
  const bias = (layer: number) => parameters.declare(`tower/${name}/bias${layer}`, [hidden[layer]], zeros)
  const wide = user.shape[1] as number
  const [first] = hidden
  const ofUser = reshape(matmul(user, declare('user', [wide, first])), ['N', 1, first])
  const ofItems = matmul(items, declare('item', [width, first])) // [R, h_1] or [N, 1, h_1]
  let x = relu(add(add(ofUser, ofItems), bias(0))) // [N, R, h_1]
  for (const [i, outputs] of hidden.entries())
    if (i > 0) x = relu(add(matmul(x, declare(`layer${i}`, [hidden[i - 1], outputs])), bias(i)))
  return reshape(matmul(x, declare('output', [hidden.at(-1)!, 1])), x.shape.slice(0, 2) as Dim[])
}

export const dtcdr = defineDomainFactorModel({
  name: 'dtcdr',
  summary: 'a vector for each user in each domain, of which the largest entries count in all of them; a tower a domain',
  paper: { title: 'DTCDR: A Framework for Dual-Target Cross-Domain Recommendation', year: 2019, venue: 'CIKM' },
  config,
  length: 0.3,
  parts: (domains) => domains.map((_, d) => d),
  match(config, { parameters, dataset }, users, items) {
    const user = combined(config, users)
    return users.ofDomain((d) => tower(config, parameters, dataset.domains[d], user, items))
  },
  train: (model, config, context) => trainOnMatches('dtcdr', model, config, context),
})
