import { describe, expect, it } from 'vitest'
import { parseConfig, type Query } from '../../core/index.ts'
import { buildDataset, type Sequences, splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { sasrec } from '../../models/index.ts'
import { createParameters } from '../../nn/index.ts'
import { askedDomain, untilAsked } from './asked.ts'
import type { SequenceModel } from './define.ts'
import { ownSequences } from './histories.ts'

const log = [
  ['u', 'a1', 'A'],
  ['u', 'b1', 'B'],
  ['u', 'a2', 'A'],
  ['u', 'b2', 'B'],
  ['u', 'b1', 'B'],
  ['v', 'a1', 'A'],
  ['v', 'a2', 'A'],
]
const column = (c: number) => log.map((row) => row[c])
const dataset = buildDataset('two', { user: column(0), item: column(1), domain: column(2) })
const [a1, a2, b1, b2] = ['a1', 'a2', 'b1', 'b2'].map((name) => dataset.items.id(name)!)
const [A, B] = [0, 1]
const split = splitDataset(dataset, 'leave-two-out')
const asking = (ask: 'last' | 'domain' | 'learned', masked = false) =>
  askedDomain({ ask, width: 2 }, dataset, createParameters(createRng(1)), 0.1, masked)
/** The domain told at each place; −1 for none. */
const told = (asked: ReturnType<typeof asking>, histories: Parameters<typeof asked.feeds>[0]) => {
  const { data } = asked.feeds(histories).askedDomains
  return Array.from(histories.items, (_, at) => [...data.slice(2 * at, 2 * at + 2)].indexOf(1))
}

describe('the domain asked for', () => {
  it('is that of each target in training, and of what came next and the question in a history', () => {
    const items = Int32Array.of(0, a1, b1, a2)
    const asked = asking('learned')
    expect(told(asked, { size: 1, length: 4, items, targets: Int32Array.of(0, b1, a2, b2) })).toEqual([-1, B, A, B])
    expect(told(asked, { size: 1, length: 4, items, asked: Int32Array.of(A) })).toEqual([-1, B, A, A])
    expect(told(asked, { size: 1, length: 4, items, asked: Int32Array.of(B) })).toEqual([-1, B, A, B])
    expect(told(asked, { size: 2, length: 1, items: Int32Array.of(0, a1), asked: Int32Array.of(B, A) })).toEqual([
      -1,
      A,
    ])
  })

  it('is told at masked places alone where items are asked for at their own', () => {
    const items = Int32Array.of(a1, -1, a2, -1)
    const asked = asking('learned', true)
    expect(told(asked, { size: 1, length: 4, items, targets: Int32Array.of(0, b1, 0, b2) })).toEqual([-1, B, -1, B])
    expect(told(asked, { size: 1, length: 4, items, asked: Int32Array.of(A) })).toEqual([-1, -1, -1, A])
  })

  it('is told to nobody who is not to learn it', () => {
    for (const ask of ['last', 'domain'] as const)
      expect(asking(ask).feeds({ size: 1, length: 1, items: Int32Array.of(a1) })).toEqual({})
  })

  it('ends a history with its last event there, or leaves it whole', () => {
    const query = (domain: number, ...history: number[]): Query => ({ history: Int32Array.from(history), domain })
    expect([...untilAsked(query(A, a1, b1, a2, b2, b1), dataset)]).toEqual([a1, b1, a2])
    expect([...untilAsked(query(B, a1, b1, a2), dataset)]).toEqual([a1, b1])
    expect([...untilAsked(query(B, a1, a2), dataset)]).toEqual([a1, a2])
    expect([...untilAsked(query(B), dataset)]).toEqual([])
  })

  it('changes the answer to one history where it is told, and only there', async () => {
    const history = Int32Array.of(a1, b1)
    const scoresOf = async (set: Record<string, unknown>) => {
      const { config } = parseConfig(sasrec, { width: 4, heads: 1, inner: 4, ...set })
      const model = sasrec.create(config, dataset, split, { seed: 1, threads: 1 })
      // The spread of a start is small; what is told must not drown in it.
      for (const [, { data }] of model.weights()) for (let i = 0; i < data.length; i++) data[i] *= 20
      const [ofA, ofB] = await Promise.all(
        [A, B].map((domain) => model.score([{ history, domain }], { start: 1, end: 5 })),
      )
      await model.dispose()
      return Math.max(...ofA.map((score, i) => Math.abs(score - ofB[i])))
    }
    expect(await scoresOf({ ask: 'last' })).toBe(0)
    expect(await scoresOf({ ask: 'domain' })).toBeGreaterThan(1e-3)
    expect(await scoresOf({ ask: 'learned' })).toBeGreaterThan(1e-3)
    expect(await scoresOf({ histories: 'own' })).toBeGreaterThan(1e-3)
  })
})

describe('the histories that one model reads', () => {
  const mixed = {
    user: Int32Array.of(7, 9),
    items: Int32Array.of(a1, b1, a2, b2, b1, a1, a2),
    offsets: Int32Array.of(0, 5, 7),
  }
  const rows = ({ user, items, offsets }: Sequences) =>
    [...user].map((u, s) => [u, ...items.subarray(offsets[s], offsets[s + 1])])

  it('are those of each domain, and the mixed ones beside them', () => {
    const own = [
      [7, a1, a2],
      [7, b1, b2, b1],
      [9, a1, a2],
    ]
    expect(rows(ownSequences(mixed, dataset, 'own'))).toEqual(own)
    expect(rows(ownSequences(mixed, dataset, 'both'))).toEqual([[7, a1, b1, a2, b2, b1], own[0], own[1], own[2]])
  })

  it('answer in the share that each domain has', async () => {
    const { config } = parseConfig(sasrec, { width: 4, heads: 1, inner: 4, histories: 'both' })
    const model = sasrec.create(config, dataset, split, { seed: 1, threads: 1 }) as SequenceModel
    const share = model.weights().get('share')!.data
    const range = { start: 1, end: 5 }
    const ask = async (s: number, domain: number, ...history: number[]) => {
      share.fill(0.5)
      share[domain] = s
      return await model.score([{ history: Int32Array.from(history), domain }], range)
    }
    const [all, own, half] = [await ask(1, A, a1, b1), await ask(0, A, a1, b1), await ask(0.25, A, a1, b1)]
    expect(own).toEqual(await ask(1, A, a1))
    expect(own).not.toEqual(all)
    for (const [i, score] of half.entries()) expect(score).toBeCloseTo(0.25 * all[i] + 0.75 * own[i], 6)
    // Who is new there has an empty history of its own.
    expect(await ask(0, B, a1, a2)).toEqual(await ask(1, B))
    await model.dispose()
  })

  it('give each domain the share that its validation likes best', async () => {
    const { config } = parseConfig(sasrec, { width: 4, heads: 1, inner: 4, histories: 'both', epochs: 1 })
    const model = sasrec.create(config, dataset, split, { seed: 1, threads: 1 })
    const share = model.weights().get('share')!.data
    // A wants a quarter of all events; B is content with whatever it gets, and then listens to the others.
    const validate = async (_: unknown, domain?: number) => ({
      'ndcg@10': domain === A ? -Math.abs(share[A] - 0.25) : 0.5,
    })
    for await (const _ of sasrec.train(model, config, {
      dataset,
      split,
      seed: 1,
      threads: 1,
      validate,
      lessIsBetter: () => false,
      openRun: () => Promise.reject(),
    }));
    expect([...share]).toEqual([0.25, 1])
    await model.dispose()
  })
})
