import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildDataset } from '../../data/index.ts'
import { openDemonstrations, writeDemonstrations } from './demonstration-files.ts'
import {
  bindDemonstrations,
  type DemonstrationStep,
  demonstrationReturns,
  demonstrationSegments,
  SOURCES,
} from './demonstrations.ts'

let root: string
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'tributary-demonstrations-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))
const fresh = () => join(root, `case-${folders++}`)

const one: DemonstrationStep = {
  episode: 0,
  step: 1,
  user: 'ann',
  item: 'b',
  reward: 4,
  terminal: false,
  source: 'recorded',
  model: 'gpt-3.5-turbo-16k',
}
const shop = buildDataset('shop', { user: ['ann', 'bob'], item: ['a', 'b'], domain: ['shop', 'shop'] })

test('any demonstrations come back as they were written', async () => {
  const name = fc.string({ unit: 'grapheme', minLength: 1 })
  const step = fc.record(
    {
      user: name,
      item: name,
      requested: fc.string({ unit: 'grapheme' }),
      title: fc.string({ unit: 'grapheme' }),
      reward: fc.float({ noDefaultInfinity: true }),
      terminal: fc.boolean(),
      source: fc.constantFrom(...SOURCES),
      model: name,
    },
    { requiredKeys: ['user', 'item', 'reward', 'terminal', 'source', 'model'] },
  )
  const episodes = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(episodes, async (drawn) => {
      const steps = drawn.flatMap((steps, episode) => steps.map((step, s) => ({ episode, step: s + 1, ...step })))
      const folder = fresh()
      const origin = { format: 'drawn', nested: [1, { a: null }] }
      await writeDemonstrations(folder, steps, { origin })
      expect(await openDemonstrations(folder)).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), steps, origin })
      expect((await readdir(folder)).sort()).toEqual(['demonstrations.parquet', 'manifest.json'])
    }),
    { numRuns: 8 },
  )
})

test('names become ids; strangers are dropped and counted', () => {
  const steps = [
    one,
    { ...one, step: 2, item: 'q' },
    { ...one, step: 3, item: 'a', reward: Number.NaN, terminal: true },
    { ...one, episode: 1, user: 'zoe' },
    { ...one, episode: 2, user: 'bob', model: 'other' },
  ]
  const bound = bindDemonstrations(steps, shop)
  const [a, b] = [shop.items.id('a')!, shop.items.id('b')!]
  expect(bound).toEqual({
    length: 3,
    episodes: Int32Array.of(0, 0, 2),
    steps: Int32Array.of(1, 3, 1),
    users: Int32Array.of(0, 0, 1),
    items: Int32Array.of(b, a, b),
    rewards: Float32Array.of(4, Number.NaN, 4),
    terminal: Uint8Array.of(0, 1, 0),
    model: Int32Array.of(0, 0, 1),
    models: ['gpt-3.5-turbo-16k', 'other'],
    rows: Int32Array.of(0, 2, 4),
    dropped: { steps: 2, users: ['zoe'], items: ['q'] },
  })
})

test('demonstrations of strangers alone are refused', () => {
  const refused = (steps: DemonstrationStep[]) => () => bindDemonstrations(steps, shop)
  expect(refused([{ ...one, user: 'zoe' }])).toThrow(
    expect.objectContaining({
      code: 'mismatch',
      message: expect.stringContaining("'shop': it knows none of the users zoe"),
    }),
  )
  expect(refused([{ ...one, item: 'q' }])).toThrow('it knows none of the items q')
})

test('returns are discounted to the end of each stretch', () => {
  expect([...demonstrationReturns([4, 3, 5], [0, 3], 0.5)]).toEqual([6.75, 5.5, 5])
  // An episode ends where its number does, and where a user left.
  const starts = demonstrationSegments({ episodes: [0, 0, 0, 0, 2, 2], terminal: [0, 1, 0, 0, 0, 1] })
  expect([...starts]).toEqual([0, 2, 4, 6])
  expect([...demonstrationReturns([1, 2, 3, 4, 5, 6], starts, 0.5)]).toEqual([2, 2, 5, 4, 8, 6])
  expect([...demonstrationSegments({ episodes: [], terminal: [] })]).toEqual([0])
})

test.each([
  ['no steps', [], 'file-empty', 'no demonstration'],
  ['two first steps', [one, one], 'bad-row', 'cannot come after step 1 of episode 0'],
  ['a step 0', [{ ...one, step: 0 }], 'bad-row', 'cannot come first'],
  ['an earlier episode', [{ ...one, episode: 1 }, one], 'bad-row', 'after step 1 of episode 1'],
  ['an infinite reward', [{ ...one, reward: Number.NEGATIVE_INFINITY }], 'bad-row', 'pays -Infinity'],
] as const)('%s are refused, and nothing is written', async (_, steps, code, message) => {
  const folder = fresh()
  await expect(writeDemonstrations(folder, steps)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  })
  expect(await readdir(root)).not.toContain(folder.slice(root.length + 1))
})

test('demonstrations are replaced when asked, and nothing else is', async () => {
  const folder = fresh()
  await writeDemonstrations(folder, [one])
  await expect(writeDemonstrations(folder, [one])).rejects.toMatchObject({ code: 'file-exists' })
  await writeDemonstrations(folder, [{ ...one, reward: 5 }], { overwrite: true })
  expect((await openDemonstrations(folder)).steps[0].reward).toBe(5)
  await writeFile(join(folder, 'notes.txt'), 'mine')
  await expect(writeDemonstrations(folder, [one], { overwrite: true })).rejects.toMatchObject({ code: 'file-exists' })
})

test('a folder that is not one, or is damaged, is told', async () => {
  const folder = fresh()
  await expect(openDemonstrations(folder)).rejects.toMatchObject({ code: 'file-missing' })
  await writeDemonstrations(folder, [one, { ...one, step: 2 }])
  const manifest = join(folder, 'manifest.json')
  const text = await readFile(manifest, 'utf8')
  await writeFile(manifest, text.replace('"steps": 2', '"steps": 3'))
  await expect(openDemonstrations(folder)).rejects.toMatchObject({ code: 'file-damaged' })
  await writeFile(manifest, text.slice(0, 20))
  await expect(openDemonstrations(folder)).rejects.toMatchObject({ code: 'file-damaged' })
  await writeFile(manifest, '{"format": 1}')
  await expect(openDemonstrations(folder)).rejects.toMatchObject({ code: 'file-damaged' })
  await writeFile(manifest, text)
  await writeFile(join(folder, 'demonstrations.parquet'), 'PAR1')
  await expect(openDemonstrations(folder)).rejects.toMatchObject({ code: 'file-damaged' })
})
