import { describe, expect, it } from 'vitest'
import { ALL_DOMAINS, type Trust, trustMeans } from './trust.ts'

/** Systems to come say what they trust without another kind of key or another field. */
describe('holds', () => {
  it('a weight of each pair of a user and an item, by source domain, beside a scale', () => {
    const marco: Trust = {
      of: 'behavior',
      signals: [
        {
          name: 'weight',
          summary: 'what a source domain counts in the reward of a pair',
          neutral: 1,
          keys: { domain: Int32Array.of(0, 1, 0), user: Int32Array.of(7, 7, 9), item: Int32Array.of(3, 3, 4) },
          values: Float32Array.of(0.5, 1.5, 1),
        },
      ],
      scale: 0.3,
    }
    const ilRec: Trust = {
      of: 'demonstration',
      signals: [
        {
          name: 'weight',
          summary: 'what a demonstration counts in imitation',
          neutral: 1,
          keys: { demonstration: Int32Array.of(0, 1), user: Int32Array.of(7, 9) },
          values: Float32Array.of(0.2, 1.8),
        },
      ],
    }
    for (const { signals } of [marco, ilRec])
      for (const { keys, values } of signals)
        for (const column of Object.values(keys)) expect(column).toHaveLength(values.length)
  })
})

describe('trustMeans', () => {
  const trust = (...values: number[]): Trust => ({
    of: 'domain',
    signals: [
      {
        name: 'gate',
        summary: 'a share',
        neutral: 0.5,
        keys: { domain: Int32Array.of(ALL_DOMAINS, 0), expert: Int32Array.of(1, 1) },
        values: Float64Array.from(values),
      },
    ],
  })

  it('are over what was added since they were last taken', () => {
    const means = trustMeans()
    expect(means.take()).toBeUndefined()
    const live = Float64Array.of(1, 2)
    means.add({ ...trust(), signals: [{ ...trust().signals[0], values: live }] })
    // A model may write over what it showed.
    live.fill(9)
    means.add(trust(2, 6))
    expect(means.take()).toEqual(trust(1.5, 4))
    expect(means.take()).toBeUndefined()
    means.add(trust(5, 5))
    expect(means.take()).toEqual(trust(5, 5))
  })
})
