import { describe, expect, it } from 'vitest'
import type { Query, Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { Batcher } from './batcher.ts'

const names = ['a', 'b', 'c', 'd', 'e', 'f']
const dataset = buildDataset('shop', { user: names, item: names, domain: names })
const options = { draw: { policy: { kind: 'greedy' }, seed: '', k: 1 }, maskSeen: false } as const
const to = (domain: number): Query => ({ domain, history: new Int32Array(0) })

/** A batcher whose scorer says which domains it was asked for, and answers the first call when told to. */
function held() {
  const asked: number[] = []
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let began = () => {}
  const begun = new Promise<void>((resolve) => {
    began = resolve
  })
  const scorer: Scorer = {
    async score(queries, { start, end }) {
      asked.push(...queries.map(({ domain }) => domain))
      began()
      await gate
      return new Float32Array(queries.length * (end - start))
    },
  }
  return { batcher: new Batcher(scorer, dataset, () => {}), asked, open, begun }
}

describe('a request that nobody waits for any more', () => {
  it('leaves the queue and is not computed', async () => {
    const { batcher, asked, open, begun } = held()
    const first = batcher.decide(to(0), options)
    await begun
    const aborting = new AbortController()
    const dropped = Array.from({ length: 600 }, () =>
      batcher.decide(to(1), options, { client: 'x', signal: aborting.signal }),
    )
    const kept = batcher.decide(to(2), options, { client: 'x' })
    aborting.abort()
    for (const request of await Promise.allSettled(dropped))
      expect(request).toMatchObject({ status: 'rejected', reason: { code: 'interrupted' } })
    open()
    await Promise.all([first, kept])
    expect(asked).toEqual([0, 2])
  })

  it('does not even begin when it was gone before', async () => {
    const { batcher, asked } = held()
    const signal = AbortSignal.abort()
    await expect(batcher.decide(to(0), options, { signal })).rejects.toMatchObject({ code: 'interrupted' })
    expect(asked).toEqual([])
  })

  it('does not keep others from their answers when all have gone', async () => {
    const { batcher, open } = held()
    open()
    const aborting = new AbortController()
    const dropped = batcher.decide(to(1), options, { signal: aborting.signal })
    aborting.abort()
    await expect(dropped).rejects.toMatchObject({ code: 'interrupted' })
    expect((await batcher.decide(to(0), options)).items).toHaveLength(1)
  })
})

describe('clients', () => {
  it('take turns, however many requests one of them has waiting', async () => {
    const { batcher, asked, open, begun } = held()
    const all = [batcher.decide(to(0), options, { client: 'many' })]
    await begun
    for (const domain of [1, 2, 3, 4]) all.push(batcher.decide(to(domain), options, { client: 'many' }))
    all.push(batcher.decide(to(5), options, { client: 'one' }))
    open()
    await Promise.all(all)
    expect(asked).toEqual([0, 1, 5, 2, 3, 4])
  })

  it('are not refused for the queue of another', async () => {
    const { batcher, open, begun } = held()
    const first = batcher.decide(to(0), options, { client: 'many' })
    await begun
    const many = Array.from({ length: 1100 }, () => batcher.decide(to(1), options, { client: 'many' }))
    const settled = Promise.allSettled(many)
    const one = batcher.decide(to(2), options, { client: 'one' })
    open()
    expect((await one).items).toHaveLength(1)
    await first
    const refused = (await settled).filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(1100 - 1024 + 1)
    expect(refused[0]).toMatchObject({ reason: { code: 'overloaded' } })
  })
})
