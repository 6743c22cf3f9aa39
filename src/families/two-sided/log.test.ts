import { describe, expect, it } from 'vitest'
import { buildDataset, splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { behaviorBatches, drawPartner } from './batches.ts'
import { createLocalIds } from './ids.ts'
import { twoSidedLog } from './log.ts'

// One user in time order: s and t items, a liked one in capitals; and a second user whose source comes too late.
const log = [
  ...'S1 t1 T2 s2 S3 T3 t4 S4 t5'.split(' ').map((item, time) => ({ user: 'a', item, time })),
  ...'T1 t2 T3 s1'.split(' ').map((item, time) => ({ user: 'b', item, time })),
]
const dataset = buildDataset('small', {
  user: log.map(({ user }) => user),
  item: log.map(({ item }) => item.toLowerCase()),
  domain: log.map(({ item }) => (item.toLowerCase().startsWith('s') ? 'source' : 'target')),
  timestamp: log.map(({ time }) => time),
  value: log.map(({ item }) => (item === item.toUpperCase() ? 5 : 2)),
})
const split = splitDataset(dataset, 'cross-domain:source:target')
const sides = twoSidedLog(dataset, split, 3)
const names = (items: Iterable<number>) => [...items].map((item) => (item === 0 ? '' : dataset.items.name(item)))
const rowNames = (rows: Int32Array) => names([...rows].map((row) => dataset.log.item[row]))

describe('a log of two sides', () => {
  it('trains on the target rows before the last two, and on source rows before the validation row', () => {
    expect(rowNames(sides.rows.target)).toEqual(['t1', 't2', 't3', 't1'])
    expect(rowNames(sides.rows.source)).toEqual(['s1', 's2', 's3'])
    expect(rowNames(sides.sourceRowsOf(0))).toEqual(['s1', 's2', 's3'])
    expect(rowNames(sides.sourceRowsOf(1))).toEqual([])
  })

  it('takes values above the bound for positive', () => {
    expect([...sides.rows.target].map(sides.label)).toEqual([0, 1, 1, 1])
    const none = twoSidedLog(dataset, split, 5)
    expect([...none.rows.target].map(none.label)).toEqual([0, 0, 0, 0])
  })

  it('knows what was liked strictly before a row, of its own user', () => {
    const likedUntil = (row: number) => [
      names(sides.likedBefore(row, 'target')),
      names(sides.likedBefore(row, 'source')),
    ]
    expect(likedUntil(0)).toEqual([[], []])
    expect(likedUntil(2)).toEqual([[], ['s1']])
    expect(likedUntil(5)).toEqual([['t2'], ['s1', 's3']])
    expect(likedUntil(8)).toEqual([
      ['t2', 't3'],
      ['s1', 's3', 's4'],
    ])
    expect(likedUntil(9)).toEqual([[], []])
    expect(likedUntil(11)).toEqual([['t1'], []])
  })

  it('knows the last item of a side before a row, liked or not', () => {
    const last = (row: number) => names([sides.lastBefore(row, 'target'), sides.lastBefore(row, 'source')])
    expect([0, 1, 4, 9, 12].map(last)).toEqual([
      ['', ''],
      ['', 's1'],
      ['t2', 's2'],
      ['', ''],
      ['t3', ''],
    ])
  })

  it('says the same of a query with the same history; without values every entry is liked', () => {
    const history = dataset.log.item.slice(0, 5)
    const values = dataset.log.value!.slice(0, 5)
    const query = { user: 0, history, values, domain: 1 }
    for (const side of ['target', 'source'] as const) {
      expect(sides.likedIn(query, side)).toEqual(sides.likedBefore(5, side))
      expect(sides.lastIn(query, side)).toBe(sides.lastBefore(5, side))
    }
    expect(names(sides.likedIn({ history, domain: 1 }, 'source'))).toEqual(['s1', 's2', 's3'])
    expect(sides.lastIn({ history: new Int32Array(0), domain: 1 }, 'source')).toBe(0)
  })

  it('refuses a log without values and a split without a target', () => {
    const { value: _, ...columns } = dataset.log
    const valueless = { ...dataset, log: { ...columns, value: undefined } }
    expect(() => twoSidedLog(valueless, split, 3)).toThrow(/'small' has no values to learn labels from/)
    expect(() => twoSidedLog(dataset, splitDataset(dataset, 'leave-two-out'), 3)).toThrow(/cross-domain:/)
  })
})

describe('batches', () => {
  it('hold every target row once, with a source row of the same user', () => {
    const batches = [...behaviorBatches(sides, { pairing: 'any', batchSize: 3 }, createRng(1))]
    expect(batches.map(({ target }) => target.length)).toEqual([3, 1])
    expect(batches.flatMap(({ target }) => [...target]).sort()).toEqual([...sides.rows.target].sort())
    for (const { target, source } of batches)
      for (const [i, row] of target.entries()) {
        const user = dataset.log.user[row]
        if (source[i] === -1) expect(user).toBe(1)
        else expect(dataset.log.user[source[i]]).toBe(user)
      }
  })

  it('are the same for the same seed and others for another epoch', () => {
    const epoch = (n: number) => [...behaviorBatches(sides, { pairing: 'any', batchSize: 8 }, createRng(n))]
    expect(epoch(1)).toEqual(epoch(1))
    const orders = new Set(Array.from({ length: 20 }, (_, n) => JSON.stringify(epoch(n))))
    expect(orders.size).toBeGreaterThan(5)
  })

  it('draw every source row alike, or only what stands before', () => {
    const [rng, row] = [createRng(3), 2]
    const draw = (onlyBefore: boolean) =>
      Array.from({ length: 300 }, () => drawPartner(sides, row, onlyBefore, rng)).map(
        (r) => rowNames(Int32Array.of(r))[0],
      )
    const counts = (drawn: readonly unknown[]) =>
      ['s1', 's2', 's3'].map((name) => drawn.filter((x) => x === name).length)
    for (const count of counts(draw(false))) expect(Math.abs(count - 100)).toBeLessThan(35)
    expect(counts(draw(true))).toEqual([300, 0, 0])
  })

  it('of their own take every source row before any comes again', () => {
    const batches = [...behaviorBatches(sides, { pairing: 'independent', batchSize: 2 }, createRng(1))]
    const rows = batches.flatMap(({ source }) => [...source])
    expect(rows).toHaveLength(4)
    expect(new Set(rows.slice(0, 3))).toEqual(new Set(sides.rows.source))
  })
})

describe('local ids', () => {
  it('number ids by first appearance, and begin anew', () => {
    const begin = createLocalIds({ user: 5, item: 10, category: 3 })
    const first = begin()
    expect(first.feed('item', Int32Array.of(7, 0, 3, 7)).data).toEqual(Int32Array.of(1, 0, 2, 1))
    expect(first.feed('item', Int32Array.of(9, 3), [1, 2])).toEqual({ shape: [1, 2], data: Int32Array.of(3, 2) })
    expect(first.feed('user', Int32Array.of(4)).data).toEqual(Int32Array.of(1))
    expect(first.rows('item')).toEqual(Int32Array.of(0, 7, 3, 9))
    const second = begin()
    expect(second.feed('item', Int32Array.of(3)).data).toEqual(Int32Array.of(1))
    expect(second.rows('item')).toEqual(Int32Array.of(0, 3))
    expect(second.rows('category')).toEqual(Int32Array.of(0))
  })
})
