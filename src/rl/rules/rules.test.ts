import { describe, expect, test } from 'vitest'
import { expectSlopes, normalsFor, type Values, valuesOf } from '../../../test/checks/finite-differences.ts'
import { grad, input, type Sym, sum } from '../../tensor/index.ts'
import { advantageRegression } from './advantage-regression.ts'
import { gaussianEntropy, gaussianLogProbability } from './gaussian.ts'
import { huberLoss } from './huber.ts'
import { normalizedAdvantages } from './normalized-advantages.ts'
import {
  clippedPolicyGradient,
  clippedValueError,
  entropy,
  logProbability as logProbabilityOf,
  policyGradient,
  valueError,
} from './policy-gradient.ts'
import { expectedValue, logLikelihoodRatio, qLearning } from './q-learning.ts'
import { quantileRegression } from './quantile-regression.ts'

const q = input('q', [2, 3])
const logits = input('logits', [2, 3])
const chosen = input('chosen', [2])
const targets = input('targets', [2])
const quantiles = input('quantiles', [2, 2])
const distribution = input('distribution', [2, 2])
const logProbability = input('logProbability', [2])
const advantage = input('advantage', [2])

const run = (node: Sym, values: Values) => valuesOf([node], values)[0]
const exp = { weight: 'exp', beta: 2, bound: 20 } as const
const binary = { ...exp, weight: 'binary' } as const

test('Huber: a parabola to 1 and a line beyond', () => {
  const x = input('x', [5])
  expect(run(huberLoss(x), { x: [-3, -1, 0, 0.5, 2] })).toEqual([2.5, 0.5, 0, 0.125, 1.5])
})

test('Q-learning: the mean of Huber over what was taken', () => {
  expect(run(qLearning(chosen, targets), { chosen: [1, 2], targets: [4, 2.5] })[0]).toBeCloseTo((2.5 + 0.125) / 2, 12)
})

test('the likelihood of actions beside the likeliest', () => {
  const found = run(logLikelihoodRatio(logits), { logits: [1, 3, 2, 0, 0, -1] })
  expect(found).toEqual([-2, 0, -1, 0, 0, -1])
})

test('quantile regression: weights by level and side, sum over own quantiles, mean over targets', () => {
  // Levels ¼ and ¾. Row 1: θ = (0, 2), y = (1, −3). Row 2: θ = y.
  const values = { quantiles: [0, 2, 1, 1], distribution: [1, -3, 1, 1] }
  const first = (0.25 * 0.5 + 0.75 * 2.5) / 2 + (0.25 * 0.5 + 0.25 * 4.5) / 2
  expect(run(quantileRegression(quantiles, distribution), values)[0]).toBeCloseTo(first / 2, 6)
})

test('quantile regression is least at the quantiles of what it sees', () => {
  const wide = input('wide', [1, 8])
  const seen = input('seen', [1, 8])
  // θ of width 8 against the 8 sorted targets: at them, each is the quantile of its level.
  const sorted = Array.from({ length: 8 }, (_, i) => 10 * i)
  const at = (values: readonly number[]) => run(quantileRegression(wide, seen), { wide: values, seen: sorted })[0]
  for (let i = 0; i < 8; i++)
    for (const step of [-4, 4]) expect(at(sorted.map((y, j) => (j === i ? y + step : y)))).toBeGreaterThan(at(sorted))
})

test('what a policy expects of its values', () => {
  const values = { q: [1, 2, 6, 1, 0, 0], logits: [0, 0, 0, Math.log(2), 0, 0] }
  const found = run(expectedValue(q, logits), values)
  expect(found[0]).toBeCloseTo(3, 12)
  expect(found[1]).toBeCloseTo(0.5, 12)
})

