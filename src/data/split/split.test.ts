import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, Part } from '../../core/dataset.ts'
import { trainingSequences } from '../batches/sequences.ts'
import { buildDataset } from '../build/build.ts'
import { accountOfSplit } from './account.ts'
import { evaluationCases } from './cases.ts'
import { defaultSplit, splitDataset } from './split.ts'

// Two users: a with five rows in two domains, b with two rows.
const dataset = buildDataset('d', {
  user: ['a', 'a', 'a', 'a', 'a', 'b', 'b'],
  item: ['s1', 's2', 'm1', 's3', 's1', 's1', 'm1'],
  domain: ['Shop', 'Shop', 'Music', 'Shop', 'Shop', 'Shop', 'Music'],
  timestamp: [10, 20, 30, 40, 50, 5, 60],
})
const names = (ids: Iterable<number>) => [...ids].map((id) => dataset.items.name(id))
const parts = (split: string) => [...splitDataset(dataset, split).part]
const { train, valid, test } = Part

describe('splits', () => {
  it('leaves out the last two rows of each user with three or more', () => {
    expect(parts('leave-two-out')).toEqual([train, train, train, valid, test, train, train])
  })

  it('leaves out the last two rows of each user and domain with three or more', () => {
    expect(parts('leave-two-out-per-domain')).toEqual([train, train, train, valid, test, train, train])
    const longer = buildDataset('d', {
      user: Array(6).fill('a'),
      item: ['s1', 'm1', 's2', 'm2', 'm3', 's3'],
      domain: ['Shop', 'Music', 'Shop', 'Music', 'Music', 'Shop'],
    })
    expect([...splitDataset(longer, 'leave-two-out-per-domain').part]).toEqual([train, train, valid, valid, test, test])
  })

  it('cuts by global time without separating equal times', () => {
    const times = [0, 1, 2, 3, 4, 5, 6, 7, 7, 9]
    const timed = buildDataset('d', {
      user: times.map((t) => `u${t}`),
      item: times.map(() => 'x'),
      domain: times.map(() => 'one'),
      timestamp: times,
    })
    // Row 8 of 10 has time 7, which row 7 shares: both are valid.
    expect([...splitDataset(timed, 'global-time').part]).toEqual([0, 0, 0, 0, 0, 0, 0, valid, valid, test])
  })

  it('lets the rows of a cut train where ties train', () => {
    // Eleven periods: most rows share the moment of a cut.
    const times = [0, 1, 1, 1, 2, 2, 2, 2, 2, 3, 4, 4]
    const timed = buildDataset('d', {
      user: times.map((_, i) => `u${String(i).padStart(2, '0')}`),
      item: times.map(() => 'x'),
      domain: times.map(() => 'one'),
      timestamp: times,
    })
    const counts = (split: string) => Object.values(accountOfSplit(timed, splitDataset(timed, split)).rows)
    expect(() => splitDataset(timed, 'global-time,ties=test')).toThrow(/',ties=train'/)
    // Row 9 has time 3, row 10 time 4.
    expect(counts('global-time')).toEqual([9, 1, 2, 0])
    expect(() => splitDataset(timed, 'global-time,ties=train')).toThrow(
      /too coarse for the split 'global-time,ties=train'/,
    )
    const later = { ...timed, log: { ...timed.log, timestamp: Float64Array.of(0, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 4) } }
    expect(splitDataset(later, 'global-time').part.indexOf(valid)).toBe(4)
    expect(splitDataset(later, 'global-time,ties=train').part.indexOf(valid)).toBe(10)
    const { notes } = accountOfSplit(later, splitDataset(later, 'global-time'))
    expect(notes).toEqual([
      'train 33.3 %, valid 50.0 %, test 16.7 % of the rows, where 80, 10 and 10 % were aimed at; rows of one time stay together',
      '6 rows have the time of the first cut and do not train; global-time,ties=train trains on them',
      '2 users of 2 users in the test part have no row to train on',
    ])
  })

  it('says that nothing is left to validate or test on, and why', () => {
    const short = buildDataset('d', { user: ['a', 'a', 'b'], item: ['x', 'y', 'x'], domain: ['one', 'one', 'one'] })
    const notes = (log: Dataset, split: string) => accountOfSplit(log, splitDataset(log, split)).notes
    expect(notes(short, 'leave-two-out')).toEqual([
      'there is no row to validate or test on: leave-two-out takes the last two rows of users with three or more',
    ])
    expect(notes(short, 'leave-two-out-per-domain')[0]).toContain('of users in a domain with three or more')
    expect(notes(dataset, 'leave-two-out')).toEqual([])
    const given = buildDataset('d', {
      user: ['a', 'a'],
      item: ['x', 'y'],
      domain: ['one', 'one'],
      part: ['train', 'test'],
    })
    expect(notes(given, 'column')).toEqual(['there is no row to validate on'])
  })

  it('refuses ties where nothing is cut in time', () => {
    expect(() => splitDataset(dataset, 'leave-two-out,ties=train')).toThrow(/global-time and cross-domain take it/)
  })

  it('refuses global time without times or with too few of them', () => {
    const untimed = buildDataset('d', { user: ['a'], item: ['x'], domain: ['one'] })
    expect(() => splitDataset(untimed, 'global-time')).toThrow(/no timestamps/)
    const oneDay = buildDataset('d', { user: ['a', 'b'], item: ['x', 'x'], domain: ['one', 'one'], timestamp: [1, 1] })
    expect(() => splitDataset(oneDay, 'global-time')).toThrow(/too coarse/)
  })

  it('takes the part column and asks for it when it is missing', () => {
    const given = buildDataset('d', {
      user: ['a', 'a'],
      item: ['x', 'y'],
      domain: ['one', 'one'],
      part: ['unused', 'test'],
    })
    expect(defaultSplit(given)).toBe('column')
    expect([...splitDataset(given, 'column').part]).toEqual([Part.unused, test])
    expect(defaultSplit(dataset)).toBe('leave-two-out')
    expect(() => splitDataset(dataset, 'column')).toThrow(/--part/)
    expect(() => splitDataset(dataset, 'leave-two-oot')).toThrow(/did you mean 'leave-two-out'/)
  })
})

