import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { recordLists } from '../../test/worlds/recorded-lists.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { itemKnn } from '../models/controls/item-knn.ts'
import { openRun } from '../runs/run.ts'
import { gate } from './gate.ts'
import { knownByNames } from './known-by-names.ts'
import { openModel, servedModel } from './open-model.ts'
import { isDue, type RetrainingEvent, type RetrainingOutcome, retrain } from './retraining.ts'
import { retrainingPlan } from './retraining-plan.ts'
import { hasSqlite, openStore } from './store/open.ts'
import type { NewEvent, Store } from './store/store.ts'

/** In each domain most users meet the items in the order of their names, so that popularity has something to learn. */
function eventsOf(users: readonly number[], first = 0, count = 8): NewEvent[] {
  return users.flatMap((user) =>
    Array.from({ length: count }, (_, i): NewEvent => {
      const [t, domain] = [first + i, i % 2 === 0 ? 'a' : 'b']
      const item = `${domain}${(user + t * t) % 3 === 0 ? 5 + ((user + t) % 5) : t % 2}`
      return {
        source: 'test',
        id: `${user}-${t}`,
        type: 'view',
        user: `u${user}`,
        item,
        domain,
        timestamp: 1_000_000 * t,
      }
    }),
  )
}

const users = (count: number) => Array.from({ length: count }, (_, u) => u)