describe('policy gradients', () => {
  const old = input('old', [2])
  const values = { logProbability: [-1, -2], advantage: [2, -1], old: [-1.5, -1] }

  test('by hand: what was better than expected becomes likelier', () => {
    expect(run(policyGradient(logProbability, advantage), values)[0]).toBeCloseTo((2 * 1 - 1 * 2) / 2, 12)
    const [byPolicy, byAdvantage] = valuesOf(
      grad(policyGradient(logProbability, advantage), [logProbability, advantage]),
      values,
    )
    expect(byPolicy).toEqual([-1, 0.5])
    expect(byAdvantage).toEqual([0, 0])
  })

  test('clipped: the ratio counts to 1 ± ε and no further, but only on the side where it would pay', () => {
    // ρ = (e^.5, e^−1): the first is beyond 1.2 with Â > 0, the second below .8 with Â < 0; both are cut, without a gradient.
    const loss = clippedPolicyGradient(logProbability, old, advantage, 0.2)
    expect(run(loss, values)[0]).toBeCloseTo(-(1.2 * 2 - 0.8) / 2, 6)
    expect(valuesOf(grad(loss, [logProbability]), values)[0].map(Math.abs)).toEqual([0, 0])
    // The other way round nothing is cut.
    const turned = { ...values, advantage: [-2, 1] }
    expect(run(loss, turned)[0]).toBeCloseTo(-(-2 * Math.exp(0.5) + Math.exp(-1)) / 2, 6)
    const [slopes] = valuesOf(grad(loss, [logProbability]), turned)
    expect(slopes[0]).toBeCloseTo(Math.exp(0.5), 6)
    expect(slopes[1]).toBeCloseTo(-Math.exp(-1) / 2, 6)
  })

  test('where the policy is the one that acted, the clipped gradient is the plain one', () => {
    const same = { ...values, old: values.logProbability }
    const both = [clippedPolicyGradient(logProbability, old, advantage, 0.2), policyGradient(logProbability, advantage)]
    const [clipped, plain] = both.map((loss) => valuesOf(grad(loss, [logProbability]), same)[0])
    for (const row of [0, 1]) expect(clipped[row]).toBeCloseTo(plain[row], 6)
  })

  test('log probability and entropy of a softmax', () => {
    const given = { logits: [0, Math.log(2), 0, 3, 3, 3], chosen: [Math.log(2), 3] }
    const found = run(logProbabilityOf(logits, chosen), given)
    expect(found[0]).toBeCloseTo(Math.log(0.5), 6)
    expect(found[1]).toBeCloseTo(-Math.log(3), 6)
    const [first, second] = run(entropy(logits), given)
    expect(first).toBeCloseTo(0.5 * Math.log(4) + 0.5 * Math.log(2), 6)
    expect(second).toBeCloseTo(Math.log(3), 6)
  })

  test('the error of a critic', () => {
    expect(run(valueError(targets, chosen), { targets: [1, 4], chosen: [3, 1] })[0]).toBeCloseTo((4 + 9) / 2, 12)
  })
})

describe('a Gaussian policy', () => {
  const [action, mean, logDeviation] = ['action', 'mean', 'logDeviation'].map((name) => input(name, [2]))
  const given = { action: [3, -1], mean: [1, -1], logDeviation: [Math.log(2), 0] }

  test('log probability by hand: −(a − μ)² / 2σ² − log σ − ½ log 2π', () => {
    const found = run(gaussianLogProbability(action, mean, logDeviation), given)
    expect(found[0]).toBeCloseTo(-0.5 - Math.log(2) - 0.5 * Math.log(2 * Math.PI), 9)
    expect(found[1]).toBeCloseTo(-0.5 * Math.log(2 * Math.PI), 9)
  })

  test('its density adds up to 1, and its entropy is the mean of −log π', () => {
    const [mu, sigma, step] = [0.7, 0.6, 0.01]
    const grid = Array.from({ length: 1001 }, (_, i) => mu + (i - 500) * step)
    const [all, one] = [input('all', [grid.length]), input('one', [1])]
    const [logs, [expected]] = valuesOf(
      [gaussianLogProbability(all, one, input('log', [1])), gaussianEntropy(input('log', [1]))],
      {
        all: grid,
        one: [mu],
        log: [Math.log(sigma)],
      },
    )
    const density = logs.map((log) => Math.exp(log) * step)
    expect(density.reduce((total, p) => total + p, 0)).toBeCloseTo(1, 9)
    expect(density.reduce((total, p, i) => total - p * logs[i], 0)).toBeCloseTo(expected, 9)
  })

  test('what was taken gets no gradient', () => {
    expect(valuesOf(grad(sum(gaussianLogProbability(action, mean, logDeviation)), [action]), given)[0]).toEqual([0, 0])
  })
})

describe('the clipped error of a critic', () => {
  const old = input('old', [2])
  const errorOf = (loss: 'square' | 'huber') => clippedValueError(targets, chosen, old, { epsilon: 0.2, loss })

  test('by hand: the larger of what the value errs by and of what it would err by near the old one', () => {
    // The first moved from 0 to 1 toward 3 and counts as one at .2; the second from 0 to −1, away from 3, and counts as it is.
    const values = { targets: [3, 3], chosen: [1, -1], old: [0, 0] }
    expect(run(errorOf('square'), values)[0]).toBeCloseTo(2.8 ** 2, 9)
    expect(run(errorOf('square'), values)[1]).toBeCloseTo(16, 9)
    expect(run(errorOf('huber'), values)[0]).toBeCloseTo(2.3, 9)
    const [slopes] = valuesOf(grad(sum(errorOf('square')), [chosen]), values)
    expect(slopes[0]).toBeCloseTo(0, 12)
    expect(slopes[1]).toBeCloseTo(-8, 9)
  })

  test('where the critic has not moved, it is the plain one', () => {
    const values = { targets: [1, 4], chosen: [3, 1], old: [3, 1] }
    for (const [i, plain] of [4, 9].entries()) expect(run(errorOf('square'), values)[i]).toBeCloseTo(plain, 9)
  })
})

