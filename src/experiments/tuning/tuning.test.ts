import { describe, expect, it } from 'vitest'
import { createRng } from '../../math/index.ts'
import { findModel } from '../../registry.ts'
import { rungs } from './halving.ts'
import { importances, omegaSquared } from './importance.ts'
import { choiceAt, type Dimension, optionsAt, parseDimension, randomPoint, usualSpace } from './space.ts'
import { nextPoint, type Tried } from './tpe.ts'

const SASREC = findModel('sasrec')
const RATE: Dimension = {
  option: 'learningRate',
  kind: 'range',
  low: 1e-4,
  high: 1e-2,
  logarithmic: true,
  whole: false,
}

describe('the space of options', () => {
  it('is read as people write it, and checked by the model itself', () => {
    expect(parseDimension('learningRate=0.0001..0.01:log', SASREC)).toEqual(RATE)
    expect(parseDimension('layers=1..4', SASREC)).toMatchObject({ kind: 'range', whole: true, logarithmic: false })
    expect(parseDimension('width=32,64', SASREC)).toEqual({ option: 'width', kind: 'choice', choices: [32, 64] })
    expect(() => parseDimension('learningRat=0..1', SASREC)).toThrow("'learningRat'")
    expect(() => parseDimension('dropout=0..2', SASREC)).toThrow('dropout')
    expect(() => parseDimension('loss=bpr,bpx', SASREC)).toThrow('loss')
    for (const wrong of [
      'width',
      'width=',
      'dropout=0.5..0.1',
      'learningRate=0..1:log',
      'dropout=0..1:ln',
      'width=64',
      'loss=1..2',
      'layers=1..2.5',
    ])
      expect(() => parseDimension(wrong, SASREC), wrong).toThrow('--search')
  })

  it('takes of the usual options those that a model has and that are not set', () => {
    const names = usualSpace(SASREC, { dropout: 0.1 }).map(({ option }) => option)
    expect(names).toContain('learningRate')
    expect(names).not.toContain('dropout')
    expect(usualSpace(findModel('popularity'), {})).toEqual([])
  })

  it('reaches the ends, and gives every whole number and choice the same room', () => {
    expect([0, 0.5, 1].map((x) => optionsAt([RATE], [x]).learningRate)).toEqual([1e-4, 1e-3, 1e-2])
    const layers = parseDimension('layers=1..3', SASREC)
    const counts = new Map<unknown, number>()
    for (let i = 0; i < 300; i++) {
      const value = optionsAt([layers], [(i + 0.5) / 300]).layers
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    expect([...counts]).toEqual([
      [1, 100],
      [2, 100],
      [3, 100],
    ])
    expect([0, 0.49, 0.5, 0.9999].map((x) => choiceAt(2, x))).toEqual([0, 0, 1, 1])
  })
})

/** The best of so many trials, where the result is best at 0.7 of the first dimension and with the second choice. */
function bestOf(trials: number, seed: number, choose: typeof nextPoint): number {
  const space: Dimension[] = [
    RATE,
    { option: 'x', kind: 'choice', choices: ['a', 'b', 'c', 'd'] },
    { ...RATE, option: 'y' },
  ]
  const rng = createRng(seed)
  const tried: Tried[] = []
  for (let n = 0; n < trials; n++) {
    const point = choose(space, tried, rng.split('trial', n))
    const value = -((point[0] - 0.7) ** 2) - (choiceAt(4, point[1]) === 1 ? 0 : 0.2) - 0.3 * (point[2] - 0.2) ** 2
    tried.push({ point, value })
  }
  return Math.max(...tried.map(({ value }) => value))
}

describe('the tree-structured Parzen estimator', () => {
  it('finds more than chance does, over seeds', () => {
    const seeds = Array.from({ length: 40 }, (_, s) => s)
    const wins = seeds.filter(
      (seed) => bestOf(40, seed, nextPoint) > bestOf(40, seed, (space, _, rng) => randomPoint(space, rng)),
    ).length
    // With no difference 20 were expected, 27 once in a hundred times.
    expect(wins).toBeGreaterThan(27)
  })

  it('stays inside, draws the same of the same, and is not led astray by trials that failed', () => {
    const space = [RATE, { option: 'x', kind: 'choice' as const, choices: ['a', 'b'] }]
    const rng = createRng(1)
    const tried: Tried[] = Array.from({ length: 30 }, (_, n) => {
      const point = randomPoint(space, rng.split(n))
      return { point, value: point[0] < 0.5 ? Number.NaN : point[0] }
    })
    const points = Array.from({ length: 200 }, (_, n) => nextPoint(space, tried, rng.split('next', n)))
    expect(points.flat().every((x) => x >= 0 && x < 1)).toBe(true)
    expect(points.filter(([x]) => x > 0.5).length).toBeGreaterThan(150)
    expect(nextPoint(space, tried, createRng(5))).toEqual(nextPoint(space, tried, createRng(5)))
  })
})

it('halves so that few train to the end', () => {
  expect(rungs(27, 81)).toEqual([
    { trials: 27, epochs: 3 },
    { trials: 9, epochs: 9 },
    { trials: 3, epochs: 27 },
    { trials: 1, epochs: 81 },
  ])
  expect(rungs(10, 20)).toEqual([
    { trials: 10, epochs: 2 },
    { trials: 3, epochs: 7 },
    { trials: 1, epochs: 20 },
  ])
  expect(rungs(2, 100)).toEqual([{ trials: 2, epochs: 100 }])
  expect(rungs(40, 1)).toEqual([{ trials: 40, epochs: 1 }])
})

it('says how much of the result an option explains', () => {
  // By hand: groups (1, 3) and (5, 7) have means 2 and 6, SS between 16, within 4, total 20; MS within 2.
  expect(omegaSquared([1, 3, 5, 7], [0, 0, 1, 1])).toBeCloseTo((16 - 2) / (20 + 2), 12)
  expect(omegaSquared([1, 2], [0, 1])).toBeNaN()
  const rng = createRng(3)
  const space: Dimension[] = [RATE, { ...RATE, option: 'other' }]
  const tried = Array.from({ length: 200 }, (_, n) => {
    const point = randomPoint(space, rng.split(n))
    return { point, value: point[0] }
  })
  const [first, second] = importances(space, tried)
  expect(first.share).toBeGreaterThan(0.85)
  expect(second.share).toBeLessThan(0.05)
})