describe.skipIf(!hasSqlite())('retrain', () => {
  const roots: string[] = []
  let runs: string
  let store: Store
  beforeEach(async () => {
    runs = await mkdtemp(join(tmpdir(), 'tributary-retrain-'))
    roots.push(runs)
    store = await openStore(`sqlite:${join(runs, 'store.db')}`)
    await store.appendEvents(eventsOf(users(40)))
  })
  afterAll(() => Promise.all(roots.map((root) => rm(root, { recursive: true, force: true }))))

  async function run(name: string, plan: object, champion?: { name: string; folder: string }) {
    const events: RetrainingEvent[] = []
    const work = retrain({ store, plan: retrainingPlan.parse(plan), runs, name, champion })
    for (;;) {
      const { done, value } = await work.next()
      if (done) return { ...(value as RetrainingOutcome), events }
      events.push(value as RetrainingEvent)
    }
  }
  const champion = async () => (await store.document('alias', 'champion'))?.body
  const recipe = (model: string, set: object = {}) => ({ recipe: { model, set } })

  it('promotes what nothing stands against, and later what is not worse, which keeps the one before for a rollback', async () => {
    expect(await run('one', recipe('random'))).toMatchObject({ status: 'promoted', reason: 'nothing answered before' })
    expect(await champion()).toEqual({ model: 'one', before: [] })
    const two = await run('two', recipe('popularity'))
    expect(two).toMatchObject({ status: 'promoted', verdict: { passed: true } })
    expect(two.verdict!.difference!.low).toBeGreaterThan(0)
    expect(await champion()).toEqual({ model: 'two', before: ['one'] })
    await run('three', recipe('popularity'))
    expect(await champion()).toEqual({ model: 'three', before: ['two', 'one'] })
    expect((await store.documents('model')).map(({ name, body }) => [name, body])).toEqual([
      ['three', { run: 'three/run' }],
      ['two', { run: 'two/run' }],
    ])
  })

  it('deletes what it trained before and nothing serves, where it is to keep so many', async () => {
    await mkdir(join(runs, 'by-hand'))
    for (const name of ['one', 'two', 'three', 'four']) await run(name, { ...recipe('popularity'), keep: 1 })
    // What answered before stays for a rollback.
    expect((await readdir(runs)).filter((name) => !name.startsWith('store.db')).sort()).toEqual([
      'by-hand',
      'four',
      'three',
    ])
    const worse = await run('worse', { ...recipe('random'), keep: 1 })
    expect(worse.status).toBe('kept')
    const last = await run('last', { ...recipe('random'), keep: 1 })
    expect(last.events).toContainEqual({ type: 'note', text: 'deleted the folders of earlier trainings: worse' })
    expect(existsSync(join(runs, 'four'))).toBe(true)
  })

  it('keeps what answers where the new one is worse, and says why', async () => {
    await run('good', recipe('popularity'))
    const bad = await run('bad', recipe('random'))
    expect(bad).toMatchObject({ status: 'kept', verdict: { passed: false } })
    expect(bad.reason).toMatch(/^it is worse: ndcg@10 changes by −0\.\d+ \(−/)
    expect(await champion()).toEqual({ model: 'good', before: [] })
    expect((await store.documents('model')).map(({ name }) => name)).toEqual(['good'])
    expect((await store.document('job', 'training-bad'))?.body).toMatchObject({ status: 'kept', reason: bad.reason })
  })

  it('asks the lists of what answers what the new one would have earned, and asks somebody where they do not say', async () => {
    await run('good', recipe('popularity'))
    const gate = { by: 'ope', reward: 'purchase:1h' }
    const silent = await run('silent', { ...recipe('popularity'), gate })
    expect(silent).toMatchObject({ status: 'waits', verdict: { asks: true } })
    expect(silent.reason).toBe(
      'the log does not say: there is no list to judge by: the store has none of this time and place',
    )

    const opened = await openModel(join(runs, 'good/run'), { fallback: 'none', newUsers: 'none', threads: 1 })
    const policy = { kind: 'plackett-luce', temperature: 80, candidates: 200 } as const
    const answering = { ...servedModel('good', opened), policy }
    // Whatever most users meet is bought: nobody buys the items of the few.
    const bought = (item: string) => Number(item.slice(1)) < 5
    const since = Date.now() - 86_400_000
    await recordLists(store, {
      models: [answering],
      since,
      users: 400,
      rounds: 2,
      k: 1,
      buys: (item) => (bought(item) ? 0.8 : 0),
    })
    await answering.dispose?.()

    const worse = await run('worse', { ...recipe('random'), gate })
    expect(worse.status).toBe('kept')
    expect(worse.reason).toMatch(
      /^(it is worse by the log|by the log it harms .*): purchase:1h changes by −0\.\d+ a list \(−/,
    )
    const same = await run('same', { ...recipe('popularity'), gate })
    expect(same).toMatchObject({ status: 'promoted', verdict: { passed: true, cases: 800 } })
    expect(await champion()).toEqual({ model: 'same', before: ['good'] })
    // What happened while those lists were shown is not learned.
    expect(same.events).toContainEqual(expect.objectContaining({ type: 'log', rows: 40 * 8 }))
  })

  it('begins with the weights of what answers when the log has grown, and waits where it is to ask', async () => {
    const small = { width: 4, epochs: 2, patience: 0, heads: 1, maxLength: 8 }
    const first = await run('monday', { ...recipe('sasrec', small), transfer: false })
    await store.appendEvents([...eventsOf(users(40), 8, 2), ...eventsOf([50, 51])])
    const second = await run('tuesday', { promote: 'ask' })
    expect((await openRun(join(runs, second.run))).manifest).toMatchObject({
      model: 'sasrec',
      config: { epochs: { value: 2, from: 'set' } },
      warmStart: { run: join(runs, first.run) },
    })
    expect(second.events).toContainEqual({ type: 'log', rows: 40 * 10 + 16, users: 42, items: expect.any(Number) })
    if (second.verdict!.passed) {
      expect(second.status).toBe('waits')
      expect(existsSync(join(runs, second.run, 'transfer.json'))).toBe(true)
    } else expect(second.status).toBe('kept')
    expect(await champion()).toEqual({ model: 'monday', before: [] })
  })

  it('leaves a record of what failed, and all else as it was', async () => {
    await expect(run('none', recipe('sasrek'))).rejects.toThrow("did you mean 'sasrec'")
    expect((await store.document('job', 'training-none'))?.body).toMatchObject({
      status: 'failed',
      reason: 'unknown-name',
    })
    await expect(run('nothing', {})).rejects.toThrow('nothing answers yet whose options could be taken')
    expect(await champion()).toBeUndefined()
  })

  it('is due after so many events and so much time', async () => {
    const due = async (plan: object, now: number) => isDue(store, retrainingPlan.parse(plan), now)
    expect(await due({ minEvents: 320 }, 0)).toBe(true)
    expect(await due({ minEvents: 321 }, 0)).toBe(false)
    await run('one', recipe('popularity'))
    const now = Date.now()
    expect(await due({}, now)).toBe(false)
    await store.appendEvents(eventsOf([60], 0, 3))
    expect([await due({ minEvents: 3 }, now), await due({ minEvents: 4 }, now)]).toEqual([true, false])
    expect([await due({ every: '1h' }, now), await due({ every: '1h' }, now + 3_700_000)]).toEqual([false, true])
  })
})

describe('gate', () => {
  /** The test case of every other user is of the other domain. */
  const lastOf = (user: number) => (user % 2 === 0 ? ['b', 'a'] : ['a', 'b'])
  const dataset = buildDataset('two', {
    user: users(60).flatMap((u) => Array.from({ length: 6 }, () => `u${u}`)),
    item: users(60).flatMap((u) => ['a0', 'b0', 'a1', 'b1', ...lastOf(u).map((domain) => `${domain}${u % 8}`)]),
    domain: users(60).flatMap((u) => ['a', 'b', 'a', 'b', ...lastOf(u)]),
  })
  const split = splitDataset(dataset, 'leave-two-out')
  /** Knows the answer of a user, or not, by domain. */
  const knowing = (domains: readonly string[]) => ({
    async score(queries: readonly { user?: number; domain: number }[], { start, end }: { start: number; end: number }) {
      return Float32Array.from({ length: queries.length * (end - start) }, (_, i) => {
        const { user = 0, domain } = queries[Math.floor(i / (end - start))]
        const name = dataset.items.name(start + (i % (end - start)))
        const right = name === `${dataset.domains[domain]}${Number(dataset.users.name(user).slice(1)) % 8}`
        return right === domains.includes(dataset.domains[domain]) ? 1 : 0
      })
    },
  })
  const challenger = (domains: readonly string[]) =>
    ({ spec: itemKnn, model: knowing(domains), dataset, split }) as unknown as Parameters<typeof gate>[0]
  const options = { metric: 'ndcg@10', noDomainHarmed: true, leastUsers: 5 }

  it('lets pass what is the same or better, and keeps out what is worse', async () => {
    expect(await gate(challenger(['a', 'b']), knowing(['a', 'b']), options)).toMatchObject({ passed: true })
    expect(await gate(challenger(['a', 'b']), knowing([]), options)).toMatchObject({ passed: true })
    expect(await gate(challenger([]), knowing(['a', 'b']), options)).toMatchObject({ passed: false })
  })

  it('keeps out what harms one domain, though it helps another as much, unless that is allowed', async () => {
    const judged = (noDomainHarmed: boolean) => gate(challenger(['a']), knowing(['b']), { ...options, noDomainHarmed })
    const { passed, reason, domains } = await judged(true)
    expect({ passed, domains }).toEqual({ passed: false, domains: { a: 'helped', b: 'harmed' } })
    expect(reason).toMatch(/^it harms b, though overall ndcg@10 changes by/)
    expect(await judged(false)).toMatchObject({ passed: true, reason: expect.stringContaining('harm to b is allowed') })
  })
})

describe('knownByNames', () => {
  it('asks an earlier model by the names that it knew, and puts what it did not know last', async () => {
    const known = buildDataset('old', { user: ['v', 'w'], item: ['a2', 'b1'], domain: ['a', 'b'] })
    const now = buildDataset('new', {
      user: ['u', 'v', 'w', 'w'],
      item: ['a1', 'a2', 'b1', 'c1'],
      domain: ['a', 'a', 'b', 'c'],
    })
    const asked: unknown[] = []
    const scorer = knownByNames(
      {
        async score(queries, { start, end }) {
          asked.push(...queries.map(({ history, ...rest }) => ({ ...rest, history: [...history] })))
          return Float32Array.from({ length: queries.length * (end - start) }, (_, i) => start + (i % (end - start)))
        },
      },
      known,
      now,
    )
    const history = Int32Array.from(['a1', 'a2', 'b1'], (item) => now.items.id(item)!)
    const [user, domain] = [now.users.id('v')!, now.domains.indexOf('a')]
    const scores = await scorer.score([{ user, domain, history }], { start: 1, end: now.items.size })
    const of = (item: string) => scores[now.items.id(item)! - 1]
    expect([of('a2'), of('b1')]).toEqual([known.items.id('a2'), known.items.id('b1')])
    expect(of('a1')).toBeLessThan(-1e7)
    expect(of('c1')).toBeLessThan(-1e7)
    expect(asked).toEqual([
      {
        user: known.users.id('v'),
        domain: known.domains.indexOf('a'),
        history: [known.items.id('a2'), known.items.id('b1')],
      },
    ])
  })
})
