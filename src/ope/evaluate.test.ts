import { describe, expect, it } from 'vitest'
import { FLAWS, loggedWorld } from '../../test/worlds/logged-worlds.ts'
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
})
