import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { ALL_DOMAINS, type Dataset, type Trust } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { signalSections } from '../pages/trust-signals.ts'
import { signalParts } from '../pages/trust-signals-text.ts'
import { explainedSignals } from './explained-signals.ts'
import type { SharedTrust } from './runs.ts'

const USERS = 30
const users = Array.from({ length: USERS }, (_, u) => `u${String(u).padStart(2, '0')}`)
const dataset: Dataset = buildDataset('shop', {
  user: users.flatMap((user) => [user, user]),
  item: users.flatMap((_, u) => [`b${u}`, `<g>${u}`]),
  domain: users.flatMap(() => ['books', 'games']),
})

/** Several runs of one trust, whose values grow by one a run; logged in two epochs, of which the first has half the values. */
function shared(trust: Trust, runs = 1): SharedTrust {
  const half = {
    ...trust,
    signals: trust.signals.map((one) => ({ ...one, values: one.values.map((value) => value / 2) })),
  }
  return {
    ...trust,
    signals: trust.signals.map((signal) => {
      const byRun = Array.from({ length: runs }, (_, r) => signal.values.map((value) => value + r))
      return { ...signal, values: Float64Array.from(signal.values, (v) => v + (runs - 1) / 2), byRun, agreement: 1 }
    }),
    course: { bestEpoch: 2, epochs: [{ epoch: 1, trust: half }, { epoch: 2, trust }, { epoch: 3 }] },
  }
}

const ids = (n: number, of = (i: number) => i) => Int32Array.from({ length: n }, (_, i) => of(i))
const domains: Trust = {
  of: 'domain',
  signals: [
    {
      name: 'lambda',
      summary: 'what it counts',
      neutral: 1,
      keys: { domain: ids(2) },
      values: Float64Array.of(1.5, 0.5),
    },
    { name: 'gap', summary: 'harm', neutral: 0, keys: { domain: ids(2) }, values: Float64Array.of(0.25, -0.25) },
    {
      name: 'gate',
      summary: 'shares',
      neutral: 0.5,
      keys: { domain: Int32Array.of(ALL_DOMAINS, ALL_DOMAINS, 1, 1), expert: Int32Array.of(0, 1, 0, 1) },
      values: Float64Array.of(0.75, 0.25, 0.5, 0.5),
    },
  ],
}
const references: Trust = {
  of: 'user',
  signals: [
    {
      name: 'chosen',
      summary: 'how often',
      neutral: 1,
      keys: { reference: ids(USERS) },
      values: Float64Array.from(ids(USERS)),
    },
    {
      name: 'reference',
      summary: 'how alike',
      keys: { user: ids(2 * USERS, (i) => Math.floor(i / 2)), reference: ids(2 * USERS, (i) => (i * 7 + 1) % USERS) },
      values: Float64Array.from(ids(2 * USERS), (i) => i / 60),
    },
  ],
}
/** As of a system to come: a weight of every domain, user and item. */
const pairs: Trust = {
  of: 'behavior',
  signals: [
    {
      name: 'weight',
      summary: 'what it counts',
      neutral: 1,
      keys: { domain: ids(100, (i) => i % 2), user: ids(100, (i) => i % USERS), item: ids(100, (i) => 1 + (i % 50)) },
      values: Float64Array.from(ids(100), (i) => i % 2),
    },
  ],
}
const k = 3

