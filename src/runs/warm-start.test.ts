import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../data/index.ts'
import { openTrainedRun } from './open.ts'
import { type TrainRunOptions, trainRun } from './train.ts'

let root: string
const at = (name: string) => join(root, name)

/** Users and items with names that sort before, between and behind those of the first log come with the second one. */
async function write(name: string, users: readonly string[], items: readonly string[]) {
  const rows = users.flatMap((user, u) =>
    Array.from({ length: 8 }, (_, i) => ({ user, item: items[(u * 3 + i) % items.length] })),
  )
  const dataset = buildDataset('shop', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(({ item }) => item[0]),
  })
  await writeDataset(dataset, at(name))
  return dataset
}

const USERS = Array.from({ length: 12 }, (_, u) => `u${10 + u}`)
const ITEMS = [
  ...Array.from({ length: 6 }, (_, i) => `a${10 + i}`),
  ...Array.from({ length: 6 }, (_, i) => `b${10 + i}`),
]

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-warm-'))
  await write('monday', USERS, ITEMS)
  await write('tuesday', ['u0', ...USERS, 'u9'], ['a00', 'a135', ...ITEMS, 'b0', 'b99'])
})
afterAll(() => rm(root, { recursive: true, force: true }))

async function train(
  model: string,
  log: string,
  out: string,
  overrides: Readonly<Record<string, unknown>>,
  options: Partial<TrainRunOptions> = {},
) {
  const training = trainRun({ model, overrides, datasetFolder: at(log), out: at(out), threads: 1, ...options })
  for (;;) {
    const { done, value } = await training.next()
    if (done) return value.run.manifest
  }
}

/** So little is learned in the second training that each weight tells where it began. */
const STILL = { width: 4, epochs: 1, patience: 0, learningRate: 1e-7, dropout: 0 }

describe('warmStart', () => {
  it.each([
    ['bprmf', {}, ['users', 'items']],
    ['sasrec', { sequences: 'single' }, ['a/items', 'b/items']],
  ])('gives %s %j the rows of the names that it knew, and all that has no rows', async (model, options, tables) => {
    const [first, second] = [`${model}-${tables.length}`, `${model}-${tables.length}-warm`]
    const { dropout, ...others } = STILL
    const still = { ...others, ...(model === 'sasrec' && { dropout, heads: 1 }), ...options }
    await train(model, 'monday', first, { ...still, epochs: 3, learningRate: 0.1 })
    await train(model, 'tuesday', second, still, { warmStart: at(first) })
    const [old, warm] = await Promise.all([openTrainedRun(at(first)), openTrainedRun(at(second))])
    const [before, after] = [old.model.weights(), warm.model.weights()]
    const near = (row: Float32Array, other: Float32Array) => row.every((x, i) => Math.abs(x - other[i]) < 1e-4)
    for (const [name, { shape, data }] of after) {
      if (tables.includes(name)) continue
      expect(near(data as Float32Array, before.get(name)!.data as Float32Array), name).toBe(true)
      expect(shape).toEqual(before.get(name)!.shape)
    }
    for (const table of tables) {
      const width = after.get(table)!.shape[1]
      const row = (of: typeof before, id: number) =>
        (of.get(table)!.data as Float32Array).subarray(id * width, (id + 1) * width)
      const [names, idsOf] =
        table === 'users'
          ? [USERS, (run: typeof old) => (name: string) => run.dataset.users.id(name)! + 1]
          : [
              ITEMS.filter((item) => table === 'items' || item[0] === table[0]),
              (run: typeof old) => (name: string) =>
                run.dataset.items.id(name)! -
                (table === 'items' ? 0 : run.dataset.domainStart[table === 'a/items' ? 0 : 1] - 1),
            ]
      for (const name of names)
        expect(near(row(after, idsOf(warm)(name)), row(before, idsOf(old)(name))), name).toBe(true)
    }
    await Promise.all([old.model.dispose(), warm.model.dispose()])
  })

  it('is what a run begins with again that stopped before its first checkpoint', async () => {
    const longer = { width: 4, epochs: 4, patience: 0 }
    await train('bprmf', 'monday', 'base', longer)
    const cold = await train('bprmf', 'tuesday', 'cold', longer)
    const whole = await train('bprmf', 'tuesday', 'whole', longer, { warmStart: at('base') })
    expect(whole.warmStart).toEqual({ run: at('base'), weights: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(whole.weightsHash).not.toBe(cold.weightsHash)
    const stopping = trainRun({
      ...{ model: 'bprmf', overrides: longer, datasetFolder: at('tuesday'), out: at('stopped'), threads: 1 },
      ...{ warmStart: at('base'), checkpointSeconds: 1000 },
    })
    for await (const { type } of stopping) if (type === 'epoch') break
    const resumed = await train('bprmf', 'tuesday', 'stopped', longer, { resume: true })
    expect(resumed.weightsHash).toBe(whole.weightsHash)
  })

  it('is refused to another model, and where the earlier run may have been trained with what is tested', async () => {
    await train('popularity', 'monday', 'popular', {})
    const small = { width: 4, epochs: 1 }
    const warm = (model: string, from: string) =>
      train(model, 'tuesday', 'refused', model === 'bprmf' ? small : {}, { warmStart: at(from) })
    await expect(warm('bprmf', 'popular')).rejects.toThrow('holds popularity, whose weights are none of bprmf')
    await expect(warm('popularity', 'popular')).rejects.toThrow('does not learn by going on')
    await expect(
      train('bprmf', 'tuesday', 'refused', small, { warmStart: at('base'), splitName: 'global-time' }),
    ).rejects.toThrow(/global-time|time/)
  })
})
