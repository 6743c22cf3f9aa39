import { expect, test } from 'vitest'
import { createRng } from '../../../math/index.ts'
import { CREDITS, type Credit, play, type Scenes, softmaxOfKnown } from './game.ts'

const floats = (...values: number[]) => Float32Array.from(values)
// Three rows of two agents: both know the first two users, the second alone the third.
const scenes: Scenes = {
  agents: 2,
  scores: floats(1, -1, 0.5, 2, 9, 1),
  known: floats(1, 1, 1, 1, 0, 1),
  means: floats(0.2, -0.3, 0, 1, 7, 0),
  values: floats(-1, -2, -0.5, 0, 5, 5),
  ratings: floats(0.5, 1, 0),
  limits: floats(0, 0.8, 0.5),
}
const dealt = (credit: Credit, shuffled = false) =>
  play(scenes, -0.5, { reward: 'error', credit, shuffled }, createRng(3))

test('weights are a softmax over who is known, and unknown ones are 0', () => {
  const weights = softmaxOfKnown(floats(0, Math.log(3), 800, -5, 3, 3), floats(1, 1, 0, 1, 0, 0), 2)
  for (const [i, w] of [0.25, 0.75, 0, 1, 0, 0].entries()) expect(weights[i]).toBeCloseTo(w, 6)
})

test('what was drawn has the probability that is stored, and all are paid the same for what they predict together', () => {
  const { rows, actions, logProbabilities, returns, reward } = dealt('team')
  expect([...rows]).toEqual([0, 1])
  const sigma = Math.exp(-0.5)
  for (const at of [0, 1, 2, 3]) {
    const z = (actions[at] - scenes.means[at]) / sigma
    expect(logProbabilities[at]).toBeCloseTo(-0.5 * z * z + 0.5 - 0.5 * Math.log(2 * Math.PI), 5)
  }
  const paid = [0, 1].map((row) => {
    const [a, b] = [Math.exp(actions[2 * row]), Math.exp(actions[2 * row + 1])]
    const predicted = (a * scenes.scores[2 * row] + b * scenes.scores[2 * row + 1]) / (a + b)
    return -((predicted - scenes.ratings[row]) ** 2)
  })
  for (const at of [0, 1, 2, 3]) expect(returns[at]).toBeCloseTo(paid[at >> 1], 5)
  expect([...returns.subarray(4)]).toEqual([0, 0])
  expect(reward).toBeCloseTo((paid[0] + paid[1] - 1) / 3, 5)
})

test('advantages by hand, of each credit, and 0 where an agent had no choice', () => {
  const { actions } = dealt('team')
  const paid = (logits: readonly number[], row: number) => {
    const [a, b] = logits.map(Math.exp)
    return -(((a * scenes.scores[2 * row] + b * scenes.scores[2 * row + 1]) / (a + b) - scenes.ratings[row]) ** 2)
  }
  const said = (row: number) => [actions[2 * row], actions[2 * row + 1]]
  const against: Record<Credit, (row: number, d: number) => number> = {
    team: (row, d) => scenes.values[2 * row + d],
    counterfactual: (row, d) => -((scenes.scores[2 * row + 1 - d] - scenes.ratings[row]) ** 2),
    'own-mean': (row, d) =>
      paid(
        said(row).map((a, i) => (i === d ? scenes.means[2 * row + d] : a)),
        row,
      ),
  }
  for (const credit of CREDITS) {
    const raw = [0, 1, 2, 3].map((at) => paid(said(at >> 1), at >> 1) - against[credit](at >> 1, at % 2))
    const mean = raw.reduce((sum, x) => sum + x, 0) / 4
    const deviation = Math.sqrt(raw.reduce((sum, x) => sum + (x - mean) ** 2, 0) / 4)
    const { advantages } = dealt(credit)
    for (const at of [0, 1, 2, 3]) expect(advantages[at], credit).toBeCloseTo((raw[at] - mean) / deviation, 4)
    expect([...advantages.subarray(4)]).toEqual([0, 0])
  }
})

test('shuffled, rows are paid what others earned', () => {
  const [own, others] = [dealt('team'), dealt('team', true)]
  expect([...others.actions]).toEqual([...own.actions])
  expect(others.reward).toBeCloseTo(own.reward, 6)
  expect([...others.returns]).not.toEqual([...own.returns])
})

test('where all sources say the same, nobody is better than anybody', () => {
  const same = { ...scenes, scores: floats(1, 1, 2, 2, 9, 1) }
  for (const credit of ['own-mean', 'counterfactual'] as const)
    for (const advantage of play(same, -0.5, { reward: 'error', credit, shuffled: false }, createRng(3)).advantages)
      expect(Math.abs(advantage)).toBeLessThan(0.1)
})

test('paid for the right side, a row earns 1 or 0, and an agent who could not change that is no better than its mean', () => {
  const sides = play(scenes, -0.5, { reward: 'side', credit: 'own-mean', shuffled: false }, createRng(3))
  // The third user is heard by one source alone, which says 1 where 0 was given and .5 is the limit.
  const { actions } = sides
  const right = [0, 1].map((row) => {
    const [a, b] = [Math.exp(actions[2 * row]), Math.exp(actions[2 * row + 1])]
    const predicted = (a * scenes.scores[2 * row] + b * scenes.scores[2 * row + 1]) / (a + b)
    return predicted > scenes.limits[row] ? 1 : 0
  })
  expect([...sides.returns]).toEqual([right[0], right[0], right[1], right[1], 0, 0])
  expect(sides.reward).toBeCloseTo((right[0] + right[1]) / 3, 6)
  const far = play(
    { ...scenes, limits: floats(-9, -9, -9) },
    -0.5,
    { reward: 'side', credit: 'own-mean', shuffled: false },
    createRng(3),
  )
  expect([...far.advantages].every((a) => a === 0)).toBe(true)
})
