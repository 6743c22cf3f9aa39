import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { twoDomainCopyWorld } from '../../contract/worlds.ts'
import type { Query } from '../../core/index.ts'
import { writeDataset } from '../../data/index.ts'
import { decide } from '../../evaluation/decide.ts'
import { recommend } from '../../evaluation/recommend.ts'
import { trainRun } from '../../runs/train.ts'
import { type OpenedModel, openModel } from '../open-model.ts'
import { openInThread } from './open.ts'
import { LastingThread, ScoringThread } from './thread.ts'

let folder: string
let there: OpenedModel
const world = twoDomainCopyWorld()
const options = { threads: 1, fallback: 'none', newUsers: 'none' }
const queries = [0, 1, 1, 0].map((domain, i): Query => ({ domain, history: Int32Array.of(1 + i, 5, 2) }))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tributary-thread-'))
  await writeDataset(world.dataset, join(folder, 'data'))
  const training = { datasetFolder: join(folder, 'data'), seed: 1, threads: 1 }
  for await (const _ of trainRun({
    model: 'sasrec',
    out: join(folder, 'sasrec'),
    overrides: { width: 8, epochs: 1 },
    ...training,
  }));
  there = await openInThread(join(folder, 'sasrec'), options)
  await cp(join(folder, 'sasrec'), join(folder, 'broken'), { recursive: true })
  await rm(join(folder, 'broken', 'weights.safetensors'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('a model in a thread has the scores, the lists and the draws of one that is not', async () => {
  const here = await openModel(join(folder, 'sasrec'), options)
  const { dataset } = there.run
  expect(dataset.hash).toBe(world.dataset.hash)
  expect(dataset.items.name(3)).toBe(world.dataset.items.name(3))
  expect(dataset.log.item).toEqual(world.dataset.log.item)
  const answers = async ({ served: { scorer } }: OpenedModel) => {
    const draws = queries.map((_, i) => ({
      policy: { kind: 'plackett-luce', temperature: 0.2, candidates: 9 } as const,
      seed: `draw ${i}`,
      k: 3,
    }))
    return {
      scores: await scorer.score(queries, { start: 2, end: 12 }),
      lists: await recommend(scorer, dataset, queries, { k: 4, maskSeen: true }),
      drawn: await decide(scorer, dataset, queries, draws, { maskSeen: true }),
      some: await recommend(scorer, dataset, [{ ...queries[0], candidates: Int32Array.of(7, 3) }], {
        k: 9,
        maskSeen: false,
      }),
    }
  }
  expect(await answers(there)).toEqual(await answers(here))
  await here.served.dispose()
})

test('whoever gives a scorer in a thread other scores has lists of these', async () => {
  const { served, run } = there
  const changed = {
    ...served.scorer,
    score: async (asked: readonly Query[], { start, end }: { start: number; end: number }) =>
      Float32Array.from({ length: asked.length * (end - start) }, (_, i) => i % (end - start)),
  }
  const [list] = await recommend(changed, run.dataset, [queries[0]], { k: 1, maskSeen: false })
  expect(list[0].item).toBe(run.dataset.domainStart[1] - 1)
})

test('questions that cannot be answered are refused as they are without a thread, and those that come after it has ended; what was asked before is answered', async () => {
  const { served, run } = there
  await expect(recommend(served.scorer, run.dataset, [{ ...queries[0], domain: 9 }], { k: 1, maskSeen: true }))
    .rejects //
    .toMatchObject({ code: 'bad-argument', message: expect.stringContaining('asks for domain 9') })
  const asked = served.scorer.score(queries, { start: 1, end: 9 })
  await served.dispose()
  expect(await asked).toHaveLength(queries.length * 8)
  await expect(served.scorer.score(queries, { start: 1, end: 9 })).rejects.toMatchObject({ code: 'interrupted' })
})

test('a run that cannot be opened says why', async () => {
  await expect(openInThread(join(folder, 'nowhere'), options)).rejects.toMatchObject({ code: 'file-missing' })
  await expect(openInThread(join(folder, 'broken'), options)).rejects.toMatchObject({ code: 'file-missing' })
})

test('a thread that has ended by itself is opened again, once for all who ask, and not after it was closed', async () => {
  let openings = 0
  const open = async () => {
    openings++
    const dataset = undefined
    return (await ScoringThread.open({ folder: join(folder, 'sasrec'), options, dataset })).thread
  }
  const first = await open()
  const thread = new LastingThread(first, open)
  const ask = () => thread.ask({ kind: 'score', queries, range: { start: 1, end: 9 } })
  const before = await ask()
  await first.close()
  expect(await Promise.all([ask(), ask(), ask()])).toEqual([before, before, before])
  expect(openings).toBe(2)
  await thread.close()
  await expect(ask()).rejects.toMatchObject({ code: 'interrupted' })
  expect(openings).toBe(2)
})
