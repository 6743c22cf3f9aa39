import { expect, it, describe as suite } from 'vitest'
import { createRng } from '../../math/rng.ts'
import { buildDataset } from '../build/build.ts'
import { filterDataset } from '../build/filter.ts'
import { describe } from './describe.ts'
import { formatDescription } from './format.ts'

const dataset = buildDataset('small', {
  user: ['a', 'a', 'a', 'b', 'c', 'c'],
  item: ['s1', 'm1', 's1', 's1', 'm1', 'm2'],
  domain: ['Shop', 'Music', 'Shop', 'Shop', 'Music', 'Music'],
  timestamp: [0, 86_400, 2 * 86_400, 0, 0, 5],
  part: ['train', 'valid', 'test', 'train', 'train', 'unused'],
})

suite('describe', () => {
  it('counts', () => {
    expect(describe(dataset)).toEqual({
      name: 'small',
      hash: dataset.hash,
      interactions: 6,
      users: 3,
      items: 3,
      density: 5 / 9,
      repeatedPairs: 1,
      sequenceLength: { min: 1, median: 2, mean: 2, max: 3 },
      time: {
        first: '1970-01-01T00:00:00.000Z',
        last: '1970-01-03T00:00:00.000Z',
        moments: 4,
        step: 'second',
        tied: 0,
        repeatedRows: 0,
      },
      notes: [],
      parts: { train: 3, valid: 1, test: 1, unused: 1 },
      domains: [
        { name: 'Music', interactions: 3, users: 2, items: 2, meanPerUser: 1.5 },
        { name: 'Shop', interactions: 3, users: 2, items: 1, meanPerUser: 1.5 },
      ],
      usersByDomains: [2, 1],
      overlap: [
        [2, 1],
        [1, 2],
      ],
    })
  })

  it('leaves out what the log does not have', () => {
    const bare = buildDataset('bare', { user: ['a'], item: ['x'], domain: ['one'] })
    const description = describe(bare)
    expect(description).not.toHaveProperty('time')
    expect(description).not.toHaveProperty('parts')
    expect(description).not.toHaveProperty('categories')
    expect(description).not.toHaveProperty('values')
    expect(formatDescription(description)).not.toMatch(/time|parts|categories|values|users in both/)
  })

  it('counts categories and values', () => {
    const rated = buildDataset('rated', {
      user: ['a', 'a', 'b', 'b'],
      item: ['s1', 's2', 's1', 'm1'],
      domain: ['Shop', 'Shop', 'Shop', 'Music'],
      value: [5, 3, 4, 1.5],
      category: ['toys', '', 'toys', 'rock'],
    })
    const description = describe(rated)
    expect(description.categories).toEqual({ count: 2, without: 1 / 3 })
    expect(description.values).toEqual({ min: 1.5, mean: 13.5 / 4, max: 5, positive: 0.5 })
    const lines = formatDescription(description).split('\n')
    expect(lines).toContain('  categories      2, 33.3 % of the items without')
    expect(lines).toContain('  values          min 1.5, mean 3.38, max 5, 50.0 % above 3')
  })

  it('names features and sizes a truth, whose extremes are told where that costs nothing', () => {
    const log = { user: ['a', 'b'], item: ['x', 'y'], domain: ['shop', 'shop'] }
    const named = { users: ['a', 'b'], items: ['y'] }
    const itemFeatures = [{ name: 'price', kind: 'number', of: new Map([['x', 2]]) }] as const
    const dense = describe(buildDataset('d', log, { itemFeatures, truth: { ...named, values: [0.5, 4] } }))
    expect(dense.truth).toEqual({ users: 2, items: 1, min: 0.5, max: 4 })
    const lines = formatDescription(dense).split('\n')
    expect(lines).toContain('  item features   price')
    expect(lines).toContain('  truth           2 users × 1 items, min 0.5, max 4')
    const factors = { ...named, width: 1, userFactors: [1, 2], itemFactors: [3] }
    expect(describe(buildDataset('d', log, { truth: factors })).truth).toEqual({ users: 2, items: 1, factors: 1 })
  })

  it('keeps to 80 columns with many domains and long names', () => {
    const name = (d: number) =>
      d === 0 ? 'x'.repeat(10_000) : `domain-${String(d).padStart(2, '0')}-of-many-and-quite-long`
    const rows = Array.from({ length: 27 * 40 }, (_, i) => ({
      user: `u${i % 7}`,
      item: `i${i % 27}`,
      domain: name(i % 27),
    }))
    const wide = buildDataset('n'.repeat(10_000), {
      user: rows.map((row) => row.user),
      item: rows.map((row) => row.item),
      domain: rows.map((row) => row.domain),
    })
    const text = formatDescription(describe(wide))
    for (const line of text.split('\n')) expect(line.length, line).toBeLessThanOrEqual(80)
    expect(text).toMatch(/336 other pairs/)
    expect(text).toContain(`\n${'x'.repeat(23)}…  `)
  })

  it('warns of coarse times and of rows that are there twice', () => {
    const days = Array.from({ length: 40 }, (_, i) => ({
      user: `u${i % 2}`,
      item: `i${i % 5}`,
      time: 86_400 * Math.floor(i / 8),
    }))
    const log = (extra: typeof days) => {
      const all = [...days, ...extra]
      return buildDataset('d', {
        user: all.map((row) => row.user),
        item: all.map((row) => row.item),
        domain: all.map(() => 'one'),
        timestamp: all.map((row) => row.time),
      })
    }
    const coarse = describe(log([]))
    expect(coarse.time).toMatchObject({ moments: 5, step: 'day', tied: 30, repeatedRows: 0 })
    expect(coarse.notes).toEqual([
      "times are coarse (whole days): 75.0 % of the rows have the time of their user's row before, and stand as they did in the file; splits that cut in time keep or leave out all rows of a time (,ties=train)",
    ])
    expect(describe(log([days[0], days[0]])).notes[1]).toMatch(/^2 rows are there already/)
    const fine = {
      ...coarse,
      ...describe(buildDataset('d', { user: ['a', 'a'], item: ['x', 'x'], domain: ['o', 'o'], timestamp: [1, 2.5] })),
    }
    expect([fine.time!.step, fine.notes]).toEqual(['less', []])
    const few = Array.from({ length: 40 }, (_, i) => ({ user: `u${i}`, item: 'x', time: i % 3 }))
    const periods = buildDataset('d', {
      user: few.map((r) => r.user),
      item: few.map((r) => r.item),
      domain: few.map(() => 'o'),
      timestamp: few.map((r) => r.time),
    })
    expect(describe(periods).notes).toEqual([expect.stringMatching(/there are only 3 different times/)])
  })

  it('tells items that are listed in several domains, where names say so', () => {
    const named = (item: string[]) =>
      describe(buildDataset('d', { user: ['u', 'u', 'u'], item, domain: ['a', 'b', 'b'] }))
    expect(named(['a:x', 'b:x', 'b:y'])).toMatchObject({
      itemsInSeveralDomains: 1,
      notes: [expect.stringMatching(/^1 item is listed/)],
    })
    expect(named(['a:x', 'b:z', 'b:y'])).toMatchObject({ itemsInSeveralDomains: 0, notes: [] })
    expect(named(['x', 'b:x', 'b:y'])).not.toHaveProperty('itemsInSeveralDomains')
  })

  it('prints aligned tables', () => {
    const lines = formatDescription(describe(dataset)).split('\n')
    expect(lines).toContain('domain  interactions  users  items  rows a user')
    expect(lines).toContain('Music              3      2      2          1.5')
    expect(lines).toContain('  time            1970-01-01 to 1970-01-03, 4 different times')
    expect(lines).toContain('users by number of domains  1: 2, 2: 1')
  })
})

