import { describe, expect, test } from 'vitest'
import { drawnRewards, simulatedWorld } from '../../../test/worlds/simulated-worlds.ts'
import type { Policy } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { tempered } from './acting.ts'
import { parseLeaveRule } from './leave-rule.ts'
import { type AskedAgain, replay } from './replay.ts'
import { rollOut } from './rollout.ts'
import { createEnvironment, MODES, type Mode } from './simulator.ts'

const ITEMS = 12
const world = simulatedWorld({
  rewards: drawnRewards(7, ITEMS),
  categories: Array.from({ length: ITEMS }, (_, i) => `kind ${i % 4}`),
})
const environment = createEnvironment(world, { maxLength: 10, leave: [parseLeaveRule('categories:1:0')] })
const { items } = environment.rewards

/** Its scores depend on the user, on what was recommended and on what that paid. */
const attentive: Policy = {
  acting: 'sampled',
  remembers: 'episode',
  avoidsLeaving: false,
  async score(queries, { start, end }) {
    return Float32Array.from({ length: queries.length * (end - start) }, (_, k) => {
      const { user, history, values } = queries[Math.floor(k / (end - start))]
      const paid = Math.round(values!.reduce((a, b) => a + b, 0) * 1000)
      const rng = createRng(user!).split(...history, paid, start + (k % (end - start)))
      return 2 * rng.float()
    })
  },
}

async function askedAgain(policy: Policy, mode: Mode, { episodes = 200, parallel = 256 } = {}) {
  const played = await rollOut(attentive, environment, { mode, episodes, seed: 3 })
  const turns: (AskedAgain & { readonly copy: number[] })[] = []
  await replay(policy, environment, played, { mode, items, parallel }, (turn) =>
    turns.push({ ...turn, copy: [...turn.probabilities] }),
  )
  turns.sort((a, b) => a.episode - b.episode || a.turn - b.turn)
  return { played, turns }
}

describe.each(MODES)('mode %s', (mode) => {
  test('whoever played is asked what it was asked, and its draws are as probable as it says', async () => {
    const { played, turns } = await askedAgain(attentive, mode, { episodes: 1500 })
    expect(turns).toHaveLength(played.lengths.reduce((a, b) => a + b))
    // Σ 1 / p of what is drawn is, in the mean, the number of items that may be drawn.
    let [sum, squares] = [0, 0]
    for (const { copy, turn, taken } of turns) {
      const open = mode === 'free' ? ITEMS : ITEMS - turn
      expect(copy.filter((p) => p > 0)).toHaveLength(open)
      expect(copy.reduce((a, b) => a + b)).toBeCloseTo(1, 12)
      const error = 1 / copy[taken] / open - 1
      sum += error
      squares += error ** 2
    }
    expect(Math.abs(sum) / Math.sqrt(squares)).toBeLessThan(3)
  })

  test('any number of episodes at a time tells the same', async () => {
    const plain = async (parallel: number) =>
      (await askedAgain(attentive, mode, { episodes: 30, parallel })).turns.map(({ copy, taken }) => [taken, ...copy])
    expect(await plain(7)).toEqual(await plain(256))
  })
})

test('a temperature divides scores; a policy that draws nothing takes the best alike', async () => {
  const scoring = (acting: Policy['acting']): Policy => ({
    acting,
    remembers: 'log',
    avoidsLeaving: false,
    score: async (queries, { start, end }) =>
      Float32Array.from({ length: queries.length * (end - start) }, (_, k) => (k % (end - start) < 2 ? 3 : 1)),
  })
  const cool = (await askedAgain(tempered(scoring('sampled'), 0.5), 'free', { episodes: 1 })).turns[0].copy
  expect(cool[0] / cool[2]).toBeCloseTo(Math.exp(4), 9)
  const { copy } = (await askedAgain(scoring('greedy'), 'free', { episodes: 1 })).turns[0]
  expect(copy).toEqual([0.5, 0.5, ...Array(ITEMS - 2).fill(0)])
})

test('who looks at when users leave cannot be asked again, nor about items that nobody may recommend', async () => {
  await expect(askedAgain({ ...attentive, avoidsLeaving: true }, 'free')).rejects.toThrow('when users leave')
  const played = await rollOut(attentive, environment, { mode: 'free', episodes: 20, seed: 3 })
  const few = { mode: 'free', items: items.subarray(0, 5) } as const
  await expect(replay(attentive, environment, played, few, () => {})).rejects.toThrow('not among the 5')
})
