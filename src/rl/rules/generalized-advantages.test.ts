import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generalizedAdvantages, type PaidTurns } from './generalized-advantages.ts'

const turns = (rewards: number[], values: number[], next: number[]): PaidTurns => ({
  rewards: Float32Array.from(rewards),
  values: Float32Array.from(values),
  next: Int32Array.from(next),
})

test('two episodes of three and two turns side by side, by hand', () => {
  // Episode a stands in places 0, 2, 4 and b in 1, 3. γ = .5, λ = .5.
  const { advantages, returns } = generalizedAdvantages(turns([1, 10, 2, 20, 4], [2, 4, 6, 8, 10], [2, 3, 4, -1, -1]), {
    gamma: 0.5,
    gaeLambda: 0.5,
  })
  // a: δ = (1 + 3 − 2, 2 + 5 − 6, 4 − 10) = (2, 1, −6); Â = (2 + (1 − 1.5) / 4, 1 − 6 / 4, −6)
  // b: δ = (10 + 4 − 4, 20 − 8) = (10, 12); Â = (10 + 12 / 4, 12)
  expect([...advantages]).toEqual([1.875, 13, -0.5, 12, -6])
  expect([...returns]).toEqual([3.875, 17, 5.5, 20, 4])
})

/** Episodes dealt over slots that take turns, as a collection has them. */
const paidTurns = fc
  .array(
    fc.array(fc.record({ reward: fc.integer({ min: -9, max: 9 }), value: fc.integer({ min: -9, max: 9 }) }), {
      minLength: 1,
      maxLength: 8,
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((episodes) => {
    const [rewards, values, next]: [number[], number[], number[]] = [[], [], []]
    const last: number[] = []
    for (let t = 0; episodes.some((episode) => t < episode.length); t++)
      for (const [e, episode] of episodes.entries()) {
        const turn = episode[t]
        if (turn === undefined) continue
        if (t > 0) next[last[e]] = rewards.length
        last[e] = rewards.length
        rewards.push(turn.reward)
        values.push(turn.value)
        next.push(-1)
      }
    return { episodes, turns: turns(rewards, values, next), last }
  })

test('λ = 1: returns are what is paid from then on, discounted, whatever the critic says', () => {
  fc.assert(
    fc.property(paidTurns, fc.constantFrom(0, 0.5, 0.9, 1), ({ turns }, gamma) => {
      const { advantages, returns } = generalizedAdvantages(turns, { gamma, gaeLambda: 1 })
      for (let i = 0; i < returns.length; i++) {
        let expected = 0
        for (let at = i, weight = 1; at !== -1; at = turns.next[at], weight *= gamma)
          expected += weight * turns.rewards[at]
        expect(returns[i]).toBeCloseTo(expected, 4)
        expect(advantages[i]).toBeCloseTo(expected - turns.values[i], 4)
      }
    }),
  )
})

test('λ = 0: only the next turn counts; and an episode does not depend on its neighbors', () => {
  fc.assert(
    fc.property(paidTurns, ({ turns: all, episodes, last }) => {
      const { advantages } = generalizedAdvantages(all, { gamma: 0.9, gaeLambda: 0 })
      for (let i = 0; i < advantages.length; i++) {
        const after = all.next[i] === -1 ? 0 : all.values[all.next[i]]
        expect(advantages[i]).toBeCloseTo(all.rewards[i] + 0.9 * after - all.values[i], 4)
      }
      const both = generalizedAdvantages(all, { gamma: 0.9, gaeLambda: 0.7 })
      for (const [e, episode] of episodes.entries()) {
        const alone = turns(
          episode.map(({ reward }) => reward),
          episode.map(({ value }) => value),
          episode.map((_, t) => (t + 1 < episode.length ? t + 1 : -1)),
        )
        const own = generalizedAdvantages(alone, { gamma: 0.9, gaeLambda: 0.7 })
        expect(both.returns[last[e]]).toBe(own.returns.at(-1))
        // Place e holds the first turn of episode e.
        expect(both.advantages[e]).toBe(own.advantages[0])
      }
    }),
  )
})
