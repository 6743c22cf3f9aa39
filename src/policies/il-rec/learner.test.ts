import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Demonstrations } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { emptyWindows } from '../../families/acting/index.ts'
import { createRng } from '../../math/index.ts'
import { demonstratedSteps } from './demonstrated.ts'
import { actorProjection } from './projection.ts'
import { createSteps, discountedReturns } from './steps.ts'
import { ofLengthOne, textFeatures, titleVectors } from './text-features.ts'

const shown = { items: Int32Array.of(7, 8, 9), unit: 5, window: 2 }

/** Episodes of columns; step t of episode e pays e + t / 10. */
function played(...episodes: readonly (readonly number[])[]) {
  const steps = createSteps()
  for (const [e, columns] of episodes.entries())
    for (const [turn, column] of columns.entries())
      steps.push({ user: e, column, reward: e + turn / 10, turn, last: turn === columns.length - 1 })
  return steps
}

describe('steps', () => {
  it('show what was known before a step and after it, and nothing of the episode before', () => {
    const steps = played([0, 1, 2], [2, 0])
    const windows = emptyWindows(4, 2)
    steps.window(2, 'before', windows, 0, shown)
    steps.window(2, 'after', windows, 1, shown)
    steps.window(3, 'before', windows, 2, shown)
    steps.window(3, 'after', windows, 3, shown)
    expect([...windows.items]).toEqual([7, 8, 8, 9, 0, 0, 0, 9])
    expect(windows.rewards[3]).toBeCloseTo(0.2 / 5)
    expect(windows.rewards[7]).toBeCloseTo(1 / 5)
  })

  it('come back from a checkpoint as they were, and grow on', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 5 }), { maxLength: 9 }), (all) => {
        const steps = played(...all)
        const again = createSteps(steps.tensors())
        for (const one of [steps, again]) one.push({ user: 3, column: 1, reward: 2, turn: 0, last: true })
        expect([...again.tensors()]).toEqual([...steps.tensors()])
        expect(again.size).toBe(all.flat().length + 1)
      }),
      { numRuns: 20 },
    )
  })

  it('have discounted returns that end with their episode', () => {
    const steps = createSteps()
    for (const [turn, reward] of [4, 3, 5].entries()) steps.push({ user: 0, column: 0, reward, turn, last: turn === 2 })
    steps.push({ user: 0, column: 0, reward: 1, turn: 0, last: true })
    expect([...discountedReturns(steps, 0.5)]).toEqual([6.75, 5.5, 5, 1])
  })
})

describe('demonstrations', () => {
  const given: Demonstrations = {
    length: 5,
    episodes: Int32Array.of(0, 0, 0, 4, 4),
    steps: Int32Array.of(1, 2, 3, 1, 2),
    users: Int32Array.of(5, 5, 5, 6, 6),
    items: Int32Array.of(7, 4, 9, 8, 8),
    rewards: new Float32Array(5).fill(Number.NaN),
    terminal: Uint8Array.of(0, 0, 1, 0, 1),
    model: new Int32Array(5),
    models: ['somebody'],
    rows: Int32Array.of(0, 1, 2, 3, 4),
    dropped: { steps: 0, users: [], items: [] },
  }
  const space = { users: Int32Array.of(5, 6), items: shown.items }
  const rewards = { at: (row: number, column: number) => 10 * row + column }

  it('are paid by the world model, whatever they were paid, and unknown items are as if they had not been', () => {
    const { steps, rows } = demonstratedSteps(given, space, rewards)
    expect([...rows]).toEqual([0, 2, 3, 4])
    expect([0, 1, 2, 3].map((place) => steps.reward(place))).toEqual([0, 2, 11, 11])
    expect([0, 1, 2, 3].map((place) => steps.last(place))).toEqual([false, true, false, true])
    const windows = emptyWindows(1, 2)
    steps.window(1, 'before', windows, 0, shown)
    expect([...windows.items]).toEqual([0, 7])
  })

  it('are the first episodes, where a number of them is asked for', () => {
    expect([...demonstratedSteps(given, space, rewards, 1).rows]).toEqual([0, 2])
    expect([...demonstratedSteps(given, space, rewards, 9).rows]).toEqual([0, 2, 3, 4])
  })

  it('are refused where none is of these users and items', () => {
    const others = { users: Int32Array.of(1), items: shown.items }
    expect(() => demonstratedSteps(given, others, rewards)).toThrow(
      expect.objectContaining({ code: 'mismatch', message: expect.stringContaining("by 'somebody'") }),
    )
  })
})

