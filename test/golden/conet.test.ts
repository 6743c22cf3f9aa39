import { describe, it } from 'vitest'
import { conet } from '../../src/models/two-sided/conet.ts'
import { conetWeights } from './base-weights.ts'
import { expectCase, type GoldenCase, readGolden, type World } from './cross-domain.ts'

const { config, cases } = readGolden<{
  readonly config: World & { readonly widths: readonly number[] }
  readonly cases: readonly GoldenCase[]
}>('conet.json')

describe('CoNet equals PyTorch, which computes one behavior at a time', () => {
  it.each(cases.map((golden) => [golden.source, golden.pairing, golden] as const))(
    'logits, losses and gradients: source %s, pairing %s',
    async (source, _pairing, golden) => {
      const own = conet.config.parse({ width: config.width, hidden: config.widths, source })
      await expectCase(
        golden,
        config,
        (build) => conet.network(own, build),
        (named) => conetWeights(named, config.widths.length),
      )
    },
  )
})
