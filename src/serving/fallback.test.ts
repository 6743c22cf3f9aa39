import { cpSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { twoDomainCopyWorld } from '../contract/worlds.ts'
import { allItems, domainItems, domainOfItem, type Query, type Scorer } from '../core/index.ts'
import { buildDataset, writeDataset } from '../data/index.ts'
import { recommend } from '../evaluation/recommend.ts'
import { createRng } from '../math/index.ts'
import { openTrainedRun } from '../runs/open.ts'
import { trainRun } from '../runs/train.ts'
import { openFallback, withFallback } from './fallback.ts'

const dataset = buildDataset('three', {
  user: Array.from({ length: 30 }, (_, i) => `u${i % 5}`),
  item: Array.from({ length: 30 }, (_, i) => `i${i}`),
  domain: Array.from({ length: 30 }, (_, i) => ['a', 'b', 'c'][i % 3]),
})
const b = dataset.domains.indexOf('b')

/** Scores of user and item from a seed; `levels` makes ties. */
const noise = (seed: number, levels?: number): Scorer => ({
  async score(queries, { start, end }) {
    return Float32Array.from(
      queries.flatMap(({ user }) =>
        Array.from({ length: end - start }, (_, i) => {
          const rng = createRng(seed).split(user!, start + i)
          return levels === undefined ? rng.float() : rng.below(levels)
        }),
      ),
    )
  },
})
const main = noise(1)
const twin = noise(2)
const mixed = withFallback(dataset, main, new Map([[b, twin]]))
const history = new Int32Array(0)
const query = (user: number, domain: number): Query => ({ user, domain, history })
const lists = (scorer: Scorer, queries: readonly Query[], scope: 'domain' | 'all', k = 30) =>
  recommend(scorer, dataset, queries, { k, maskSeen: false, scope })
const items = (list: readonly { readonly item: number }[]) => list.map(({ item }) => item)

describe('withFallback', () => {
  it('asks the fallback in its domain and the first scorer elsewhere, whichever queries share a call', async () => {
    const queries = [0, 1, 2].flatMap((domain) => [0, 1, 2].map((user) => query(user, domain)))
    const expected = await Promise.all(
      queries.map(async (one) => (await lists(one.domain === b ? twin : main, [one], 'domain'))[0]),
    )
    expect(await lists(mixed, queries, 'domain')).toEqual(expected)
    const range = domainItems(dataset, b)
    const together = await mixed.score(queries, range)
    const alone = await Promise.all(queries.map((one) => mixed.score([one], range)))
    expect([...together]).toEqual(alone.flatMap((scores) => [...scores]))
  })

  it('over the whole catalogue, keeps the places of the domain and fills them in the order of the fallback', async () => {
    const one = query(3, b)
    const [[plain], [served], [own]] = await Promise.all([
      lists(main, [one], 'all'),
      lists(mixed, [one], 'all'),
      lists(twin, [one], 'domain'),
    ])
    const domainsOf = (list: readonly { item: number }[]) => items(list).map((item) => domainOfItem(dataset, item))
    expect(domainsOf(served)).toEqual(domainsOf(plain))
    expect(items(served).filter((item) => domainOfItem(dataset, item) === b)).toEqual(items(own))
    const foreign = (list: readonly { item: number }[]) =>
      items(list).filter((item) => domainOfItem(dataset, item) !== b)
    expect(foreign(served)).toEqual(foreign(plain))
    expect(items(served)).not.toEqual(items(plain))
    // Queries of other domains are the first scorer's altogether.
    const other = query(3, b === 0 ? 1 : 0)
    expect(await lists(mixed, [other], 'all')).toEqual(await lists(main, [other], 'all'))
  })

  it('gives the blocks of a catalogue the scores that the whole of it has', async () => {
    const queries = [query(1, b), query(2, 0), query(3, b)]
    const { start, end } = allItems(dataset)
    const width = end - start
    const whole = await mixed.score(queries, { start, end })
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: start, max: end }), fc.integer({ min: start, max: end }), async (x, y) => {
        const block = { start: Math.min(x, y), end: Math.max(x, y) }
        const { start: first, end: last } = domainItems(dataset, b)
        // All of the domain and nothing else is what serving asks, where only the order within it counts.
        fc.pre(block.start !== first || block.end !== last)
        const scores = await mixed.score(queries, block)
        const expected = queries.flatMap((_, row) => [
          ...whole.subarray(row * width + block.start - start, row * width + block.end - start),
        ])
        expect([...scores]).toEqual(expected)
      }),
    )
  })

  it('keeps what the fallback ties tied, and what it gives no number without one', async () => {
    const tied = withFallback(dataset, main, new Map([[b, noise(2, 3)]]))
    const { start, end } = domainItems(dataset, b)
    const inDomain = await tied.score([query(1, b)], { start, end })
    const inAll = await tied.score([query(1, b)], allItems(dataset))
    const own = inAll.subarray(start - 1, end - 1)
    for (let i = 0; i < own.length; i++)
      for (let j = 0; j < own.length; j++) expect(Math.sign(own[i] - own[j])).toBe(Math.sign(inDomain[i] - inDomain[j]))
    const broken = withFallback(
      dataset,
      main,
      new Map([[b, { score: async () => new Float32Array(10).fill(Number.NaN) }]]),
    )
    await expect(lists(broken, [query(1, b)], 'all')).rejects.toThrow('NaN')
  })
})

