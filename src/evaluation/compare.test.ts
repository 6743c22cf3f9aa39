import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { byName, Part, type Scorer } from '../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../data/index.ts'
import { judge } from '../experiments/report.ts'
import { createRng } from '../math/index.ts'
import { comparisonNotes, resultsTable, verdictTable } from '../pages/compare-text.ts'
import { meanInterval, pairedBootstrap, type Seeded, summarizeSeeds, verdict } from './compare.ts'
import { type Evaluation, evaluate, ranking } from './measures/index.ts'

const normals = (n: number, seed: number, center = 0) => {
  const rng = createRng(seed)
  return Float64Array.from({ length: n }, () => center + rng.normal())
}
const values = fc.array(fc.double({ min: -10, max: 10, noNaN: true }), { minLength: 2, maxLength: 40 })
const quick = { samples: 200, seed: 1 }

describe('pairedBootstrap', () => {
  it('has no width where every case differs by the same', () => {
    const a = normals(50, 1)
    const interval = pairedBootstrap(
      a.map((x) => x + 2),
      a,
      quick,
    )
    for (const side of [interval.mean, interval.low, interval.high]) expect(side).toBeCloseTo(2, 12)
  })

  it('by hand: two cases, of which a sample holds none, one or both', () => {
    // Sample means are 0, 1/2, 1 with probabilities 1/4, 1/2, 1/4.
    expect(meanInterval(Float64Array.of(0, 1), { samples: 2000, seed: 1 })).toEqual({ mean: 0.5, low: 0, high: 1 })
    const half = meanInterval(Float64Array.of(0, 1), { samples: 2000, seed: 1, level: 0.4 })
    expect(half).toEqual({ mean: 0.5, low: 0.5, high: 0.5 })
  })

  it('agrees with the normal approximation', () => {
    const n = 2000
    const { mean, low, high } = meanInterval(normals(n, 3, 5), { seed: 2 })
    const expected = (2 * 1.96) / Math.sqrt(n)
    expect(Math.abs((high - low) / expected - 1)).toBeLessThan(0.1)
    expect(mean).toBeGreaterThan(low)
    expect(mean).toBeLessThan(high)
  })

  it('covers the truth about as often as it says', () => {
    const trials = 300
    let covered = 0
    for (let t = 0; t < trials; t++) {
      const { low, high } = meanInterval(normals(60, 100 + t, 1), { samples: 300, seed: t })
      if (low <= 1 && 1 <= high) covered++
    }
    // 95 % less a little for 60 cases; four standard errors of 300 trials are 5 %.
    expect(covered / trials).toBeGreaterThan(0.88)
    expect(covered / trials).toBeLessThan(0.99)
  })

  it('takes the cases of a user together: copies of a case add no certainty', () => {
    const once = normals(400, 7)
    const copies = Float64Array.from({ length: 1600 }, (_, k) => once[k >> 2])
    const users = Int32Array.from({ length: 1600 }, (_, k) => 1000 + (k >> 2))
    const single = meanInterval(once, { seed: 1 })
    const clustered = meanInterval(copies, { seed: 1, users })
    const naive = meanInterval(copies, { seed: 1 })
    expect(clustered.low).toBeCloseTo(single.low, 10)
    expect(clustered.high).toBeCloseTo(single.high, 10)
    expect((naive.high - naive.low) / (single.high - single.low)).toBeCloseTo(0.5, 1)
  })

  it('turns around when its sides do, and moves with a shift', () => {
    fc.assert(
      fc.property(values, fc.nat(), fc.double({ min: -5, max: 5, noNaN: true }), (list, seed, shift) => {
        const a = Float64Array.from(list)
        const b = Float64Array.from(list, (_, i) => list[(i + 1) % list.length] / 2)
        const forth = pairedBootstrap(a, b, { samples: 50, seed })
        const back = pairedBootstrap(b, a, { samples: 50, seed })
        expect(back.mean).toBeCloseTo(-forth.mean, 9)
        expect(back.low).toBeCloseTo(-forth.high, 9)
        const moved = pairedBootstrap(
          a.map((x) => x + shift),
          b,
          { samples: 50, seed },
        )
        expect(moved.low).toBeCloseTo(forth.low + shift, 9)
        expect(forth.low).toBeLessThanOrEqual(forth.high)
      }),
    )
  })

  it('repeats with its seed and only with it', () => {
    const a = normals(100, 1)
    expect(meanInterval(a, quick)).toEqual(meanInterval(a, quick))
    expect(meanInterval(a, quick).low).not.toBe(meanInterval(a, { ...quick, seed: 2 }).low)
  })

  it('has no interval from one user, however many cases there are', () => {
    const users = Int32Array.of(7, 7, 7)
    expect(meanInterval(Float64Array.of(1, 2, 6), { ...quick, users })).toEqual({
      mean: 3,
      low: Number.NaN,
      high: Number.NaN,
    })
  })

  it('is NaN without cases and refuses what cannot be paired', () => {
    expect(meanInterval(new Float64Array(), quick)).toEqual({ mean: Number.NaN, low: Number.NaN, high: Number.NaN })
    expect(() => pairedBootstrap(new Float64Array(2), new Float64Array(3), quick)).toThrow(
      '2 and 3 cases cannot be paired',
    )
  })
})

