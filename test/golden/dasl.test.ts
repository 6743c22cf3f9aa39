import { describe, it } from 'vitest'
import { dasl } from '../../src/models/two-sided/dasl.ts'
import { daslWeights } from './base-weights.ts'
import { expectCase, type GoldenCase, readGolden, type World } from './cross-domain.ts'

const { config, cases } = readGolden<{
  readonly config: World &
    Readonly<Record<'hidden' | 'attention' | 'history' | 'mapping', number>> & { readonly layers: readonly number[] }
  readonly cases: readonly (GoldenCase & { readonly pooled: 'own' | 'both' })[]
}>('dasl.json')

describe('DASL equals PyTorch, which runs every history by itself', () => {
  it.each(cases.map((golden) => [golden.source, golden.pairing, golden.pooled, golden] as const))(
    'logits, losses and gradients: source %s, pairing %s, pooled %s',
    async (source, _pairing, pooled, golden) => {
      const { width, hidden, attention, history, mapping, layers } = config
      const own = dasl.config.parse({ width, hidden, attention, history, mapping, layers, dropout: 0, source, pooled })
      await expectCase(
        golden,
        config,
        (build) => dasl.network(own, build),
        (named) => daslWeights(named, layers.length),
        5e-6,
      )
    },
  )
})
