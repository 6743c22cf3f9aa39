import { describe, expect, test } from 'vitest'
import { expectSlopes, normalsFor, valuesOf } from '../../../test/checks/finite-differences.ts'
import { createRng } from '../../math/index.ts'
import { createDropout, createParameters, normal } from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { input, type Sym } from '../../tensor/index.ts'
import { STATE_TRACKERS, type StateTrackerName } from './options.ts'
import { type StateTrackerOptions, stateTracker } from './state-tracker.ts'

/** A tracker over B windows of fixed size, with weights drawn far enough from zero to matter. */
function build(name: StateTrackerName, B: number, given: Partial<StateTrackerOptions> = {}) {
  const options: StateTrackerOptions = {
    ...{ width: 5, window: 3, layers: 2, heads: 1, filters: 2, readOut: 'newest' },
    ...given,
  }
  const rows = input('rows', [B, options.window, options.width])
  const keep = input('keep', [B, options.window])
  const parameters = createParameters(createRng(1))
  const tracker = stateTracker(name, options, parameters)
  const state = tracker.encode({ rows, keep })
  const weights: Record<string, number[]> = {}
  for (const [weight, { data }] of parameters.tensors) {
    const drawn = Float32Array.from(data)
    normal(0.5)(drawn, createRng(2).split(weight))
    weights[weight] = [...drawn]
  }
  return { tracker, state, rows, keep, weights, symbols: [...parameters.symbols.values()] }
}

const WINDOWS = [0, 0, 1, 0, 1, 1, 1, 1, 1]

test('average: the mean of the rows that are there, by hand', () => {
  const { state, tracker } = build('average', 2, { width: 2 })
  const rows = [9, 9, 1, 2, 3, 6, 1, 1, 2, 2, 6, 0]
  expect(tracker.width).toBe(2)
  expect(valuesOf([state], { rows, keep: [0, 1, 1, 1, 1, 1] })).toEqual([[2, 4, 3, 1]])
})

test('caser: the largest response of each filter and a column filter, by hand', () => {
  const { state, tracker, weights } = build('caser', 1, { width: 1, window: 2, filters: 1 })
  expect(tracker.width).toBe(2)
  expect(Object.keys(weights).sort()).toEqual(
    ['horizontal2/bias', 'horizontal2/weight', 'vertical/bias', 'vertical/weight'].map((name) => `tracker/${name}`),
  )
  const values = {
    'tracker/horizontal2/weight': [2, 1],
    'tracker/horizontal2/bias': [-1],
    'tracker/vertical/weight': [3, -1],
    'tracker/vertical/bias': [0.5],
  }
  expect(valuesOf([state], { ...values, rows: [4, 5], keep: [1, 1] })).toEqual([[12, 7.5]])
  expect(valuesOf([state], { ...values, rows: [4, 5], keep: [0, 1] })).toEqual([[4, 0]])
})

test('caser: filters are no higher than the window, and none is there twice', () => {
  const widths = [1, 2, 3, 4, 9].map((window) => build('caser', 1, { window, filters: 16 }).tracker.width - 5)
  expect(widths).toEqual([16, 16, 32, 48, 48])
})

