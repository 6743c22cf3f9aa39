import { describe, expect, it } from 'vitest'
import { ALL_DOMAINS, type Trust } from '../core/index.ts'
import { epochLine, trustByEpoch } from './trust-log.ts'

const DOMAINS = ['books', 'games']
const read = (...lines: Readonly<Record<string, unknown>>[]) =>
  trustByEpoch(JSON.parse(JSON.stringify(lines)) as typeof lines, DOMAINS)
const epoch = (number: number, trust?: Trust) => ({
  type: 'epoch',
  epoch: number,
  losses: { loss: 1 },
  ...(trust && { trust }),
})

const trust: Trust = {
  of: 'user',
  signals: [
    {
      name: 'similarity',
      summary: 'how alike',
      keys: { user: Int32Array.of(3, 5), reference: Int32Array.of(5, 3) },
      values: Float32Array.of(0.25, Number.NaN),
    },
    {
      name: 'chosen',
      summary: 'how often',
      neutral: 1,
      keys: { reference: Int32Array.of(3) },
      values: Float32Array.of(0.1),
    },
  ],
  scale: 2,
}

describe('the line of an epoch', () => {
  it('holds all that was trusted, NaN too, to seven digits', () => {
    const [one, none] = read(epochLine(epoch(1, trust)), epochLine(epoch(2)))
    expect(none).toEqual({ epoch: 2 })
    expect(one.trust).toMatchObject({ of: 'user', scale: 2 })
    const [similarity, chosen] = one.trust!.signals
    expect(similarity).toEqual({ ...trust.signals[0], values: Float64Array.of(0.25, Number.NaN) })
    expect(chosen).toEqual({ ...trust.signals[1], values: Float64Array.of(0.1) })
  })

  it('written again counts as it was written last, and epochs ascend', () => {
    const other = { ...trust, scale: 3 }
    const found = read(epochLine(epoch(2, trust)), { type: 'done' }, epochLine(epoch(1)), epochLine(epoch(2, other)))
    expect(found.map(({ epoch, trust }) => [epoch, trust?.scale])).toEqual([
      [1, undefined],
      [2, 3],
    ])
  })
})

it('what older versions logged among the losses is read as the same thing', () => {
  const [{ trust }] = read({
    type: 'epoch',
    epoch: 1,
    losses: {
      loss: 3,
      'lambda/books': 1.2,
      'lambda/games': 0.8,
      'gap/games': -0.5,
      'gap/unknown': 1,
      'shapley/books': 0.1,
      'gate/cross/1': 0.9,
      'gate/cross/2': 0.1,
      'gate/games/1': 0.25,
      'gate/games/2': 0.75,
    },
  })
  expect(trust!.of).toBe('domain')
  expect(trust!.signals.map(({ name, neutral, keys, values }) => [name, neutral, keys, [...values]])).toEqual([
    ['lambda', 1, { domain: Int32Array.of(0, 1) }, [1.2, 0.8]],
    ['gap', 0, { domain: Int32Array.of(1) }, [-0.5]],
    ['shapley', 0, { domain: Int32Array.of(0) }, [0.1]],
    [
      'gate',
      0.5,
      { domain: Int32Array.of(ALL_DOMAINS, ALL_DOMAINS, 1, 1), expert: Int32Array.of(0, 1, 0, 1) },
      [0.9, 0.1, 0.25, 0.75],
    ],
  ])
  expect(read({ type: 'epoch', epoch: 1, losses: { loss: 3 } })).toEqual([{ epoch: 1 }])
})
