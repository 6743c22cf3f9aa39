import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { recordLists } from '../../../test/worlds/recorded-lists.ts'
import type { Scorer } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { ESTIMATORS, estimate, type Target } from '../../ope/index.ts'
import { createServer } from '../../server/app.ts'
import type { ServedModel } from '../models.ts'
import { parseReward } from '../rewards.ts'
import { hasSqlite, openStore } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { popularity } from './policies.ts'
import { type ReadOptions, readLog } from './read.ts'

const HOUR = 3_600_000
const START = Date.UTC(2026, 0, 5)
const ITEMS = 8
const DOMAINS = ['books', 'games']

const names = DOMAINS.flatMap((domain) => Array.from({ length: ITEMS }, (_, i) => `${domain}-${i}`))
const dataset = buildDataset('shop', {
  user: names.map((_, i) => `u${i % 5}`),
  item: names,
  domain: names.map((name) => name.split('-')[0]),
})

/** Likes the items of a domain in their order, or the other way round, and what is like the last item of the history a little more. */
function liking(sign: 1 | -1): Scorer {
  return {
    async score(queries, { start, end }) {
      return Float32Array.from(
        queries.flatMap(({ history }) =>
          Array.from({ length: end - start }, (_, i) => {
            const place = Number(dataset.items.name(start + i).split('-')[1])
            const last = history.at(-1)
            return sign * place * 0.15 + (last !== undefined && (start + i + last) % 2 === 0 ? 0.4 : 0)
          }),
        ),
      )
    },
  }
}

const model = (name: string, sign: 1 | -1): ServedModel => ({
  name,
  model: liking(sign),
  dataset,
  weights: name,
  policy: { kind: 'plackett-luce', temperature: 1, candidates: 200 },
})
const [old, young] = [model('old', -1), model('young', 1)]

/** How probable it is that an item is bought where it stands: the later ones of games, the earlier ones of books. */
function buys(item: string, rank: number): number {
  const [domain, place] = item.split('-')
  const appeal = domain === 'games' ? Number(place) : ITEMS - 1 - Number(place)
  return (0.05 + 0.07 * appeal) / rank
}

