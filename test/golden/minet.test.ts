import { describe, it } from 'vitest'
import { minet } from '../../src/models/two-sided/minet.ts'
import { minetWeights } from './base-weights.ts'
import { expectCase, type GoldenCase, readGolden, type World } from './cross-domain.ts'

const { config, cases } = readGolden<{
  readonly config: World & {
    readonly hidden: number
    readonly rank: number
    readonly tower: readonly number[]
    readonly targetWindow: number
    readonly sourceWindow: number
  }
  readonly cases: readonly GoldenCase[]
}>('minet.json')

describe('MiNet equals PyTorch, which computes one behavior at a time', () => {
  it.each(cases.map((golden) => [golden.source, golden.pairing, golden] as const))(
    'logits, losses and gradients: source %s, pairing %s',
    async (source, _pairing, golden) => {
      const { width, hidden, rank, tower: layers, targetWindow, sourceWindow } = config
      const options = { width, hidden, rank, layers, targetHistory: targetWindow, sourceHistory: sourceWindow, source }
      const own = minet.config.parse(options)
      await expectCase(
        golden,
        config,
        (build) => minet.network(own, build),
        (named) => minetWeights(named, layers.length),
      )
    },
  )
})