describe('signals', () => {
  it('of domains are listed with their course, null where an epoch has none', () => {
    const [lambda, gap, gate] = explainedSignals(shared(domains, 3), { dataset, k })
    expect(lambda).toMatchObject({ name: 'lambda', neutral: 1, count: 2 })
    expect(lambda.values).toEqual([
      { about: { domain: 'books' }, value: 2.5, std: 1, course: [0.75, 1.5, null] },
      { about: { domain: 'games' }, value: 1.5, std: 1, course: [0.25, 0.5, null] },
    ])
    expect(gap.values!.map(({ course }) => course)).toEqual([
      [0.125, 0.25, null],
      [-0.125, -0.25, null],
    ])
    expect(gate.values!.map(({ about: { domain, expert } }) => [domain, expert])).toEqual([
      ['cross', 1],
      ['cross', 2],
      ['games', 1],
      ['games', 2],
    ])
  })

  it('of users are told by both ends, and by how many there are in each epoch', () => {
    const [chosen, reference] = explainedSignals(shared(references), { dataset, k })
    expect(chosen.values).toBeUndefined()
    expect(chosen.by!.reference!.most.map(({ name, mean }) => [name, mean])).toEqual([
      ['u29', 29],
      ['u28', 28],
      ['u27', 27],
    ])
    expect(chosen.by!.reference!.least[0]).toEqual({ name: 'u00', values: 1, mean: 0 })
    expect(chosen.course!.different).toEqual([29, 29, null])
    expect(chosen.course!.mean).toEqual([7.25, 14.5, null])
    expect(Object.keys(reference.by!)).toEqual(['user', 'reference'])
  })

  it('of one user are those that it is in, on either side', () => {
    const [chosen, reference] = explainedSignals(shared(references), { dataset, k, user: 3 })
    expect(chosen.values!.map(({ about, value }) => [about, value])).toEqual([[{ reference: 'u03' }, 3]])
    const about = reference.values!.map(({ about }) => about)
    expect(about.filter(({ user }) => user === 'u03')).toHaveLength(2)
    for (const { user, reference } of about) expect([user, reference]).toContain('u03')
    expect(() => explainedSignals(shared(domains), { dataset, k, user: 3 })).toThrow('domains are weighed, not users')
    const byUser = { name: 'weight', summary: '', keys: { user: ids(0), domain: ids(0) }, values: new Float64Array(0) }
    const nobody = shared({ of: 'domain', signals: [byUser] })
    expect(() => explainedSignals(nobody, { dataset, k, user: 3 })).toThrow(
      "no source is weighed for user 'u03', who has",
    )
  })

  it('of domain, user and item are told by each of them', () => {
    const [{ by, mean, quantiles }] = explainedSignals(shared(pairs), { dataset, k })
    expect(Object.keys(by!)).toEqual(['domain', 'user', 'item'])
    expect(by!.domain!.most).toEqual([{ name: 'games', values: 50, mean: 1 }])
    expect(by!.domain!.least).toEqual([{ name: 'books', values: 50, mean: 0 }])
    expect([mean, quantiles.min, quantiles.max]).toEqual([0.5, 0, 1])
  })
})

describe('text and page', () => {
  const of = (trust: Trust, runs = 1) => {
    const signals = explainedSignals(shared(trust, runs), { dataset, k })
    const all = Array.from({ length: runs }, (_, seed) => ({ folder: 'run', seed }))
    const explanation = { signals, runs: all, training: { bestEpoch: 2, epochs: [1, 2, 3] } }
    return {
      parts: signalParts(explanation),
      html: signalSections(explanation as unknown as Parameters<typeof signalSections>[0]).join('\n'),
    }
  }

  it('puts what is said of the same domains into one table, and a column an expert', () => {
    const { parts, html } = of(domains)
    expect(parts.map(({ title, tables }) => [title, tables[0].table.rows])).toEqual([
      [
        'lambda, gap',
        [
          ['books', '1.500', '0.250'],
          ['games', '0.500', '−0.250'],
        ],
      ],
      [
        'gate',
        [
          ['cross', '0.750', '0.250'],
          ['games', '0.500', '0.500'],
        ],
      ],
    ])
    const { document } = parseHTML(`<html><body>${html}</body></html>`)
    const labels = [...document.querySelectorAll('figure')].map((one) =>
      one.querySelector('svg')!.getAttribute('aria-label'),
    )
    expect(labels).toEqual(['lambda by epoch', 'gap by epoch', 'mean gate weight of each expert by task'])
    expect(of(domains, 2).parts[0].tables[0].table.rows[0][1]).toBe('2.000 ±0.707')
  })

  it('draws how many users are chosen, and escapes names', () => {
    const { html } = of(references)
    expect(html).toContain('chosen, how many are not 0')
    expect(of(pairs).html).not.toContain('<g>')
    expect(of(pairs).parts[0].notes[0]).toContain('50 of 100 values are not 0')
  })
})
