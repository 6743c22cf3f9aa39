import fc from 'fast-check'
import { expect, it } from 'vitest'
import { coldUsersWorld } from '../../../contract/index.ts'
import { parseConfig } from '../../../core/index.ts'
import { createRng } from '../../../math/index.ts'
import { play } from './game.ts'
import { marco } from './index.ts'
import { LIST_GAINS, listReward } from './list-reward.ts'
import { listBatches } from './lists.ts'

// Two lists: of a, b, c, d the user likes a and c; of e and f nothing.
const lists = { starts: Int32Array.of(0, 4, 6), liked: Uint8Array.of(1, 0, 1, 0, 0, 0) }

it('a list is paid for the ranks of what is liked among what is not, by hand', () => {
  const scores = Float64Array.of(3, 4, 1, 2, 9, 8)
  const { ndcg } = LIST_GAINS
  const pay = listReward(scores, lists, ndcg)
  // b stands before a; b and d before c.
  expect(pay(0, 3)).toBeCloseTo((ndcg(2) + ndcg(3)) / 2, 12)
  expect(pay(3, 2)).toBe(pay(0, 3))
  expect(pay(0, 5)).toBeCloseTo((ndcg(1) + ndcg(3)) / 2, 12)
  expect(pay(0, 4)).toBe(pay(0, 3)) // what ties with b stands behind it
  expect(pay(1, 0)).toBeCloseTo((ndcg(1) + ndcg(2)) / 2, 12)
  expect(pay(4, 9)).toBe(0)
})

it('what a change of one score pays is what the changed list pays', () => {
  const score = fc.integer({ min: 0, max: 5 })
  fc.assert(
    fc.property(fc.array(score, { minLength: 6, maxLength: 6 }), score, fc.nat({ max: 5 }), (all, other, row) => {
      const scores = Float64Array.from(all)
      const changed = scores.map((own, i) => (i === row ? other : own))
      const of = (scores: Float64Array) => listReward(scores, lists, LIST_GAINS.ndcg)
      expect(of(scores)(row, other)).toBeCloseTo(of(changed)(row, other), 12)
    }),
  )
})

it('agents are paid for the list that their weights order, and one who could not change the order is no better than its mean', () => {
  const scenes = {
    agents: 2,
    // The first source puts the liked item first, the second last.
    scores: Float32Array.of(1, -1, 0, 0, 0, 0),
    known: Float32Array.of(1, 1, 1, 1, 1, 1),
    means: new Float32Array(6),
    values: new Float32Array(6),
    ratings: Float32Array.of(4, Number.NaN, Number.NaN),
    limits: Float32Array.of(3, 3, 3),
    lists: Int32Array.of(0, 3),
  }
  const game = (seed: number, limits = scenes.limits) =>
    play({ ...scenes, limits }, -0.5, { reward: 'ndcg', credit: 'own-mean', shuffled: false }, createRng(seed))
  const paid = new Set<string>()
  for (let seed = 0; seed < 8; seed++) {
    const { actions, returns } = game(seed)
    const first = actions[0] > actions[1]
    expect(returns[0]).toBeCloseTo(LIST_GAINS.ndcg(first ? 1 : 3), 6)
    paid.add(String(first))
  }
  expect(paid.size).toBe(2)
  // By itself the item is far above the others, whatever sources say.
  expect([...game(1, Float32Array.of(-9, 3, 3)).advantages].every((a) => a === 0)).toBe(true)
})

it('lists hold what a user rated and items that the user did not, each user with something liked once', () => {
  const { dataset, split } = coldUsersWorld({ users: 40 })
  const { config } = parseConfig(marco, { width: 2, rewardItems: 3, turns: 20 })
  const model = marco.create(config, dataset, split, { seed: 1, threads: 1 })
  const [target] = model.targets.values()
  const batches = listBatches(target, dataset, config, createRng(1))
  const seen: number[] = []
  for (const { row, user, item, value, lists } of batches) {
    expect(lists.at(-1)).toBe(row.length)
    for (let l = 0; l + 1 < lists.length; l++) {
      const [from, to] = [lists[l], lists[l + 1]]
      const own = model.factors.trained(target.target, user[from])!.rows
      seen.push(user[from])
      expect(new Set(user.subarray(from, to)).size).toBe(1)
      expect(new Set(item.subarray(from, to)).size).toBe(to - from)
      expect([...row.subarray(from, from + own.length)]).toEqual([...own])
      expect([...value.subarray(from + own.length, to)].every(Number.isNaN)).toBe(true)
      expect(to - from - own.length).toBeLessThanOrEqual(3)
    }
  }
  const liking = target.rows.filter((row) => dataset.log.value![row] > 3).map((row) => dataset.log.user[row])
  expect(seen.sort((a, b) => a - b)).toEqual([...new Set(liking)].sort((a, b) => a - b))
  return model.dispose()
})
