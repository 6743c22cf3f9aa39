import { describe, expect, test } from 'vitest'
import { expectSlopes, normalsFor, type Values, valuesOf } from '../../test/finite-differences.ts'
import { grad, input, type Sym, sum } from '../tensor/index.ts'
import {
  conservativePenalty,
  expectedValue,
  huberLoss,
  imitationLoss,
  logLikelihoodRatio,
  ofAction,
  qLoss,
  quantileLoss,
  regressionLoss,
} from './offline-losses.ts'

const q = input('q', [2, 3])
const logits = input('logits', [2, 3])
const quantiles = input('quantiles', [2, 3, 2])
const actions = input('actions', [2], 'int32')
const targets = input('targets', [2])
const distribution = input('distribution', [2, 2])

const run = (node: Sym, values: Values) => valuesOf([node], values)[0]!
const exp = { weight: 'exp', beta: 2, bound: 20 } as const
const binary = { ...exp, weight: 'binary' } as const

test('of what each row gives to every action, that of the one it took', () => {
  expect(run(ofAction(q, actions), { q: [1, 2, 3, 4, 5, 6], actions: [2, 0] })).toEqual([3, 4])
  const numbers = { quantiles: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], actions: [1, 2] }
  expect(run(ofAction(quantiles, actions), numbers)).toEqual([3, 4, 11, 12])
})

test('Huber: a parabola to 1 and a line beyond', () => {
  const x = input('x', [5])
  expect(run(huberLoss(x), { x: [-3, -1, 0, 0.5, 2] })).toEqual([2.5, 0.5, 0, 0.125, 1.5])
})

test('Q-learning: the mean of Huber over what was taken', () => {
  const values = { q: [1, 9, 9, 9, 9, 2], actions: [0, 2], targets: [4, 2.5] }
  expect(run(qLoss(q, actions, targets), values)[0]).toBeCloseTo((2.5 + 0.125) / 2, 12)
})

test('imitation: cross-entropy with what was taken', () => {
  const values = { logits: [0, 0, 0, 0, Math.log(2), 0], actions: [1, 1] }
  expect(run(imitationLoss(logits, actions), values)[0]).toBeCloseTo((Math.log(3) - Math.log(2 / 4)) / 2, 12)
})

test('the likelihood of actions beside the likeliest', () => {
  const found = run(logLikelihoodRatio(logits), { logits: [1, 3, 2, 0, 0, -1] })
  expect(found).toEqual([-2, 0, -1, 0, 0, -1])
})

test('quantile regression: weights by level and side, sum over own quantiles, mean over targets', () => {
  // Levels ¼ and ¾. Row 1: θ = (0, 2), y = (1, −3). Row 2: θ = y.
  const values = { quantiles: [9, 9, 0, 2, 9, 9, 1, 1, 9, 9, 9, 9], actions: [1, 0], distribution: [1, -3, 1, 1] }
  const first = (0.25 * 0.5 + 0.75 * 2.5) / 2 + (0.25 * 0.5 + 0.25 * 4.5) / 2
  expect(run(quantileLoss(quantiles, actions, distribution), values)[0]).toBeCloseTo(first / 2, 6)
})

test('quantile regression is least at the quantiles of what it sees', () => {
  const seen = input('seen', [1, 8])
  const took = input('took', [1], 'int32')
  // θ of width 8 against the 8 sorted targets: at them, each is the quantile of its level.
  const wide = input('wide', [1, 1, 8])
  const sorted = Array.from({ length: 8 }, (_, i) => 10 * i)
  const at = (values: readonly number[]) =>
    run(quantileLoss(wide, took, seen), { wide: values, took: [0], seen: sorted })[0]!
  for (let i = 0; i < 8; i++)
    for (const step of [-4, 4]) expect(at(sorted.map((y, j) => (j === i ? y + step : y)))).toBeGreaterThan(at(sorted))
})

test('the conservative penalty: log-sum-exp less the value of what was taken', () => {
  const values = { q: [0, 0, 0, 0, 5, 0], actions: [0, 1] }
  const second = Math.log(2 + Math.exp(5)) - 5
  expect(run(conservativePenalty(q, actions), values)[0]).toBeCloseTo((Math.log(3) + second) / 2, 12)
})

