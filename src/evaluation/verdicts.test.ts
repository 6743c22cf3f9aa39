import { describe, expect, it } from 'vitest'
import { byName } from '../core/index.ts'
import { judge } from '../experiments/report.ts'
import { bootstrapMeans, intervalOf, mean, pValue, samplesFor } from '../math/bootstrap.ts'
import { createRng } from '../math/index.ts'
import { comparisonNotes, verdictTable } from '../pages/compare-text.ts'
import { type Seeded, summarizeSeeds } from './compare.ts'
import { type Evaluation, ranking } from './measures/index.ts'
import { userTests } from './user-tests.ts'
import { judgeTogether, LEAST_USERS, type UnderTrained } from './verdicts.ts'

describe('pValue', () => {
  it('by hand: twice the share on the other side of zero, one more on each count', () => {
    expect(pValue(Float64Array.of(-1, 1, 2, 3, Number.NaN))).toBe((2 * 2) / 5)
    expect(pValue(Float64Array.of(0, 0, 0))).toBe(1)
    expect(pValue(new Float64Array(0))).toBeNaN()
  })
  it('can be small enough for any number of looks', () => {
    for (const looks of [1, 5, 26, 60, 400])
      expect(looks * pValue(new Float64Array(samplesFor(looks)).fill(1))).toBeLessThan(0.05)
  })
})

/** The difference of `ndcg@10` of two rankers that place answers at random among fifteen. */
function chance(users: number, seed: number) {
  const rng = createRng(seed).split('chance')
  const gain = () => {
    const rank = rng.below(15)
    return rank < 10 ? 1 / Math.log2(rank + 2) : 0
  }
  const values = Float64Array.from({ length: users }, () => gain() - gain())
  const [drawn] = bootstrapMeans([values], { seed, samples: 400 })
  return { ...intervalOf(mean(values), drawn), p: pValue(drawn) }
}
const finished = { model: false, against: false }
const asked = { leastUsers: LEAST_USERS, lessIsBetter: false }

describe('judgeTogether', () => {
  it('misjudges few of the comparisons without any true difference, however many domains are looked at', () => {
    const trials = 200
    let alone = 0
    let together = 0
    for (let t = 0; t < trials; t++) {
      const domains = Array.from({ length: 8 }, (_, d) => chance(40, 1000 * t + d))
      if (domains.some(({ low, high }) => low > 0 || high < 0)) alone++
      const places = domains.map((difference) => ({ difference, cases: 40, users: 40, stillGaining: finished }))
      if (judgeTogether(places, asked).some(({ verdict }) => verdict !== 'no difference')) together++
    }
    // One look is wrong in one of fifteen: eight in four of ten. Together they may be wrong in one of twenty or a little more.
    expect(alone / trials).toBeGreaterThan(0.3)
    expect(together / trials).toBeLessThan(0.13)
  })

  it('says nothing from fewer users than a verdict takes, since their intervals are too narrow', () => {
    const wrong = (users: number) => {
      const looks = Array.from({ length: 400 }, (_, t) => chance(users, t))
      return looks.filter(({ low, high }) => low > 0 || high < 0).length / looks.length
    }
    expect(wrong(2)).toBeGreaterThan(0.25)
    expect(wrong(5)).toBeGreaterThan(0.12)
    expect(wrong(LEAST_USERS)).toBeLessThan(0.12)
  })

  it('does not let a side lose that was still getting better, and turns around where less is better', () => {
    const difference = { mean: -1, low: -2, high: -0.5, p: 0.001 }
    const verdicts = (stillGaining: typeof finished, lessIsBetter = false, users = 20) =>
      judgeTogether([{ difference, cases: 20, users, stillGaining }], { leastUsers: 20, lessIsBetter })[0]
    expect(verdicts(finished)).toEqual({ ...difference, verdict: 'harmed' })
    expect(verdicts(finished, true).verdict).toBe('helped')
    expect(verdicts({ model: true, against: false }).verdict).toBe('under-trained')
    expect(verdicts({ model: false, against: true }).verdict).toBe('harmed')
    expect(verdicts({ model: false, against: true }, true).verdict).toBe('under-trained')
    expect(verdicts(finished, false, 19)).toEqual({ ...difference, p: Number.NaN, verdict: 'too few users' })
  })
})

