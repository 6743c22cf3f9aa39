import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../../contract/index.ts'
import type { CrossDomainModel } from '../../families/sequence/index.ts'
import { createRng } from '../../math/index.ts'
import { compile, input, runWith } from '../../tensor/index.ts'
import { man, resemblance } from './man.ts'

it('prototypes cost their mean squared cosine: 0 where all are orthogonal, 1 where all are parallel', async () => {
  const G = 3
  const program = await compile({ cost: resemblance(input('groups', [G, G])) }, { executor: 'reference' })
  const costOf = async (rows: readonly (readonly number[])[]) =>
    (await runWith(program, { groups: { shape: [G, G], data: Float32Array.from(rows.flat()) } })).cost.data[0]
  expect(
    await costOf([
      [2, 0, 0],
      [0, -1, 0],
      [0, 0, 5],
    ]),
  ).toBeCloseTo(0, 6)
  expect(
    await costOf([
      [1, 2, 3],
      [-2, -4, -6],
      [3, 6, 9],
    ]),
  ).toBeCloseTo(1, 5)
  const row = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: G, maxLength: G }).filter((x) => x.some(Boolean))
  await fc.assert(
    fc.asyncProperty(fc.tuple(row, row, row), async (rows) => {
      const unit = rows.map((x) => x.map((v) => v / Math.hypot(...x)))
      let squares = 0
      for (const [i, a] of unit.entries())
        for (const [j, b] of unit.entries()) if (i !== j) squares += a.reduce((sum, v, k) => sum + v * b[k], 0) ** 2
      expect(await costOf(rows)).toBeCloseTo(squares / 6, 4)
    }),
    { numRuns: 50 },
  )
})

describe('the parts of an answer', () => {
  const { dataset, split } = twoDomainCopyWorld({ users: 60 })
  const [a, b] = [0, 1].map((d) => dataset.domainStart[d])
  const config = man.config.parse({ width: 4, inner: 4, layers: 1, groups: 2, maxLength: 6 })
  const model = man.create(config, dataset, split, { seed: 1, threads: 1 }) as CrossDomainModel
  const rng = createRng(5)
  for (const [name, { data }] of model.weights())
    for (let i = name === 'items' ? 4 : 0; i < data.length; i++) data[i] = 0.7 * rng.normal()
  const scores = async (history: readonly number[]) => [
    ...(await model.score([{ history: Int32Array.from(history), domain: 0 }], { start: a, end: b })),
  ]
  const differ = (x: readonly number[], y: readonly number[]) => Math.max(...x.map((v, i) => Math.abs(v - y[i])))

  it('read what was done elsewhere, by the shared head and by the two attentions, and by nothing else', async () => {
    const [one, other] = [await scores([a + 1, b + 2]), await scores([a + 1, b + 4])]
    expect(differ(one, other)).toBeGreaterThan(1e-3)
    // The joined states are item similarity, own, fused and groups, by width.
    const kept = new Map([...model.weights()].map(([name, { data }]) => [name, data.slice()]))
    model.weights().get('shared/outer/weight')!.data.fill(0)
    expect(differ(await scores([a + 1, b + 2]), await scores([a + 1, b + 4]))).toBeGreaterThan(1e-4)
    const inner = model.weights().get('local/inner/weight')!.data
    for (const part of [0, 2]) inner.fill(0, part * 16, (part + 1) * 16) // of the first domain
    expect(differ(await scores([a + 1, b + 2]), await scores([a + 1, b + 4]))).toBeLessThan(1e-6)
    expect(differ(await scores([a + 1, b + 2]), await scores([a + 3, b + 2]))).toBeGreaterThan(1e-4)
    for (const [name, { data }] of model.weights()) data.set(kept.get(name)! as Float32Array)
  })

  it('need no event of the domain', async () => {
    expect((await scores([])).every(Number.isFinite)).toBe(true)
    expect(differ(await scores([b + 2]), await scores([b + 4]))).toBeGreaterThan(1e-4)
    await model.dispose()
  })
})
