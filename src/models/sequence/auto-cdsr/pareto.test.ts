import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compile, input, runWith } from '../../../tensor/index.ts'
import { paretoWeight } from './pareto.ts'

const program = compile(
  { ...paretoWeight([input('a0', [2]), input('a1', [])], [input('r0', [2]), input('r1', [])]) },
  { executor: 'reference' },
)
const balance = async (attention: readonly number[], ranking: readonly number[]) => {
  const feed = (name: string, [x, y, z]: readonly number[]) => ({
    [`${name}0`]: { shape: [2], data: Float32Array.of(x, y) },
    [`${name}1`]: { shape: [], data: Float32Array.of(z) },
  })
  const out = await runWith(await program, { ...feed('a', attention), ...feed('r', ranking) })
  return { weight: out.weight.data[0], lengths: out.lengths.data[0] }
}
const length = (v: readonly number[]) => Math.hypot(...v)
const unit = (v: readonly number[]) => v.map((x) => x / length(v))

describe('the Pareto weight', () => {
  const vectors = fc
    .tuple(...[0, 1, 2].map(() => fc.integer({ min: -50, max: 50 })))
    .filter((v) => v.some((x) => x !== 0))

  it('gives the shortest vector among those that the preference allows', () =>
    fc.assert(
      fc.asyncProperty(vectors, vectors, async (attention, ranking) => {
        const [u, r] = [unit(attention), unit(ranking)]
        const second = u.map((x, i) => Math.SQRT1_2 * r[i] - (1 - Math.SQRT1_2) * x)
        // A fine search from the one corner to the other.
        let best = { size: Number.POSITIVE_INFINITY, ratio: 0 }
        for (let share = 0; share <= 1; share += 1 / 4096) {
          const size = length(u.map((x, i) => (1 - share) * x + share * second[i]))
          const ratio = (1 - share - share * (1 - Math.SQRT1_2)) / (share * Math.SQRT1_2)
          if (size < best.size) best = { size, ratio }
        }
        const { weight, lengths } = await balance(attention, ranking)
        expect(Math.abs(weight - Math.max(0, best.ratio))).toBeLessThan(4e-3)
        expect(lengths).toBeCloseTo(length(ranking) / length(attention), 3)
      }),
      { numRuns: 100 },
    ))

  it('is 1 where the two conflict wholly, about a half where they are unrelated, 0 where they agree', async () => {
    expect((await balance([1, 0, 0], [-3, 0, 0])).weight).toBeCloseTo(1, 5)
    expect((await balance([1, 0, 0], [0, 2, 0])).weight).toBeCloseTo(0.5469, 3)
    expect((await balance([1, 0, 0], [5, 0, 0])).weight).toBe(0)
  })

  it('is finite without attention across domains', async () => {
    const { weight, lengths } = await balance([0, 0, 0], [1, 2, 3])
    expect([weight, lengths].every(Number.isFinite)).toBe(true)
  })
})