describe('tests over users', () => {
  const test = (differences: readonly number[], users: readonly number[]) =>
    userTests(Float64Array.from(differences), Int32Array.from(users))

  it("are scipy's where each user has one case, and count the cases of a user as one", () => {
    // stats.ttest_1samp and stats.wilcoxon of these seven.
    const seven = [0.3, -0.1, 0.5, 0.25, 0.7, -0.2, 0.4]
    const alone = test(seven, [...seven.keys()])
    expect(alone.t).toBeCloseTo(0.07141041965, 10)
    expect(alone.wilcoxon).toBeCloseTo(0.078125, 9)
    const often = seven.flatMap((value) => [value, value, value])
    const told = test(
      often,
      often.map((_, k) => Math.floor(k / 3)),
    )
    expect(told.t).toBeCloseTo(alone.t, 12)
    expect(told.wilcoxon).toBe(alone.wilcoxon)
  })

  it('are adjusted as the bootstrap is, do not decide, and are told where they see something else', () => {
    const place = (p: number, t: number, wilcoxon: number) => ({
      difference: { mean: 1, low: 0, high: 2, p, tests: { t, wilcoxon } },
      cases: 40,
      users: 40,
      stillGaining: finished,
    })
    const [a, b] = judgeTogether([place(0.01, 0.03, 0.2), place(0.001, 0.001, 0.002)], asked)
    expect(a).toMatchObject({ verdict: 'helped', p: 0.01, tests: { t: 0.03, wilcoxon: 0.2 } })
    expect(b).toMatchObject({ verdict: 'helped', p: 0.002, tests: { t: 0.002, wilcoxon: 0.004 } })
  })
})

describe('a comparison', () => {
  /** Thirty users of `big` and one of `lonely`, whom the second model serves worse, and nobody of `none`. */
  const results = (name: string, rank: number, underTrained?: UnderTrained): Seeded<Evaluation> => ({
    name,
    seeds: [1],
    seconds: 0,
    underTrained,
    evaluations: [
      {
        measure: ranking,
        metrics: ranking.metrics.map(({ name }) => name),
        protocol: { split: 'valid', candidates: 'full', maskSeen: false, ties: 'against', seed: 0 },
        domains: byName(['big', 'lonely', 'none'].map((domain) => [domain, { cases: 0 }])),
        overall: { cases: 0 },
        macro: { cases: 0 },
        groups: {},
        tiedCases: 0,
        ranks: new Int32Array(31).fill(rank),
        ties: new Int32Array(31),
        answers: new Int32Array(31).fill(1),
        rows: Int32Array.from({ length: 31 }, (_, k) => k),
        users: Int32Array.from({ length: 31 }, (_, k) => k),
        caseDomains: Int32Array.from({ length: 31 }, (_, k) => (k === 30 ? 1 : 0)),
        members: {},
      },
    ],
  })
  const compared = (underTrained?: UnderTrained, leastUsers?: number) =>
    summarizeSeeds([results('twin', 0), results('mixed', 4, underTrained)], { seed: 1, leastUsers })
  const verdicts = (...given: Parameters<typeof compared>) =>
    [...judge(compared(...given), 'mixed').domains].map(([, { verdict }]) => verdict)

  it('has no verdict and no interval from one user, and says how many are needed', () => {
    expect(verdicts()).toEqual(['harmed', 'too few users', 'no cases'])
    const comparison = compared()
    expect(comparison.differences.get('mixed')!.get('lonely')!.mrr).toEqual({
      mean: -0.8,
      low: Number.NaN,
      high: Number.NaN,
      p: Number.NaN,
      verdict: 'too few users',
      tests: { t: Number.NaN, wilcoxon: Number.NaN },
    })
    expect(verdictTable(comparison, 'mixed', 'mrr').rows[1]).toEqual([
      'lonely',
      '1',
      '−0.8000',
      '–',
      '–',
      'too few users',
    ])
    expect(comparisonNotes(comparison)).toEqual(['A verdict takes 20 users with cases: lonely has 1.'])
    expect(JSON.parse(JSON.stringify(comparison))).toMatchObject({
      leastUsers: 20,
      users: { big: 30, lonely: 1, none: 0 },
      differences: { mixed: { lonely: { mrr: { low: null, p: null, verdict: 'too few users' } } } },
    })
    expect(verdicts(undefined, 31)).toEqual(['too few users', 'too few users', 'no cases'])
  })

  it('finds no harm in a model that was still getting better, and says so', () => {
    const domains = ['big', 'lonely', 'none']
    expect(verdicts({ domains, epochs: 3, patience: 5 })).toEqual(['under-trained', 'too few users', 'no cases'])
    expect(verdicts({ domains: ['lonely'], epochs: 3, patience: 5 })[0]).toBe('harmed')
    // Whoever sets patience=0 asks for so many epochs, which are then what is judged.
    const fixed = compared({ domains, epochs: 3, patience: 0 })
    expect(judge(fixed, 'mixed').domains.get('big')!.verdict).toBe('harmed')
    expect(comparisonNotes(fixed)[1]).toBe(
      'mixed was still getting better in the last of its 3 epochs: with patience=0 so much training is what is judged.',
    )
  })
})
