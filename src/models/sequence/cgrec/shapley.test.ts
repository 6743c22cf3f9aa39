import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  contributions,
  domainGames,
  domainWeights,
  everyMarginal,
  marginalsOfOrders,
  shapleyValues,
} from './shapley.ts'

const exact = (players: number, value: (coalition: number) => number) =>
  shapleyValues(everyMarginal([...Array(players).keys()]), players, value)

/** All orders of the players. */
function permutations(players: readonly number[]): number[][] {
  if (players.length === 0) return [[]]
  return players.flatMap((first) =>
    permutations(players.filter((other) => other !== first)).map((rest) => [first, ...rest]),
  )
}

/** A game of n players as the value of every coalition; that of the empty one need not be 0. */
const game = fc.integer({ min: 1, max: 5 }).chain((n) =>
  fc.record({
    n: fc.constant(n),
    values: fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 32, maxLength: 32 }),
  }),
)

const expectClose = (actual: ArrayLike<number>, expected: ArrayLike<number>) => {
  expect(actual).toHaveLength(expected.length)
  for (let i = 0; i < expected.length; i++) expect(actual[i]).toBeCloseTo(expected[i], 9)
}

describe('Shapley values', () => {
  it('of the glove game are 2/3 for the only left glove and 1/6 for each right one', () => {
    const pairs = (coalition: number) => ((coalition & 1) !== 0 && (coalition & 6) !== 0 ? 1 : 0)
    expectClose(exact(3, pairs), [2 / 3, 1 / 6, 1 / 6])
  })

  it('of the airport game are what each runway section costs, shared by those who need it', () => {
    const lengths = [1, 3, 7]
    const cost = (coalition: number) => Math.max(0, ...lengths.filter((_, i) => (coalition >> i) & 1))
    expectClose(exact(3, cost), [1 / 3, 1 / 3 + 2 / 2, 1 / 3 + 2 / 2 + 4])
  })

  it('share out what all achieve beyond none (efficiency)', () => {
    fc.assert(
      fc.property(game, ({ n, values }) => {
        const sum = exact(n, (coalition) => values[coalition]).reduce((a, b) => a + b, 0)
        expect(sum).toBeCloseTo(values[2 ** n - 1] - values[0], 9)
      }),
    )
  })

  it('are equal for players who are interchangeable (symmetry)', () => {
    const swapped = (coalition: number) => (coalition & ~3) | ((coalition & 1) << 1) | ((coalition & 2) >> 1)
    fc.assert(
      fc.property(game, ({ n, values }) => {
        fc.pre(n >= 2)
        const [first, second] = exact(n, (coalition) => values[coalition] + values[swapped(coalition)])
        expect(first).toBeCloseTo(second, 9)
      }),
    )
  })

  it('are 0 for a player who adds nothing to any coalition (null player)', () => {
    fc.assert(
      fc.property(game, ({ n, values }) => {
        expect(exact(n, (coalition) => values[coalition & ~1])[0]).toBeCloseTo(0, 9)
      }),
    )
  })

  it('are the average over all orders', () => {
    fc.assert(
      fc.property(game, ({ n, values }) => {
        const value = (coalition: number) => values[coalition]
        const orders = marginalsOfOrders(permutations([...Array(n).keys()]))
        expectClose(exact(n, value), shapleyValues(orders, n, value))
      }),
    )
  })

  it('of one order are efficient as well', () => {
    fc.assert(
      fc.property(game, ({ values }) => {
        const one = shapleyValues(marginalsOfOrders([[2, 0, 4]]), 5, (coalition) => values[coalition])
        expect(one.reduce((a, b) => a + b, 0)).toBeCloseTo(values[0b10101] - values[0], 9)
        expect(one[1]).toBe(0)
      }),
    )
  })
})

