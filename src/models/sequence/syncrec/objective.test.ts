import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildDataset, type SequenceBatch } from '../../../data/index.ts'
import { compile, input } from '../../../tensor/index.ts'
import { relativeGap, shareFeeds, summedLosses } from './objective.ts'
import { singleViews, startedBatch } from './views.ts'

/** Items 1, 2 in domain a; 3, 4 in b; 5, 6 in c. */
const names = ['a1', 'a2', 'b1', 'b2', 'c1', 'c2']
const dataset = buildDataset('three', {
  user: names.map(() => 'u'),
  item: names,
  domain: names.map((name) => name[0]),
})
// a1 b1 a2 → b2, and b1 b2 → a1: a2, b2 and b2 follow items of their own domain, b1 and a1 do not. Nobody visits c.
const batch: SequenceBatch = {
  size: 2,
  length: 3,
  user: Int32Array.of(0, 1),
  items: Int32Array.of(1, 3, 2, 0, 3, 4),
  targets: Int32Array.of(3, 2, 4, 0, 4, 1),
}

const without = { maxLength: 3, start: false }

describe('single-domain views', () => {
  const views = singleViews(batch, dataset, without)

  it('follow each item by the next of its domain, the last target included', () => {
    // a1 → a2, b1 → b2, a2 → nothing; b1 → b2, b2 → nothing
    expect([...views.items]).toEqual([...batch.items])
    expect([...views.targets]).toEqual([2, 4, 0, 0, 4, 0])
    // Where the mixed sequences have the same target.
    expect([...views.mixed]).toEqual([1, 2, -1, -1, 4, -1])
  })

  it('count positions within the domain, from the right', () => {
    const { place } = views.feeds
    const [, , L] = place.shape
    const positions = [0, 1, 2, 4, 5].map((at) => [...place.data.subarray(at * L, (at + 1) * L)].indexOf(1) - L)
    expect(positions).toEqual([-2, -1, -1, -2, -1])
    expect([...place.data.subarray(3 * L, 4 * L)]).toEqual([0, 0])
  })

  it('put the items of each domain side by side for its gate', () => {
    const { compact, compactInverse } = views.feeds
    // domain a: (a1, a2) and nothing; b: (b1) right-aligned, (b1, b2); c: nothing
    expect([...compact.data]).toEqual([0, 2, -1, -1, -1, 1, 4, 5, -1, -1, -1, -1])
    for (const [row, at] of compact.data.entries()) if (at >= 0) expect(compactInverse.data[at]).toBe(row)
  })
})

describe('sequences with a start', () => {
  /** Rows of three places: item, its target, and the place of that target among the mixed ones. */
  const rowsOf = ({ length, items, targets, mixed }: ReturnType<typeof singleViews>) =>
    [...items.keys()]
      .map((at) => [Math.floor(at / length), items[at], targets[at], mixed[at]])
      .filter(([, item]) => item !== 0)
  const [A, B] = [-2, -3]

  it('predict the first item of all, and of each domain', () => {
    const started = startedBatch(batch, 10)
    expect(started).toMatchObject({ size: 2, length: 4 })
    expect([...started.items]).toEqual([-1, 1, 3, 2, 0, -1, 3, 4])
    expect([...started.targets]).toEqual([1, 3, 2, 4, 0, 3, 4, 1])
    const views = singleViews(started, dataset, { maxLength: 10, start: true })
    expect(rowsOf(views)).toEqual([
      ...[
        [A, 1, 0],
        [B, 3, 1],
        [1, 2, 2],
        [3, 4, 3],
        [2, 0, -1],
      ].map((row) => [0, ...row]),
      ...[
        [B, 3, 5],
        [A, 1, 7],
        [3, 4, 6],
        [4, 0, -1],
      ].map((row) => [1, ...row]),
    ])
  })

  it('lose it where they are cut to the last T', () => {
    const started = startedBatch(batch, 3)
    // The first row has three inputs; of the second its start stays.
    expect([...started.items]).toEqual([1, 3, 2, -1, 3, 4])
    const views = singleViews(started, dataset, { maxLength: 3, start: true })
    // Nothing is known of what came before the first row.
    expect(rowsOf(views).filter(([b, item]) => b === 0 && item < 0)).toEqual([])
  })

  it('are cut domain by domain, from all events of the user', () => {
    const started = startedBatch(batch, 3)
    const earlier = (b: number) => (b === 0 ? Int32Array.of(2, 2, 5, 1) : new Int32Array())
    const views = singleViews(started, dataset, { maxLength: 3, start: true, earlier })
    // a2 a2 c1 a1 | a1 b1 a2 → b2: of a the last three stay, b and c begin.
    expect(rowsOf(views).filter(([b]) => b === 0)).toEqual(
      [
        [-4, 5, -1],
        [B, 3, 0],
        [5, 0, -1],
        [1, 1, -1],
        [1, 2, 1],
        [3, 4, 2],
        [2, 0, -1],
      ].map((row) => [0, ...row]),
    )
  })
})

