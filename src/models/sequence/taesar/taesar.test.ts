import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allItems, domainItems, domainOfItem, type NamedTensors, parseConfig } from '../../../core/index.ts'
import { buildDataset, trainingSequences } from '../../../data/index.ts'
import { createRng } from '../../../math/index.ts'
import { compile, input } from '../../../tensor/index.ts'
import { taesar } from './index.ts'
import { createReader } from './reader.ts'
import { contrast, joined, rewrite } from './rewrite.ts'
import { nextOfDomain } from './train.ts'

const softmax = (logits: readonly number[]) => {
  const most = Math.max(...logits)
  const total = logits.reduce((sum, x) => sum + Math.exp(x - most), 0)
  return logits.map((x) => Math.exp(x - most) / total)
}

/** As the released code has it, item by item. */
function plainContrast(mixed: readonly number[], target: readonly number[], source: readonly number[]): number[] {
  const [M, A, B] = [mixed, target, source].map(softmax)
  const H = A.map((p) => -p * Math.log(p))
  const js = M.map((p, v) => {
    const m = (p + B[v]) / 2
    return (m * Math.log(m / p) + m * Math.log(m / B[v])) / 2
  })
  return target.map((logit, v) => {
    const alpha = (1 - H[v]) / (1 - Math.max(...H))
    const beta = js[v] / (Math.max(...js) + 1e-10)
    return (1 + alpha) * logit - beta * source[v]
  })
}

it('contrasts the target’s expert with the source’s', async () => {
  const [N, W] = [3, 5]
  const views = { mixed: 'mixed', target: 'target', source: 'source' } as const
  const symbol = (name: string) => input(name, [N, W])
  const program = await compile(
    { scores: contrast({ mixed: symbol('mixed'), target: symbol('target'), source: symbol('source') }) },
    { executor: 'reference' },
  )
  const logits = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: N * W, maxLength: N * W })
  await fc.assert(
    fc.asyncProperty(logits, logits, logits, async (mixed, target, source) => {
      const given = { mixed, target, source }
      const { scores } = await program.run(
        Object.fromEntries(
          Object.values(views).map((name) => [name, { shape: [N, W], data: Float32Array.from(given[name]) }]),
        ),
      )
      for (let n = 0; n < N; n++) {
        const row = (values: readonly number[]) => values.slice(n * W, (n + 1) * W)
        const js = softmax(row(mixed)).map((p, v) => Math.abs(p - softmax(row(source))[v]))
        // Where the two are the same, β is a quotient of roundings.
        if (Math.max(...js) < 1e-3) continue
        const expected = plainContrast(row(mixed), row(target), row(source))
        for (const [v, score] of expected.entries()) expect(scores.data[n * W + v]).toBeCloseTo(score, 2)
      }
    }),
    { numRuns: 50 },
  )
  await program.dispose()
})

it('asks an expert at its own items for the next of them', () => {
  const sequences = {
    user: Int32Array.of(0, 1),
    // Items 1 … 3 are of the domain.
    items: Int32Array.of(1, 8, 2, 9, 9, 3, 8, 9, 1),
    offsets: Int32Array.of(0, 7, 9),
  }
  const options = { batchSize: 2, maxLength: 8, bucket: false, rng: createRng(1) }
  const rows = [...nextOfDomain({ start: 1, end: 4 })(sequences, options)].flatMap(({ size, length, items, targets }) =>
    Array.from({ length: size }, (_, b) =>
      [...items.subarray(b * length, (b + 1) * length)]
        .map((item, i) => [item, targets[b * length + i]])
        .filter(([item]) => item > 0),
    ),
  )
  // The last own item has none to come; a sequence with one own item teaches nothing.
  expect(rows).toContainEqual([
    [1, 2],
    [8, 0],
    [2, 3],
    [9, 0],
    [9, 0],
    [3, 0],
  ])
  for (const row of rows) if (row[0][0] === 9) expect(row.every(([, target]) => target === 0)).toBe(true)
})