describe('the games of domains', () => {
  it('need one pass for each coalition that is not empty', () => {
    for (const D of [2, 3, 4, 5, 6]) {
      const domains = [...Array(D).keys()]
      const { coalitions } = domainGames(domains, domains)
      expect(coalitions).toEqual(Array.from({ length: 2 ** D - 1 }, (_, i) => i + 1))
    }
  })

  it('need at most D (D + 1) / 2 passes for one order', () => {
    const domains = [0, 1, 2, 3, 4, 5, 6, 7]
    const { coalitions } = domainGames(domains, domains, [[3, 1, 4, 0, 5, 2, 7, 6]])
    expect(coalitions).toHaveLength(36)
  })

  it('are sampled to the exact values when every order is drawn', () => {
    const domains = [0, 1, 2, 3]
    const loss = (coalition: number, d: number) => Math.sin(7 * coalition + d)
    const every = contributions(domainGames(domains, domains), 4, loss)
    expectClose(contributions(domainGames(domains, domains, permutations(domains)), 4, loss), every)
  })

  it('are not played by domains that are not seen, nor for domains that are not predicted', () => {
    const { games, coalitions } = domainGames([0, 2], [1, 2])
    expect(games.map(({ target }) => target)).toEqual([1, 2])
    expect(coalitions).toEqual([0b010, 0b011, 0b100, 0b101, 0b110, 0b111])
    const values = contributions({ games, coalitions }, 4, (coalition) => coalition)
    // Domain 1 is not seen, domain 3 not there at all; domain 2 plays for 1 only, domain 0 for both.
    expect([...values]).toEqual([-1, Number.NaN, -4, Number.NaN])
  })

  it('are none with a single domain', () => {
    expect(domainGames([0], [0])).toEqual({ games: [], coalitions: [] })
    expect(contributions(domainGames([0], [0]), 1, () => 1)[0]).toBeNaN()
  })
})

describe('contributions', () => {
  it('of two domains are what seeing the one saves the other', () => {
    const losses: Record<number, number[]> = { 1: [3, 0], 2: [0, 5], 3: [4, 3] }
    const values = contributions(domainGames([0, 1], [0, 1]), 2, (coalition, d) => losses[coalition][d])
    // Domain 0 saves domain 1 two nats; domain 1 costs domain 0 one.
    expectClose(values, [2, -1])
  })

  it('of three domains, by hand', () => {
    // L^0 alone 10; with 1: 8, with 2: 11, with both: 7. Nothing helps 1 or 2.
    const losses: Record<number, number> = { 1: 10, 3: 8, 5: 11, 7: 7 }
    const values = contributions(domainGames([0, 1, 2], [0, 1, 2]), 3, (coalition, d) =>
      d === 0 ? losses[coalition] : 6,
    )
    // In the game of target 0: domain 1 gains (10 − 8)/2 + (11 − 7)/2 = 3, domain 2 (10 − 11)/2 + (8 − 7)/2 = 0.
    expectClose(values, [0, 3 / 2, 0])
  })
})

describe('the weights of domains', () => {
  it('are D · softmax, by hand', () => {
    const weights = domainWeights([0.1, 0.1, 0.1 + 0.2 * Math.log(2)], 0.2)
    expectClose(weights, [3 / 4, 3 / 4, 3 / 2])
    expectClose(domainWeights([0.3], 0.2), [1])
  })

  it('are 1 on average, neutral for equals, and lower for who harms more', () => {
    const standing = fc.array(fc.integer({ min: -300, max: 300 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(standing, fc.constantFrom(0.05, 0.2, 10), (percent, temperature) => {
        const m = percent.map((x) => x / 100)
        const weights = domainWeights(m, temperature)
        expect(weights.reduce((a, b) => a + b, 0)).toBeCloseTo(m.length, 9)
        for (const [i, a] of m.entries())
          for (const [j, b] of m.entries()) if (a <= b) expect(weights[i]).toBeLessThanOrEqual(weights[j])
      }),
    )
    expectClose(domainWeights([-2, -2, -2], 0.05), [1, 1, 1])
  })
})
