import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type DrawPolicy, drawList } from '../../evaluation/decide.ts'
import type { ComposedItem } from '../compose.ts'
import { seedOf, starterOf, type Team, teamDraft } from './interleave.ts'

const greedy: DrawPolicy = { kind: 'greedy' }
const names = ['a', 'b', 'c', 'd', 'e', 'f']

/** A team whose scores are said by item. */
function team(arm: string, scores: readonly number[], policy: DrawPolicy, id: string, k: number): Team {
  const best = scores.map((score, item) => ({ item, score })).sort((x, y) => y.score - x.score)
  const { items, pool } = drawList(best, { policy, seed: seedOf(id, arm), k })
  const named = ({ item, score }: { item: number; score: number }) => ({ item: names[item], score })
  return {
    arm,
    policy,
    seed: seedOf(id, arm),
    about: (item) => ({ id: names.indexOf(item), source: 'model' }),
    list: {
      pool: pool.map(named),
      items: items.map((one): ComposedItem => ({ ...one, ...named(one), id: one.item, source: 'model' })),
    },
  }
}
const fixed = (arm: string, order: string) =>
  team(
    arm,
    names.map((name) => (order.includes(name) ? 10 - order.indexOf(name) : 0)),
    greedy,
    '',
    order.length,
  )
const shown = (items: readonly { item: string; team?: string }[]) =>
  items.map((one) => `${one.item}${one.team}`).join(' ')

describe('a team draft', () => {
  it('lets teams pick in turn, each the next of its own that is not there yet', () => {
    const teams = [fixed('A', 'abcde'), fixed('B', 'bcafe')] as const
    expect(shown(teamDraft([...teams], 0, { k: 4 }))).toBe('aA bB cA fB')
    expect(shown(teamDraft([...teams], 1, { k: 4 }))).toBe('bB aA cB dA')
  })

  it('has the propensities of who may have begun', () => {
    const teams = [fixed('A', 'abcde'), fixed('B', 'acbfe')] as const
    // Both begin with a: then either b or c shows who did not begin, and all that follows is certain.
    for (const starter of [0, 1] as const)
      expect(teamDraft([...teams], starter, { k: 4 }).map(({ propensity }) => propensity)).toEqual([1, 0.5, 1, 1])
    const apart = [fixed('A', 'abc'), fixed('B', 'fed')] as const
    expect(teamDraft([...apart], 1, { k: 3 }).map(({ propensity }) => propensity)).toEqual([0.5, 1, 1])
  })

  it('goes on where the page before ended', () => {
    for (const id of ['r_1', 'r_2', 'r_3', 'r_4']) {
      const explores: DrawPolicy = { kind: 'plackett-luce', temperature: 1, candidates: 6 }
      const teams = (k: number): [Team, Team] => [
        team('A', [3, 2, 1, 0, 0, 0], explores, id, k),
        team('B', [0, 0, 1, 2, 3, 0], explores, id, k),
      ]
      const starter = starterOf(id)
      const whole = teamDraft(teams(6), starter, { k: 6 })
      const page = teamDraft(teams(6), starter, { k: 3, above: whole.slice(0, 3) })
      expect(page).toEqual(whole.slice(3))
      expect(teamDraft(teams(3), starter, { k: 3 })).toEqual(whole.slice(0, 3))
    }
  })

  it('puts pins first and fillings last, of which no team has any', () => {
    const [a, b] = [fixed('A', 'ab'), fixed('B', 'ba')]
    const pinned = { item: 'p', id: 9, score: 0, rank: 1, propensity: 1, source: 'pinned' } as const
    const filled = { item: 'z', id: 8, score: 0, rank: 4, propensity: 1, source: 'popular', filled: true } as const
    const list = { ...a.list, items: [pinned, ...a.list.items, filled] }
    const draft = teamDraft(
      [
        { ...a, list },
        { ...b, list: { ...b.list, items: [pinned, ...b.list.items, filled] } },
      ],
      1,
      { k: 9 },
    )
    expect(draft.map(({ item, rank, team: by }) => [item, rank, by])).toEqual([
      ['p', 1, undefined],
      ['b', 2, 'B'],
      ['a', 3, 'A'],
      ['z', 4, undefined],
    ])
  })

  it('has propensities with which items are met, at every place given those above', () => {
    const explores: DrawPolicy = { kind: 'plackett-luce', temperature: 0.7, candidates: 4 }
    const timid: DrawPolicy = { kind: 'epsilon', share: 0.4, candidates: 4 }
    const said = new Map<string, number>()
    const met = new Map<string, number>()
    const lists = 6_000
    for (let n = 0; n < lists; n++) {
      const id = `r_${n}`
      const teams: [Team, Team] = [team('A', [2, 1, 0.5, 0], explores, id, 3), team('B', [0, 0.2, 1, 3], timid, id, 3)]
      let prefix = ''
      let probability = 1
      for (const { item, propensity } of teamDraft(teams, starterOf(id), { k: 3 })) {
        prefix += item
        probability *= propensity
        const before = said.get(prefix) ?? probability
        expect(probability).toBeCloseTo(before, 12)
        said.set(prefix, probability)
        met.set(prefix, (met.get(prefix) ?? 0) + 1)
      }
    }
    for (const length of [1, 2, 3]) {
      const those = [...said].filter(([prefix]) => prefix.length === length)
      expect(those.reduce((sum, [, p]) => sum + p, 0)).toBeGreaterThan(0.995)
      // Four standard deviations, and a list or two.
      for (const [prefix, p] of those)
        expect(Math.abs((met.get(prefix) ?? 0) - lists * p)).toBeLessThan(4 * Math.sqrt(lists * p) + 2)
    }
  })

  it('gives both teams as many picks, or one more, and no item twice', () => {
    const order = fc.shuffledSubarray(names, { minLength: 6 })
    fc.assert(
      fc.property(
        order,
        order,
        fc.constantFrom(0 as const, 1 as const),
        fc.integer({ min: 1, max: 6 }),
        (a, b, starter, k) => {
          const draft = teamDraft([fixed('A', a.join('')), fixed('B', b.join(''))], starter, { k })
          expect(new Set(draft.map(({ item }) => item)).size).toBe(k)
          const picks = draft.filter((one) => one.team === 'A').length
          expect([Math.floor(k / 2), Math.ceil(k / 2)]).toContain(picks)
          expect(draft.map(({ rank }) => rank)).toEqual(draft.map((_, i) => i + 1))
        },
      ),
    )
  })
})