describe('openFallback', () => {
  let folder: string
  const at = (...names: string[]) => join(folder, ...names)
  const train = async (model: string, out: string, seed = 1) => {
    for await (const _ of trainRun({ model, datasetFolder: at('data'), out, seed, threads: 1, overwrite: true }));
    return openTrainedRun(out, { threads: 1 })
  }
  const weightsOf = async (run: string) =>
    (JSON.parse(await readFile(join(run, 'manifest.json'), 'utf8')) as { weightsHash: string }).weightsHash
  const world = twoDomainCopyWorld()

  interface ReportParts {
    dataset: { hash: string }
    model: { name: string; runs: { folder: string; weights: string }[] }
    validation: { protocol: { split: string } }
    fallback: { domains: string[] }
  }
  const report = async (change: (parts: ReportParts) => void = () => {}) => {
    const parts = {
      format: 1,
      leastUsers: 20,
      dataset: { name: 'copy', hash: world.dataset.hash },
      model: { name: 'knn', runs: [{ folder: '.', seed: 1, weights: await weightsOf(at('run')) }] },
      twin: {
        name: 'twin',
        runs: [{ folder: 'transfer/twin', seed: 1, weights: await weightsOf(at('run/transfer/twin')) }],
      },
      validation: { protocol: { split: 'valid' } },
      fallback: { domains: ['copy'] },
    }
    change(parts)
    return JSON.stringify(parts)
  }
  const run = () => openTrainedRun(at('run'), { threads: 1 })
  /** What `auto` is refused with once transfer.json holds this text. */
  const refusal = async (text: string) => {
    await writeFile(at('run/transfer.json'), text)
    return expect(openFallback(await run(), 'auto', 1)).rejects
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fallback-'))
    await writeDataset(world.dataset, at('data'))
    await train('item-knn', at('run'))
    await train('popularity', at('run/transfer/twin'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('none is the run alone', async () => {
    const opened = await run()
    const { scorer, domains } = await openFallback(opened, 'none', 1)
    expect(scorer).toBe(opened.model)
    expect(domains.toJSON()).toEqual({})
  })

  it('auto gives the harmed domains to the twin', async () => {
    await writeFile(at('run/transfer.json'), await report())
    const opened = await run()
    const { scorer, domains, dispose } = await openFallback(opened, 'auto', 1)
    expect(domains.toJSON()).toEqual({ copy: at('run/transfer/twin') })
    const popular = await openTrainedRun(at('run/transfer/twin'))
    for (const [name, expected] of [
      ['copy', popular.model],
      ['source', opened.model],
    ] as const) {
      const asked = [{ history: Int32Array.of(1, 2), domain: world.dataset.domains.indexOf(name) }]
      const options = { k: 12, maskSeen: true }
      expect(await recommend(scorer, world.dataset, asked, options)).toEqual(
        await recommend(expected, world.dataset, asked, options),
      )
    }
    await dispose()
  })

  it('auto is the run alone where validation shows harm in no domain', async () => {
    await writeFile(
      at('run/transfer.json'),
      await report((parts) => Object.assign(parts, { fallback: { domains: [] } })),
    )
    const opened = await run()
    expect((await openFallback(opened, 'auto', 1)).scorer).toBe(opened.model)
  })

  it('finds a report elsewhere, whose twin lies beside it', async () => {
    cpSync(at('run/transfer/twin'), at('elsewhere/transfer/twin'), { recursive: true })
    await writeFile(at('elsewhere/transfer.json'), await report())
    const { domains } = await openFallback(await run(), at('elsewhere/transfer.json'), 1)
    expect(domains.toJSON()).toEqual({ copy: at('elsewhere/transfer/twin') })
  })

  it('takes domains and runs as they are named', async () => {
    const twin = at('run/transfer/twin')
    const { domains } = await openFallback(await run(), `copy=${twin},source=${twin}`, 1)
    expect(domains.toJSON()).toEqual({ copy: twin, source: twin })
    await expect(openFallback(await run(), `cpoy=${twin}`, 1)).rejects.toThrow("did you mean 'copy'")
    await expect(openFallback(await run(), `copy=${at('nowhere')}`, 1)).rejects.toThrow('there is no run at')
    await expect(openFallback(await run(), 'atuo', 1)).rejects.toThrow("the fallback 'atuo' is unknown")
  })

  it('refuses a report that is missing, damaged, or judged by test cases', async () => {
    await rm(at('run/transfer.json'), { force: true })
    await expect(openFallback(await run(), 'auto', 1)).rejects.toThrow(`make one with: tributary transfer ${at('run')}`)
    await (await refusal('{"format": 1')).toThrow('is no report of tributary transfer')
    await (await refusal(await report((parts) => Object.assign(parts, { format: 2 })))).toThrow('format')
    const onTest = await report((parts) => {
      parts.validation.protocol.split = 'test'
    })
    await (await refusal(onTest)).toThrow('would spoil the test')
  })

  it('refuses a report of another dataset, of other weights of the run or of its twin', async () => {
    const otherData = await report((parts) => {
      parts.dataset.hash = '0'
    })
    await (await refusal(otherData)).toThrow("another version of dataset 'copy'")
    const otherWeights = await report((parts) => {
      parts.model.runs[0].weights = '0'
    })
    await (await refusal(otherWeights)).toThrow(`${at('run')} has been trained again`)
    const text = await report()
    await train('random', at('run/transfer/twin'), 2)
    await (await refusal(text)).toThrow(`${at('run/transfer/twin')} has been trained again`)
    await rm(at('run/transfer/twin'), { recursive: true })
    await (await refusal(text)).toThrow('says its twin is')
    await train('popularity', at('run/transfer/twin'))
    await writeFile(at('run/transfer.json'), text)
    expect((await openFallback(await run(), 'auto', 1)).domains.has('copy')).toBe(true)
  })
})
