import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domainItems, domainOfItem, type Model, Part, type Query, type Scorer } from '../core/index.ts'
import { buildDataset, evaluationCases, writeDataset } from '../data/index.ts'
import { recommend } from '../evaluation/recommend.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'
import { trainRun } from '../runs/train.ts'
import { openNewUsers, whereKnown, withNewUsers } from './new-users.ts'
import { openPredicting, openServed, refuseTrainedOn, sourcesByName, withSources } from './served.ts'

const names = ['books', 'films', 'music']
const rows = Array.from({ length: 240 }, (_, i) => ({ user: i % 20, item: Math.floor(i / 20), domain: i % 3 }))
// Users 0 and 1 know one domain each; values tell that a user's rows are alike everywhere.
const kept = rows.filter(({ user, domain }) => user > 2 || domain === user)
const dataset = buildDataset('three', {
  user: kept.map(({ user }) => `u${user}`),
  item: kept.map(({ item, domain }) => `${names[domain]}-${item}`),
  domain: kept.map(({ domain }) => names[domain]),
  value: kept.map(({ user, item }) => 1 + ((user + item) % 5)),
})
const [books, films] = names.map((name) => dataset.domains.indexOf(name))
const id = (name: string) => dataset.items.id(name)!
const query = (domain: number, ...history: string[]): Query => ({ domain, history: Int32Array.from(history, id) })

/** Likes items in the order of their ids, or against it. */
const ordered = (sign: 1 | -1): Scorer => ({
  async score(queries, { start, end }) {
    return Float32Array.from(queries.flatMap(() => Array.from({ length: end - start }, (_, i) => sign * (start + i))))
  },
})

describe('whereKnown', () => {
  it('goes by the domains of the history, and not by its order', () => {
    const item = fc.integer({ min: 1, max: dataset.items.size - 1 })
    fc.assert(
      fc.property(fc.array(item, { maxLength: 6 }), fc.constantFrom(0, 1, 2), (history, domain) => {
        const known = whereKnown(dataset, { domain, history: Int32Array.from(history) })
        const domains = history.map((one) => domainOfItem(dataset, one))
        if (history.length === 0) expect(known).toBe('nowhere')
        else expect(known).toBe(domains.includes(domain) ? 'here' : 'elsewhere')
        expect(whereKnown(dataset, { domain, history: Int32Array.from(history).reverse() })).toBe(known)
      }),
    )
  })
})

describe('withNewUsers', () => {
  it('asks the other for who is new in its domain and known elsewhere, whichever queries share a call', async () => {
    const mixed = withNewUsers(dataset, ordered(1), new Map([[films, ordered(-1)]]))
    const asked = [
      query(films, 'books-3'),
      query(films),
      query(films, 'books-3', 'films-4'),
      query(books, 'films-4'),
      query(films, 'music-8', 'books-0'),
    ]
    const lists = await recommend(mixed, dataset, asked, { k: 1, maskSeen: true })
    const first = (domain: number) => domainItems(dataset, domain).start
    const last = (domain: number) => domainItems(dataset, domain).end - 1
    expect(lists.map(([{ item }]) => item)).toEqual([first(films), last(films), last(films), last(books), first(films)])
    const alone = await Promise.all(asked.map((one) => recommend(mixed, dataset, [one], { k: 1, maskSeen: true })))
    expect(alone.flat()).toEqual(lists)
    const [whole] = await recommend(mixed, dataset, [asked[0]], { k: 1000, maskSeen: false, scope: 'all' })
    expect(whole.filter(({ item }) => domainOfItem(dataset, item) === films)[0].item).toBe(first(films))
  })
})