it.each([
  [{ mean: 2, low: 1, high: 3 }, 'helped'],
  [{ mean: -2, low: -3, high: -1 }, 'harmed'],
  [{ mean: 1, low: -1, high: 3 }, 'no difference'],
  [{ mean: 0, low: 0, high: 0 }, 'no difference'],
])('verdict of %o is %s', (interval, expected) => expect(verdict(interval)).toBe(expected))

/** Users alternate between domain x and y; `ranks` gives the place of user u's answer. */
function evaluation(
  cases: number,
  ranks: (user: number) => number,
  protocol: Partial<Evaluation['protocol']> = {},
): Evaluation {
  const column = (value: (k: number) => number) => Int32Array.from({ length: cases }, (_, k) => value(k))
  const none = { cases: 0 }
  return {
    measure: ranking,
    metrics: ranking.metrics.map(({ name }) => name),
    protocol: { split: 'test', candidates: 'full', maskSeen: false, ties: 'against', seed: 0, ...protocol },
    domains: byName(['x', 'y', 'empty'].map((name) => [name, none])),
    overall: none,
    macro: none,
    groups: {},
    tiedCases: 0,
    ranks: column(ranks),
    ties: column(() => 0),
    answers: column(() => 1),
    rows: column((k) => k),
    users: column((k) => k),
    caseDomains: column((k) => k % 2),
    members: { notRepeated: Uint8Array.from({ length: cases }, (_, k) => (k < 10 ? 1 : 0)) },
  }
}

const results = (name: string, ...evaluations: Evaluation[]): Seeded<Evaluation> => ({
  name,
  seeds: evaluations.map((_, i) => i),
  evaluations,
  seconds: 1.5,
})

