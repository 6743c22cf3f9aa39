import { describe, expect, it } from 'vitest'
import {
  alike,
  type ExperimentWorld,
  experimentWorld,
  harmedService,
  lossOfEvents,
  simpson,
  weightsChanged,
} from '../../../../test/worlds/experiment-worlds.ts'
import type { Experiment } from '../experiment.ts'
import { readout } from './readout.ts'

const experimentOf = ({ columns, start }: ExperimentWorld, more: Partial<Experiment> = {}): Experiment => ({
  name: 'mixed-vs-twin',
  status: 'running',
  arms: columns.arms.map((name) => ({ name })),
  metrics: [{ name: 'purchases', reward: 'purchase:24h:count' }],
  startedAt: start,
  weighings: columns.weighings,
  ...more,
})

const read = (world: ExperimentWorld, more: Partial<Experiment> = {}, columns = world.columns) =>
  readout(columns, experimentOf(world, more), { until: world.end })

const purchases = (world: ExperimentWorld, more: Partial<Experiment> = {}) => {
  const reading = read(world, more).metrics.get('purchases')
  if (reading === undefined) throw new Error('no such metric')
  return reading
}

const harmed = harmedService({ users: 12_000 })

describe('a readout', () => {
  it('ships where it gains, and keeps the control where it harms', () => {
    const { decision, sound, metrics } = read(harmed)
    expect(sound.srm.status).toBe('sound')
    expect(decision.kind).toBe('by service')
    expect(decision.says).toBe('ship in games and music, control in books')
    expect([...decision.byDomain]).toEqual([
      ['books', 'roll back'],
      ['games', 'ship'],
      ['music', 'ship'],
    ])
    expect(metrics.get('purchases')?.domains.get('books')?.verdict).toBe('worse')
  })

  it("reads Simpson's world by service, and says that all together say the opposite", () => {
    const { decision, metrics, sound } = read(simpson({ seed: 2, users: 20_000 }))
    expect(metrics.get('purchases')?.overall.verdict).toBe('worse')
    expect(decision.kind).toBe('by service')
    expect(decision.says).toBe('ship in books and music, but all services together lose')
    expect(decision.reasons.join()).toContain('the opposite of each')
    expect(sound.reach.status).toBe('caution')
    expect(sound.reach.says).toContain('books, music')
    expect(read(harmed).sound.reach.status).toBe('sound')
  })

  it('calls an arm unsound of which events are lost, and says nothing of a gain or a loss', () => {
    const { decision, sound } = read(lossOfEvents({ users: 8000 }))
    expect(sound.eventLoss.status).toBe('unsound')
    expect(sound.srm.status).toBe('sound')
    expect(decision.kind).toBe('unsound')
    expect(decision.says).toContain('events of one arm are lost')
  })

  it('calls lost users, biased assignment and strayed users unsound, and short lists a caution', () => {
    const status = (world: ExperimentWorld, check: 'srm' | 'preExposure' | 'exposures' | 'shortLists') =>
      read(world).sound[check].status
    expect(status(experimentWorld({ users: 10_000, userLoss: 0.15 }), 'srm')).toBe('unsound')
    expect(status(experimentWorld({ users: 8000, biased: true, differ: 1 }), 'preExposure')).toBe('unsound')
    expect(status(experimentWorld({ users: 2000, strayed: 0.03 }), 'exposures')).toBe('unsound')
    expect(status(experimentWorld({ users: 2000, short: 0.05 }), 'shortLists')).toBe('caution')
  })

  it('says how long lists took, and cautions where those of an arm took longer', () => {
    expect(read(experimentWorld({ users: 2000 })).sound.latency.status).toBe('not judged')
    expect(read(experimentWorld({ users: 2000, slower: 0 })).sound.latency.status).toBe('sound')
    const { latency, ...others } = read(experimentWorld({ users: 2000, slower: 0.3 })).sound
    expect(latency.status).toBe('caution')
    expect(latency.milliseconds[1] / latency.milliseconds[0]).toBeCloseTo(1.3, 1)
    expect(latency.says).toMatch(/^a list of control 5\.\d ms, treatment 7\.\d ms took on average: .* the wait$/)
    expect(Object.values(others).map(({ status }) => status)).not.toContain('unsound')
  })

  it('promises no day on which users will have done something who have done nothing yet', () => {
    const world = experimentWorld({ users: 300, services: { books: { reach: 1, rate: 0 } } })
    expect(read(world).decision).toMatchObject({ kind: 'go on', says: 'go on' })
    expect(read(world).decision.days).toBeUndefined()
  })

  it('takes a change of weights neither for lost users nor for an effect', () => {
    const world = weightsChanged({ users: 8000 })
    const { sound, metrics } = read(world)
    expect(sound.srm).toMatchObject({ status: 'sound' })
    const { overall } = metrics.get('purchases') ?? {}
    expect(overall?.verdict).toBe('no difference')
    expect(Math.abs(overall?.difference.mean ?? 1)).toBeLessThan(3 * (overall?.error ?? 0))
    // Pooled, the arm that grew has the users of the poorer days.
    const pooled = { ...world.columns, weighings: world.columns.weighings.slice(0, 1) }
    const wrong = read(world, {}, pooled)
    expect(wrong.sound.srm.status).toBe('unsound')
    expect(wrong.metrics.get('purchases')?.overall.verdict).toBe('worse')
  })

  it('narrows intervals by what users did before', () => {
    const world = experimentWorld({ users: 4000, differ: 1 })
    const [rewards] = [...world.columns.rewards.values()]
    const without = read(
      world,
      {},
      { ...world.columns, rewards: new Map([['purchases', { after: rewards.after } as never]]) },
    )
    const { overall } = purchases(world)
    expect(overall.error).toBeLessThan(0.85 * (without.metrics.get('purchases')?.overall.error ?? 0))
  })

  it('finds what is there: the interval holds the truth, a ratio as well', () => {
    for (let seed = 1; seed <= 4; seed++) {
      const world = harmedService({ seed, users: 2000 })
      const { overall, domains } = purchases(world)
      expect(overall.anytime.low).toBeLessThan(world.truth.overall)
      expect(overall.anytime.high).toBeGreaterThan(world.truth.overall)
      for (const [d, { anytime }] of [...domains.values()].entries()) {
        expect(anytime.low).toBeLessThan(world.truth.domains[d])
        expect(anytime.high).toBeGreaterThan(world.truth.domains[d])
      }
    }
    const metrics = [{ name: 'purchases', reward: 'purchase:24h:count', per: 'recommendation' as const }]
    const { domains } = purchases(harmed, { metrics })
    expect(domains.get('games')?.control).toBeCloseTo(0.08, 2)
    expect(domains.get('games')?.relative.mean).toBeCloseTo(0.25, 1)
  })

  it('decides nothing before the days that were planned, and says how many are left', () => {
    const { decision } = read(harmed, { minimumDays: 21 })
    expect(decision.kind).toBe('go on')
    expect(decision.days).toBe(7)
    expect(decision.says).toBe('go on, about 7 days')
  })

  it('says how many days an effect worth finding still takes, and when there is none', () => {
    const open = read(alike({ users: 2000 }), { effect: 0.06 }).decision
    expect(open.kind).toBe('go on')
    expect(open.days).toBeGreaterThan(14)
    expect(read(alike({ users: 2000 }), { effect: 0.6 }).decision.kind).toBe('no difference')
  })

  it('ships only what guardrails let pass', () => {
    const world = experimentWorld({ users: 6000, services: { games: { reach: 1, rate: 0.1, effect: 0.4 } } })
    const guarded = (rewards: { after: Float64Array[]; before?: Float64Array[] }, margin = 0.15) =>
      read(
        world,
        { guardrails: [{ name: 'returns', reward: 'return:7d', lessIsBetter: true, margin }] },
        { ...world.columns, rewards: new Map([...world.columns.rewards, ['returns', rewards as never]]) },
      )
    const [{ after }] = [...world.columns.rewards.values()]
    // As the purchases are: 30 % more of what there should be less of.
    const broken = guarded({ after: [...after] })
    expect(broken.guardrails.get('returns')?.overall.verdict).toBe('broken')
    expect(broken.decision.kind).toBe('roll back')
    const holds = guarded({ after: world.columns.lists.slice() as Float64Array[] })
    expect(holds.guardrails.get('returns')?.overall.verdict).toBe('holds')
    expect(holds.decision.kind).toBe('ship')
    const open = guarded({ after: world.columns.lists.slice() as Float64Array[] }, 0.001)
    expect(open.guardrails.get('returns')?.overall.verdict).toBe('not shown')
    expect(open.decision.kind).toBe('go on')
  })

  it('takes arms that are alike for alike, and a difference between them for an error', () => {
    expect(read(alike({ users: 2000 }), { mode: 'aa' }).decision.kind).toBe('no difference')
    const { decision } = read(harmed, { mode: 'aa' })
    expect(decision.says).toBe('unsound: the arms are alike, and a difference is measured')
  })

  it('says of one that was stopped what it left open, and knows no days for too few users', () => {
    const world = alike({ users: 2000 })
    const { decision } = read(world, { effect: 0.06, status: 'stopped', stoppedAt: world.end })
    expect(decision.says).toMatch(/^undecided, about \d+ days more were needed$/)
    const few = read(experimentWorld({ users: 2 })).decision
    expect(few.says).toBe('go on')
    expect(few.reasons).toEqual(['no metric is shown to differ'])
  })

  it('gives no verdict of a handful, and none of nobody', () => {
    const few = read(experimentWorld({ users: 60 }))
    expect(few.metrics.get('purchases')?.overall.verdict).toBe('too few users')
    expect(few.decision.kind).toBe('go on')
    const none = read(experimentWorld({ users: 0 }))
    expect(none.decision.kind).toBe('go on')
    expect(none.users.get('control')).toBe(0)
  })

  it('holds what was forecast beside what was found', () => {
    const world = harmed
    const forecast = (mean: number) =>
      read(world, { forecast: { mean, low: mean - 0.02, high: mean + 0.02, source: 'dr' } }).forecast
    expect(forecast(world.truth.overall)?.right).toBe(true)
    expect(forecast(world.truth.overall + 0.2)?.right).toBe(false)
    const nobody = { ...world.columns, users: 0, arm: new Int32Array(), assigned: new Float64Array(), domains: [] }
    const empty = { ...nobody, strayed: new Uint8Array(), lists: [], seen: [], short: [] }
    const none = { ...empty, rewards: new Map([['purchases', { after: [], before: [] }]]) }
    expect(read(world, { forecast: { mean: 1, low: 0, high: 2, source: 'dr' } }, none).forecast).toBeUndefined()
  })

  it('errs in few of many experiments without any effect, all services and metrics taken together', () => {
    let wrong = 0
    for (let seed = 1; seed <= 25; seed++) wrong += Number(read(alike({ seed, users: 800 })).decision.kind !== 'go on')
    expect(wrong).toBeLessThanOrEqual(3)
  })
})