describe('runs for new users', () => {
  let folder: string
  const at = (name: string) => join(folder, name)
  const train = async (name: string, data: string, splitBy: string) => {
    const options = { model: 'means', datasetFolder: at(data), out: at(name), seed: 1, threads: 1 }
    for await (const _ of trainRun({ ...options, splitName: splitBy }));
  }
  let main: TrainedRun
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-'))
    await writeDataset(dataset, at('data'))
    await writeDataset(
      buildDataset('other', { user: ['a', 'a'], item: ['x', 'y'], domain: ['one', 'two'], value: [1, 2] }),
      at('other'),
    )
    await writeDataset(buildDataset('single', { user: ['a'], item: ['x'], domain: ['one'], value: [1] }), at('single'))
    await train('main', 'data', 'leave-two-out')
    await train('to films', 'data', 'cold-users:0.2:films')
    await train('to all', 'data', 'cold-users:0.2')
    await train('elsewhere', 'other', 'leave-two-out')
    await train('alone', 'single', 'leave-two-out')
    main = await openTrainedRun(at('main'))
  })
  afterAll(() => rm(folder, { recursive: true }))

  it('answer in the domains that they bring users to, or in those named', async () => {
    const domainsOf = async (which: string) => [...(await openNewUsers(main, which, 1)).domains]
    expect(await domainsOf('none')).toEqual([])
    expect(await domainsOf(at('to films'))).toEqual([['films', at('to films')]])
    expect((await domainsOf(at('to all'))).map(([domain]) => domain)).toEqual(dataset.domains)
    expect((await domainsOf(at('main'))).map(([domain]) => domain)).toEqual(dataset.domains)
    expect(await domainsOf(`music=${at('to all')},films=${at('to films')}`)).toEqual([
      ['music', at('to all')],
      ['films', at('to films')],
    ])
  })

  it.each([
    ['a domain that the run brings nobody to', () => `books=${at('to films')}`, 'bad-argument', 'not to books'],
    ['a domain that is unknown', () => `boks=${at('to all')}`, 'unknown-name', "did you mean 'books'"],
    ['a run of another dataset', () => at('elsewhere'), 'mismatch', "on dataset 'other', not on 'three'"],
    ['a folder without a run', () => at('nothing'), 'file-missing', 'nothing'],
  ])('refuse %s', async (_, which, code, message) => {
    await expect(openNewUsers(main, which(), 1)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    })
  })

  it('are refused where there is one domain', async () => {
    const alone = await openTrainedRun(at('alone'))
    await expect(openNewUsers(alone, at('alone'), 1)).rejects.toThrow("'single' has one domain")
  })

  it('make the lists of those who are new, with what counted in them, and nobody else’s', async () => {
    const told: Model = {
      ...main.model,
      ...ordered(1),
      can: {
        sources: async (queries) => Float32Array.from(queries.flatMap(() => [0.2, 0, 0.8])),
      },
    }
    const served = await openServed({ ...main, model: told }, { fallback: 'none', newUsers: at('to films') }, 1)
    const asked = [query(films, 'books-3'), query(films, 'films-3')]
    const lists = await recommend(served.scorer, dataset, asked, { k: 3, maskSeen: true })
    const sourced = await withSources(served.sources!, asked, lists)
    expect(
      sourced.map((list) =>
        sourcesByName(
          dataset,
          list.map(({ sources }) => sources),
        )?.toJSON(),
      ),
    ).toEqual([undefined, { [dataset.domains[0]]: 0.2, [dataset.domains[2]]: 0.8 }])
    const own = await openTrainedRun(at('to films'))
    expect(lists[0]).toEqual((await recommend(own.model, dataset, [asked[0]], { k: 3, maskSeen: true }))[0])
    expect(lists[1].map(({ item }) => item)).toEqual([1, 2, 3].map((n) => domainItems(dataset, films).end - n))
    await served.dispose()
    expect((await openServed(main, { fallback: 'none', newUsers: 'none' }, 1)).sources).toBeUndefined()
  })

  it('predict, too, and are not asked about rows that trained them', async () => {
    await train('also to films', 'data', 'cold-users,seed=2:0.5:films')
    const own = await openTrainedRun(at('to films'))
    const who = { fallback: 'none', newUsers: at('to films') }
    const served = await openPredicting(main, who, 1)
    const [fresh, old] = [query(films, 'books-3'), query(films, 'films-3')]
    expect(served.answering(fresh).run.folder).toBe(at('to films'))
    expect(served.answering(old)).toBe(main)
    const items = Int32Array.of(id('films-4'), id('films-4'))
    const [predicted] = await served.scorer.scorePairs!([fresh, old], items)
    expect(predicted).toBe((await own.model.scorePairs!([fresh], items.subarray(0, 1)))[0])
    const cases = evaluationCases(own.dataset, own.split, Part.test)
    expect(() => refuseTrainedOn(served, cases)).not.toThrow()
    const other = await openPredicting(own, { fallback: 'none', newUsers: at('also to films') }, 1)
    expect(() => refuseTrainedOn(other, cases)).toThrow(
      `${at('also to films')} was trained with rows that it would be asked about here`,
    )
    for (const one of [served, other]) await one.dispose()
  })

  it('and the run itself have popularity in their lists where that is asked', async () => {
    const lists = await openServed(main, { fallback: 'none', newUsers: at('to films'), blend: 0.5 }, 1)
    expect([...lists.blends]).toEqual([
      [at('main'), 0.5],
      [at('to films'), 0.5],
    ])
    const asked = [query(films, 'books-3'), query(films, 'films-3')]
    const range = domainItems(dataset, films)
    const plain = await openServed(main, { fallback: 'none', newUsers: at('to films') }, 1)
    expect([...plain.blends]).toEqual([])
    const [own, blended] = [await plain.scorer.score(asked, range), await lists.scorer.score(asked, range)]
    for (const [at, score] of blended.entries()) expect(score).toBeGreaterThanOrEqual(own[at])
    for (const one of [0, 1])
      expect(blended[one * (range.end - range.start)]).toBeGreaterThan(own[one * (range.end - range.start)])
    for (const one of [lists, plain]) await one.dispose()
  })
})