describe('summarizeSeeds', () => {
  // The twin is second everywhere; the mixed model is first in x, and in y third or fifth by seed.
  const twin = results(
    'twin',
    evaluation(40, () => 1),
  )
  const mixed = results(
    'mixed',
    evaluation(40, (user) => (user % 2 === 0 ? 0 : 2)),
    evaluation(40, (user) => (user % 2 === 0 ? 0 : 4)),
  )

  it('averages over seeds, then holds every model against the first', () => {
    const comparison = summarizeSeeds([twin, mixed], quick)
    expect(comparison.against).toBe('twin')
    expect(comparison.cases.toJSON()).toEqual({ x: 20, y: 20, empty: 0 })
    expect(comparison.models.get('mixed')!.domains.get('y')!.mrr).toMatchObject({
      mean: expect.closeTo((1 / 3 + 1 / 5) / 2, 12),
    })
    expect(comparison.models.get('mixed')!.domains.get('y')!.mrr.std).toBeCloseTo((1 / 3 - 1 / 5) / Math.SQRT2, 12)
    expect(comparison.models.get('twin')!.domains.get('x')!.mrr.std).toBeNaN()
    expect(comparison.models.get('mixed')!.seconds).toBe(1.5)
    expect(comparison.differences.get('mixed')!.get('x')!.mrr.mean).toBeCloseTo(0.5, 12)
    expect(comparison.differences.get('mixed')!.get('x')!.mrr.verdict).toBe('helped')
    expect(comparison.differences.get('mixed')!.get('y')!.mrr.verdict).toBe('harmed')
    expect(comparison.overallDifferences.get('mixed')!.mrr.mean).toBeCloseTo((0.5 + (1 / 3 + 1 / 5) / 2 - 0.5) / 2, 12)
    expect(comparison.differences.get('twin')).toBeUndefined()
  })

  it('finds no difference between a model and itself', () => {
    const { differences } = summarizeSeeds([twin, { ...twin, name: 'again' }], quick)
    expect(differences.get('again')!.get('x')!['hr@10']).toEqual({
      mean: 0,
      low: 0,
      high: 0,
      p: 1,
      verdict: 'no difference',
      tests: { t: Number.NaN, wilcoxon: Number.NaN },
    })
  })

  it('finds the difference that pairedBootstrap finds', () => {
    const noisy = (seed: number) =>
      results(
        `m${seed}`,
        evaluation(200, (user) => createRng(seed).split(user).below(20)),
      )
    const [a, b] = [noisy(1), noisy(2)]
    const found = summarizeSeeds([a, b], { seed: 5 }).overallDifferences.get('m2')!.mrr
    const metric = (one: Seeded<Evaluation>) => Float64Array.from(one.evaluations[0].ranks, (rank) => 1 / (rank + 1))
    const expected = pairedBootstrap(metric(b), metric(a), { seed: 5 })
    for (const side of ['mean', 'low', 'high'] as const) expect(found[side]).toBeCloseTo(expected[side], 12)
  })

  it('says whether a t test and signed ranks see what the bootstrap sees, and where not', () => {
    // One user of twenty gains much and all others lose a little: the mean has no direction, the signs have.
    const few = results(
      'few',
      evaluation(200, (user) => (user % 20 < 2 ? 0 : 3)),
    )
    const all = results(
      'all',
      evaluation(200, () => 2),
    )
    const comparison = summarizeSeeds([all, few], quick)
    const { p, tests } = comparison.differences.get('few')!.get('x')!.mrr
    expect(p).toBeGreaterThan(0.05)
    expect(tests!.t / p).toBeGreaterThan(0.3)
    expect(tests!.wilcoxon).toBeLessThan(0.001)
    expect(comparisonNotes({ ...comparison, metric: 'mrr' }).at(-1)).toMatch(
      /^A t test and Wilcoxon's signed ranks, both of users, do not both say the same of x \(t test p 1\.00, Wilcoxon p 0\.0000\)/,
    )
    const noisy = [1, 2].map((seed) =>
      results(
        `m${seed}`,
        evaluation(200, (user) => createRng(seed).split(user).below(20)),
      ),
    )
    expect(comparisonNotes(summarizeSeeds(noisy, quick)).at(-1)).toBe(
      "A t test and Wilcoxon's signed ranks, both of users, say the same.",
    )
  })

  it('can look at one group of cases', () => {
    const comparison = summarizeSeeds([twin, mixed], { ...quick, group: 'notRepeated' })
    expect(comparison.cases.toJSON()).toEqual({ x: 5, y: 5, empty: 0 })
    expect(() => summarizeSeeds([twin], { ...quick, group: 'seenInTraining' })).toThrow("no group 'seenInTraining'")
  })

  it('refuses other cases and other protocols', () => {
    const other = results(
      'other',
      evaluation(41, () => 1),
    )
    expect(() => summarizeSeeds([twin, other], quick)).toThrow('other was evaluated on other cases')
    const masked = results(
      'masked',
      evaluation(40, () => 1, { maskSeen: true }),
    )
    expect(() => summarizeSeeds([twin, masked], quick)).toThrow('maskSeen = true, the others with false')
    expect(() => summarizeSeeds([], quick)).toThrow('nothing to compare')
  })

  it('fills tables, without domains that have no case', () => {
    const comparison = summarizeSeeds([twin, mixed], quick)
    expect(resultsTable(comparison, 'mrr').best).toEqual([[3], [2], [3]])
    expect(resultsTable(summarizeSeeds([twin, results('same', ...twin.evaluations)], quick), 'mrr').best![0]).toEqual([
      2, 3,
    ])
    expect(resultsTable(summarizeSeeds([twin], quick), 'mrr').best![0]).toEqual([])
    expect(resultsTable(comparison, 'mrr').rows).toEqual([
      ['x', '20', '0.5000', '1.0000 ±0.0000'],
      ['y', '20', '0.5000', '0.2667 ±0.0943'],
      ['overall', '40', '0.5000', '0.6333 ±0.0471'],
    ])
    const table = verdictTable(comparison, 'mixed', 'mrr')
    expect(table.columns[0].title).toBe('mrr, mixed − twin')
    expect(table.rows.slice(0, 2)).toEqual([
      ['x', '20', '+0.5000', '[+0.5000, +0.5000]', '0.02', 'helped'],
      // Its two seeds are .1333 apart and its users alike: seeds alone make the interval, √2 as wide as their own draws would.
      ['y', '20', '−0.2333', '[−0.3276, −0.1391]', '0.02', 'harmed'],
    ])
    expect(table.rows[2][0]).toBe('overall')
  })
})

