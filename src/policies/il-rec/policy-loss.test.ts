import { expect, it } from 'vitest'
import { compile, input, type Sym } from '../../tensor/index.ts'
import { clampLogits } from './network.ts'
import { normalizedAdvantage, policyLoss } from './policy-loss.ts'

const config = { entropyCoefficient: 0.1, imitation: 0.5, advantageClip: 5, normalizeAdvantages: true }

it('clamps logits by their hyperbolic tangent', async () => {
  const x = input('x', [1])
  const found = await values({ one: clampLogits(x, 1), fifteen: clampLogits(x, 15) }, { x: [[1], [3]] })
  expect(found.one).toBeCloseTo(0.995055, 6)
  expect(found.fifteen).toBeCloseTo(2.96063, 5)
})

it('brings advantages to mean 0 and deviation 1, and clips them', async () => {
  const program = await compile({ a: normalizedAdvantage(input('a', ['B']), config) }, { threads: 1 })
  const found = async (...of: number[]) => {
    const { a } = await program.run({ a: { shape: [of.length], data: Float32Array.from(of) } })
    return [...a.data]
  }
  const four = await found(1, -1, 3, 5)
  for (const [i, value] of [-0.4472, -1.3416, 0.4472, 1.3416].entries()) expect(four[i]).toBeCloseTo(value, 4)
  expect(await found(2, 2)).toEqual([0, 0])
  expect(await found(7)).toEqual([0])
  const outlier = await found(...Array(99).fill(0), 1)
  expect(outlier[99]).toBe(5)
  await program.dispose()
})

it('adds up the losses of a batch of two as computed by hand', async () => {
  const loss = policyLoss(input('logits', ['B', 3]), input('advantage', ['B']), config)
  const feeds = {
    logits: [
      [2, 3],
      [0, 0, 0, 1, 0, -1],
    ],
    advantage: [[2], [1, -1]],
    demonstrated: [[2], [0, 1]],
    weights: [[2], [1, 2]],
  } as const
  const found = await values({ ...loss }, feeds, [1, 0])
  expect(found.actor).toBeCloseTo(0.345503, 6)
  expect(found.entropy).toBeCloseTo(0.965504, 6)
  expect(found.imitation).toBeCloseTo(0.815212, 6)
  expect(found.total).toBeCloseTo(0.656559, 6)
  const none = await values({ ...loss }, { ...feeds, demonstrated: [[2], [0, 0]] }, [1, 0])
  expect(none.imitation).toBe(0)
})

/** First values of outputs. */
async function values<K extends string>(
  outputs: Readonly<Record<K, Sym>>,
  feeds: Readonly<Record<string, readonly [readonly number[], readonly number[]]>>,
  actions?: readonly number[],
): Promise<Record<K, number>> {
  const program = await compile(outputs, { threads: 1 })
  const out = await program.run({
    ...Object.fromEntries(
      Object.entries(feeds).map(([name, [shape, data]]) => [name, { shape, data: Float32Array.from(data) }]),
    ),
    ...(actions && { actions: { shape: [actions.length], data: Int32Array.from(actions) } }),
  })
  await program.dispose()
  return Object.fromEntries(Object.keys(outputs).map((name) => [name, out[name].data[0]])) as Record<K, number>
}
