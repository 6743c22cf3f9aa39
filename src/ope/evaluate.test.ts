import { describe, expect, it } from 'vitest'
import { FLAWS, loggedWorld } from '../../test/worlds/logged-worlds.ts'
import { weightedWorth } from '../statistics/index.ts'
import { anytimeWorth } from './anytime.ts'
import { evaluate } from './evaluate.ts'

const few = { samples: 200 }

describe('a log', () => {
  it('says of a policy what it would have earned, with the truth in its interval', () => {
    const { logged, target, truth } = loggedWorld()
    const [{ overall, domains }] = evaluate(logged, [target], few).targets
    expect(overall).toMatchObject({ verdict: 'better', by: 'snipw' })
    expect(overall.refusal).toBeUndefined()
    const { value } = overall.estimates.find(({ estimator }) => estimator === 'snipw')!
    expect(value.low).toBeLessThan(truth.overall)
    expect(value.high).toBeGreaterThan(truth.overall)
    expect(domains.map(({ domain }) => domain)).toEqual(logged.domainNames)
    expect(overall.next?.usersPerArm).toBeGreaterThan(1000)
  })

  const sentence = {
    'never-shown': /^\d+ % of what the target would show was never/,
    'hardly-shown': /^\d+ % of what the target would show was never or hardly ever/,
    deterministic: /without exploration; set explore\.temperature/,
    'few-users': /an answer takes 200 users/,
    'heavy-users': /an answer takes 200 users/,
    'wrong-propensities': /propensities are not what was served/,
    'missing-propensities': /have a propensity that is missing/,
  } as const
  it.each(FLAWS)('with the flaw %s is refused, in a sentence that says it', (flaw) => {
    const { logged, target } = loggedWorld({ flaw })
    const [{ overall, domains }] = evaluate(logged, [target], few).targets
    expect(overall.refusal).toMatch(sentence[flaw])
    expect([overall, ...domains].map(({ verdict }) => verdict)).toEqual(Array(4).fill('not supported'))
    expect(overall.estimates).toEqual([])
    expect(overall.checks.find(({ name }) => name === 'support')!.figure).toBeLessThanOrEqual(1)
    const [forced] = evaluate(logged, [target], { ...few, force: true }).targets
    expect(forced.overall.verdict).toBe('not supported')
    expect(forced.overall.estimates).not.toEqual([])
  })

  it('has no number, whatever is asked, where weights are none', () => {
    const { logged, target } = loggedWorld({ users: 300 })
    const propensities = logged.propensities.map((propensity, step) => (step === 0 ? Number.NaN : propensity))
    const [{ overall }] = evaluate({ ...logged, propensities }, [target], { ...few, force: true }).targets
    expect(overall.verdict).toBe('not supported')
    // Groups have weights of their own.
    expect(overall.estimates.map(({ estimator }) => estimator)).toEqual(['mips', 'sn-mips'])
  })

  it('of lists is judged place by place at the level of items', () => {
    const { logged, target } = loggedWorld()
    const lengths = { length: Math.ceil(logged.units / 2) + 1 }
    const starts = Int32Array.from(lengths, (_, list) => Math.min(2 * list, logged.units))
    const first = <T extends Int32Array>(column: T) => column.filter((_, row) => row % 2 === 0)
    const lists = {
      ...logged,
      units: starts.length - 1,
      users: first(logged.users),
      domains: first(logged.domains),
      times: undefined,
      starts,
    }
    const at = evaluate(lists, [target], { ...few, level: 'item' })
    expect(at).toMatchObject({ level: 'item', units: logged.units, steps: logged.units })
    const worth = ({ targets: [{ overall }] }: typeof at) =>
      overall.estimates.find(({ estimator }) => estimator === 'ipw')?.value.mean
    expect(worth(at)).toBeCloseTo(worth(evaluate(logged, [target], few)) ?? 0, 12)
  })

  it('may be watched: by intervals that are wider, hold the truth, and need to know what rewards can be', () => {
    const { logged, target, truth, served } = loggedWorld({ users: 4000 })
    const [{ overall, domains }] = evaluate(logged, [target], { ...few, anytime: [0, 1] }).targets
    const { value, difference } = overall.anytime!
    expect([value.low < truth.overall, value.high > truth.overall]).toEqual([true, true])
    const gain = truth.overall - served.overall
    expect([difference.low < gain, difference.high > gain]).toEqual([true, true])
    const once = overall.estimates.find(({ estimator }) => estimator === overall.by)!.difference
    expect(difference.high - difference.low).toBeGreaterThan(1.3 * (once.high - once.low))
    expect(overall.verdict).toBe(difference.p <= 0.05 ? 'better' : 'no difference')
    expect(domains.every(({ anytime }) => anytime !== undefined)).toBe(true)
    expect(() => evaluate(logged, [target], { ...few, anytime: [0, 0.5] })).toThrow(
      'a reward is 1, which is not between 0 and 0.5',
    )
  })

  it('of lists is watched in the order of time, each step with the weight of those above it', () => {
    const lists = {
      units: 2,
      users: Int32Array.of(0, 1),
      domains: Int32Array.of(0, 0),
      domainNames: ['shop'],
      times: Float64Array.of(2, 1),
      starts: Int32Array.of(0, 2, 3),
      rewards: Float64Array.of(0, 1, 1),
      propensities: Float64Array.of(0.5, 0.25, 0.5),
    }
    const target = { name: 'target', probabilities: Float64Array.of(0.25, 0.5, 0.75) }
    expect(anytimeWorth(lists, target, [0, 1])).toEqual(
      weightedWorth({
        weights: Float64Array.of(1.5, 0.5, 1),
        rewards: Float64Array.of(1, 0, 1),
        starts: Int32Array.of(0, 1, 3),
      }),
    )
  })
})