describe.skipIf(!hasSqlite())('a log of lists that were served', () => {
  let folder: string
  const stores: Store[] = []
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'logged-'))
  })
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()))
    await rm(folder, { recursive: true })
  })

  async function served(models: readonly ServedModel[], { rounds = 6, users = 60 } = {}) {
    const store = await openStore(`sqlite:${join(folder, `${stores.length}.db`)}`)
    stores.push(store)
    return { store, perList: await recordLists(store, { models, since: START, rounds, users, k: 3, buys }) }
  }

  const options: ReadOptions = {
    reward: parseReward('purchase:1h'),
    level: 'ranking',
    now: START + 1000 * HOUR,
    policies: async () => ({ loggers: [old], targets: [{ name: 'young', model: young }] }),
  }

  it('is asked again with the history, the items and the places above that each list had', async () => {
    const { store } = await served([old], { rounds: 3, users: 20 })
    const targets = [{ name: 'same', model: old }, { name: 'warmer', model: old, temperature: 2 }, popularity(dataset)]
    const policies = async () => ({ loggers: [old], targets })
    const { logged, targets: read, logging, lists, leftOut, events } = await readLog(store, { ...options, policies })
    expect([lists, leftOut.size, events.late, events.unplaced]).toEqual([60, 0, 0, 0])
    expect(logged.starts).toEqual(Int32Array.from({ length: 61 }, (_, i) => 3 * i))
    expect(new Set(logged.users).size).toBe(20)
    expect(logged.rewards.reduce((a, b) => a + b)).toBe(events.counted)
    expect(events.counted).toBeGreaterThan(10)
    // The same model makes the same items as probable: no weight is anything but 1.
    const [same, warmer, popular] = read
    for (const [step, propensity] of logged.propensities.entries()) {
      expect(same.probabilities[step]).toBeCloseTo(propensity, 12)
      expect(logging.probabilities[step]).toBe(propensity)
      expect(same.expected![step]).toBeCloseTo(logging.expected![step], 12)
    }
    expect(same.unsupported!.every((part) => part === 0)).toBe(true)
    const weights = warmer.probabilities.map((probability, step) => probability / logged.propensities[step])
    expect(weights.reduce((a, b) => a + b) / weights.length).toBeCloseTo(1, 0)
    expect(new Set(weights).size).toBeGreaterThan(100)
    // All items were met once: the first of a list is one of eight.
    expect(popular.probabilities[0]).toBeCloseTo(1 / ITEMS, 9)
  })

  it('tells what the other model earns, and where, as it turns out when that is served', async () => {
    const { store, perList } = await served([old])
    const { logged, targets } = await readLog(store, options)
    const other = await served([young])
    const own = await readLog(other.store, {
      ...options,
      policies: async () => ({ loggers: [young], targets: [] }),
    })
    const estimators = ESTIMATORS.filter(({ name }) => name === 'rips' || name === 'cascade-dr')
    const judge = (log: typeof logged, target: Target) => estimate(log, target, estimators, { seed: 1, samples: 300 })
    const { domains } = judge(logged, targets[0])
    const truth = judge(own.logged, own.logging).domains
    for (const [d, { domain = '', logging, estimates }] of domains.entries()) {
      const earned = truth[d].logging
      expect([logging.mean, earned.mean]).toEqual([perList(domain), other.perList(domain)])
      for (const { value, difference } of estimates) {
        expect(value.low).toBeLessThan(earned.high)
        expect(value.high).toBeGreaterThan(earned.low)
        expect(Math.sign(difference.mean)).toBe(domain === 'games' ? 1 : -1)
      }
    }
  })

  it('has several that answered at one place together as one', async () => {
    const { store } = await served([old, young], { rounds: 4, users: 20 })
    const both = { loggers: [old, young], targets: [{ name: 'young', model: young }] }
    const asked: string[][] = []
    const policies = async (weights: ReadonlySet<string>) => {
      asked.push([...weights].sort())
      return both
    }
    const { logged, targets, logging } = await readLog(store, { ...options, policies })
    expect(asked).toEqual([['old', 'young']])
    expect(new Set(logged.loggers).size).toBe(2)
    const { starts = new Int32Array(), mixture = new Float64Array() } = logged
    for (let list = 0; list < logged.units; list++) {
      const [at] = starts.subarray(list)
      // Both got half of the lists, of which the first place is drawn before anything tells who draws.
      const other = logged.loggers![list] === logged.loggers![0] ? targets[0].probabilities[at] : undefined
      if (other !== undefined) expect(mixture[at]).toBeCloseTo((logging.probabilities[at] + other) / 2, 12)
      else expect(targets[0].probabilities[at]).toBeCloseTo(logging.probabilities[at], 12)
    }
    const { leftOut, lists } = await readLog(store, { ...options, policies: async () => ({ ...both, loggers: [old] }) })
    expect([lists, [...leftOut]]).toEqual([40, [['other-weights', 40]]])
  })

  it('leaves out lists that may still be rewarded, and says why nothing is left', async () => {
    const { store } = await served([old], { rounds: 2, users: 10 })
    const { lists, leftOut } = await readLog(store, { ...options, now: START + HOUR + 15 * 60_000 })
    expect([lists, [...leftOut]]).toEqual([15, [['too-soon', 5]]])
    const none = async () => ({ loggers: [], targets: [] })
    await expect(readLog(store, { ...options, policies: none })).rejects.toThrow(
      'there is no list to judge by: 20 were made by models whose runs are not at hand; name each with --logger, or their folder with --runs',
    )
    const other = { ...model('old', 1), weights: 'old' }
    await expect(
      readLog(store, { ...options, policies: async () => ({ loggers: [other], targets: [] }) }),
    ).rejects.toThrow('20 of 20 lists cannot be made again')
  })

  it('takes the lists of a visit as one episode, each as probable as its places together', async () => {
    const { store } = await served([old], { rounds: 3, users: 10 })
    const lists = await readLog(store, options)
    const { logged, targets } = await readLog(store, { ...options, level: 'episode' })
    expect([logged.units, [...(logged.starts ?? [])]]).toEqual([10, Array.from({ length: 11 }, (_, i) => 3 * i)])
    // Users ask one after another, round by round.
    const order = Array.from({ length: 30 }, (_, i) => Math.floor(i / 3) + 10 * (i % 3))
    const product = (column: Float64Array) =>
      order.map((list) => column[3 * list] * column[3 * list + 1] * column[3 * list + 2])
    expect([...logged.propensities]).toEqual(product(lists.logged.propensities))
    expect([...targets[0].probabilities]).toEqual(product(lists.targets[0].probabilities))
    expect(logged.rewards.reduce((a, b) => a + b)).toBe(lists.logged.rewards.reduce((a, b) => a + b))
  })

  it('asks of the items that a placement let be drawn, new ones too, and passes over what was pinned or filled in', async () => {
    const store = await openStore(`sqlite:${join(folder, 'placed.db')}`)
    stores.push(store)
    const categories = ['war']
    const item = { hidden: false, categories, properties: {} }
    await store.putItems([
      ...names.slice(0, 3).map((name) => ({ ...item, item: name, domain: 'books' })),
      { ...item, item: 'books-new', domain: 'books' },
      { ...item, item: 'books-3', domain: 'books', hidden: true },
    ])
    let at = START
    const app = createServer({ models: [old], store, now: () => at++ })
    const send = async (method: string, path: string, body: object) => {
      const headers = { 'Content-Type': 'application/json' }
      const answer = await app.request(`/v1${path}`, { method, headers, body: JSON.stringify(body) })
      expect(answer.status).toBe(200)
    }
    const filter = { field: 'categories', in: ['war'] }
    await send('PUT', '/placements/home', { domain: 'books', filter, pin: ['books-7'] })
    await send('PUT', '/placements/open', { domain: 'books' })
    for (let user = 0; user < 12; user++) {
      const placement = user < 6 ? 'home' : 'open'
      await send('POST', '/recommendations', { user: `u${user}`, placement, k: 6 })
    }
    await store.flush()
    const policies = async () => ({ loggers: [old], targets: [{ name: 'same', model: old }, popularity(dataset)] })
    const { logged, targets, logging, lists, narrowed, leftOut } = await readLog(store, {
      ...options,
      per: 'placement',
      policies,
    })
    expect([lists, narrowed, leftOut.size, logged.domainNames]).toEqual([12, 12, 0, ['home', 'open']])
    // Three books that are said to be of it and the new one; a pinned one stands above, and the sixth place stays empty or is filled up.
    const { starts = new Int32Array() } = logged
    expect([...starts.subarray(0, 8)]).toEqual([0, 4, 8, 12, 16, 20, 24, 30])
    for (const [step, propensity] of logged.propensities.entries()) {
      expect(logged.sums![step]).toBeCloseTo(1, 12)
      expect(targets[0].probabilities[step]).toBeCloseTo(propensity, 12)
      expect(targets[0].unsupported![step]).toBe(0)
    }
    // The last of what could be drawn is certain, whoever draws.
    expect([logging.probabilities[3], targets[1].probabilities[3]]).toEqual([1, 1])
    expect(logged.groupPropensities![0]).toBeCloseTo(1, 12)
    const one = await readLog(store, { ...options, placement: 'home', policies })
    expect([one.lists, one.level]).toEqual([6, 'ranking'])
  })
})