describe('names of domains', () => {
  const NAMES = [
    '10',
    '2',
    '3',
    '-1',
    '1e3',
    '__proto__',
    'constructor',
    'toJSON',
    'all',
    'overall',
    'TV=HD',
    'a,b\nc',
    '',
  ]
  /** Domain d of three has users of its own, 4 + 2 d; two models rank by the items' own names, whatever domains are called. */
  const numbers = async (names: readonly string[]) => {
    const rows = [0, 1, 2].flatMap((d) =>
      Array.from({ length: 4 + 2 * d }, (_, u) =>
        [0, 1, 2].map((t) => ({ user: `u${d}-${u}`, item: `i${d}-${(u + t) % 5}`, d })),
      ).flat(),
    )
    const dataset = buildDataset('named', {
      user: rows.map(({ user }) => user),
      item: rows.map(({ item }) => item),
      domain: rows.map(({ d }) => names[d]),
    })
    const cases = evaluationCases(dataset, splitDataset(dataset, 'leave-two-out'), Part.test)
    const results = ['1', '0'].map(async (name): Promise<Seeded<Evaluation>> => {
      const scorer: Scorer = {
        score: async (queries, { start, end }) =>
          Float32Array.from(
            queries.flatMap(({ user }) =>
              Array.from({ length: end - start }, (_, i) =>
                createRng(7)
                  .split(name, dataset.users.name(user!), dataset.items.name(start + i))
                  .float(),
              ),
            ),
          ),
      }
      const options = { candidates: { kind: 'full' as const }, maskSeen: false, seed: 0 }
      return { name, seeds: [1], seconds: 0, evaluations: [await evaluate(scorer, dataset, cases, options)] }
    })
    const comparison = summarizeSeeds(await Promise.all(results), quick)
    // As a reader of results.json sees it.
    const { cases: counts, differences, models } = JSON.parse(JSON.stringify(comparison))
    const judged = judge(comparison, '0')
    const tables = [resultsTable(comparison, 'mrr'), verdictTable(comparison, '0', 'mrr')]
    for (const { rows } of tables) expect(rows.slice(0, 3).map(([domain]) => domain)).toEqual(dataset.domains)
    return names.map((name) => {
      const place = dataset.domains.indexOf(name)
      return {
        cases: counts[name],
        difference: differences['0'][name],
        model: models['0'].domains[name],
        twin: models['1'].domains[name],
        judged: judged.domains.get(name),
        rows: tables.map(({ rows }) => rows[place].slice(1)),
      }
    })
  }

  it('by hand: domain 10 of four cases and domain 2 of six', async () => {
    const [ten, two, three] = await numbers(['10', '2', '3'])
    expect([ten.cases, two.cases, three.cases]).toEqual([4, 6, 8])
  })

  it('change no result of any domain', async () => {
    const expected = await numbers(['books', 'films', 'music'])
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(NAMES, { minLength: 3, maxLength: 3 }), async (names) => {
        expect(await numbers(names)).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
})