describe('the negative transfer gap', () => {
  const views = singleViews(batch, dataset, without)
  //             cross: b1  a2  b2   –  b2  a1 | single: a2  b2   –   –  b2   –
  const each = Float32Array.of(9, 3, 1, 99, 2, 9, /*   */ 2, 4, 99, 99, 6, 99)
  const summed = async (weighing: 'sums' | 'means') => {
    const program = await compile({ ...summedLosses(input('each', [12]), 3) }, { executor: 'reference' })
    const feeds = shareFeeds(batch.targets, views, dataset, { size: 2, weighing })
    return {
      feeds,
      found: await program.run({ each: { shape: [12], data: each }, shares: feeds.shares }),
    }
  }

  it('is single minus cross loss of the same targets: below zero where the other domains harm', async () => {
    const { found, feeds } = await summed('means')
    // a: 2 − 3 (harmed); b: (4 + 6)/2 − (1 + 2)/2 (helped); c: not seen
    expect([...found.gap.data]).toEqual([-1, 3.5, 0])
    expect([...feeds.measured.data]).toEqual([1, 1, 0])
    expect([...found.cross.data]).toEqual([(3 + 9) / 5, (9 + 1 + 2) / 5, 0].map(Math.fround))
    expect(found.single.data[0]).toBeCloseTo((2 + 4 + 6) / 3, 6)
  })

  it('stays a mean where losses are summed over the targets of a user, as Eq. 18 has them', async () => {
    const { found } = await summed('sums')
    expect([...found.gap.data]).toEqual([-1, 3.5, 0])
    expect([...found.cross.data]).toEqual([(3 + 9) / 2, (9 + 1 + 2) / 2, 0])
    expect(found.single.data[0]).toBe((2 + 4 + 6) / 2)
  })
})

describe('the relative gap λ', () => {
  const options = { alpha: 0.9, beta: 1, delta: 0.5 }
  const next = async (lambda: number[], gap: number[], measured: number[]) => {
    const program = await compile(
      { lambda: relativeGap(input('gap', [gap.length]), options) },
      { executor: 'reference' },
    )
    const vector = (x: number[]) => ({ shape: [x.length], data: Float32Array.from(x) })
    const found = await program.run({ lambda: vector(lambda), gap: vector(gap), measured: vector(measured) })
    return [...found.lambda.data]
  }

  it('is the softmax of Eq. 11', async () => {
    const found = await next([0.2, 0.5, 0.3], [-0.4, 0.1, 0], [1, 1, 1])
    const raw = [0.9 * 0.2 - 0.4, 0.9 * 0.5 + 0.1, 0.9 * 0.3].map((x) => Math.exp(x / 0.5))
    const total = raw.reduce((a, b) => a + b)
    for (const [d, x] of raw.entries()) expect(found[d]).toBeCloseTo(x / total, 6)
    expect(found[0]).toBeLessThan(found[2])
  })

  it('sums to one, keeps what an absent domain had, and falls with the gap', async () => {
    const domain = fc.record({
      weight: fc.double({ min: 0.05, max: 1, noNaN: true }),
      gap: fc.double({ min: -2, max: 2, noNaN: true }),
      measured: fc.integer({ min: 0, max: 1 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(domain, { minLength: 2, maxLength: 6 }), async (domains) => {
        const total = domains.reduce((sum, { weight }) => sum + weight, 0)
        const before = domains.map(({ weight }) => weight / total)
        const measured = domains.map((d) => d.measured)
        const found = await next(
          before,
          domains.map(({ gap }) => gap),
          measured,
        )
        expect(found.reduce((a, b) => a + b)).toBeCloseTo(1, 5)
        for (const [d, x] of found.entries()) {
          expect(x).toBeGreaterThanOrEqual(0)
          if (measured[d] === 0) expect(x).toBeCloseTo(before[d], 5)
        }
        const helped = domains.findIndex((d) => d.measured === 1)
        if (helped < 0) return
        const more = await next(
          before,
          domains.map(({ gap }, d) => (d === helped ? gap + 1 : gap)),
          measured,
        )
        expect(more[helped]).toBeGreaterThanOrEqual(found[helped] - 1e-6)
      }),
      { numRuns: 40 },
    )
  })
})
