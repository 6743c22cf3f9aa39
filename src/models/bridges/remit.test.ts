import { expect, it } from 'vitest'
import { expectSlopes, valuesOf } from '../../../test/checks/finite-differences.ts'
import { grad, input, sum } from '../../tensor/index.ts'
import { likedAs, selectionLoss } from './remit.ts'

const [B, m] = [2, 3]
const node = (name: string, ...shape: number[]) => input(name, shape)
const scene = { scores: node('scores', B, m), known: node('known', B, m) }
const logits = node('logits', B, m)
const { loss, reward } = selectionLoss(logits, scene, node('rating', B), node('noise', B, m))
// The third interest of the second user is of a source that does not know the user, however loud its noise is.
const values = {
  logits: [0.2, -0.4, 0.9, 1.5, 0.1, 3],
  scores: [0.5, -1, 2, 1, -0.5, 9],
  known: [1, 1, 1, 1, 1, 0],
  rating: [0.4, -0.6],
}
const weights = [0, 1].map((b) => {
  const powers = [0, 1, 2].map((k) => values.known[b * m + k] * Math.exp(values.logits[b * m + k]))
  const total = powers.reduce((all, power) => all + power, 0)
  return powers.map((power) => power / total)
})
const paid = [0, 1].map((b) => [0, 1, 2].map((k) => -((values.scores[b * m + k] - values.rating[b]) ** 2)))
/** Noise by which an interest is drawn, whatever the logits. */
const drawing = (...taken: number[]) => taken.flatMap((k) => [0, 1, 2].map((i) => (i === k ? 50 : 0)))
const slopesOf = (...taken: number[]) => valuesOf(grad(loss, [logits]), { ...values, noise: drawing(...taken) })[0]

it('is paid for the interest that was drawn, and held to what the weights are paid on average', () => {
  const [[found], [mean]] = valuesOf([loss, reward], { ...values, noise: drawing(1, 0) })
  const expected = [0, 1].map((b) => weights[b].reduce((all, w, k) => all + w * paid[b][k], 0))
  expect(mean).toBeCloseTo((paid[0][1] + paid[1][0]) / 2, 10)
  const byHand = [1, 0].map((k, b) => -(paid[b][k] - expected[b]) * Math.log(weights[b][k]))
  expect(found).toBeCloseTo((byHand[0] + byHand[1]) / 2, 10)
})

it('never draws an interest of a source that does not know the user', () => {
  const [[mean]] = valuesOf([reward], { ...values, noise: drawing(0, 2) })
  expect(mean).toBeCloseTo((paid[0][0] + paid[1][0]) / 2, 10)
})

it('has on average the slope of what the weights are paid, so that reward reaches the agent', () => {
  const mean = new Array<number>(B * m).fill(0)
  for (let b = 0; b < B; b++)
    for (let k = 0; k < m; k++) {
      if (weights[b][k] === 0) continue
      const slopes = b === 0 ? slopesOf(k, 0) : slopesOf(0, k)
      for (let j = 0; j < m; j++) mean[b * m + j] += weights[b][k] * slopes[b * m + j]
    }
  for (let b = 0; b < B; b++) {
    const expected = weights[b].reduce((all, w, k) => all + w * paid[b][k], 0)
    for (let j = 0; j < m; j++) {
      // −∂/∂logit_j of the mean over users of Σ π_k r_k
      expect(mean[b * m + j]).toBeCloseTo((-weights[b][j] * (paid[b][j] - expected)) / B, 10)
    }
  }
  expect(Math.max(...mean.map(Math.abs))).toBeGreaterThan(0.05)
})

it('reads what was liked as an interest sees it', () => {
  const [interest, items, keep] = [node('interest', 1, 2), node('items', 1, 3, 2), node('keep', 1, 3)]
  const liked = likedAs(interest, items, keep)
  const told = { interest: [1, -0.5], items: [1, 0, 0, 2, 9, 9], keep: [1, 1, 0] }
  const [first, second] = [Math.exp(1), Math.exp(-1)].map((power) => power / (Math.exp(1) + Math.exp(-1)))
  const [found] = valuesOf([liked], told)
  expect(found[0]).toBeCloseTo(first, 10)
  expect(found[1]).toBeCloseTo(2 * second, 10)
  expect(valuesOf([liked], { ...told, keep: [0, 0, 0] })[0]).toEqual([0, 0])
  expectSlopes(sum(liked), [interest, items], told)
})