describe.each(STATE_TRACKERS)('%s', (name) => {
  test('derivatives by the rows and by every weight agree with finite differences', () => {
    const { state, rows, weights, symbols } = build(name, 3)
    const loss = t.sum(t.multiply(state, t.constant({ shape: state.shape as number[], data: numbers(state, 4) })))
    const values = { ...weights, rows: normalsFor(rows, 3), keep: WINDOWS }
    const gradients = expectSlopes(t.add(loss, t.sum(t.square(state))), [rows, ...symbols], values)
    // A key's bias adds the same to all logits of a query, which a softmax does not see.
    const alive = symbols.map(nameOf).filter((_, k) => gradients[k + 1].some((g) => Math.abs(g) > 1e-9))
    expect(alive).toEqual(symbols.map(nameOf).filter((weight) => !weight.endsWith('/key/bias')))
  })

  test('what stands in padding never matters, and gets no gradient', () => {
    const { state, rows, weights } = build(name, 3)
    const there = normalsFor(rows, 3)
    const other = there.map((value, i) => (WINDOWS[Math.floor(i / 5)] === 1 ? value : 100 - value))
    const [one, two] = [there, other].map((drawn) =>
      valuesOf([state, t.grad(t.sum(t.square(state)), [rows])[0]], { ...weights, rows: drawn, keep: WINDOWS }),
    )
    expect(two[0]).toEqual(one[0])
    expect(one[1].filter((g, i) => WINDOWS[Math.floor(i / 5)] === 0 && g !== 0)).toEqual([])
  })

  test('a state depends on its own window alone', () => {
    const { state, rows, weights, tracker } = build(name, 3)
    const drawn = normalsFor(rows, 3)
    const together = valuesOf([state], { ...weights, rows: drawn, keep: WINDOWS })[0]
    for (let b = 0; b < 3; b++) {
      const alone = build(name, 1)
      const values = { rows: drawn.slice(b * 15, b * 15 + 15), keep: WINDOWS.slice(b * 3, b * 3 + 3) }
      const found = valuesOf([alone.state], { ...weights, ...values })[0]
      for (const [i, x] of found.entries()) expect(x).toBeCloseTo(together[b * tracker.width + i], 12)
    }
  })

  test(name === 'average' ? 'order does not matter' : 'order matters, the older turns’ too', () => {
    const { state, rows, weights } = build(name, 1)
    const drawn = normalsFor(rows, 3)
    const swapped = [...drawn.slice(5, 10), ...drawn.slice(0, 5), ...drawn.slice(10)]
    const [one, two] = [drawn, swapped].map((r) => valuesOf([state], { ...weights, rows: r, keep: [1, 1, 1] })[0])
    const apart = Math.max(...one.map((x, i) => Math.abs(x - two[i])))
    if (name === 'average') expect(apart).toBeLessThan(1e-12)
    else expect(apart).toBeGreaterThan(1e-3)
  })

  test('a window of one turn has a state of the declared width, and so has one of more heads than divide a row', () => {
    for (const given of [{ window: 1 }, { heads: 3 }, { heads: 2, window: 7, layers: 1 }]) {
      const { state, rows, keep, weights, tracker } = build(name, 2, given)
      const values = { ...weights, rows: normalsFor(rows, 3), keep: normalsFor(keep, 3).map(() => 1) }
      const found = valuesOf([state], values)[0]
      expect(found).toHaveLength(2 * tracker.width)
      expect(found.every(Number.isFinite)).toBe(true)
      expect(tracker.width).toBeGreaterThanOrEqual(5)
    }
  })

  test('numbers below 1 are refused', () => {
    for (const key of ['width', 'window', 'layers', 'heads', 'filters'] as const)
      expect(() => build(name, 1, { [key]: 0 })).toThrow(
        expect.objectContaining({ code: 'bad-argument', message: expect.stringContaining(`${key} = 0`) }),
      )
  })
})

test('transformer: read from the oldest place it is what it says of the turns backwards, and sees padding', () => {
  const encoded = (readOut: 'newest' | 'oldest', rows: readonly number[], keep: readonly number[]) => {
    const { state, weights } = build('transformer', 1, { width: 4, readOut })
    return valuesOf([state], { ...weights, rows: [...rows], keep: [...keep] })[0]
  }
  const turns = [
    [1, 2, 0, 1],
    [0, 3, 1, 1],
    [2, 0, 2, 0],
  ]
  const full = encoded('oldest', turns.flat(), [1, 1, 1])
  for (const [i, x] of encoded('newest', turns.toReversed().flat(), [1, 1, 1]).entries())
    expect(full[i]).toBeCloseTo(x, 9)
  // With one turn it is read from a place that has none, and still knows of the turn; what stands in that place does not matter.
  const early = (newest: readonly number[], padding: number) =>
    encoded('oldest', [...new Array(8).fill(padding), ...newest], [0, 0, 1])
  expect(early(turns[0], 7)).toEqual(early(turns[0], 0))
  expect(early(turns[1], 0)).not.toEqual(early(turns[0], 0))
})

test('dropout is the caller’s: its masks are asked for by name, and none without it', () => {
  for (const name of STATE_TRACKERS.filter((tracker) => tracker !== 'average')) {
    const dropout = createDropout(0.5)
    build(name, 2, { dropout })
    expect(Object.keys(dropout.masks(createRng(1), {})).length).toBeGreaterThan(0)
  }
})

function numbers(node: Sym, seed: number): Float32Array {
  return Float32Array.from(normalsFor(node, seed))
}

function nameOf(symbol: Sym): string {
  return (symbol as Sym<'input'>).attributes.name
}
