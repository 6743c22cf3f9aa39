import { z } from 'zod'
import {
  type DomainFactors,
  defineDomainFactorModel,
  factorOptions,
  learningUsers,
  trainingInteractions,
  trainOnPairs,
  type UserParts,
} from '../../families/factors/index.ts'
import { lossCatalogue, rankingLoss } from '../../families/ranking/index.ts'
import { adam, gradientStep, xavierUniform } from '../../nn/index.ts'
import { concat, matmul, type Sym } from '../../tensor/index.ts'

const config = z
  .object({
    width: z.int().min(1).default(64).describe('K, the clusters of users'),
    shared: z.int().min(0).default(32).describe('T, the clusters of items whose rating pattern all domains share'),
    own: z.int().min(0).default(32).describe('L − T, the clusters of items whose rating pattern is of one domain'),
    ...factorOptions({ unit: 'interactions' }),
  })
  .refine(({ shared, own }) => shared + own > 0, {
    error: 'shared and own are both 0, so that an item would belong to no cluster; give one of them at least 1',
  })
type Config = z.output<typeof config>

// Weights: `users/own` U_d [users × domains + 1, K]; `items` V [V, L]; `pattern/shared` S_0 [K, T]; `pattern/<domain>` S_d [K, L − T].
/** U_d [S_0, S_d], [N, L]: how much a user likes each cluster of items of the domain. */
function tastes({ width, shared, own }: Config, { parameters, dataset }: DomainFactors, users: UserParts): Sym {
  const [memberships] = users.parts // U_d [N, K]
  const pattern = (name: string, clusters: number) =>
    parameters.declare(`pattern/${name}`, [width, clusters], xavierUniform(width, clusters))
  const common = () => matmul(memberships, pattern('shared', shared)) // U_d S_0 [N, T]
  const apart = () => users.ofDomain((d) => matmul(memberships, pattern(dataset.domains[d], own))) // U_d S_d [N, L − T]
  return concat([...(shared > 0 ? [common()] : []), ...(own > 0 ? [apart()] : [])], 1)
}

export const clfm = defineDomainFactorModel({
  name: 'clfm',
  summary:
    'clusters of users and items in each domain, and a rating pattern between them of which domains share a part',
  paper: { title: 'Cross-Domain Recommendation via Cluster-Level Latent Factor Model', year: 2013, venue: 'ECML PKDD' },
  config,
  length: 1,
  itemWidth: ({ shared, own }) => shared + own,
  parts: () => ['asked'],
  match: (config, model, users, items) => matmul(tastes(config, model, users), items, { transposeB: true }), // U_d [S_0, S_d] V_dᵀ
  train(model, config, context) {
    const { items, parameters, programs, parts } = model
    const { users, reads, feeds } = learningUsers(model, parts)
    const states = tastes(config, model, users) // [N, L]
    const ranking = rankingLoss(config.loss, states, items, lossCatalogue(context, config.negatives), config)
    const update = gradientStep({
      loss: ranking.loss,
      parameters,
      reads: [...reads, ...ranking.reads],
      optimizer: adam(config),
      dense: config.adam === 'dense',
      programs,
    })
    return trainOnPairs('clfm', model, config, context, trainingInteractions(context), {
      state: update.state,
      async run({ size, user, targets }, negatives, rng) {
        const { loss } = await update.run({
          ...feeds(user, targets),
          ...ranking.feeds({ items: targets, negatives, total: size }, rng.split('loss')),
        })
        return { loss }
      },
    })
  },
})