test('what a policy expects of its values', () => {
  const values = { q: [1, 2, 6, 1, 0, 0], logits: [0, 0, 0, Math.log(2), 0, 0] }
  const found = run(expectedValue(q, logits), values)
  expect(found[0]).toBeCloseTo(3, 12)
  expect(found[1]).toBeCloseTo(0.5, 12)
})

describe('critic regularized regression', () => {
  // π is uniform, so A = Q(s, a) − mean: 2 in row 1, −1 in row 2.
  const values = { q: [3, 0, 0, 0, 0, 3], logits: [0, 0, 0, 0, 0, 0], actions: [0, 1] }

  test('a row counts exp(A / β), or whether A is positive', () => {
    const [weights, signs] = [exp, binary].map((how) => run(regressionLoss(logits, q, actions, how), values)[0]!)
    expect(weights).toBeCloseTo((Math.log(3) * (Math.exp(1) + Math.exp(-0.5))) / 2, 12)
    expect(signs).toBeCloseTo(Math.log(3) / 2, 12)
  })

  test('and never more than the bound, however large the advantage', () => {
    const far = { ...values, q: [3000, 0, 0, 0, 0, 0], actions: [0, 0] }
    const found = run(regressionLoss(logits, q, actions, { ...exp, bound: 7 }), far)[0]!
    expect(found).toBeCloseTo((Math.log(3) * (7 + 1)) / 2, 9)
  })

  test('the critic gets no gradient, and the policy none through the advantage', () => {
    for (const how of [exp, binary]) {
      const drawn = { q: normalsFor(q, 1), logits: normalsFor(logits, 2), actions: [2, 0] }
      const [byCritic, byPolicy] = valuesOf(grad(regressionLoss(logits, q, actions, how), [q, logits]), drawn)
      expect(byCritic).toEqual([0, 0, 0, 0, 0, 0])
      // With the weights held, the gradient is that of weighted cross-entropy: weight · (π − 1[a]) / B.
      for (const [row, action] of [2, 0].entries()) {
        const own = drawn.logits.slice(3 * row, 3 * row + 3)
        const total = own.reduce((a, x) => a + Math.exp(x), 0)
        const policy = own.map((x) => Math.exp(x) / total)
        const valued = drawn.q.slice(3 * row, 3 * row + 3)
        const advantage = valued[action]! - policy.reduce((a, p, i) => a + p * valued[i]!, 0)
        const weight = how.weight === 'exp' ? Math.min(20, Math.exp(advantage / 2)) : Number(advantage > 0)
        for (let a = 0; a < 3; a++)
          expect(byPolicy![3 * row + a]).toBeCloseTo((weight * (policy[a]! - Number(a === action))) / 2, 9)
      }
    }
  })
})

test.each<[string, Sym, readonly Sym[]]>([
  ['Q-learning', qLoss(q, actions, targets), [q]],
  ['imitation', imitationLoss(logits, actions), [logits]],
  ['quantile regression', quantileLoss(quantiles, actions, distribution), [quantiles]],
  ['the conservative penalty', conservativePenalty(q, actions), [q]],
  ['expected value', sum(expectedValue(q, logits)), [q, logits]],
])('gradients of %s agree with finite differences', (_, loss, by) => {
  const drawn = { q, logits, quantiles, targets, distribution }
  const values = Object.fromEntries(Object.entries(drawn).map(([name, node], i) => [name, normalsFor(node, 10 + i)]))
  expectSlopes(loss, by, { ...values, actions: [1, 2] })
})

test.each<[string, Sym, Sym]>([
  ['Q-learning', qLoss(q, actions, targets), targets],
  ['quantile regression', quantileLoss(quantiles, actions, distribution), distribution],
])('%s passes no gradient to its target', (_, loss, target) => {
  const drawn = { q, quantiles, targets, distribution }
  const values = Object.fromEntries(Object.entries(drawn).map(([name, node], i) => [name, normalsFor(node, 20 + i)]))
  const [byTarget] = valuesOf(grad(loss, [target]), { ...values, actions: [1, 2] })
  expect(byTarget!.every((g) => g === 0)).toBe(true)
})