suite('filterDataset', () => {
  it('leaves a log as it is when every user and item has enough', () => {
    const { dataset: same, report } = filterDataset(dataset, { minUser: 1 })
    expect(same).toBe(dataset)
    expect(report).toEqual({ minItem: 1, minUser: 1, rounds: 1, removed: { interactions: 0, users: 0, items: 0 } })
  })

  it('repeats until nothing changes, and gives what a file of the remaining rows gives', () => {
    const rng = createRng(1)
    // Items of falling frequency and few rows, so that both bounds bite again and again.
    let left = Array.from({ length: 600 }, (_, time) => {
      const item = Math.floor(200 ** rng.float())
      return { user: `u${rng.below(150)}`, item: `i${item}`, domain: `d${item % 3}`, time }
    })
    const columns = (from: typeof left) => ({
      user: from.map((r) => r.user),
      item: from.map((r) => r.item),
      domain: from.map((r) => r.domain),
      timestamp: from.map((r) => r.time),
    })
    const { dataset: filtered, report } = filterDataset(buildDataset('world', columns(left)), {
      minItem: 5,
      minUser: 3,
    })
    const before = left.length
    for (let size = -1; size !== left.length; ) {
      size = left.length
      for (const [key, least] of [
        ['item', 5],
        ['user', 3],
      ] as const) {
        const counts = new Map<string, number>()
        for (const r of left) counts.set(r[key], (counts.get(r[key]) ?? 0) + 1)
        left = left.filter((r) => counts.get(r[key])! >= least)
      }
    }
    expect(report.rounds).toBeGreaterThan(2)
    expect(report.removed.interactions).toBe(before - left.length)
    expect(filtered.hash).toBe(buildDataset('world', columns(left)).hash)
  })
})