describe('normalized advantages', () => {
  test('have mean 0 and deviation 1', () => {
    const found = normalizedAdvantages(Float32Array.of(1, 3))
    for (const [i, value] of [-1, 1].entries()) expect(found[i]).toBeCloseTo(value, 4)
  })

  test('over those that count alone; nothing is learned from the others', () => {
    const found = normalizedAdvantages(Float32Array.of(1, 900, 3), Float32Array.of(1, 0, 1))
    for (const [i, value] of [-1, 0, 1].entries()) expect(found[i]).toBeCloseTo(value, 4)
  })

  test('are 0 where nothing was better than anything else, or nothing counts', () => {
    expect([...normalizedAdvantages(Float32Array.of(5, 5))]).toEqual([0, 0])
    expect([...normalizedAdvantages(Float32Array.of(5), Float32Array.of(0))]).toEqual([0])
  })
})

describe('critic regularized regression', () => {
  const values = { logProbability: [-1, -2], advantage: [2, -1] }

  test('a row counts exp(A / β), or whether A is positive', () => {
    const [weights, signs] = [exp, binary].map(
      (how) => run(advantageRegression(logProbability, advantage, how), values)[0],
    )
    expect(weights).toBeCloseTo((Math.exp(1) + 2 * Math.exp(-0.5)) / 2, 12)
    expect(signs).toBeCloseTo(1 / 2, 12)
  })

  test('and never more than the bound, however large the advantage', () => {
    const far = { logProbability: [-1, -2], advantage: [3000, 0] }
    const found = run(advantageRegression(logProbability, advantage, { ...exp, bound: 7 }), far)[0]
    expect(found).toBeCloseTo((7 + 2) / 2, 9)
  })

  test('the advantage gets no gradient; the log probability that of its weight', () => {
    for (const [how, weights] of [
      [exp, [Math.exp(1), Math.exp(-0.5)]],
      [binary, [1, 0]],
    ] as const) {
      const loss = advantageRegression(logProbability, advantage, how)
      const [byAdvantage, byPolicy] = valuesOf(grad(loss, [advantage, logProbability]), values)
      expect(byAdvantage).toEqual([0, 0])
      for (const row of [0, 1]) expect(byPolicy[row]).toBeCloseTo(-weights[row] / 2, 12)
    }
  })
})

const spread = input('spread', [2])
const before = input('before', [2])
const drawn = { spread, before, q, logits, chosen, targets, quantiles, distribution, logProbability, advantage }
const values = Object.fromEntries(Object.entries(drawn).map(([name, node], i) => [name, normalsFor(node, 10 + i)]))

test.each<[string, Sym, readonly Sym[]]>([
  ['Q-learning', qLearning(chosen, targets), [chosen]],
  ['quantile regression', quantileRegression(quantiles, distribution), [quantiles]],
  ['expected value', sum(expectedValue(q, logits)), [q, logits]],
  ['regression', advantageRegression(logProbability, advantage, exp), [logProbability]],
  ['the policy gradient', policyGradient(logProbability, advantage), [logProbability]],
  ['the clipped policy gradient', clippedPolicyGradient(logProbability, targets, advantage, 0.2), [logProbability]],
  ['entropy', sum(entropy(logits)), [logits]],
  ['a critic', valueError(targets, chosen), [chosen]],
  ['a clipped critic', sum(clippedValueError(targets, chosen, before, { epsilon: 0.2, loss: 'huber' })), [chosen]],
  ['a Gaussian', sum(gaussianLogProbability(targets, chosen, spread)), [chosen, spread]],
  ['its entropy', sum(gaussianEntropy(spread)), [spread]],
])('gradients of %s agree with finite differences', (_, loss, by) => {
  expectSlopes(loss, by, values)
})

test.each<[string, Sym, Sym]>([
  ['Q-learning', qLearning(chosen, targets), targets],
  ['quantile regression', quantileRegression(quantiles, distribution), distribution],
])('%s passes no gradient to its target', (_, loss, target) => {
  expect(valuesOf(grad(loss, [target]), values)[0].every((g) => g === 0)).toBe(true)
})