it('texts tell of a pair what is like it, and no ids', async () => {
  const shop = buildDataset('shop', { user: ['a', 'a', 'a'], item: ['Dune', 'Dune II', 'Qi'], domain: ['d', 'd', 'd'] })
  const vectors = ofLengthOne(await titleVectors(shop))
  const [dune, second, qi] = ['Dune', 'Dune II', 'Qi'].map((name) => shop.items.id(name)!)
  const { width, of } = textFeatures(vectors, 2)
  const windows = emptyWindows(3, 2)
  windows.items.set([0, 0, qi, dune, dune, qi])
  windows.rewards.set([0, 0, 0.2, 1, 0.8, 0.4])
  const features = of(windows, new Float32Array(0), Int32Array.of(second, second, dune))
  const rows = [0, 1, 2].map((n) => [...features.subarray(n * width, (n + 1) * width)])
  const [like, unlike] = [dot(vectors[second], vectors[dune]), dot(vectors[second], vectors[qi])]
  expect(like).toBeGreaterThan(0.5)
  expect(unlike).toBeLessThan(0.2)
  expectNear(rows[0].slice(512), [0, 0, 0, 0, 0])
  expectNear(rows[1].slice(512), [like, (like + unlike) / 2, 0, 0.2, 1])
  expectNear(rows[2].slice(512, 513), [1])
  expect(rows[2][514]).toBe(1)
  expectNear(
    rows[1].slice(256, 512),
    Array.from(vectors[dune], (value, i) => (0.2 * vectors[qi][i] + value) / 1.2),
  )
  expect(rows[1].slice(0, 256)).toEqual([...vectors[second]])
})

const dot = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, i) => sum + value * b[i], 0)

function expectNear(found: readonly number[], expected: readonly number[]): void {
  expect(found).toHaveLength(expected.length)
  for (const [i, value] of expected.entries()) expect(found[i]).toBeCloseTo(value, 5)
}

it('an actor keeps its limits, looked at or not, under the steepest steps that Adam makes', () => {
  const [rows, width, learningRate] = [3, 4, 0.01]
  const rng = createRng(5)
  const tensors = () => [
    { shape: [rows, width], data: Float32Array.from({ length: rows * width }, (_, i) => (i % 3) / 10) },
    { shape: [rows], data: new Float32Array(rows) },
  ]
  const [[weight, bias], [always, alwaysBias]] = [tensors(), tensors()]
  const limits = { rowNorm: 3, biasLimit: 2, learningRate }
  const project = actorProjection(weight, bias, limits)
  const looks: boolean[] = []
  for (let step = 0; step < 300; step++) {
    for (const [seldom, each] of [
      [weight, always],
      [bias, alwaysBias],
    ] as const)
      for (let i = 0; i < each.data.length; i++) {
        const by = 7 * learningRate * (rng.float() < 0.8 ? 1 : -1) * rng.float()
        seldom.data[i] = seldom.data[i] + by
        each.data[i] = each.data[i] + by
      }
    looks.push(project())
    actorProjection(always, alwaysBias, limits)()
    expect([...weight.data]).toEqual([...always.data])
    expect([...bias.data]).toEqual([...alwaysBias.data])
    for (let row = 0; row < rows; row++)
      expect(Math.hypot(...weight.data.subarray(row * width, (row + 1) * width))).toBeLessThan(3.0001)
    for (const b of bias.data) expect(Math.abs(b)).toBeLessThanOrEqual(2)
  }
  expect(looks).toContain(true)
  expect(looks[1]).toBe(false)
})