describe('evaluationCases', () => {
  it('asks for each row of the part with all earlier rows of the user as history', () => {
    const cases = evaluationCases(dataset, splitDataset(dataset, 'leave-two-out'), test)
    expect(cases.queries).toHaveLength(1)
    const query = cases.queries[0]
    expect(names(query.history)).toEqual(['s1', 's2', 'm1', 's3'])
    expect(names(cases.answers)).toEqual(['s1'])
    expect(dataset.domains[query.domain]).toBe('Shop')
    expect(query.user).toBe(dataset.users.id('a'))
    expect(query.history.buffer).toBe(dataset.log.item.buffer)
    expect(query.values).toBeUndefined()
  })

  it('has the values of the history where the log has values', () => {
    const rated = buildDataset('d', {
      user: ['a', 'b', 'a', 'a'],
      item: ['x', 'x', 'y', 'z'],
      domain: ['one', 'one', 'one', 'one'],
      value: [5, 2, 3, 1],
    })
    const { queries } = evaluationCases(rated, splitDataset(rated, 'leave-two-out'), test)
    expect([...queries[0].values!]).toEqual([5, 3])
  })
})

describe('trainingSequences', () => {
  const split = splitDataset(dataset, 'leave-two-out')

  it('holds the train rows of each user in order', () => {
    const { user, items, offsets } = trainingSequences(dataset, split)
    expect(
      [...user].map((u, s) => [dataset.users.name(u), ...names(items.subarray(offsets[s], offsets[s + 1]))]),
    ).toEqual([
      ['a', 's1', 's2', 'm1'],
      ['b', 's1', 'm1'],
    ])
  })

  it('never holds a row that is asked for', () => {
    const log = fc.array(fc.tuple(fc.nat(5), fc.nat(20)), { minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(log, fc.constantFrom('leave-two-out', 'leave-two-out-per-domain'), (rows, rule) => {
        const random = buildDataset('d', {
          user: rows.map(([u]) => `u${u}`),
          // An item per row, so that a leak shows as an id.
          item: rows.map(([, i], row) => `i${row}-${i}`),
          domain: rows.map(([, i]) => `d${i % 2}`),
        })
        const ruled = splitDataset(random, rule)
        const trained = new Set(trainingSequences(random, ruled).items)
        const asked = [Part.valid, Part.test].flatMap((part) => [...evaluationCases(random, ruled, part).answers])
        expect(asked.filter((item) => trained.has(item))).toEqual([])
        expect(trained.size + asked.length).toBe(rows.length)
      }),
    )
  })
})