describe('rewriting', () => {
  const log = ['a1 b1 a2 c1 b2 a3', 'b3 c2 b1 a1 a1 c3', 'a2 a3 a1', 'c1'].flatMap((events, user) =>
    events.split(' ').map((item) => ({ user: `user${user}`, item, domain: item[0] })),
  )
  const dataset = buildDataset('small', {
    user: log.map(({ user }) => user),
    item: log.map(({ item }) => item),
    domain: log.map(({ domain }) => domain),
  })
  const split = { name: 'none', part: new Uint8Array(dataset.log.length) }
  const sequences = trainingSequences(dataset, split)
  const { config } = parseConfig(taesar, { width: 4, heads: 2, inner: 4, layers: 1, maxLength: 8 })

  /** A reader whose experts differ, of entries large enough that every outcome occurs. */
  function experts(seed: number) {
    const reader = createReader(config, dataset, { seed: 1, threads: 1 })
    const rng = createRng(seed)
    const drawn = (label: number): NamedTensors =>
      new Map(
        [...reader.weights()].map(([name, { shape, data }]) => {
          const own = rng.split(label, name)
          const values = Float32Array.from(data, () => 0.8 * own.normal())
          if (name === 'items') values.fill(0, 0, 4)
          // Positions are counted from the end, so that with them a state would not be that of its past alone.
          if (name === 'positions') values.fill(0)
          return [name, { shape, data: values }]
        }),
      )
    return { reader, weights: { mixed: drawn(0), experts: dataset.domains.map((_, d) => drawn(d + 1)) } }
  }

  it('is that of the equations, event by event', async () => {
    const { reader, weights } = experts(3)
    const made = await rewrite(reader, weights, sequences, { dataset }, config.maxLength)
    const logitsAfter = async (of: NamedTensors, history: Int32Array) => {
      reader.load(of)
      return [...(await reader.score([{ history, domain: 0 }], allItems(dataset)))]
    }
    const outcomes = new Set<string>()
    for (const [d] of dataset.domains.entries()) {
      const { start, end } = domainItems(dataset, d)
      const expected: number[][] = []
      for (let s = 0; s < sequences.user.length; s++) {
        const items = sequences.items.subarray(sequences.offsets[s], sequences.offsets[s + 1])
        const kept: number[] = []
        for (const [at, item] of items.entries()) {
          const from = domainOfItem(dataset, item)
          if (from === d) kept.push(item)
          if (from === d || at === 0) continue
          const past = items.subarray(0, at)
          const views = [
            await logitsAfter(weights.mixed, past),
            await logitsAfter(weights.experts[d], past),
            await logitsAfter(weights.experts[from], past),
          ] as const
          const all = plainContrast(...views)
          const own = all.slice(start - 1, end - 1)
          const others = Math.max(...all.filter((_, v) => v < start - 1 || v >= end - 1))
          const [mixed, target, source] = views.map((view) => view.slice(start - 1, end - 1))
          const among = plainContrast(mixed, target, source)
          const best = Math.max(...among)
          const becomes = Math.max(...own) > others && best > others
          outcomes.add(becomes ? 'rewritten' : Math.max(...own) > others ? 'left out after all' : 'left out')
          if (becomes) kept.push(start + among.indexOf(best))
        }
        const once = kept.filter((item, i) => item !== kept[i - 1])
        const real = [...items].filter((item) => item >= start && item < end)
        if (once.length > 1 && once.join() !== real.join()) expected.push([s, ...once.map((item) => item - start + 1)])
      }
      const { user, items, offsets } = made[d]
      expect([...user].map((u, r) => [u, ...items.subarray(offsets[r], offsets[r + 1])])).toEqual(expected)
    }
    expect(outcomes).toContain('rewritten')
    expect(outcomes).toContain('left out')
    await reader.dispose()
  })

  it('stops when it is asked to', async () => {
    const { reader, weights } = experts(3)
    const stopped = rewrite(reader, weights, sequences, { dataset, signal: AbortSignal.abort() }, config.maxLength)
    await expect(stopped).rejects.toMatchObject({ code: 'interrupted' })
    await reader.dispose()
  })
})

it('joins sequences one after the other', () => {
  const one = { user: Int32Array.of(4), items: Int32Array.of(1, 2), offsets: Int32Array.of(0, 2) }
  const two = { user: Int32Array.of(5, 6), items: Int32Array.of(3, 4, 5), offsets: Int32Array.of(0, 1, 3) }
  expect(joined([one, two])).toEqual({
    user: Int32Array.of(4, 5, 6),
    items: Int32Array.of(1, 2, 3, 4, 5),
    offsets: Int32Array.of(0, 2, 3, 5),
  })
  expect(joined([])).toEqual({ user: new Int32Array(), items: new Int32Array(), offsets: Int32Array.of(0) })
})
